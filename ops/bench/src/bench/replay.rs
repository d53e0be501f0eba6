//! A province's log, folded by stages.

use crate::Size;
use crate::clock;
use crate::fold::{FIRST_ENTRIES, Folding};
use crate::memory::{Room, resident};
use crate::pack::OnePack;
use crate::province;
use crate::report::{Report, note, ns_each, per_second, to_f64, whole};
use heng_core::WINDOW_ENTRIES;
use heng_log::{Journal, JournalOptions, RealDisk};
use std::time::Duration;

const SUBJECTS: u64 = 200_000;
/// Writes a province's log into a temporary journal, then folds it.
pub(crate) fn replay(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 300 } else { SUBJECTS });
    let years = if size.smoke { 2 } else { size.years };
    let packs = OnePack::hubei()?;
    let folder = tempfile::tempdir()?;
    let disk = RealDisk::new(folder.path());
    let (mut journal, _) = Journal::open(&disk, "events", JournalOptions::new([7; 32]))?;
    let refused = province::write_journal(subjects, years, &packs, &mut journal, size.events)?;
    note(&format!(
        "log of {} entries written ({refused} lines refused for their subject); folding",
        whole(journal.len())
    ));
    fold(&journal, &packs, !size.untouched)
}

fn fold(journal: &Journal<RealDisk>, packs: &OnePack, is_touching: bool) -> anyhow::Result<Report> {
    let mut folding = Folding::new(packs);
    folding.is_touching = is_touching;
    let before = resident();
    let (mut reading, mut bytes) = (Duration::ZERO, 0_u64);
    let mut scanner = journal.scan(0);
    let (mut arena, mut ends) = (Vec::new(), Vec::new());
    loop {
        let start = clock::now();
        arena.clear();
        ends.clear();
        let most = if folding.partition.next_offset() == 0 { FIRST_ENTRIES } else { WINDOW_ENTRIES };
        while ends.len() < most
            && let Some(frame) = scanner.next_frame()
        {
            arena.extend_from_slice(frame?.1.entry);
            ends.push(arena.len());
        }
        reading += clock::since(start);
        if ends.is_empty() {
            break;
        }
        bytes += arena.len() as u64;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let window: Vec<&[u8]> = starts.zip(&ends).filter_map(|(start, end)| arena.get(start..*end)).collect();
        if folding.partition.next_offset() == 0 { folding.begin(&window)? } else { folding.window(&window, journal)? }
    }
    let after = resident();
    Ok(report(&folding, reading, bytes, before.zip(after).map(|(before, after)| after.saturating_sub(before))))
}

fn report(folding: &Folding<'_>, reading: Duration, bytes: u64, grown: Option<u64>) -> Report {
    let stages = &folding.stages;
    let mut report = Report::new("replay", &["stage", "ns/event", "share", "up to here: ns/event", "events/s"]);
    let parts = [
        ("decode", stages.decode),
        ("leaf hash of events", stages.leaves),
        ("step: look-up, fold, rules", stages.step),
        ("render and encode decisions", stages.render),
        ("leaf hash of decisions", stages.decision_leaves),
        ("read frames, check their sums", reading),
    ];
    let whole_time = stages.all() + reading;
    let mut so_far = Duration::ZERO;
    for (name, time) in parts {
        so_far += time;
        report.row(vec![
            name.to_owned(),
            format!("{:.0}", ns_each(time, stages.entries)),
            format!("{:.1} %", 100.0 * time.as_secs_f64() / whole_time.as_secs_f64().max(1e-9)),
            format!("{:.0}", ns_each(so_far, stages.entries)),
            per_second(so_far, stages.entries),
        ]);
    }
    let room = Room::of(&folding.partition);
    let subjects = folding.partition.subjects_len() as u64;
    let each = |total: u64| format!("{:.1}", to_f64(total) / to_f64(subjects.max(1)));
    report.note("entries", whole(stages.entries));
    report.note("bytes per entry", format!("{:.0}", to_f64(bytes) / to_f64(stages.entries.max(1))));
    report.note("refused by the fold", whole(stages.refused));
    report.note("decisions that no frame can hold", whole(folding.too_long));
    report.note("duplicates", whole(stages.duplicates));
    report.note("decisions", whole(stages.decisions));
    report.note("decisions per event", format!("{:.3}", to_f64(stages.decisions) / to_f64(stages.entries.max(1))));
    report.note("ns per decision, rendered and encoded", format!("{:.0}", ns_each(stages.render, stages.decisions)));
    report
        .note("bytes per decision", format!("{:.0}", to_f64(stages.decision_bytes) / to_f64(stages.decisions.max(1))));
    report.note("subjects", whole(subjects));
    report.note("records per subject", each(room.records));
    report.note("decisions per subject", each(room.decisions));
    report.note("bytes per subject, by its parts", each(room.total()));
    if let Some(grown) = grown {
        report.note("bytes per subject, resident", each(grown));
    }
    report.note("root of the decisions", hex(&folding.answers.root()));
    report
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
