//! `heng decisions`: what was decided.

use crate::data::{Data, DataArg, is_visible};
use crate::output::{line, table};
use anyhow::Context;
use heng_files::decision_json;
use heng_model::{DecisionId, Position, SubjectId};
use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng decisions --data ./data --json
  heng decisions --data ./data --subject 91420100MA49XK7P6T
  heng decisions --data ./data --since 0:18231     decisions of partition 0 from seq 18231 on

Decisions are in the order of partition and seq. Those whose first day is ahead are hidden; --all shows them.")]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArg,
    /// Only decisions about this subject, by any of its codes
    #[arg(long, value_name = "S")]
    subject: Option<String>,
    /// Only from this cursor on, partition:seq; of other partitions everything
    #[arg(long, value_name = "POS")]
    since: Option<Position>,
    /// Scheduled ones too
    #[arg(long)]
    all: bool,
    /// One decision event a line
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let subject = args.subject.as_deref().map(|given| data.resolve(given, None)).transpose();
    let subject = subject.context("--subject")?;
    let about = subject.map(|subject| decisions_about(&data, &subject)).transpose()?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut rows = table(["seq", "kind", "subject", "rule", "measures", "days in force", "decision"]);
    data.each_decision(|event| {
        let wanted = (args.all || is_visible(&event))
            && about.as_ref().is_none_or(|about| about.contains(&event.decision))
            && args.since.is_none_or(|since| event.position.partition != since.partition || event.seq >= since.offset);
        if !wanted {
            return Ok(());
        }
        if args.json {
            writeln!(out, "{}", decision_json(&event))?;
        } else {
            rows.add_row([
                format!("{}:{}", event.position.partition, event.seq),
                event.kind.word().to_owned(),
                event.subject.to_string(),
                event.rule.clone(),
                event.measures.join(", "),
                days(&event.in_force),
                event.decision.to_string().chars().take(12).collect(),
            ]);
        }
        Ok(())
    })?;
    out.flush()?;
    drop(out);
    if !args.json {
        line(&rows.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The decisions that are about a subject, whatever id they were issued to before a merge.
fn decisions_about(data: &Data, subject: &SubjectId) -> anyhow::Result<BTreeSet<DecisionId>> {
    let mut about = BTreeSet::new();
    data.each_decision(|event| {
        about.extend((event.subject == *subject).then_some(event.decision));
        Ok(())
    })?;
    Ok(about)
}

/// Days as people read them.
pub(super) fn days(days: &heng_model::DaySet) -> String {
    let span = |span: &heng_model::Span| match span.last.is_forever() {
        true => format!("{} – open", span.first),
        false => format!("{} – {}", span.first, span.last),
    };
    let spans: Vec<String> = days.spans().iter().map(span).collect();
    if spans.is_empty() { "none".to_owned() } else { spans.join(", ") }
}
