//! From the YAML of a mapping to a checked mapping.

use super::cell::{Cell, read_cells};
use super::columns::{self, Column};
use super::condition::Condition;
use super::error::MappingError;
use super::template::Template;
use super::yaml::{self, At, Map};
use crate::event::EventType;
use crate::suggest;
use encoding_rs::Encoding;
use heng_model::TimeZone;

/// A mapping, every name in it resolved.
#[derive(Debug)]
pub struct Mapping {
    pub(super) name: String,
    pub(super) zone: TimeZone,
    /// `None`: found out from the file.
    pub(super) encoding: Option<&'static Encoding>,
    pub(super) delimiter: u8,
    pub(super) sheet: Option<String>,
    pub(super) header_row: Option<u64>,
    /// Columns, then values, then counters: what templates read, by place.
    pub(super) names: Vec<String>,
    pub(super) columns: Vec<Column>,
    pub(super) skips: Vec<(Condition, String)>,
    pub(super) values: Vec<Template>,
    pub(super) once: Option<(Template, String)>,
    pub(super) unique: Option<Template>,
    pub(super) counters: Vec<Counter>,
    pub(super) events: Vec<EventTemplate>,
}

#[derive(Debug)]
pub(super) struct Counter {
    pub(super) name: String,
    pub(super) key: Template,
    pub(super) when: Condition,
}

#[derive(Debug)]
pub(super) struct EventTemplate {
    pub(super) when: Condition,
    pub(super) kind: EventType,
    pub(super) source: Template,
    pub(super) id: Template,
    pub(super) subject: Template,
    pub(super) time: Template,
    pub(super) data: Vec<(String, Cell)>,
}

/// The last row that may be the header.
pub(super) const HEADER_ROW_MAX: u64 = 20;

const KEYS: [&str; 15] = [
    "mapping",
    "about",
    "source",
    "time_zone",
    "encoding",
    "delimiter",
    "sheet",
    "header_row",
    "columns",
    "skip",
    "values",
    "once",
    "unique",
    "counters",
    "events",
];

impl Mapping {
    /// Reads a mapping; `file` is named in errors.
    ///
    /// # Errors
    /// [`MappingError`] with file, line, column and what to do.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        let tree = yaml::parse(file, text)?;
        let map = At::root(file, &tree).map_of(&KEYS)?;
        if let Some(about) = map.get("about") {
            about.text()?;
        }
        let columns = columns::read(map)?;
        let mut names = Vec::new();
        for column in &columns {
            add_name(&mut names, &column.name, map.need("columns")?)?;
        }
        let skips = read_skips(map, &names)?;
        let values = read_values(map, &mut names)?;
        let once = map.get("once").map(|once| read_once(once, &names)).transpose()?;
        let unique = map.get("unique").map(|key| Template::read(key, &names)).transpose()?;
        let counters = read_counters(map, &mut names)?;
        Ok(Self {
            name: map.need("mapping")?.text()?.to_owned(),
            zone: parsed(map, "time_zone", "UTC")?,
            encoding: read_encoding(map)?,
            delimiter: read_delimiter(map)?,
            sheet: map.get("sheet").map(|sheet| sheet.text().map(str::to_owned)).transpose()?,
            header_row: map.get("header_row").map(read_header_row).transpose()?,
            columns,
            skips,
            values,
            once,
            unique,
            counters,
            events: read_events(map, &names)?,
            names,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The columns that it reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    map: Map<'_>,
    key: &str,
    default: &str,
) -> Result<T, MappingError> {
    let at = map.get(key);
    let text = at.map_or(Ok(default), At::text)?;
    text.parse()
        .map_err(|error: T::Err| at.map_or_else(|| map.error(error.to_string()), |at| at.error(error.to_string())))
}

fn read_encoding(map: Map<'_>) -> Result<Option<&'static Encoding>, MappingError> {
    let Some(at) = map.get("encoding") else { return Ok(None) };
    encoding(at.text()?).map_err(|message| at.error(message))
}

/// The encoding of a name; `None` for `auto`. The error says what is wrong.
pub(super) fn encoding(name: &str) -> Result<Option<&'static Encoding>, String> {
    match name {
        "auto" => Ok(None),
        "utf-8" => Ok(Some(encoding_rs::UTF_8)),
        "gb18030" => Ok(Some(encoding_rs::GB18030)),
        other => Err(format!("unknown encoding `{other}`: {}", suggest::remedy(other, &["auto", "utf-8", "gb18030"]))),
    }
}

fn read_header_row(at: At<'_>) -> Result<u64, MappingError> {
    let row = at.text()?.parse().ok().filter(|row| (1..=HEADER_ROW_MAX).contains(row));
    row.ok_or_else(|| at.error(format!("`header_row` is a number from 1 to {HEADER_ROW_MAX}")))
}

fn read_delimiter(map: Map<'_>) -> Result<u8, MappingError> {
    let Some(at) = map.get("delimiter") else { return Ok(b',') };
    match at.text()? {
        "," => Ok(b','),
        ";" => Ok(b';'),
        "\t" => Ok(b'\t'),
        other => Err(at.error(format!("unknown delimiter `{other}`: write \",\", \";\" or \"\\t\""))),
    }
}

fn add_name(names: &mut Vec<String>, name: &str, at: At<'_>) -> Result<(), MappingError> {
    if names.iter().any(|known| known == name) {
        return Err(at.error(format!("`{name}` names two things: rename one")));
    }
    if name.is_empty() || name != name.trim() || name.contains(['{', '}', '|', '\'']) {
        return Err(at.error(format!(
            "`{name}` cannot be written in a template: braces, bars and quotation marks have a meaning there"
        )));
    }
    names.push(name.to_owned());
    Ok(())
}

fn read_skips(map: Map<'_>, names: &[String]) -> Result<Vec<(Condition, String)>, MappingError> {
    let Some(list) = map.get("skip") else { return Ok(Vec::new()) };
    list.list()?
        .into_iter()
        .map(|skip| {
            let skip = skip.map_of(&["when", "reason"])?;
            Ok((Condition::read(skip.need("when")?, names)?, skip.need("reason")?.text()?.to_owned()))
        })
        .collect()
}

fn read_values(map: Map<'_>, names: &mut Vec<String>) -> Result<Vec<Template>, MappingError> {
    let Some(values) = map.get("values") else { return Ok(Vec::new()) };
    let mut templates = Vec::new();
    for (name, value) in values.map()?.iter() {
        templates.push(Template::read(value, names)?);
        add_name(names, name, value)?;
    }
    Ok(templates)
}

fn read_once(once: At<'_>, names: &[String]) -> Result<(Template, String), MappingError> {
    let once = once.map_of(&["key", "reason"])?;
    Ok((Template::read(once.need("key")?, names)?, once.need("reason")?.text()?.to_owned()))
}

fn read_counters(map: Map<'_>, names: &mut Vec<String>) -> Result<Vec<Counter>, MappingError> {
    let Some(counters) = map.get("counters") else { return Ok(Vec::new()) };
    let known = names.clone();
    let mut all = Vec::new();
    for (name, at) in counters.map()?.iter() {
        let counter = at.map_of(&["key", "when"])?;
        let key = Template::read(counter.need("key")?, &known)?;
        let when =
            counter.get("when").map_or_else(|| Ok(Condition::default()), |when| Condition::read(when, &known))?;
        add_name(names, name, at)?;
        all.push(Counter { name: name.to_owned(), key, when });
    }
    Ok(all)
}

fn read_events(map: Map<'_>, names: &[String]) -> Result<Vec<EventTemplate>, MappingError> {
    let source = Template::read(map.need("source")?, names)?;
    let list = map.need("events")?;
    let mut events = Vec::new();
    for event in list.list()? {
        events.push(read_event(event, &source.text, names)?);
    }
    if events.is_empty() {
        return Err(list.error("no event: write at least one"));
    }
    Ok(events)
}

fn read_event(at: At<'_>, source: &str, names: &[String]) -> Result<EventTemplate, MappingError> {
    let event = at.map_of(&["when", "type", "id", "subject", "time", "data"])?;
    let kind = event.need("type")?;
    let kind = EventType::parse(kind.text()?).map_err(|error| kind.error(error.to_string()))?;
    Ok(EventTemplate {
        when: event.get("when").map_or_else(|| Ok(Condition::default()), |when| Condition::read(when, names))?,
        kind,
        source: Template::parse(source, names).map_err(|message| at.error(message))?,
        id: Template::read(event.need("id")?, names)?,
        subject: Template::read(event.need("subject")?, names)?,
        time: Template::read(event.need("time")?, names)?,
        data: read_cells(event.need("data")?.map_of(kind.keys())?, names, true)?,
    })
}
