//! How a row became what it became: every value, filter by filter.

use super::cell::Cell;
use super::privacy::covered;
use super::read::Mapping;
use super::row::Memory;
use super::template::{CellTrace, Template};

/// The way of one row through a mapping. It ends where the row was skipped or refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The mapping's columns and what the row has in them.
    pub columns: Vec<(String, String)>,
    /// The mapping's values and keys, then what the event is made of, in the order in which they are computed.
    pub values: Vec<ValueTrace>,
}

/// How a value came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTrace {
    /// Its name; `event.id`, `data.fields.amount` for what goes into the event.
    pub name: String,
    /// Its template.
    pub template: String,
    /// The cells in it.
    pub cells: Vec<CellTrace>,
    /// What came out; the error says why nothing did.
    pub gave: Result<String, String>,
}

impl Mapping {
    /// The way of a row, given the cells of the mapping's columns; nothing is remembered of it.
    pub(super) fn trace(&self, mut cells: Vec<String>, memory: &Memory) -> Trace {
        let columns = self.columns().map(str::to_owned).zip(cells.iter().map(|cell| covered(cell))).collect();
        let mut trace = Trace { columns, values: Vec::new() };
        // Whatever ends the trace is the outcome of the row, told beside it.
        let _ = self.follow(&mut cells, memory, &mut trace);
        trace
    }

    fn follow(&self, cells: &mut Vec<String>, memory: &Memory, trace: &mut Trace) -> Option<()> {
        if self.skips(cells).ok()?.is_some() {
            return None;
        }
        let names = self.names.iter().skip(self.columns.len());
        for (name, value) in names.zip(&self.values) {
            let value = self.add(trace, name, value, cells)?;
            cells.push(value);
        }
        let keys = [("once", self.once.as_ref().map(|(key, _)| key)), ("unique", self.unique.as_ref())];
        for (name, key) in keys {
            if let Some(key) = key {
                self.add(trace, name, key, cells)?;
            }
        }
        self.add_counters(cells, memory).ok()?;
        let event = self.event_for(cells).ok()?;
        let envelope = [("event.id", &event.id), ("event.subject", &event.subject), ("event.time", &event.time)];
        for (name, template) in envelope {
            self.add(trace, name, template, cells)?;
        }
        self.add_data(trace, "data", &event.data, cells)
    }

    fn add(&self, trace: &mut Trace, name: &str, template: &Template, cells: &[String]) -> Option<String> {
        let gave = template.render(cells, self.zone);
        trace.values.push(ValueTrace {
            name: name.to_owned(),
            template: template.text.clone(),
            cells: template.trace(cells, self.zone),
            gave: gave.as_ref().map(|gave| covered(gave)).map_err(ToString::to_string),
        });
        gave.ok()
    }

    fn add_data(&self, trace: &mut Trace, path: &str, data: &[(String, Cell)], cells: &[String]) -> Option<()> {
        for (key, cell) in data {
            let path = format!("{path}.{key}");
            if let Cell::Fields(fields) = cell {
                self.add_data(trace, &path, fields, cells)?;
                continue;
            }
            let gave = cell.write(cells, self.zone);
            let told = gave
                .as_ref()
                .map(|value| value.as_ref().map_or("left out".to_owned(), |value| covered(&value.to_string())));
            trace.values.push(ValueTrace {
                name: path,
                template: cell.template().map_or_else(String::new, |template| template.text.clone()),
                cells: cell.template().map_or_else(Vec::new, |template| template.trace(cells, self.zone)),
                gave: told.map_err(ToString::to_string),
            });
            gave.ok()?;
        }
        Some(())
    }
}
