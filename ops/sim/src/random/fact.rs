//! Random facts, and what conditions may ask of them.
//!
//! # Invariants
//!
//! A fact on an outcome names outcomes of levels below its own only, so packs have no circle.

use super::condition::on_record;
use super::pack::Draft;
use super::{AMOUNTS, GRADES, INDUSTRIES, KINDS, NATURES, PERIODS, REGIONS, ROLES, Rng};
use std::fmt::Write as _;

/// A fact of a draft.
pub(super) struct DraftFact {
    /// The YAML line.
    pub(super) yaml: String,
    /// Conditions on it.
    pub(super) atoms: Vec<String>,
    /// Only rules of this level or higher may read it.
    pub(super) level: usize,
    /// Only rules on records may read it.
    pub(super) relative: bool,
}

/// A fact called `name`; `related` and outcomes where the draft has levels below the top.
pub(super) fn fact(rng: &mut Rng, draft: &Draft, name: &str) -> DraftFact {
    let options = &draft.options;
    if draft.facts.is_empty() {
        return over_records(rng, draft, name);
    }
    for _ in 0..20 {
        match rng.below(14) {
            0..=4 => return over_records(rng, draft, name),
            5 if options.streak => return streak(rng, draft, name),
            6 if options.profile => return profile(rng, name),
            7 if options.elapsed => return elapsed(rng, name),
            8..=10 if options.strata => return outcome(rng, draft, name),
            11..=13 if options.related && options.strata => return related(rng, draft, name),
            _ => {}
        }
    }
    over_records(rng, draft, name)
}

fn plain(name: &str, body: &str, atoms: Vec<String>) -> DraftFact {
    DraftFact { yaml: format!("{name}: {{{body}}}"), atoms, level: 0, relative: false }
}

fn over_records(rng: &mut Rng, draft: &Draft, name: &str) -> DraftFact {
    let items = draft.some_items(rng);
    let (amount, nature, grade) = (rng.pick(&AMOUNTS), rng.pick(&NATURES), rng.pick(&GRADES));
    let number = rng.between(1, 3);
    let (body, atoms) = match rng.below(12) {
        0..=4 => (
            format!("count: {items}"),
            vec![format!("{name} >= 1"), format!("{name} >= {number}"), format!("{name} == 1")],
        ),
        5 => (
            format!("sum: {items}, field: amount"),
            vec![format!("{name} >= money('{amount}')"), format!("{name} * 2 > money('3000')")],
        ),
        6 => (format!("sum: {items}, field: number"), vec![format!("{name} >= {number}")]),
        7 => (format!("max: {items}, field: amount"), vec![format!("{name} >= money('{amount}')")]),
        8 => (format!("min: {items}, field: number, default: 9"), vec![format!("{name} <= {number}")]),
        9 => (format!("distinct: {items}, field: nature"), vec![format!("{name} >= 2")]),
        10 => (
            format!("latest: {items}, field: grade, default: none"),
            vec![format!("{name} in ['{grade}', 'none']"), format!("{name} != '{grade}'")],
        ),
        _ => (
            format!("latest: {items}, field: nature"),
            vec![format!("{name} == '{nature}'"), format!("!({name} == '{nature}')")],
        ),
    };
    // The first fact may be read by every rule, so that each has something to read.
    let relative = draft.options.relative && !draft.facts.is_empty() && rng.chance(45);
    let how = rng.pick(&[", same: [nature]", ", prior: true", ", same: [nature], prior: true"]);
    let body = format!("{body}{}{}", filters(rng, draft), if relative { how } else { "" });
    DraftFact { relative, ..plain(name, &body, atoms) }
}

fn filters(rng: &mut Rng, draft: &Draft) -> String {
    let mut text = String::new();
    if rng.chance(30) {
        let _ = write!(text, ", where: \"{}\"", on_record(rng));
    }
    if draft.options.within && rng.chance(60) {
        let within = if rng.chance(30) { rng.pick(&["year", "previous_year"]) } else { rng.pick(&PERIODS) };
        let _ = write!(text, ", within: {within}");
    }
    if draft.options.include_repaired && rng.chance(20) {
        text.push_str(", repaired: include");
    }
    text
}

fn streak(rng: &mut Rng, draft: &Draft, name: &str) -> DraftFact {
    let by = rng.pick(&["year", "record.year"]);
    let body = format!("streak: {}, by: {by}, where: \"{}\"", draft.some_items(rng), on_record(rng));
    plain(name, &body, vec![format!("{name} >= 1"), format!("{name} >= 2"), format!("{name} == 2")])
}

fn profile(rng: &mut Rng, name: &str) -> DraftFact {
    let (kind, region, industry) = (rng.pick(&KINDS), rng.pick(&REGIONS), rng.pick(&INDUSTRIES));
    match rng.below(3) {
        0 => plain(name, "profile: kind", vec![format!("{name} == '{kind}'"), format!("{name} != '{kind}'")]),
        1 => {
            plain(name, "profile: region", vec![format!("{name} == '{region}'"), format!("{name}.startsWith('4201')")])
        }
        _ => plain(
            name,
            "profile: industry",
            vec![format!("{name} == '{industry}'"), format!("!({name} == '{industry}')")],
        ),
    }
}

fn elapsed(rng: &mut Rng, name: &str) -> DraftFact {
    let body = format!("elapsed: {{since: profile.registered_on, at_least: {}}}", rng.pick(&PERIODS));
    plain(name, &body, vec![name.to_owned(), format!("!{name}")])
}

fn outcome(rng: &mut Rng, draft: &Draft, name: &str) -> DraftFact {
    let Some(given) = draft.below_top(rng).cloned() else { return over_records(rng, draft, name) };
    let grade = rng.pick(&GRADES);
    let yes_or_no = vec![name.to_owned(), format!("!{name}")];
    let whole = given.name.split_once(':').map(|(scheme, _)| scheme).filter(|_| rng.chance(70));
    let (what, atoms) = match whole {
        Some(scheme) => (
            scheme.to_owned(),
            vec![format!("{name} == '{grade}'"), format!("{name} in ['C', 'D']"), format!("!({name} == 'A')")],
        ),
        None if rng.chance(25) => (format!("measure/m{}.{}", given.level, rng.below(2)), yes_or_no),
        None => (given.name.clone(), yes_or_no),
    };
    let mut body = format!("outcome: {what}");
    if draft.options.ended_within && rng.chance(40) {
        let _ = write!(body, ", ended_within: {}", rng.pick(&PERIODS));
    }
    let relative = draft.options.relative && rng.chance(35);
    if relative {
        body.push_str(", prior: true");
    }
    DraftFact { level: given.level + 1, relative, ..plain(name, &body, atoms) }
}

fn related(rng: &mut Rng, draft: &Draft, name: &str) -> DraftFact {
    let Some(given) = draft.below_top(rng).cloned() else { return over_records(rng, draft, name) };
    let measure = format!("measure/m{}.{}", given.level, rng.below(2));
    let what = if rng.chance(30) { measure } else { given.name.clone() };
    let extra = rng.pick(&["", "", ", reverse: true", ", linked: after", ", reverse: true, linked: after"]);
    let body = format!("related: {{role: {}, outcome: {what}{extra}}}", rng.pick(&ROLES));
    let atoms = vec![format!("{name} >= 1"), format!("{name} == 0"), format!("{name} >= 2")];
    DraftFact { level: given.level + 1, ..plain(name, &body, atoms) }
}
