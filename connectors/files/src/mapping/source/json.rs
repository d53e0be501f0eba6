//! Rows of JSON: a list of objects, or one object a line. Columns are paths: `after.amount`.
//!
//! # Invariants
//!
//! Numbers are read as they are written, never through a float.

use crate::event::LineError;
use crate::lines::{JsonLines, LINE_BYTES_MAX};
use crate::mapping::columns::Column;
use crate::mapping::convert::Rows;
use crate::mapping::error::{ConvertError, Place, Reason};
use crate::mapping::read::Mapping;
use crate::mapping::row::{Given, Memory};
use crate::suggest;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

const FORMS: &str = "expected a list `[…]` of objects, or one object `{…}` a line";

impl Mapping {
    /// The event of one JSON object, such as a message of a topic. `memory` is that of all objects before it; it grows
    /// with the distinct keys of `once`, `unique` and `counters`, and with nothing where the mapping has none of them.
    ///
    /// # Errors
    /// [`Reason`]: the object gives no event, and nothing says that it should be skipped.
    pub fn convert_record(&self, json: &[u8], memory: &mut Memory) -> Result<Given, Reason> {
        memory.rows += 1;
        let mut cells = cells(self, json)?;
        self.veil(&mut cells);
        self.row(cells, memory)
    }
}

/// One object a line.
pub(super) fn read_lines(input: impl Read, rows: &mut Rows<'_>) -> Result<(), ConvertError> {
    "json, an object a line".clone_into(&mut rows.summary.input);
    let mut lines = JsonLines::new(BufReader::with_capacity(1 << 20, input));
    let mut read_bytes = 0;
    while let Some(line) = lines.next_line().map_err(|error| rows.failed(error))? {
        let place = Place::Line(line.number);
        let cells = match line.bytes {
            Ok(bytes) => {
                read_bytes += bytes.len() as u64 + 1;
                cells(rows.mapping, bytes)
            }
            Err(LineError::TooLong { bytes }) => {
                Err(Reason::TooLong { bytes: usize::try_from(bytes).unwrap_or(usize::MAX) })
            }
            Err(error) => Err(error.into()),
        };
        if rows.summary.rows == 0 && matches!(cells, Err(Reason::Cut { .. })) {
            let problem = "begins with an object that does not end on its line: write an object a line, or a list `[…]` of \
                           objects; if it was written so, the file is cut short";
            return Err(ConvertError::Form { file: rows.file.to_owned(), problem: problem.to_owned() });
        }
        rows.take(place, read_bytes, cells)?;
    }
    Ok(())
}

/// A list of objects. What is whole before the list breaks off is taken; the entry that it breaks off in is refused.
pub(super) fn read_list(mut input: impl Read + Seek, rows: &mut Rows<'_>) -> Result<(), ConvertError> {
    "json, a list".clone_into(&mut rows.summary.input);
    let mut mark = [0; 3];
    let is_marked = input.read_exact(&mut mark).is_ok() && mark == super::encoding::UTF8_MARK;
    input.seek(SeekFrom::Start(if is_marked { 3 } else { 0 })).map_err(|error| rows.failed(error))?;
    let read_bytes = Cell::new(0);
    let input = Counted { input, read_bytes: &read_bytes };
    let mut stopped = None;
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 20, input));
    let list = List { rows, read_bytes: &read_bytes, stopped: &mut stopped };
    let ended = json.deserialize_seq(list).and_then(|()| json.end());
    match (stopped, ended) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) if error.is_io() => Err(rows.failed(error.into())),
        (None, Err(error)) => {
            let at = format!("line {} column {}", error.line(), error.column());
            let reason = if error.is_eof() {
                Reason::Cut { found: format!("the list is not closed at {at}") }
            } else {
                let what = what(&error);
                Reason::Json(format!("malformed JSON at {at}: {what}; nothing after it can be read, {FORMS}"))
            };
            rows.take(Place::Line(error.line() as u64), read_bytes.get(), Err(reason))
        }
    }
}

struct Counted<'c, R> {
    input: R,
    read_bytes: &'c Cell<u64>,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.read_bytes.set(self.read_bytes.get() + length as u64);
        Ok(length)
    }
}

struct List<'l, 'r> {
    rows: &'l mut Rows<'r>,
    read_bytes: &'l Cell<u64>,
    stopped: &'l mut Option<ConvertError>,
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(entry) = list.next_element::<Box<RawValue>>()? {
            let cells = cells(self.rows.mapping, entry.get().as_bytes());
            if let Err(error) = self.rows.take(Place::Entry, self.read_bytes.get(), cells) {
                *self.stopped = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// What the parser saw, without the place that it adds.
fn what(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split_once(" at line ").map_or(text.as_str(), |(what, _)| what).to_owned()
}

/// The cells of the mapping's columns in an object.
fn cells(mapping: &Mapping, json: &[u8]) -> Result<Vec<String>, Reason> {
    if json.len() > LINE_BYTES_MAX {
        return Err(Reason::TooLong { bytes: json.len() });
    }
    let json = std::str::from_utf8(json).map_err(|error| {
        Reason::Json(format!("not UTF-8 from byte {}: save the file as UTF-8", error.valid_up_to()))
    })?;
    if !json.trim_start().starts_with('{') {
        return Err(Reason::Json(format!("this is no object: {FORMS}")));
    }
    let object: Object<'_> = serde_json::from_str(json).map_err(|error| {
        if error.is_eof() {
            Reason::Cut { found: format!("an object that is not closed, {FORMS}") }
        } else {
            Reason::Json(format!("malformed JSON at column {}: {}", error.column(), what(&error)))
        }
    })?;
    mapping.columns.iter().map(|column| cell(column, &object)).collect()
}

fn cell(column: &Column, object: &Object<'_>) -> Result<String, Reason> {
    for name in column.spellings() {
        match look_up(object, name).map_err(|error| Reason::Json(format!("column `{name}`: {error}")))? {
            None => {}
            Some(json) if json.starts_with('"') => {
                return serde_json::from_str(json).map_err(|error| Reason::Json(format!("column `{name}`: {error}")));
            }
            Some("null") => return Ok(String::new()),
            Some(json) if json.starts_with(['{', '[']) => {
                let kind = if json.starts_with('{') { "an object" } else { "a list" };
                let expected = "a text or a number; the path of a value in it is written with points, such as `a.b`";
                return Err(Reason::value(name, kind, expected));
            }
            Some(number) => return Ok(number.to_owned()),
        }
    }
    if column.optional {
        return Ok(String::new());
    }
    let known: Vec<&str> = object.0.iter().map(|(key, _)| key.as_str()).collect();
    Err(Reason::Json(format!("no column `{}` in this object: {}", column.name, suggest::remedy(&column.name, &known))))
}

/// The JSON at a path; `null` below what is `null`, as a change event has it for what was deleted.
fn look_up<'j>(object: &Object<'j>, path: &str) -> Result<Option<&'j str>, serde_json::Error> {
    let get = |name: &str| object.0.iter().find(|(key, _)| key == name).map(|(_, json)| json.get());
    if let Some(json) = get(path) {
        return Ok(Some(json));
    }
    let Some((head, rest)) = path.split_once('.') else { return Ok(None) };
    match get(head) {
        None => Ok(None),
        Some("null") => Ok(Some("null")),
        Some(json) if json.starts_with('{') => look_up(&serde_json::from_str(json)?, rest),
        Some(_) => Ok(None),
    }
}

/// An object whose values are left as they are written; no key stands twice.
struct Object<'j>(Vec<(String, &'j RawValue)>);

impl<'de: 'j, 'j> Deserialize<'de> for Object<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut entries: Vec<(String, &RawValue)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(A::Error::custom(format_args!("the key `{key}` stands twice in one object")));
            }
            entries.push((key, value));
        }
        Ok(Object(entries))
    }
}
