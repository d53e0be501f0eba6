//! What was decided, against what a case expects.

use super::Failure;
use heng_core::DecisionEvent;
use heng_model::{Day, SubjectId};
use heng_rules::{Case, Effect, Expectation, Pack};
use std::collections::BTreeSet;

/// Everything that does not hold.
pub(super) fn judge(
    pack: &Pack,
    subject: &Option<SubjectId>,
    decisions: &[DecisionEvent],
    case: &Case,
) -> Vec<Failure> {
    let own: Vec<&DecisionEvent> = decisions.iter().filter(|it| Some(&it.subject) == subject.as_ref()).collect();
    case.expect.iter().flat_map(|expectation| one(pack, &own, expectation)).collect()
}

fn one(pack: &Pack, decisions: &[&DecisionEvent], expectation: &Expectation) -> Vec<Failure> {
    let failure = |expected: String, found: String| Failure {
        place: expectation.place.clone(),
        on: Some(expectation.on),
        expected,
        found,
    };
    let mut failures = Vec::new();
    if let Some(expected) = &expectation.in_force {
        let expected: BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        // Measures are compared where the case names one: most speak of lists and grades alone.
        let with_measures = expected.iter().any(|outcome| outcome.starts_with("measure/"));
        let found = in_force(decisions, expectation.on, with_measures);
        if !found.iter().map(String::as_str).eq(expected.iter().copied()) {
            failures.push(failure(format!("in force: {}", listed(&expected)), listed(&found)));
        }
    }
    for (matter, expected) in &expectation.check {
        match verdict(pack, decisions, matter, expectation.on) {
            None => failures.push(failure(format!("{matter}: {expected}"), "no such matter in the pack".to_owned())),
            Some(found) if found != expected => {
                failures.push(failure(format!("{matter}: {expected}"), found.to_owned()))
            }
            Some(_) => {}
        }
    }
    failures
}

fn in_force(decisions: &[&DecisionEvent], on: Day, with_measures: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for decision in decisions.iter().filter(|decision| decision.in_force.contains(on)) {
        found.insert(decision.outcome.clone());
        if with_measures {
            found.extend(decision.measures.iter().map(|measure| format!("measure/{measure}")));
        }
    }
    found
}

/// The strongest effect on the matter of the measures in force; `None` for an unknown matter.
fn verdict(pack: &Pack, decisions: &[&DecisionEvent], matter: &str, on: Day) -> Option<&'static str> {
    let matter = pack.matters.iter().find(|known| known.code == matter)?;
    let given = |code: &str| {
        decisions.iter().any(|it| it.in_force.contains(on) && it.measures.iter().any(|measure| measure == code))
    };
    let effects = matter
        .effects
        .iter()
        .filter(|(index, _)| pack.measures.get(index.at()).is_some_and(|measure| given(&measure.code)));
    Some(effects.map(|(_, effect)| *effect).max().map_or("clear", Effect::word))
}

fn listed(outcomes: &BTreeSet<impl AsRef<str> + Ord>) -> String {
    if outcomes.is_empty() {
        return "nothing".to_owned();
    }
    outcomes.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}
