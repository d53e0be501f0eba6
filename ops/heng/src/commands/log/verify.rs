//! `heng log verify`: is the log as it was written?

use crate::data::Data;
use crate::output::{line, note, progress, table};
use heng_files::format_instant;
use heng_log::{OpenError, Stream};
use heng_replay::{JournalReport, PartitionLog, ReplayError, inspect_decisions, inspect_events};
use heng_server::Shelf;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// What was found about one partition: its journals, or why they cannot be read.
type Found = Result<[JournalReport; 2], ReplayError>;

pub(super) fn run(path: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let data = Data::open(path)?;
    let disk = data.view.disk();
    let packs = Shelf::open(&disk)?;
    let opened: Vec<(u16, Result<_, OpenError>)> =
        data.partitions().map(|id| (id, PartitionLog::open(&disk, data.view.meta(), id))).collect();
    let whole = opened.iter().filter_map(|(_, log)| log.as_ref().ok());
    let bar = progress(whole.map(|log| log.events.len() + log.decisions.len()).sum(), "frames", as_json);
    bar.set_message("verifying");
    let look = |log| inspect(&log, &packs, &bar);
    let found: Vec<(u16, Found)> =
        opened.into_iter().map(|(id, log)| (id, log.map_err(ReplayError::from).and_then(look))).collect();
    bar.finish_and_clear();
    if as_json {
        let partitions: Vec<Value> = found.iter().map(|(id, found)| json(*id, found)).collect();
        line(&json!({"whole": found.iter().all(is_whole), "partitions": partitions}).to_string())?;
    } else {
        print(&found)?;
    }
    Ok(if found.iter().all(is_whole) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn inspect(log: &PartitionLog<heng_log::RealDisk>, packs: &Shelf, bar: &ProgressBar) -> Found {
    let mut advance = |frames| bar.inc(frames);
    Ok([inspect_events(log, packs, &mut advance)?, inspect_decisions(log, &mut advance)?])
}

fn is_whole((_, found): &(u16, Found)) -> bool {
    found.as_ref().is_ok_and(|journals| journals.iter().all(|journal| journal.flaws == 0))
}

fn name(stream: Stream) -> &'static str {
    match stream {
        Stream::Events => "events",
        Stream::Decisions => "decisions",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn print(found: &[(u16, Found)]) -> anyhow::Result<()> {
    let mut rows = table(["partition", "journal", "frames", "bytes", "known from", "known to"]);
    for report in found.iter().filter_map(|(_, found)| found.as_ref().ok()).flatten() {
        let known =
            |pick: fn((i64, i64)) -> i64| report.known_ms.map(|it| format_instant(pick(it))).unwrap_or_default();
        rows.add_row([
            report.partition.to_string(),
            name(report.stream).to_owned(),
            report.frames.to_string(),
            report.bytes.to_string(),
            known(|(first, _)| first),
            known(|(_, last)| last),
        ]);
    }
    line(&rows.to_string())?;
    for report in found.iter().filter_map(|(_, found)| found.as_ref().ok()).flatten() {
        // Not in the table: a root must not be broken in two.
        line(&format!("partition {}: {:<9} {}", report.partition, name(report.stream), hex(&report.root)))?;
    }
    for (partition, found) in found {
        match found {
            Ok(journals) => journals.iter().try_for_each(told)?,
            Err(error) => line(&format!("partition {partition}: {error}"))?,
        }
    }
    line(if found.iter().all(is_whole) { "the log is whole" } else { "THE LOG IS DAMAGED" })
}

fn told(report: &JournalReport) -> anyhow::Result<()> {
    if let Some(torn) = &report.torn {
        note(&format!(
            "partition {}, {}: `{}` has an incomplete tail of {} bytes at byte {}, from offset {} on: {}; it was never \
             acknowledged, and a writer may be at work on it",
            report.partition,
            name(report.stream),
            torn.file,
            torn.cut_bytes,
            torn.byte,
            torn.offset,
            torn.defect
        ));
    }
    report.told.iter().try_for_each(|flaw| line(flaw))?;
    let more = report.flaws.saturating_sub(report.told.len() as u64);
    if more > 0 { line(&format!("and {more} more of the kind")) } else { Ok(()) }
}

fn json(partition: u16, found: &Found) -> Value {
    match found {
        Ok(journals) => json!({
            "partition": partition,
            "journals": journals.iter().map(journal_json).collect::<Vec<_>>(),
        }),
        Err(error) => json!({"partition": partition, "error": error.to_string()}),
    }
}

fn journal_json(report: &JournalReport) -> Value {
    json!({
        "journal": name(report.stream), "frames": report.frames, "bytes": report.bytes, "root": hex(&report.root),
        "known_from": report.known_ms.map(|(first, _)| format_instant(first)),
        "known_to": report.known_ms.map(|(_, last)| format_instant(last)),
        "torn": report.torn.as_ref().map(ToString::to_string), "flaws": report.flaws, "told": report.told,
    })
}
