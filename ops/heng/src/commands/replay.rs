//! `heng replay`: the log folded anew.

mod differences;
mod past;

use crate::data::{Data, DataArg};
use crate::output::{line, note, progress};
use anyhow::Context;
use heng_log::RealDisk;
use heng_model::{Day, Position};
use heng_replay::{PartitionLog, PartitionReport, Stages, verify_all};
use heng_server::Shelf;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Instant;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng replay --data ./data                              fold everything anew, compare every decision
  heng replay --data ./data --as-of 2025-06-01           what was in force that day, as known today
  heng replay --data ./data --as-of 2025-06-01 --known-at 0:4711
                                                         the same, as known when entry 4711 had been folded
  heng replay --data ./data --known-at 0:4711            in force on the day that was current then

Nothing is read but the events and the packs that they name; the state store has no part in it.
Exit code 0: every decision is the same, bit for bit; 1: something differs, or the log cannot be folded.")]
pub(crate) struct Args {
    #[command(flatten)]
    data: DataArg,
    /// Compare every decision, bit for bit; what is done when nothing else is asked
    #[arg(long)]
    verify: bool,
    /// What was in force on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Day>,
    /// As known at this position, partition:offset
    #[arg(long, value_name = "POS")]
    known_at: Option<Position>,
    /// JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let disk = data.view.disk();
    let logs = PartitionLog::open_all(&disk, data.view.meta()).context("the log cannot be replayed")?;
    let packs = Shelf::open(&disk)?;
    let asks = args.as_of.is_some() || args.known_at.is_some();
    let mut code = ExitCode::SUCCESS;
    if args.verify || !asks {
        code = verify(args, &logs, &packs)?;
    }
    if asks {
        past::print(args, &logs, &packs)?;
    }
    Ok(code)
}

fn entries_len(logs: &[PartitionLog<RealDisk>]) -> u64 {
    logs.iter().map(|log| log.events.len()).sum()
}

fn verify(args: &Args, logs: &[PartitionLog<RealDisk>], packs: &Shelf) -> anyhow::Result<ExitCode> {
    let bar = progress(entries_len(logs), "events", args.json);
    bar.set_message("replaying");
    let started = Instant::now();
    let reports =
        verify_all(logs, packs, Stages::ALL, &|entries| bar.inc(entries)).context("the log cannot be replayed")?;
    let seconds = started.elapsed().as_secs_f64();
    bar.finish_and_clear();
    if args.json {
        line(&json(&reports, seconds).to_string())?;
    } else {
        print(&reports, seconds)?;
    }
    let same = reports.iter().all(PartitionReport::is_same);
    Ok(if same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What all partitions have together.
fn sum(reports: &[PartitionReport], of: impl Fn(&PartitionReport) -> u64) -> u64 {
    reports.iter().map(of).sum()
}

fn rate(reports: &[PartitionReport], seconds: f64) -> f64 {
    if seconds > 0.0 { sum(reports, |report| report.entries) as f64 / seconds } else { 0.0 }
}

fn hex(root: Option<heng_log::Hash>) -> String {
    root.iter().flatten().map(|byte| format!("{byte:02x}")).collect()
}

fn print(reports: &[PartitionReport], seconds: f64) -> anyhow::Result<()> {
    for report in reports {
        for torn in report.torn.iter().flatten() {
            note(&format!(
                "{}:{}: an incomplete tail was left out, from offset {} on",
                torn.file, torn.byte, torn.offset
            ));
        }
        if let Some(first) = &report.first {
            line(&differences::paragraph(report, first))?;
        }
        if report.pending > 0 {
            line(&format!(
                "partition {}: {} decisions are not folded yet: the decision log ends at {}",
                report.partition, report.pending, report.decisions
            ))?;
        }
    }
    for report in reports {
        line(&format!("partition {}: events    {}", report.partition, hex(report.events_root)))?;
        line(&format!("partition {}: decisions {}", report.partition, hex(report.decisions_root)))?;
    }
    let (same, decisions) = (sum(reports, |report| report.same), sum(reports, |report| report.decisions));
    let verdict = if reports.iter().all(PartitionReport::is_same) { "the same" } else { "NOT THE SAME" };
    line(&format!(
        "{verdict}: {} events, {same} of {decisions} decisions equal bit for bit; {seconds:.2} s, {:.0} events/s",
        sum(reports, |report| report.entries),
        rate(reports, seconds)
    ))
}

fn json(reports: &[PartitionReport], seconds: f64) -> Value {
    let partitions = reports.iter().map(|report| {
        json!({
            "partition": report.partition, "events": report.entries, "decisions": report.decisions,
            "given": report.given, "same": report.same, "differing": report.differing, "not_given": report.not_given,
            "pending": report.pending, "refused": report.refused, "subjects": report.subjects,
            "today": report.day.map(|day| day.to_string()), "seconds": report.elapsed.as_secs_f64(),
            "events_root": hex(report.events_root), "decisions_root": hex(report.decisions_root),
            "torn": report.torn.iter().flatten().map(ToString::to_string).collect::<Vec<_>>(),
            "first_difference": report.first.as_ref().map(differences::json),
        })
    });
    json!({
        "same": reports.iter().all(PartitionReport::is_same),
        "events": sum(reports, |report| report.entries),
        "decisions": sum(reports, |report| report.decisions),
        "seconds": seconds,
        "events_per_second": rate(reports, seconds),
        "partitions": partitions.collect::<Vec<_>>(),
    })
}
