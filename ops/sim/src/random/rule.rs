//! Random rules.
//!
//! # Invariants
//!
//! A rule reads only facts that its level and its kind (on records, on a condition) allow.

use super::condition::condition;
use super::pack::{Draft, Given};
use super::{MONTHS, Options, Rng};
use std::fmt::Write as _;

/// The YAML of the rule with this number.
pub(super) fn rule(rng: &mut Rng, draft: &Draft, at: usize, given: &Given) -> String {
    let options = &draft.options;
    let on_records = !options.when || rng.chance(50);
    let mut text = format!("  - id: s.r{at}\n    zh: 规则\n    basis: [{}]\n", basis(rng, options));
    if options.effective && rng.chance(30) {
        text.push_str(&effective(rng, options));
    }
    if options.notice && rng.chance(15) {
        text.push_str("    notice: P10D\n");
    }
    if options.review && rng.chance(20) {
        text.push_str("    review: required\n");
    }
    text.push_str(&if on_records { body_on_records(rng, draft, given) } else { body_on_condition(rng, draft, given) });
    if options.unless && rng.chance(40) {
        let atoms = atoms(draft, given, false);
        let _ = writeln!(text, "    unless: \"{}\"", condition(rng, &atoms, false));
    }
    let _ = writeln!(text, "    outcome: {}", given.outcome(rng));
    text
}

/// Conditions on the facts that a rule may read.
fn atoms(draft: &Draft, given: &Given, relative: bool) -> Vec<String> {
    let usable = draft.facts.iter().filter(|fact| fact.level <= given.level && (relative || !fact.relative));
    // Few rules may read relative facts, so those that may do so more often.
    let times = |relative: bool| if relative { 3 } else { 1 };
    usable.flat_map(|fact| fact.atoms.iter().cycle().take(fact.atoms.len() * times(fact.relative)).cloned()).collect()
}

fn basis(rng: &mut Rng, options: &Options) -> &'static str {
    if options.effective && rng.chance(25) { rng.pick(&["law#1, young", "old"]) } else { "law#1" }
}

/// Ranges inside every basis.
fn effective(rng: &mut Rng, options: &Options) -> String {
    let range = rng.pick(&["from: 2023-03-01", "from: 2023-03-01, to: 2024-01-31", "from: 2023-04-30, to: 2023-12-31"]);
    let by = if options.by_record && rng.chance(50) { ", by: record" } else { "" };
    format!("    effective: {{{range}{by}}}\n")
}

fn repair(rng: &mut Rng, options: &Options) -> &'static str {
    if options.include_repaired && rng.chance(15) {
        "    repaired: include\n"
    } else if options.not_before && rng.chance(35) {
        rng.pick(&["    repair: {not_before: P1M}\n", "    repair: {not_before: P3M}\n"])
    } else {
        ""
    }
}

fn body_on_records(rng: &mut Rng, draft: &Draft, given: &Given) -> String {
    let options = &draft.options;
    let mut text = format!("    for_each: {}\n", rng.pick(&draft.items));
    if rng.chance(60) {
        let _ = writeln!(text, "    where: \"{}\"", condition(rng, &atoms(draft, given, true), true));
    }
    if options.named_days && rng.chance(35) {
        let from = rng.pick(&["record.begins", "after record.begins", "after P1M", "after record.served_on"]);
        let _ = writeln!(text, "    from: {from}");
    }
    match rng.below(10) {
        0..=4 => {
            let at = rng.below(MONTHS.len());
            let period = |at: usize| MONTHS.get(at).copied().unwrap_or("P1Y");
            let _ = writeln!(text, "    lasts: {}", period(at));
            if options.extends && rng.chance(40) && at + 1 < MONTHS.len() {
                let _ = writeln!(text, "    extends: {}", period(at + 1));
            }
        }
        5 | 6 if options.named_days => text.push_str("    through: record.ends\n"),
        _ => {}
    }
    text.push_str(repair(rng, options));
    text
}

fn body_on_condition(rng: &mut Rng, draft: &Draft, given: &Given) -> String {
    let options = &draft.options;
    let mut text = format!("    when: \"{}\"\n", condition(rng, &atoms(draft, given, false), false));
    if options.lasts && rng.chance(60) {
        let _ = writeln!(text, "    lasts: {}", rng.pick(&["P10D", "P1M", "P3M", "P6M", "P1Y"]));
        if options.and_while && rng.chance(40) {
            text.push_str("    and_while: true\n");
        }
        text.push_str(repair(rng, options));
    }
    text
}
