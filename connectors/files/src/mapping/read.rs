//! From the YAML of a mapping to a checked mapping.

use super::condition::Condition;
use super::error::MappingError;
use super::filter::regex;
use super::template::Template;
use super::yaml::{self, At, Map};
use crate::event::EventType;
use crate::suggest;
use encoding_rs::Encoding;
use heng_model::TimeZone;
use regex_lite::Regex;

/// A mapping, every name in it resolved.
#[derive(Debug)]
pub struct Mapping {
    pub(super) name: String,
    pub(super) zone: TimeZone,
    pub(super) encoding: &'static Encoding,
    pub(super) delimiter: u8,
    /// Columns, then values, then counters: what templates read, by place.
    pub(super) names: Vec<String>,
    pub(super) columns: usize,
    pub(super) skips: Vec<(Condition, String)>,
    pub(super) values: Vec<Template>,
    pub(super) once: Option<(Template, String)>,
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

#[derive(Debug)]
pub(super) enum Cell {
    Text(Template),
    Int(Template),
    Flag(Template, Regex),
    Table { value: Template, table: Vec<(String, Vec<String>)> },
    Bool(bool),
    Null,
    Fields(Vec<(String, Cell)>),
}

const KEYS: [&str; 12] = [
    "mapping",
    "about",
    "source",
    "time_zone",
    "encoding",
    "delimiter",
    "columns",
    "skip",
    "values",
    "once",
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
        let mut names = read_columns(map)?;
        let columns = names.len();
        let skips = read_skips(map, &names)?;
        let values = read_values(map, &mut names)?;
        let once = map.get("once").map(|once| read_once(once, &names)).transpose()?;
        let counters = read_counters(map, &mut names)?;
        Ok(Self {
            name: map.need("mapping")?.text()?.to_owned(),
            zone: parsed(map, "time_zone", "UTC")?,
            encoding: read_encoding(map)?,
            delimiter: read_delimiter(map)?,
            columns,
            skips,
            values,
            once,
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

    /// The columns that a file must have.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.names.iter().take(self.columns).map(String::as_str)
    }
}

fn template(at: At<'_>, names: &[String]) -> Result<Template, MappingError> {
    Template::parse(at.text()?, names).map_err(|message| at.error(message))
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

fn read_encoding(map: Map<'_>) -> Result<&'static Encoding, MappingError> {
    let Some(at) = map.get("encoding") else { return Ok(encoding_rs::UTF_8) };
    match at.text()? {
        "utf-8" => Ok(encoding_rs::UTF_8),
        "gb18030" => Ok(encoding_rs::GB18030),
        other => {
            Err(at.error(format!("unknown encoding `{other}`: {}", suggest::remedy(other, &["utf-8", "gb18030"]))))
        }
    }
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

fn read_columns(map: Map<'_>) -> Result<Vec<String>, MappingError> {
    let mut names = Vec::new();
    for column in map.need("columns")?.list()? {
        add_name(&mut names, column.text()?, column)?;
    }
    Ok(names)
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
        templates.push(template(value, names)?);
        add_name(names, name, value)?;
    }
    Ok(templates)
}

fn read_once(once: At<'_>, names: &[String]) -> Result<(Template, String), MappingError> {
    let once = once.map_of(&["key", "reason"])?;
    Ok((template(once.need("key")?, names)?, once.need("reason")?.text()?.to_owned()))
}

fn read_counters(map: Map<'_>, names: &mut Vec<String>) -> Result<Vec<Counter>, MappingError> {
    let Some(counters) = map.get("counters") else { return Ok(Vec::new()) };
    let known = names.clone();
    let mut all = Vec::new();
    for (name, at) in counters.map()?.iter() {
        let counter = at.map_of(&["key", "when"])?;
        let key = template(counter.need("key")?, &known)?;
        let when =
            counter.get("when").map_or_else(|| Ok(Condition::default()), |when| Condition::read(when, &known))?;
        add_name(names, name, at)?;
        all.push(Counter { name: name.to_owned(), key, when });
    }
    Ok(all)
}

fn read_events(map: Map<'_>, names: &[String]) -> Result<Vec<EventTemplate>, MappingError> {
    let source = template(map.need("source")?, names)?;
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
        id: template(event.need("id")?, names)?,
        subject: template(event.need("subject")?, names)?,
        time: template(event.need("time")?, names)?,
        data: read_cells(event.need("data")?.map_of(kind.keys())?, names, true)?,
    })
}

fn read_cells(map: Map<'_>, names: &[String], outermost: bool) -> Result<Vec<(String, Cell)>, MappingError> {
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
            _ => Cell::Text(template(at, names)?),
        });
    }
    let cell = at.map_of(&["int", "flag", "matches", "value", "table"])?;
    let pair = |a: &str, b: &str| cell.get(a).zip(cell.get(b)).filter(|_| cell.iter().count() == 2);
    if let (Some(number), 1) = (cell.get("int"), cell.iter().count()) {
        return Ok(Cell::Int(template(number, names)?));
    }
    if let Some((flag, pattern)) = pair("flag", "matches") {
        let pattern = regex(pattern.text()?).map_err(|message| pattern.error(message))?;
        return Ok(Cell::Flag(template(flag, names)?, pattern));
    }
    if let Some((value, table)) = pair("value", "table") {
        return Ok(Cell::Table { value: template(value, names)?, table: read_table(table)? });
    }
    Err(at.error("write a text, or `{int: …}`, `{flag: …, matches: '…'}`, `{value: …, table: {code: [spelling, …]}}`"))
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
