//! `heng log export`: every entry as JSON.

use crate::data::Data;
use anyhow::Context;
use heng_core::{Content, Control, Derived, Entry};
use heng_files::{event_json, format_instant};
use heng_log::codec::{Head, decode_entry, decode_head};
use heng_log::{Stream, leaf_hash};
use heng_model::{DaySet, Position};
use serde_json::{Value, json};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

pub(super) fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let data = Data::open(path)?;
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    for partition in data.partitions() {
        let reader = data.reader(Stream::Events, partition)?;
        let mut scanner = reader.scan(0);
        while let Some(frame) = scanner.next_frame() {
            let (offset, frame) = frame?;
            let position = Position { partition, offset };
            let head = decode_head(frame.entry).with_context(|| format!("entry {position}"))?;
            let entry = decode_entry(position, frame.entry)?;
            writeln!(out, "{}", entry_json(&head, &entry, frame.entry))?;
        }
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry_json(head: &Head<'_>, entry: &Entry<'_>, bytes: &[u8]) -> Value {
    let (key, content) = match &entry.content {
        Content::Event { event, .. } => ("event", event_json(event, Some(entry.known_ms))),
        Content::Control(control) => ("control", control_json(control)),
        Content::Derived(derived) => ("derived", derived_json(derived)),
    };
    let mut line = json!({
        "position": entry.position.to_string(),
        "known": format_instant(entry.known_ms),
        "type": head.type_name,
        "schema": head.schema,
        "leaf": hex(&leaf_hash(bytes)),
    });
    if let Some(line) = line.as_object_mut() {
        // Only an event has these.
        let optional = [
            ("claimed_time", head.claimed_time),
            ("traceparent", head.traceparent),
            ("other_as_sent", head.other_as_sent),
        ];
        for (key, value) in optional {
            line.extend(value.map(|value| (key.to_owned(), Value::from(value))));
        }
        if let Content::Event { sent_on: Some(sent_on), .. } = &entry.content {
            let sent_on = json!({"from": sent_on.from.to_string(), "by": sent_on.by.to_string()});
            line.insert("sent_on".to_owned(), sent_on);
        }
        if !head.subject_as_sent.is_empty() {
            line.insert("subject_as_sent".to_owned(), head.subject_as_sent.into());
        }
        line.insert(key.to_owned(), content);
    }
    line
}

fn control_json(control: &Control<'_>) -> Value {
    match control {
        Control::DayOpened { date } => json!({"date": date.to_string()}),
        Control::PackActivated { pack, version, sha256, on } => {
            json!({"pack": pack, "version": version, "sha256": hex(sha256), "on": on.to_string()})
        }
        Control::FoldActivated { version } => json!({"version": version}),
    }
}

fn derived_json(derived: &Derived<'_>) -> Value {
    match derived {
        Derived::RelatedChanged { to, news } => {
            let links = news.links.iter().map(|(role, first, last)| {
                json!({"role": role, "first": first.to_string(), "last": (!last.is_forever()).then(|| last.to_string())})
            });
            let outcomes = news.outcomes.iter().map(
                |(name, in_force, paused)| json!({"outcome": name, "days": days(in_force), "paused": days(paused)}),
            );
            json!({
                "to": to.to_string(), "from": news.from.to_string(), "cause": news.position.to_string(),
                "links": links.collect::<Vec<_>>(), "outcomes": outcomes.collect::<Vec<_>>(),
                "formerly": news.formerly.iter().map(ToString::to_string).collect::<Vec<_>>(), "ask": news.ask,
            })
        }
        Derived::Redirected { to, from, by, part, parts, source_position, bytes } => json!({
            "to": to.to_string(), "from": from.to_string(), "by": by.to_string(), "part": part, "parts": parts,
            "cause": source_position.to_string(), "history": hex(bytes),
        }),
    }
}

fn days(days: &DaySet) -> Value {
    let last = |day: heng_model::Day| (!day.is_forever()).then(|| day.to_string());
    days.spans().iter().map(|span| json!([span.first.to_string(), last(span.last)])).collect()
}
