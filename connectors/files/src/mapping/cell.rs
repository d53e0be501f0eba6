//! Values of an event's data: from the YAML of a mapping, and from a row into JSON.

use super::error::{MappingError, Reason};
use super::filter::regex;
use super::template::Template;
use super::yaml::{At, Map};
use heng_model::TimeZone;
use regex_lite::Regex;
use serde_json::{Map as Object, Value};

/// A value of the data, or a map of them.
#[derive(Debug)]
pub(super) enum Cell {
    Text(Template),
    Int(Template),
    Flag(Template, Regex),
    Table {
        value: Template,
        table: Vec<(String, Vec<String>)>,
    },
    /// A bool by its spellings, others refused.
    Either {
        value: Template,
        table: Vec<(String, Vec<String>)>,
    },
    Bool(bool),
    Null,
    Fields(Vec<(String, Cell)>),
}

/// Reads the keys of `data`, or of the `fields` in it.
pub(super) fn read_cells(map: Map<'_>, names: &[String], outermost: bool) -> Result<Vec<(String, Cell)>, MappingError> {
    map.iter()
        .map(|(key, at)| {
            let cell = match key {
                "fields" if outermost => Cell::Fields(read_cells(at.map()?, names, false)?),
                _ => read_cell(at, names)?,
            };
            Ok((key.to_owned(), cell))
        })
        .collect()
}

fn read_cell(at: At<'_>, names: &[String]) -> Result<Cell, MappingError> {
    if !at.is_map() {
        return Ok(match at.plain() {
            Some("true") => Cell::Bool(true),
            Some("false") => Cell::Bool(false),
            Some("null") => Cell::Null,
            _ => Cell::Text(Template::read(at, names)?),
        });
    }
    let cell = at.map_of(&["int", "flag", "matches", "value", "table", "bool"])?;
    let pair = |a: &str, b: &str| cell.get(a).zip(cell.get(b)).filter(|_| cell.iter().count() == 2);
    if let (Some(number), 1) = (cell.get("int"), cell.iter().count()) {
        return Ok(Cell::Int(Template::read(number, names)?));
    }
    if let Some((flag, pattern)) = pair("flag", "matches") {
        let pattern = regex(pattern.text()?).map_err(|message| pattern.error(message))?;
        return Ok(Cell::Flag(Template::read(flag, names)?, pattern));
    }
    if let Some((value, table)) = pair("value", "table") {
        return Ok(Cell::Table { value: Template::read(value, names)?, table: read_table(table)? });
    }
    if let Some((value, table)) = pair("value", "bool") {
        let either = read_table(table)?;
        if either.iter().any(|(word, _)| word != "true" && word != "false") {
            return Err(table.error("write the spellings of `true` and of `false`, such as `{true: 是, false: 否}`"));
        }
        return Ok(Cell::Either { value: Template::read(value, names)?, table: either });
    }
    Err(at.error("write a text, or `{int: …}`, `{flag: …, matches: '…'}`, `{value: …, table: {code: [spelling, …]}}`, `{value: …, bool: {true: …, false: …}}`"))
}

fn read_table(at: At<'_>) -> Result<Vec<(String, Vec<String>)>, MappingError> {
    at.map()?
        .iter()
        .map(|(code, spellings)| {
            let spellings = spellings.one_or_more()?.into_iter().map(|spelling| spelling.text().map(str::to_owned));
            Ok((code.to_owned(), spellings.collect::<Result<_, _>>()?))
        })
        .collect()
}

/// The values of a map for a row, those left out that state nothing.
pub(super) fn write_cells(
    cells: &[(String, Cell)],
    row: &[String],
    zone: TimeZone,
) -> Result<Object<String, Value>, Reason> {
    let mut data = Object::new();
    for (key, cell) in cells {
        if let Some(value) = cell.write(row, zone)? {
            data.insert(key.clone(), value);
        }
    }
    Ok(data)
}

impl Cell {
    /// The value for a row; `None` where there is nothing to state.
    pub(super) fn write(&self, row: &[String], zone: TimeZone) -> Result<Option<Value>, Reason> {
        Ok(match self {
            Self::Text(template) => Some(template.render(row, zone)?).filter(|text| !text.is_empty()).map(Value::from),
            Self::Int(template) => {
                let text = template.render(row, zone)?;
                let number = |_| Reason::value(template.label(), &text, "a whole number");
                if text.is_empty() { None } else { Some(text.parse::<i64>().map_err(number)?.into()) }
            }
            Self::Flag(template, pattern) => Some(pattern.is_match(&template.render(row, zone)?).into()),
            Self::Table { value, table } => code(value, table, row, zone)?.map(Value::from),
            Self::Either { value, table } => code(value, table, row, zone)?.map(|word| Value::from(word == "true")),
            Self::Bool(flag) => Some((*flag).into()),
            Self::Null => Some(Value::Null),
            Self::Fields(cells) => Some(write_cells(cells, row, zone)?).filter(|map| !map.is_empty()).map(Value::from),
        })
    }

    /// Its template, if it has one.
    pub(super) fn template(&self) -> Option<&Template> {
        match self {
            Self::Text(template) | Self::Int(template) | Self::Flag(template, _) => Some(template),
            Self::Table { value, .. } | Self::Either { value, .. } => Some(value),
            Self::Bool(_) | Self::Null | Self::Fields(_) => None,
        }
    }

    /// Does it read the value at this place among the names?
    pub(super) fn reads(&self, name: usize) -> bool {
        match self {
            Self::Text(template) | Self::Int(template) | Self::Flag(template, _) => template.reads_name(name),
            Self::Table { value, .. } | Self::Either { value, .. } => value.reads_name(name),
            Self::Bool(_) | Self::Null => false,
            Self::Fields(cells) => cells.iter().any(|(_, cell)| cell.reads(name)),
        }
    }
}

fn code(
    value: &Template,
    table: &[(String, Vec<String>)],
    row: &[String],
    zone: TimeZone,
) -> Result<Option<String>, Reason> {
    let text = value.render(row, zone)?;
    if text.is_empty() {
        return Ok(None);
    }
    let spelled = |spelling: &String| spelling.to_lowercase() == text.to_lowercase();
    match table.iter().find(|(_, spellings)| spellings.iter().any(spelled)) {
        Some((code, _)) => Ok(Some(code.clone())),
        None => {
            let known: Vec<&str> =
                table.iter().flat_map(|(_, spellings)| spellings.iter().map(String::as_str)).collect();
            let expected = format!("one of `{}`; add the spelling to the mapping's table", known.join("`, `"));
            Err(Reason::value(value.label(), &text, expected))
        }
    }
}
