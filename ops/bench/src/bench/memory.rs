//! What a subject with ten records takes in memory.

use super::nothing_refused;
use super::subjects::folding_of;
use crate::Size;
use crate::fold::Folding;
use crate::memory::{Room, resident};
use crate::pack::OnePack;
use crate::report::{Report, to_f64, whole};

const RECORDS: u64 = 10;
const REACH_BYTES: u64 = 1 << 30;

/// Folds many subjects with ten records each and looks at what they take.
pub(crate) fn memory(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 1_000 } else { 1_000_000 });
    let packs = OnePack::hubei()?;
    let mut folding = Folding::new(&packs);
    let before = resident();
    folding_of(&mut folding, &packs, subjects, RECORDS)?;
    nothing_refused(&folding)?;
    let grown = before.zip(resident()).map(|(before, after)| after.saturating_sub(before));
    let room = Room::of(&folding.partition);
    let mut report = Report::new("memory", &["part", "bytes per subject"]);
    let each = |bytes: u64| format!("{:.1}", to_f64(bytes) / to_f64(subjects));
    for (name, bytes) in room.parts {
        report.row(vec![name.to_owned(), each(bytes)]);
    }
    report.row(vec!["all parts".to_owned(), each(room.total())]);
    if let Some(grown) = grown {
        report.row(vec!["resident".to_owned(), each(grown)]);
        report.note("resident, MiB", whole(grown >> 20));
        report.note(
            "to the reach of 1 GiB for a million",
            format!("{:.2}", to_f64(grown) / to_f64(subjects) * 1e6 / to_f64(REACH_BYTES)),
        );
    }
    report.note("subjects", whole(subjects));
    report.note("records per subject", each(room.records));
    report.note("decisions per subject", each(room.decisions));
    Ok(report)
}
