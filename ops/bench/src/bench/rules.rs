//! Rules that an event cannot touch must cost nothing.

use super::nothing_refused;
use crate::Size;
use crate::entries::Entries;
use crate::fold::Folding;
use crate::pack::OnePack;
use crate::province;
use crate::report::{Report, ns_each, to_f64, whole};
use anyhow::bail;

/// The same events under packs with ever more rules over items that no event names.
pub(crate) fn rules(size: &Size) -> anyhow::Result<Report> {
    let mut report = Report::new("rules", &["extra rules", "events", "decisions", "step, ns/event", "to none"]);
    let (subjects, years, rounds) = if size.smoke { (200, 1, 1) } else { (10_000, 3, 3) };
    let counts: &[usize] = if size.smoke { &[0, 20] } else { &[0, 100, 1_000] };
    let mut logs = Vec::new();
    for extra in counts {
        let packs = OnePack::hubei_with(*extra)?;
        let mut entries = Entries::default();
        province::write(subjects, years, &packs, &mut |entry| {
            entries.push(entry);
            Ok(())
        })?;
        logs.push((*extra, packs, entries));
    }
    // Round by round over all packs: whatever else the machine does falls on all alike.
    let mut best = vec![f64::INFINITY; logs.len()];
    let mut answers = Vec::new();
    for _ in 0..rounds {
        answers.clear();
        for ((_, packs, entries), best) in logs.iter().zip(&mut best) {
            let mut folding = Folding::new(packs);
            folding.all(entries)?;
            nothing_refused(&folding)?;
            *best = best.min(ns_each(folding.stages.step, folding.stages.entries));
            answers.push((folding.stages.entries, folding.stages.decisions));
        }
    }
    if answers.windows(2).any(|pair| pair.first() != pair.last()) {
        bail!("rules over items that no event names changed the number of decisions: {answers:?}");
    }
    let base = best.first().copied().unwrap_or(f64::NAN);
    for (((extra, _, _), best), (entries, decisions)) in logs.iter().zip(&best).zip(&answers) {
        let extra = whole(*extra as u64);
        let (step, ratio) = (format!("{best:.0}"), format!("{:.2}", best / base));
        report.row(vec![extra, whole(*entries), whole(*decisions), step, ratio]);
    }
    report.note(
        "decisions per event",
        format!("{:.3}", answers.first().map_or(0.0, |(entries, decisions)| to_f64(*decisions) / to_f64(*entries))),
    );
    report.note("reach", "the ratio is 1");
    Ok(report)
}
