//! What eight sectors cost beside two: loading and compiling, and an event.

use super::nothing_refused;
use crate::Size;
use crate::clock;
use crate::entries::Entries;
use crate::fold::{Folding, Stages};
use crate::pack::OnePack;
use crate::province;
use crate::report::{Report, ns_each, to_f64, whole};
use heng_model::Symbols;
use std::time::Duration;

const SUBJECTS: u64 = 10_000;
/// The whole pack (0) and the two sectors (1), in turns: what drifts falls on both alike.
const TURNS: [usize; 4] = [0, 1, 1, 0];

struct Side {
    name: &'static str,
    packs: OnePack,
    rules: usize,
    /// The best of the turns.
    load: Duration,
    entries: Entries,
    /// That of the best turn.
    stages: Option<Stages>,
}

/// Loads both packs and folds the same events under both.
pub(crate) fn pack(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 200 } else { SUBJECTS });
    let (years, loads, rounds) = if size.smoke { (1, 1, 1) } else { (size.years, 10, 3) };
    let mut sides = [side("whole", OnePack::hubei()?)?, side("tax and wages", OnePack::tax_and_wages()?)?];
    for _ in 0..loads {
        for turn in TURNS {
            if let Some(side) = sides.get_mut(turn) {
                let start = clock::now();
                side.packs.load(&mut Symbols::default())?;
                side.load = side.load.min(clock::since(start));
            }
        }
    }
    for side in &mut sides {
        let entries = &mut side.entries;
        province::write(subjects, years, &side.packs, &mut |entry| {
            entries.push(entry);
            Ok(())
        })?;
    }
    for _ in 0..rounds {
        for turn in TURNS {
            if let Some(side) = sides.get_mut(turn) {
                let stages = fold(&side.packs, &side.entries)?;
                side.stages = side.stages.filter(|best| best.all() <= stages.all()).or(Some(stages));
            }
        }
    }
    Ok(report(&sides))
}

fn side(name: &'static str, packs: OnePack) -> anyhow::Result<Side> {
    let rules = packs.load(&mut Symbols::default())?.rules.len();
    Ok(Side { name, packs, rules, load: Duration::MAX, entries: Entries::default(), stages: None })
}

fn fold(packs: &OnePack, entries: &Entries) -> anyhow::Result<Stages> {
    let mut folding = Folding::new(packs);
    folding.all(entries)?;
    nothing_refused(&folding)?;
    Ok(folding.stages)
}

fn report(sides: &[Side; 2]) -> Report {
    let mut report = Report::new(
        "pack",
        &[
            "sectors",
            "rules",
            "load, ms",
            "events",
            "decisions",
            "step, ns/event",
            "all, ns/event",
            "render, ns/decision",
        ],
    );
    for side in sides {
        let stages = side.stages.unwrap_or_default();
        report.row(vec![
            side.name.to_owned(),
            whole(side.rules as u64),
            format!("{:.1}", side.load.as_secs_f64() * 1e3),
            whole(stages.entries),
            whole(stages.decisions),
            format!("{:.0}", ns_each(stages.step, stages.entries)),
            format!("{:.0}", ns_each(stages.all(), stages.entries)),
            format!("{:.0}", ns_each(stages.render, stages.decisions)),
        ]);
    }
    let [whole_pack, two] = sides.each_ref().map(|side| side.stages.unwrap_or_default());
    let ratio = |of: fn(&Stages) -> f64| format!("{:.2}", of(&whole_pack) / of(&two));
    report.note("step, whole to two", ratio(|it| ns_each(it.step, it.entries)));
    report.note("all, whole to two", ratio(|it| ns_each(it.all(), it.entries)));
    report.note("decisions, whole to two", ratio(|it| to_f64(it.decisions)));
    report.note("reach", "loaded in 200 ms; all, whole to two: 1.5");
    report
}
