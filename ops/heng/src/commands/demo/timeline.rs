//! What is on the log about one subject, a line an entry, and what was decided.

use super::cast::department;
use super::stage::Stage;
use super::world::World;
use crate::commands::decisions::days;
use heng_core::DecisionEvent;
use heng_replay::{HistoryEntry, PartitionLog, history};

/// Parts left out: names and numbers of records and documents, and days that are told anyway; `heng history` has all.
const LEFT_OUT: [&str; 11] = [
    "record ",
    "decision ",
    "version ",
    "decided on ",
    "region ",
    "of /",
    "on 20",
    "officer ",
    "case_no=",
    "industry ",
    "registered on ",
];

/// The history of a subject as `heng history` reads it, told as a table.
pub(super) fn tell(stage: &Stage, world: &World, subject: &str) -> anyhow::Result<()> {
    let id = world.data.resolve(subject, Some(&world.pack))?;
    let logs = PartitionLog::open_all(&world.data.view.disk(), world.data.view.meta())?;
    let mut history = history(&logs, &id)?;
    history.hide_scheduled();
    let mut rows = Vec::new();
    for entry in &history.entries {
        let mut known_on = world.pack.time_zone.civil_day(entry.known_ms).to_string();
        let mut what = happened(entry);
        if entry.decisions.is_empty() {
            rows.push([known_on, what, String::new(), String::new()]);
            continue;
        }
        for revision in &entry.decisions {
            let (decided, span) = decided(&revision.event);
            // What follows from one entry stands below it.
            rows.push([std::mem::take(&mut known_on), std::mem::take(&mut what), decided, span]);
        }
    }
    stage.table(["known on", "what happened 事件", "decided 决定", "in force 生效期间"], rows)?;
    stage.say("")?;
    stage.command(&format!("history {subject}"))
}

/// Who sent what, in a few words.
fn happened(entry: &HistoryEntry) -> String {
    if entry.source.is_empty() {
        return "a day begins 日期推移".to_owned();
    }
    let wanted = |part: &&str| {
        let is_document = part.contains('号') && !part.contains('=');
        !is_document && !LEFT_OUT.iter().any(|start| part.starts_with(start))
    };
    let about: Vec<&str> = entry.about.split(", ").filter(wanted).collect();
    let what = match entry.type_name.as_str() {
        "credit.recorded" => String::new(),
        other => format!("{other} "),
    };
    format!("{}: {what}{}", department(&entry.source), about.join(", "))
}

/// What was decided, and when it is in force.
fn decided(event: &DecisionEvent) -> (String, String) {
    let span = if let Some(proposal) = &event.proposal {
        format!("(for an officer: {})", days(&proposal.days))
    } else if event.void {
        "none, from the beginning".to_owned()
    } else {
        days(&event.in_force).replace(", ", "\n")
    };
    let outcome = event.outcome.split_once('/').map_or(event.outcome.as_str(), |(_, outcome)| outcome);
    (format!("{} {outcome}", event.kind.word()), span)
}
