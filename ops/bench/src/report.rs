//! A table of figures, for people or as a line of JSON.

use anyhow::Result;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};
use serde_json::{Map, Value, json};
use std::io::{self, Write};
use std::time::Duration;

/// What a benchmark found.
pub(crate) struct Report {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    notes: Vec<(String, String)>,
}

impl Report {
    pub(crate) fn new(name: &'static str, columns: &[&'static str]) -> Self {
        Self { name, columns: columns.to_vec(), rows: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// A figure that belongs to no row.
    pub(crate) fn note(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.notes.push((name.into(), value.into()));
    }

    pub(crate) fn print(&self, as_json: bool) -> Result<()> {
        let mut out = io::stdout().lock();
        if as_json {
            let rows =
                self.rows.iter().map(|row| self.columns.iter().zip(row).map(|(name, cell)| pair(name, cell)).collect());
            let rows: Vec<Map<String, Value>> = rows.collect();
            let notes: Map<String, Value> = self.notes.iter().map(|(name, value)| pair(name, value)).collect();
            writeln!(out, "{}", json!({"benchmark": self.name, "rows": rows, "figures": notes}))?;
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY).set_header(&self.columns).set_width(WIDTH);
        for row in &self.rows {
            table.add_row(row);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(out, "\n{}\n{table}", self.name)?;
        for (name, value) in &self.notes {
            writeln!(out, "  {name}: {value}")?;
        }
        Ok(())
    }
}

const WIDTH: u16 = 120;

/// Numbers as numbers, the separators of thousands left out.
fn pair(name: &str, cell: &str) -> (String, Value) {
    let number = cell.replace(',', "").parse::<f64>().ok().and_then(|number| {
        if number.fract() == 0.0 && !cell.contains('.') {
            cell.replace(',', "").parse::<i64>().ok().map(Value::from)
        } else {
            Some(Value::from(number))
        }
    });
    (name.to_owned(), number.unwrap_or_else(|| Value::from(cell)))
}

/// A line on standard error.
pub(crate) fn note(text: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// A whole number with separators of thousands.
pub(crate) fn whole(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Nanoseconds for each of `count`.
pub(crate) fn ns_each(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e9 / to_f64(count.max(1))
}

/// How many in a second.
pub(crate) fn per_second(time: Duration, count: u64) -> String {
    let seconds = time.as_secs_f64();
    if seconds == 0.0 { "-".to_owned() } else { whole(to_u64(to_f64(count) / seconds)) }
}

#[expect(clippy::cast_precision_loss, reason = "figures are printed with at most seven digits")]
pub(crate) fn to_f64(number: u64) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "figures are finite and not negative")]
pub(crate) fn to_u64(number: f64) -> u64 {
    number as u64
}
