//! `heng waiting`: events that wait for what has not come.

use crate::data::{Data, DataArg};
use crate::output::{line, progress, table};
use anyhow::Context;
use heng_replay::{PartitionLog, waiting};
use heng_server::Shelf;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng waiting --data ./data                 everything that waits, the longest first
  heng waiting --data ./data --overdue 30    only what has waited for 30 days or more

An event about a record that has not come is kept until it comes: a correction may overtake what it corrects. One that
waits for long points to a record that a source never sent, or sent under another name.
Exit code 0: nothing (overdue) waits; 3: something does.")]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArg,
    /// Only events that have waited for so many days or more
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    overdue: u32,
    /// One event a line, as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let disk = data.view.disk();
    let logs = PartitionLog::open_all(&disk, data.view.meta()).context("the log cannot be replayed")?;
    let packs = Shelf::open(&disk)?;
    let bar = progress(logs.iter().map(|log| log.events.len()).sum(), "events", args.json);
    bar.set_message("folding");
    let mut found = waiting(&logs, &packs, &mut |entries| bar.inc(entries)).context("the log cannot be replayed")?;
    bar.finish_and_clear();
    found.retain(|it| it.days >= args.overdue);
    let mut rows = table(["since", "days", "event", "subject", "waits for", "of source", "position"]);
    for it in &found {
        if args.json {
            line(
                &json!({
                    "subject": it.subject.to_string(), "event": it.event, "waits_for": it.waits_for,
                    "source": it.source, "since": it.known_on.to_string(), "days": it.days,
                    "position": it.position.to_string(),
                })
                .to_string(),
            )?;
            continue;
        }
        rows.add_row([
            it.known_on.to_string(),
            it.days.to_string(),
            it.event.to_owned(),
            it.subject.to_string(),
            it.waits_for.clone(),
            it.source.clone(),
            it.position.to_string(),
        ]);
    }
    if found.is_empty() && !args.json {
        line("nothing waits")?;
    } else if !args.json {
        line(&rows.to_string())?;
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
