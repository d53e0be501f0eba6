//! An event costs the same whether there are few subjects or many.

use super::nothing_refused;
use crate::Size;
use crate::entries::Entries;
use crate::fold::Folding;
use crate::pack::OnePack;
use crate::report::{Report, ns_each, whole};
use crate::synthetic::{Item, KNOWN_MS, Numbers, enterprise, recorded, today};
use heng_core::WINDOW_ENTRIES;

/// Records of every subject, besides those of the measurement.
const RECORDS: u64 = 2;
/// Events measured once all subjects are known.
const EVENTS: u64 = 200_000;

/// Cost of an event on a random subject against the number of subjects.
pub(crate) fn subjects(size: &Size) -> anyhow::Result<Report> {
    let most = size.subjects.unwrap_or(1_000_000);
    let counts: Vec<u64> = if size.smoke {
        vec![100, 1_000]
    } else {
        [10_000, 100_000, 1_000_000, 10_000_000].into_iter().filter(|count| *count <= most).collect()
    };
    let packs = OnePack::hubei()?;
    let columns = ["subjects", "while they come: step, ns", "afterwards: step, ns", "all stages, ns", "step to fewest"];
    let mut report = Report::new("subjects", &columns);
    let mut base = None;
    for count in counts {
        let mut folding = Folding::new(&packs);
        folding_of(&mut folding, &packs, count, RECORDS)?;
        let before = folding.stages;
        let coming = ns_each(before.step, before.entries);
        let mut numbers = Numbers::new(count ^ 1);
        let mut entries = Entries::default();
        let events = if size.smoke { 1_000 } else { EVENTS };
        for number in 0..events {
            let (subject, random) = (numbers.below(count), numbers.below(u64::MAX));
            let item = Item::of(random >> 32);
            let number = count * RECORDS + number;
            recorded(item, number, enterprise(subject)?, random, &mut |event| entries.event(KNOWN_MS, event))?;
        }
        folding.all(&entries)?;
        nothing_refused(&folding)?;
        let step = ns_each(folding.stages.step.saturating_sub(before.step), events);
        let all = ns_each(folding.stages.all().saturating_sub(before.all()), events);
        let base = *base.get_or_insert(step);
        let cells = [format!("{coming:.0}"), format!("{step:.0}"), format!("{all:.0}"), format!("{:.2}", step / base)];
        report.row([vec![whole(count)], cells.to_vec()].concat());
    }
    report.note("reach", "flat, but for what memory further away costs");
    Ok(report)
}

/// Folds so many subjects with so many records each, in random order; entries are made window by window, so that the
/// state is all that memory holds.
pub(super) fn folding_of(
    folding: &mut Folding<'_>,
    packs: &OnePack,
    subjects: u64,
    records: u64,
) -> anyhow::Result<()> {
    let mut entries = Entries::default();
    entries.begin(KNOWN_MS, today(), packs.sha256())?;
    let total = subjects * records;
    let stride = stride(total);
    let mut numbers = Numbers::new(total);
    let mut at = 0;
    for _ in 0..total {
        at = (at + stride) % total;
        let random = numbers.below(u64::MAX);
        let item = Item::of(random >> 32);
        recorded(item, at, enterprise(at % subjects)?, random, &mut |event| entries.event(KNOWN_MS, event))?;
        if entries.len() >= WINDOW_ENTRIES {
            folding.all(&entries)?;
            entries.clear();
        }
    }
    folding.all(&entries)
}

/// A step that visits each of `total` places once, far from the one before.
fn stride(total: u64) -> u64 {
    let mut stride = (total / 8 * 5) | 1;
    while gcd(stride, total) != 1 {
        stride += 2;
    }
    stride
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
