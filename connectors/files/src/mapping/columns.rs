//! The columns that a mapping reads, and where they stand in a file.

use super::error::{ConvertError, MappingError};
use super::filter::narrow;
use super::privacy::covered;
use super::read::Mapping;
use super::yaml::{At, Map};
use crate::suggest;

/// A column of the mapping.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    /// Other names that it has in files.
    pub(super) also: Vec<String>,
    /// May be absent: its cells are then empty.
    pub(super) optional: bool,
    /// Only whether it is filled is read: `present` or empty.
    pub(super) presence: bool,
}

/// What stands for a cell of which only its presence is read.
pub(super) const PRESENT: &str = "present";

/// Reads `columns`: names, or `{name: …, also: […], optional: true, read: presence}`.
pub(super) fn read(map: Map<'_>) -> Result<Vec<Column>, MappingError> {
    let mut columns: Vec<Column> = Vec::new();
    for at in map.need("columns")?.list()? {
        let column = read_one(at)?;
        if let Some(twice) = column.spellings().find(|name| columns.iter().any(|other| other.is_named(name))) {
            return Err(at.error(format!("`{twice}` names two columns: rename one")));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn read_one(at: At<'_>) -> Result<Column, MappingError> {
    if !at.is_map() {
        return Ok(Column { name: at.text()?.to_owned(), also: Vec::new(), optional: false, presence: false });
    }
    let map = at.map_of(&["name", "also", "optional", "read"])?;
    let also = map.get("also").map(At::one_or_more).transpose()?.unwrap_or_default();
    let word = |key: &str, word: &str| match map.get(key) {
        None => Ok(false),
        Some(at) if at.text()? == word => Ok(true),
        Some(at) => Err(at.error(format!("`{key}` is `{word}`, or left out"))),
    };
    Ok(Column {
        name: map.need("name")?.text()?.to_owned(),
        also: also.into_iter().map(|name| name.text().map(str::to_owned)).collect::<Result<_, _>>()?,
        optional: word("optional", "true")?,
        presence: word("read", "presence")?,
    })
}

impl Column {
    /// Its names, that of the mapping first.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.also.iter().map(String::as_str))
    }

    fn is_named(&self, name: &str) -> bool {
        let plain = plain(name);
        self.spellings().any(|spelling| self::plain(spelling) == plain)
    }
}

/// A name as it is compared: width of brackets and letters, and blanks, do not count.
fn plain(name: &str) -> String {
    narrow(name).chars().filter(|letter| !letter.is_whitespace() && *letter != '\u{feff}').collect()
}

/// Where each column stands; `None` for an optional one that is absent. `place` is named in the error.
pub(super) fn places(columns: &[Column], header: &[String], place: &str) -> Result<Vec<Option<usize>>, ConvertError> {
    // Where the header is missing these are the cells of a row, and may be anything.
    let known: Vec<String> = header.iter().map(|name| covered(name.trim())).filter(|name| !name.is_empty()).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let fail = |problem, column: &Column, remedy| ConvertError::Header {
        place: place.to_owned(),
        problem,
        column: column.name.clone(),
        remedy,
    };
    columns
        .iter()
        .map(|column| {
            let mut found = header.iter().enumerate().filter(|(_, name)| column.is_named(name)).map(|(at, _)| at);
            match (found.next(), found.next()) {
                (Some(_), Some(_)) => Err(fail("two of", column, "rename one".to_owned())),
                (None, _) if !column.optional => Err(fail("no", column, suggest::remedy(&column.name, &known))),
                (found, _) => Ok(found),
            }
        })
        .collect()
}

/// How many columns that a file must have are in a header.
pub(super) fn found(columns: &[Column], header: &[String]) -> usize {
    let needed = columns.iter().filter(|column| !column.optional);
    needed.filter(|column| header.iter().any(|name| column.is_named(name))).count()
}

/// The required columns, for messages.
pub(super) fn required(columns: &[Column]) -> String {
    let needed = columns.iter().filter(|column| !column.optional);
    needed.map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

impl Mapping {
    /// Are a row's cells, as far as they hold something that is read, the names of their columns?
    pub(super) fn is_header(&self, cells: &[String]) -> bool {
        let read = self.columns.iter().zip(cells).filter(|(column, cell)| !column.presence && !cell.trim().is_empty());
        let mut read = read.peekable();
        read.peek().is_some() && read.all(|(column, cell)| column.is_named(cell))
    }

    /// Of what is read for its presence alone, only that is kept.
    pub(super) fn veil(&self, cells: &mut [String]) {
        for (cell, column) in cells.iter_mut().zip(&self.columns) {
            if column.presence {
                *cell = if cell.trim().is_empty() { String::new() } else { PRESENT.to_owned() };
            }
        }
    }
}
