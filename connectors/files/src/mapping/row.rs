//! One row: its cells in, its event out.

use super::cell::write_cells;
use super::error::Reason;
use super::privacy::{covered, holds_card_number};
use super::read::{Counter, EventTemplate, Mapping};
use crate::event::{EventType, LineError, parse_line};
use heng_model::{SubjectId, TimeZone};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};

/// What a row gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// An event.
    Event(Written),
    /// Nothing, for a reason that the mapping words.
    Skipped(String),
}

/// An event as it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its JSON line, without the end of the line.
    pub line: Vec<u8>,
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: EventType,
    /// Its subject, as the mapping wrote it.
    pub subject: String,
}

/// What is remembered from row to row: how many there were, and the keys of `once`, `unique` and `counters`.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) rows: u64,
    seen: FxHashSet<String>,
    unique: FxHashMap<String, u64>,
    counts: Vec<FxHashMap<String, u64>>,
}

impl Mapping {
    /// Does what becomes of a row depend on the rows before it? Then it needs all of them, in their order.
    #[must_use]
    pub fn remembers(&self) -> bool {
        self.once.is_some() || self.unique.is_some() || !self.counters.is_empty()
    }

    /// The event of a row, given the cells of the mapping's columns.
    pub(super) fn row(&self, mut cells: Vec<String>, memory: &mut Memory) -> Result<Given, Reason> {
        if self.is_header(&cells) {
            return Err(Reason::HeaderAgain);
        }
        if let Some(reason) = self.skips(&cells)? {
            return Ok(Given::Skipped(reason.to_owned()));
        }
        self.add_values(&mut cells)?;
        let once = self.once.as_ref().map(|(key, _)| key.render(&cells, self.zone)).transpose()?;
        if let (Some(key), Some((_, reason))) = (&once, &self.once)
            && memory.seen.contains(key)
        {
            return Ok(Given::Skipped(reason.clone()));
        }
        let unique = self.unique.as_ref().map(|key| key.render(&cells, self.zone)).transpose()?;
        if let (Some(value), Some(key)) = (&unique, &self.unique)
            && let Some(earlier) = memory.unique.get(value)
        {
            return Err(Reason::Twice { column: key.label().to_owned(), value: covered(value), earlier: *earlier });
        }
        let counted = self.counts(&cells, memory)?;
        cells.extend(counted.iter().map(|counted| counted.count.to_string()));
        let event = self.event_for(&cells)?;
        self.check_counts(event, &counted)?;
        let line = event.write(&cells, self.zone)?;
        self.check_persons(&line, &cells)?;
        let written = event.written(line)?;
        // Only a row that is written is remembered: a refused one, put right, must not find its place taken.
        memory.counts.resize_with(self.counters.len(), FxHashMap::default);
        for (counts, counted) in memory.counts.iter_mut().zip(counted) {
            counts.insert(counted.key, counted.count);
        }
        memory.seen.extend(once);
        memory.unique.extend(unique.map(|value| (value, memory.rows)));
        Ok(Given::Event(written))
    }

    /// The reason for which a row is skipped, if one holds.
    pub(super) fn skips(&self, cells: &[String]) -> Result<Option<&str>, Reason> {
        for (when, reason) in &self.skips {
            if when.holds(cells, self.zone)? {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }

    fn add_values(&self, cells: &mut Vec<String>) -> Result<(), Reason> {
        for value in &self.values {
            let value = value.render(cells, self.zone)?;
            cells.push(value);
        }
        Ok(())
    }

    /// Adds the counters as they stand with this row.
    pub(super) fn add_counters(&self, cells: &mut Vec<String>, memory: &Memory) -> Result<(), Reason> {
        let counted = self.counts(cells, memory)?;
        cells.extend(counted.iter().map(|counted| counted.count.to_string()));
        Ok(())
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

    /// The event whose conditions hold.
    pub(super) fn event_for(&self, cells: &[String]) -> Result<&EventTemplate, Reason> {
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
        Err(Reason::value(&column, &value, wanted.join(" or ")))
    }

    /// What leaves must not hold the number of a person: the number of a document is copied into every register.
    fn check_persons(&self, event: &Map<String, Value>, cells: &[String]) -> Result<(), Reason> {
        let Some((field, value)) = event.iter().find_map(|(key, value)| persons_number(key, value)) else {
            return Ok(());
        };
        let mut columns = self.columns().zip(cells).filter(|(_, cell)| holds_card_number(cell));
        let (column, value) = columns.next().unwrap_or((field, &value));
        let expected = "a value without the number of a person, which is not taken in: have the document renumbered, or \
                        give its number without the person's";
        Err(Reason::value(column, value, expected))
    }

    /// A counter that an event reads must have counted something.
    fn check_counts(&self, event: &EventTemplate, counted: &[Counted]) -> Result<(), Reason> {
        let first = self.columns.len() + self.values.len();
        for (at, (counter, counted)) in self.counters.iter().zip(counted).enumerate() {
            if counted.count == 0 && event.reads(first + at) {
                return Err(Reason::NotCounted {
                    column: counter.key.label().to_owned(),
                    value: covered(&counted.key),
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
        envelope.into_iter().any(|template| template.reads_name(name))
            || self.data.iter().any(|(_, cell)| cell.reads(name))
    }

    fn write(&self, cells: &[String], zone: TimeZone) -> Result<Map<String, Value>, Reason> {
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
        Ok(envelope)
    }

    /// The event as it leaves.
    fn written(&self, envelope: Map<String, Value>) -> Result<Written, LineError> {
        let text = |key: &str| envelope.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, subject) = (text("id"), text("subject"));
        let line = Value::Object(envelope).to_string().into_bytes();
        check(&line)?;
        Ok(Written { line, id, kind: self.kind, subject })
    }
}

/// The first value, with its name, that holds the number of a person.
fn persons_number<'v>(name: &'v str, value: &'v Value) -> Option<(&'v str, String)> {
    match value {
        Value::Object(map) => map.iter().find_map(|(key, value)| persons_number(key, value)),
        Value::String(text) => holds_card_number(text).then(|| (name, text.clone())),
        Value::Number(number) => Some((name, number.to_string())).filter(|(_, text)| holds_card_number(text)),
        _ => None,
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
