//! One more event on a subject that has many records.

use super::nothing_refused;
use crate::Size;
use crate::entries::Entries;
use crate::fold::{Folding, NoNumbers};
use crate::pack::OnePack;
use crate::report::{Report, whole};
use crate::synthetic::{Item, KNOWN_MS, Numbers, corrected, enterprise, person, recorded, today};
use heng_model::SubjectId;
use std::time::Duration;

/// What one more event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Record(Item),
    Correction,
}

const KINDS: [(&str, More); 4] = [
    ("tax.penalty: a fact counts it", More::Record(Item::TaxPenalty)),
    ("labour.penalty: a fact counts it", More::Record(Item::LabourPenalty)),
    ("labour.wage_arrears_person: for_each alone", More::Record(Item::WageArrearsPerson)),
    ("correction of a tax.penalty", More::Correction),
];

/// Cost of an event against the number of records of its subject.
pub(crate) fn records(size: &Size) -> anyhow::Result<Report> {
    let packs = OnePack::hubei()?;
    let mut report =
        Report::new("records", &["one more event", "records", "over", "step, µs", "whole, µs", "to 1 record"]);
    let most = size.events.unwrap_or(if size.smoke { 10 } else { 1_000 });
    let lengths = [1, 10, 100, 1_000, 10_000].into_iter().filter(|length| *length <= most);
    let mut too_long = 0;
    for (name, more) in KINDS {
        for all_in_one in [false, true] {
            if more == More::Record(Item::WageArrearsPerson) && !all_in_one {
                continue;
            }
            let mut base = None;
            for length in lengths.clone() {
                let (step, whole_event, over) = measure(&packs, more, length, all_in_one)?;
                too_long += over;
                let base = *base.get_or_insert(step);
                report.row(vec![
                    name.to_owned(),
                    whole(length),
                    (if all_in_one { "one item" } else { "four items" }).to_owned(),
                    format!("{:.2}", step.as_secs_f64() * 1e6),
                    format!("{:.2}", whole_event.as_secs_f64() * 1e6),
                    format!("{:.1}", step.as_secs_f64() / base.as_secs_f64().max(1e-9)),
                ]);
            }
        }
    }
    report.note("decisions that no frame can hold", whole(too_long));
    report.note("reach", "an event on a subject with 1,000 records under 20 µs");
    Ok(report)
}

/// The median, over subjects, of the time of one more event: its step, and all its stages.
fn measure(packs: &OnePack, more: More, length: u64, all_in_one: bool) -> anyhow::Result<(Duration, Duration, u64)> {
    let subjects = (4_000 / length.max(1)).clamp(1, 200);
    // Where there are few subjects the event is repeated: a few records more are nothing to a thousand.
    let repeats = 9_u64.div_ceil(subjects);
    let mut entries = Entries::default();
    entries.begin(KNOWN_MS, today(), packs.sha256())?;
    let mut numbers = Numbers::new(length);
    let mut next = 0;
    let single = match more {
        More::Record(item) => item,
        More::Correction => Item::TaxPenalty,
    };
    // Record by record over all subjects, so that a subject's state is spread in memory as in life.
    for nth in 0..length {
        for subject in 0..subjects {
            // The first record is a tax penalty, for the correction.
            let item =
                if all_in_one || (nth == 0 && single != Item::WageArrearsPerson) { single } else { Item::of(nth) };
            let random = numbers.below(u64::MAX);
            recorded(item, next, id(single, subject)?, random, &mut |event| entries.event(KNOWN_MS, event))?;
            next += 1;
        }
    }
    let mut folding = Folding::new(packs);
    folding.is_silent = true;
    folding.all(&entries)?;
    folding.is_silent = false;
    let (mut steps, mut wholes) = (Vec::new(), Vec::new());
    for _ in 0..repeats {
        for subject in 0..subjects {
            entries.clear();
            let (subject_id, random) = (id(single, subject)?, numbers.below(u64::MAX));
            let put = &mut |event: &heng_core::Event<'_>| entries.event(KNOWN_MS, event);
            match more {
                More::Record(item) => recorded(item, next, subject_id, random, put)?,
                More::Correction => corrected(single, next, subject, subject_id, put)?,
            }
            next += 1;
            let before = folding.stages;
            let window: Vec<&[u8]> = entries.iter().collect();
            folding.window(&window, &NoNumbers)?;
            steps.push(folding.stages.step.saturating_sub(before.step));
            wholes.push(folding.stages.all().saturating_sub(before.all()));
        }
    }
    nothing_refused(&folding)?;
    Ok((median(steps), median(wholes), folding.too_long))
}

fn id(single: Item, subject: u64) -> anyhow::Result<SubjectId> {
    if single == Item::WageArrearsPerson { person(subject) } else { enterprise(subject) }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
