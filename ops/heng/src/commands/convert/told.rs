//! What became of the rows, for people and for machines.

use super::Args;
use crate::output::line;
use heng_files::{Given, Mapping, Place, Reason, RowRefused, RowTold, Summary, Trace};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::io::Write as _;

/// A row for machines.
pub(super) fn row_json(told: &RowTold<'_>) -> Value {
    let mut row = json!({"row": told.row});
    let mut put = |key: &str, value: Value| {
        if let Some(row) = row.as_object_mut() {
            row.insert(key.to_owned(), value);
        }
    };
    match told.place {
        Place::Line(line) => put("line", json!(line)),
        Place::Sheet { sheet, row, letters } => {
            put("sheet", json!(sheet));
            put("sheet_row", json!(row));
            put("cell", json!(letters.as_ref().map(|letters| format!("{letters}{row}"))));
        }
        Place::Entry => {}
    }
    match told.gave {
        Ok(Given::Event(event)) => {
            put("outcome", json!("event"));
            put("id", json!(event.id));
            put("type", json!(event.kind.name()));
            put("subject", json!(event.subject));
        }
        Ok(Given::Skipped(reason)) => {
            put("outcome", json!("skipped"));
            put("reason", json!(reason));
        }
        Err(refused) => {
            let (column, value, expected) = details(&refused.reason);
            put("outcome", json!("refused"));
            put("file", json!(refused.file));
            put("column", json!(column));
            put("value", json!(value));
            put("expected", json!(expected));
            put("reason", json!(refused.reason.to_string()));
        }
    }
    if let Some(trace) = &told.trace {
        put("trace", trace_json(trace));
    }
    row
}

/// Column, value and what was expected, where the reason has them.
fn details(reason: &Reason) -> (Option<&str>, Option<String>, Option<String>) {
    match reason {
        Reason::Value { column, value, expected } => (Some(column), Some(value.clone()), Some(expected.clone())),
        Reason::NotCounted { column, value, .. } => (Some(column), Some(value.clone()), None),
        Reason::Twice { column, value, earlier } => {
            (Some(column), Some(value.clone()), Some(format!("one row for each; row {earlier} has it")))
        }
        Reason::Encoding { column, encoding } => (Some(column), None, Some((*encoding).to_owned())),
        Reason::Mixed { column } => (Some(column), None, Some("gb18030".to_owned())),
        Reason::Cells { found, expected } => (None, Some(format!("{found} cells")), Some(format!("{expected} cells"))),
        Reason::Merged { cells } => (None, Some(cells.clone()), Some("no merged cells".to_owned())),
        Reason::HeaderAgain => (None, None, Some("no second header".to_owned())),
        Reason::Cut { .. } | Reason::TooLong { .. } | Reason::Json(_) | Reason::Event(_) => (None, None, None),
    }
}

/// A row for people: a line, and its way where it was asked for.
pub(super) fn row_text(told: &RowTold<'_>) -> String {
    let place = match told.place {
        Place::Line(line) => format!(" (line {line})"),
        Place::Sheet { sheet, row, letters } => format!(" ({sheet}!{}{row})", letters.as_deref().unwrap_or_default()),
        Place::Entry => String::new(),
    };
    let outcome = match told.gave {
        Ok(Given::Event(event)) => format!("{} {} of {}", event.kind.name(), event.id, event.subject),
        Ok(Given::Skipped(reason)) => format!("skipped: {reason}"),
        Err(RowRefused { reason, .. }) => format!("refused: {reason}"),
    };
    let mut text = format!("row {}{place}: {outcome}", told.row);
    if let Some(trace) = &told.trace {
        text.push_str(&trace_text(trace));
    }
    if let (Some(_), Ok(Given::Event(event))) = (&told.trace, told.gave) {
        text.push_str("\n  the event\n    ");
        text.push_str(&String::from_utf8_lossy(&event.line));
    }
    text
}

fn trace_text(trace: &Trace) -> String {
    let mut text = "\n  columns".to_owned();
    // Writing to a text does not fail.
    for (name, cell) in &trace.columns {
        let _ = write!(text, "\n    {name}: `{cell}`");
    }
    if !trace.values.is_empty() {
        text.push_str("\n  values");
    }
    for value in &trace.values {
        let gave = value.gave.as_ref().map_or_else(|why| format!("refused: {why}"), |gave| format!("`{gave}`"));
        let _ = write!(text, "\n    {}: {gave}", value.name);
        if value.template.contains('{') {
            let _ = write!(text, "    from {}", value.template);
        }
        for cell in value.cells.iter().filter(|cell| !cell.steps.is_empty()) {
            let _ = write!(text, "\n      {} `{}`", cell.name, cell.cell);
            for (filter, gave) in &cell.steps {
                let _ = match gave {
                    Ok(gave) => write!(text, " | {filter} `{gave}`"),
                    Err(expected) => write!(text, " | {filter}: expected {expected}"),
                };
            }
        }
    }
    text
}

fn trace_json(trace: &Trace) -> Value {
    let gave = |gave: &Result<String, String>| match gave {
        Ok(gave) => json!({"gave": gave}),
        Err(expected) => json!({"refused": expected}),
    };
    let with = |mut value: Value, gave: Value| {
        if let (Some(value), Value::Object(gave)) = (value.as_object_mut(), gave) {
            value.extend(gave);
        }
        value
    };
    let columns: Map<String, Value> =
        trace.columns.iter().map(|(name, cell)| (name.clone(), Value::from(cell.as_str()))).collect();
    let values: Vec<Value> = trace
        .values
        .iter()
        .map(|value| {
            let cells: Vec<Value> = value
                .cells
                .iter()
                .map(|cell| {
                    let steps = cell.steps.iter().map(|(filter, step)| with(json!({"filter": filter}), gave(step)));
                    json!({"name": cell.name, "cell": cell.cell, "steps": steps.collect::<Vec<_>>()})
                })
                .collect();
            with(json!({"name": value.name, "template": value.template, "cells": cells}), gave(&value.gave))
        })
        .collect();
    json!({"columns": columns, "values": values})
}

/// The summary; on standard error where the events take standard output.
pub(super) fn summary(args: &Args, mapping: &Mapping, summary: &Summary) -> anyhow::Result<()> {
    let say = |text: &str| {
        if args.out.is_some() || args.explain { line(text) } else { Ok(writeln!(std::io::stderr(), "{text}")?) }
    };
    let Summary { input, rows, events, skipped, refused } = summary;
    if args.json {
        let summary = json!({
            "mapping": mapping.name(), "input": input, "rows": rows, "events": events, "skipped": skipped, "refused": refused,
        });
        return say(&summary.to_string());
    }
    let all_skipped: u64 = skipped.values().sum();
    say(&format!("{}: {input}", args.input.display()))?;
    say(&format!("{rows} rows = {events} events + {all_skipped} skipped + {refused} refused"))?;
    skipped.iter().try_for_each(|(reason, count)| say(&format!("  skipped {count}: {reason}")))
}
