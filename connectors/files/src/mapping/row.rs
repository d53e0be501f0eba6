//! One row: its cells in, its event out.

use super::error::Reason;
use super::read::{Cell, Counter, EventTemplate, Mapping};
use super::template::Template;
use crate::event::{LineError, parse_line};
use heng_model::{SubjectId, TimeZone};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};

/// What a row gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// The JSON line of an event, without its end.
    Event(Vec<u8>),
    /// Nothing, for a reason that the mapping words.
    Skipped(String),
}

/// What is remembered from row to row.
#[derive(Debug, Default)]
pub(super) struct Memory {
    seen: FxHashSet<String>,
    counts: Vec<FxHashMap<String, u64>>,
}

impl Mapping {
    /// The event of a row, given the cells of the mapping's columns.
    pub(super) fn row(&self, mut cells: Vec<String>, memory: &mut Memory) -> Result<Given, Reason> {
        for (when, reason) in &self.skips {
            if when.holds(&cells, self.zone)? {
                return Ok(Given::Skipped(reason.clone()));
            }
        }
        for value in &self.values {
            let value = value.render(&cells, self.zone)?;
            cells.push(value);
        }
        let once = self.once.as_ref().map(|(key, _)| key.render(&cells, self.zone)).transpose()?;
        if let (Some(key), Some((_, reason))) = (&once, &self.once)
            && memory.seen.contains(key)
        {
            return Ok(Given::Skipped(reason.clone()));
        }
        let counted = self.counts(&cells, memory)?;
        cells.extend(counted.iter().map(|counted| counted.count.to_string()));
        let event = self.event_for(&cells)?;
        self.check_counts(event, &counted)?;
        let line = event.write(&cells, self.zone)?;
        // Only a row that is written is remembered: a refused one, put right, must not find its place taken.
        memory.counts.resize_with(self.counters.len(), FxHashMap::default);
        for (counts, counted) in memory.counts.iter_mut().zip(counted) {
            counts.insert(counted.key, counted.count);
        }
        memory.seen.extend(once);
        Ok(Given::Event(line))
    }

    fn counts(&self, cells: &[String], memory: &Memory) -> Result<Vec<Counted>, Reason> {
        let mut counted = Vec::with_capacity(self.counters.len());
        for (at, Counter { key, when, .. }) in self.counters.iter().enumerate() {
            let key = key.render(cells, self.zone)?;
            let before = memory.counts.get(at).and_then(|counts| counts.get(&key)).copied().unwrap_or_default();
            let count = before + u64::from(when.holds(cells, self.zone)?);
            counted.push(Counted { key, count });
        }
        Ok(counted)
    }

    fn event_for(&self, cells: &[String]) -> Result<&EventTemplate, Reason> {
        let mut nearest: Option<(String, String, Vec<String>)> = None;
        for event in &self.events {
            let Some(failing) = event.when.failing(cells, self.zone)? else { return Ok(event) };
            let (column, _, wanted) =
                nearest.get_or_insert_with(|| (failing.column.clone(), failing.value, Vec::new()));
            if *column == failing.column {
                wanted.push(failing.wanted);
            }
        }
        let (column, value, wanted) = nearest.unwrap_or_default();
        Err(Reason::Value { column, value, expected: wanted.join(" or ") })
    }

    /// A counter that an event reads must have counted something.
    fn check_counts(&self, event: &EventTemplate, counted: &[Counted]) -> Result<(), Reason> {
        let first = self.columns + self.values.len();
        for (at, (counter, counted)) in self.counters.iter().zip(counted).enumerate() {
            if counted.count == 0 && event.reads(first + at) {
                return Err(Reason::NotCounted {
                    column: counter.key.text.clone(),
                    value: counted.key.clone(),
                    counter: counter.name.clone(),
                });
            }
        }
        Ok(())
    }
}

struct Counted {
    key: String,
    count: u64,
}

impl EventTemplate {
    fn reads(&self, name: usize) -> bool {
        let envelope = [&self.source, &self.id, &self.subject, &self.time];
        envelope.into_iter().any(|template| reads(template, name)) || self.data.iter().any(|(_, cell)| cell.reads(name))
    }

    fn write(&self, cells: &[String], zone: TimeZone) -> Result<Vec<u8>, Reason> {
        let mut envelope = Map::new();
        let mut put = |key: &str, value: Value| envelope.insert(key.to_owned(), value);
        put("specversion", "1.0".into());
        put("id", self.id.render(cells, zone)?.into());
        put("source", self.source.render(cells, zone)?.into());
        put("type", self.kind.name().into());
        put("subject", self.subject.render(cells, zone)?.into());
        put("time", self.time.render(cells, zone)?.into());
        put("datacontenttype", "application/json".into());
        put("data", write_cells(&self.data, cells, zone)?.into());
        let line = Value::Object(envelope).to_string().into_bytes();
        check(&line)?;
        Ok(line)
    }
}

/// What intake would refuse for its form is refused here, beside the row that caused it.
fn check(line: &[u8]) -> Result<(), LineError> {
    let event = parse_line(line)?;
    let canonical = |text: &str| text.parse::<SubjectId>();
    match canonical(event.subject_as_sent()) {
        Ok(subject) => event.event(subject.clone(), Some(subject)).map(drop),
        Err(error) if event.subject_as_sent().contains(':') => Err(LineError::BadValue {
            path: "subject".to_owned(),
            value: event.subject_as_sent().to_owned(),
            expected: format!("a subject: {error}"),
        }),
        // An alias: only intake knows whom it names, so the data is read for a stand-in.
        Err(_) => match canonical("alias:0") {
            Ok(subject) => event.event(subject.clone(), Some(subject)).map(drop),
            Err(_) => Ok(()),
        },
    }
}

fn reads(template: &Template, name: usize) -> bool {
    template.reads().any(|read| read == name)
}

fn write_cells(cells: &[(String, Cell)], row: &[String], zone: TimeZone) -> Result<Map<String, Value>, Reason> {
    let mut data = Map::new();
    for (key, cell) in cells {
        if let Some(value) = cell.write(row, zone)? {
            data.insert(key.clone(), value);
        }
    }
    Ok(data)
}

impl Cell {
    /// The value for a row; `None` where there is nothing to state.
    fn write(&self, row: &[String], zone: TimeZone) -> Result<Option<Value>, Reason> {
        Ok(match self {
            Self::Text(template) => Some(template.render(row, zone)?).filter(|text| !text.is_empty()).map(Value::from),
            Self::Int(template) => {
                let text = template.render(row, zone)?;
                let number = |_| Reason::Value {
                    column: template.text.clone(),
                    value: text.clone(),
                    expected: "a whole number".to_owned(),
                };
                if text.is_empty() { None } else { Some(text.parse::<i64>().map_err(number)?.into()) }
            }
            Self::Flag(template, pattern) => Some(pattern.is_match(&template.render(row, zone)?).into()),
            Self::Table { value, table } => code(value, table, row, zone)?.map(Value::from),
            Self::Bool(flag) => Some((*flag).into()),
            Self::Null => Some(Value::Null),
            Self::Fields(cells) => Some(write_cells(cells, row, zone)?).filter(|map| !map.is_empty()).map(Value::from),
        })
    }

    fn reads(&self, name: usize) -> bool {
        match self {
            Self::Text(template) | Self::Int(template) | Self::Flag(template, _) => reads(template, name),
            Self::Table { value, .. } => reads(value, name),
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
            Err(Reason::Value { column: value.text.clone(), value: text, expected })
        }
    }
}
