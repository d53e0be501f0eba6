//! What was in force on a day, as known at a position.

use super::{Args, entries_len};
use crate::commands::decisions::days;
use crate::output::{line, progress, table};
use anyhow::Context;
use heng_files::{decision_json, format_instant};
use heng_log::RealDisk;
use heng_replay::{AsOf, PartitionLog, Question, as_of};
use heng_server::Shelf;
use serde_json::{Value, json};

pub(super) fn print(args: &Args, logs: &[PartitionLog<RealDisk>], packs: &Shelf) -> anyhow::Result<()> {
    let bar = progress(entries_len(logs), "events", args.json);
    bar.set_message("folding");
    let question = Question { day: args.as_of, known_at: args.known_at };
    let answer = as_of(logs, packs, question, &mut |entries| bar.inc(entries)).context("the log cannot be replayed")?;
    bar.finish_and_clear();
    if args.json { line(&json(&answer).to_string()) } else { text(&answer) }
}

fn positions(answer: &AsOf) -> Vec<String> {
    answer.known_at.iter().map(ToString::to_string).collect()
}

fn json(answer: &AsOf) -> Value {
    json!({
        "as_of": answer.day.to_string(),
        "today": answer.today.map(|day| day.to_string()),
        "known_at": positions(answer),
        "known": answer.known_ms.map(format_instant),
        "decisions": answer.decisions.iter().map(decision_json).collect::<Vec<_>>(),
    })
}

fn text(answer: &AsOf) -> anyhow::Result<()> {
    let known = answer.known_ms.map_or("nothing known".to_owned(), |ms| {
        format!("known at {} ({})", positions(answer).join(", "), format_instant(ms))
    });
    line(&format!("{} decisions in force on {}, as {known}", answer.decisions.len(), answer.day))?;
    if answer.decisions.is_empty() {
        return Ok(());
    }
    let mut rows = table(["subject", "rule", "outcome", "measures", "days in force", "decision"]);
    for event in &answer.decisions {
        rows.add_row([
            event.subject.to_string(),
            event.rule.clone(),
            event.outcome.clone(),
            event.measures.join(", "),
            days(&event.in_force),
            format!("{:.12}/{}", event.decision.to_string(), event.revision),
        ]);
    }
    line(&rows.to_string())
}
