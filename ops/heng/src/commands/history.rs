//! `heng history`: what is on the log about a subject, and what followed from it.

use super::decisions::days;
use crate::data::{Data, DataArg};
use crate::output::line;
use heng_core::DecisionEvent;
use heng_files::{decision_json, format_instant};
use heng_model::TimeZone;
use heng_replay::{History, HistoryEntry, PartitionLog, history};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  heng history 91420100MA49XK7P6T --data ./data

What the fold refused or knew already is shown too: it is on the log, and nothing followed from it. Decisions whose
first day is ahead are hidden; --all shows them. --json prints one entry a line.")]
pub(crate) struct Args {
    /// The subject, by any of its codes
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[command(flatten)]
    data: DataArg,
    /// Scheduled decisions too
    #[arg(long)]
    all: bool,
    /// JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let pack = data.pack()?;
    let subject = data.resolve(&args.subject, Some(&pack))?;
    let logs = PartitionLog::open_all(&data.view.disk(), data.view.meta())?;
    let mut history = history(&logs, &subject)?;
    if !args.all {
        history.hide_scheduled();
    }
    if args.json {
        history.entries.iter().try_for_each(|entry| line(&json(entry, pack.time_zone).to_string()))?;
    } else {
        print(&args.subject, &history, pack.time_zone)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn json(entry: &HistoryEntry, zone: TimeZone) -> Value {
    let stated = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "position": entry.position.to_string(), "known": format_instant(entry.known_ms),
        "known_on": zone.civil_day(entry.known_ms).to_string(), "type": entry.type_name, "source": stated(&entry.source),
        "id": stated(&entry.id), "subject": stated(&entry.subject), "about": entry.about,
        "decisions": entry.decisions.iter().map(|it| decision_json(&it.event)).collect::<Vec<_>>(),
    })
}

fn print(given: &str, history: &History, zone: TimeZone) -> anyhow::Result<()> {
    let subject = history.subject.to_string();
    line(&if given == subject { subject.clone() } else { format!("{subject}, which `{given}` names") })?;
    for origin in &history.origins {
        line(&format!("with {origin}, merged into it"))?;
    }
    if history.entries.is_empty() {
        return line("nothing is on the log about it");
    }
    for entry in &history.entries {
        let day = zone.civil_day(entry.known_ms);
        line("")?;
        line(&format!("{day}  {:<8} {}  {}", entry.position.to_string(), entry.type_name, entry.about))?;
        if !entry.source.is_empty() {
            let of = if entry.subject == subject { String::new() } else { format!(", about {}", entry.subject) };
            line(&format!("            from {} as {}{of}", entry.source, entry.id))?;
        }
        entry.decisions.iter().try_for_each(|it| line(&consequence(&it.event)))?;
    }
    Ok(())
}

fn consequence(event: &DecisionEvent) -> String {
    let measures = if event.measures.is_empty() { String::new() } else { format!(" ({})", event.measures.join(", ")) };
    let days = if event.void { "void".to_owned() } else { days(&event.in_force) };
    format!(
        "         -> {} {}{measures}, {days}  [{:.12}/{}]",
        event.kind.word(),
        event.outcome,
        event.decision.to_string(),
        event.revision
    )
}
