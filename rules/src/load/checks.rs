//! Whom a rule applies to, and what the law of the model says of rules on persons.

use super::rules::{Around, Given};
use super::sectors::World;
use crate::condition::Condition;
use crate::pack::{Aggregate, Body, Kinds, OutcomeEntry, Reads, Rule};
use crate::yaml::Map;
use heng_model::SubjectKind;

/// The kinds of subject that a rule applies to; none is an error.
pub(crate) fn kinds(map: Map<'_>, body: &Body, given: &Given<'_>, around: &Around<'_>) -> Option<Kinds> {
    let measures = given.outcome.measures.iter().filter_map(|index| around.world.measures.get(index.0));
    let allowed: Vec<Kinds> = measures.map(|measure| measure.subjects).collect();
    let (start, of) = match body {
        Body::OnRecords { item, .. } => (around.item(*item)?.subjects, "its item and all its measures"),
        Body::OnCondition { .. } if !allowed.is_empty() => (Kinds::all(), "all its measures"),
        Body::OnCondition { when, .. } => (of_items(when, around), "all items that it reads"),
    };
    let kinds = allowed.into_iter().fold(start, Kinds::intersect);
    if kinds.is_empty() {
        let at = map.get("outcome").unwrap_or(map.at);
        at.error(format!("the rule applies to nobody: no kind of subject is allowed by {of}"), "see their `subjects`");
        return None;
    }
    Some(kinds)
}

/// The kinds that all items read by a condition are about; organisations where it reads none.
fn of_items(when: &Condition, around: &Around<'_>) -> Kinds {
    let facts = when.facts.iter().filter_map(|index| around.facts.get(index.at()));
    let items = facts.flat_map(|fact| match &fact.reads {
        Reads::Records(reads) => reads.items.clone(),
        _ => Vec::new(),
    });
    let kinds = items.filter_map(|index| around.item(index)).map(|item| item.subjects);
    kinds.reduce(Kinds::intersect).unwrap_or_else(Kinds::organisations)
}

/// No score of people, no automatic decision on one, no measure beyond the capacity.
pub(crate) fn persons(
    map: Map<'_>,
    kinds: Kinds,
    review: bool,
    body: &Body,
    unless: Option<&Condition>,
    given: &Given<'_>,
    around: &Around<'_>,
) {
    if !kinds.contains(SubjectKind::Person) {
        return;
    }
    if !review {
        map.at.error(
            "a rule on persons needs `review: required`",
            "no purely automatic decision on a person (personal information protection law, art. 24)",
        );
    }
    for (at, index) in &given.measures {
        if let Some(measure) = around.world.measures.get(index.0)
            && measure.capacities.is_empty()
        {
            at.error(
                format!("measure `{}` bears on no capacity, and the rule applies to persons", measure.code),
                "list the measure's `capacities`, or leave `person` out of its `subjects`",
            );
        }
    }
    if matches!(given.outcome.entry, OutcomeEntry::Grade(..)) {
        given.at.error("a person gets no grade", "grades are for organisations: leave `person` out of the subjects");
    }
    let (key, main) = match body {
        Body::OnRecords { filter, .. } => ("where", filter.as_ref()),
        Body::OnCondition { when, .. } => ("when", Some(when)),
    };
    for (key, condition) in [(key, main), ("unless", unless)] {
        let facts = condition.map(|condition| condition.facts.as_slice()).unwrap_or_default();
        for fact in facts.iter().filter_map(|index| around.facts.get(index.at())) {
            if let Reads::Records(reads) = &fact.reads
                && reads.aggregate != Aggregate::Latest
            {
                map.get(key).unwrap_or(map.at).error(
                    format!("fact `{}` aggregates, and the rule applies to persons", fact.name),
                    "aggregates are for organisations: leave `person` out of the subjects",
                );
            }
        }
    }
}

/// A withdrawn rule stands in the pack no longer.
pub(crate) fn withdrawals(world: &World<'_>, rules: &[Rule]) {
    for (withdrawal, place) in world.header.withdrawn.iter().zip(&world.header.withdrawn_at) {
        if rules.iter().any(|rule| rule.id == withdrawal.rule) {
            world.names.report().error(
                place.clone(),
                format!("rule `{}` is withdrawn and still in the pack", withdrawal.rule),
                "remove the rule, or the withdrawal",
            );
        }
    }
}
