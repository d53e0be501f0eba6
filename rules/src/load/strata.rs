//! Strata: a rule reads outcomes of rules of earlier strata only.
//!
//! # Invariants
//!
//! After [`assign`] the rules stand by stratum, then id, unless a circle was reported.

use crate::diagnostic::Report;
use crate::pack::{Body, Fact, OutcomeEntry, OutcomeRef, Reads, Rule};
use std::collections::BTreeSet;

/// Gives each rule its stratum and sorts them; circles are reported.
pub(crate) fn assign(rules: &mut [Rule], facts: &[Fact], report: &Report) {
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    let reads: Vec<Vec<usize>> = rules.iter().map(|rule| read_by(rule, rules, facts)).collect();
    let mut strata: Vec<Option<u16>> = vec![None; rules.len()];
    loop {
        let stratum = |at: usize| strata.get(at).copied().flatten();
        let next: Vec<(usize, u16)> = reads
            .iter()
            .enumerate()
            .filter(|(at, _)| stratum(*at).is_none())
            .filter_map(|(at, reads)| {
                let below = reads.iter().map(|read| stratum(*read)).collect::<Option<Vec<_>>>()?;
                Some((at, below.into_iter().max().map_or(0, |below| below.saturating_add(1))))
            })
            .collect();
        if next.is_empty() {
            break;
        }
        for (at, stratum) in next {
            if let Some(slot) = strata.get_mut(at) {
                *slot = Some(stratum);
            }
        }
    }
    report_circles(rules, &reads, &strata, report);
    for (rule, stratum) in rules.iter_mut().zip(strata) {
        rule.stratum = stratum.unwrap_or_default();
    }
    rules.sort_by(|a, b| (a.stratum, &a.id).cmp(&(b.stratum, &b.id)));
}

/// The rules whose outcomes a rule's facts name.
fn read_by(rule: &Rule, rules: &[Rule], facts: &[Fact]) -> Vec<usize> {
    let main = match &rule.body {
        Body::OnRecords { filter, .. } => filter.as_ref(),
        Body::OnCondition { when, .. } => Some(when),
    };
    let named = main.into_iter().chain(&rule.unless).flat_map(|condition| &condition.facts);
    let outcomes = named.filter_map(|index| match &facts.get(index.at())?.reads {
        Reads::Outcome { outcome, .. } | Reads::Related { outcome, .. } => Some(*outcome),
        Reads::Records(_) | Reads::Profile(_) | Reads::Elapsed { .. } => None,
    });
    let mut read: BTreeSet<usize> = BTreeSet::new();
    for outcome in outcomes {
        read.extend(rules.iter().enumerate().filter(|(_, other)| gives(other, outcome)).map(|(at, _)| at));
    }
    read.into_iter().collect()
}

/// May a rule's outcome change what the name refers to?
fn gives(rule: &Rule, outcome: OutcomeRef) -> bool {
    match (outcome, rule.outcome.entry) {
        (OutcomeRef::List(list), OutcomeEntry::List(own)) => list == own,
        (OutcomeRef::Grade(grade, _), OutcomeEntry::Grade(own, _)) => grade == own,
        (OutcomeRef::Measure(measure), _) => rule.outcome.measures.contains(&measure),
        _ => false,
    }
}

fn report_circles(rules: &[Rule], reads: &[Vec<usize>], strata: &[Option<u16>], report: &Report) {
    let stuck = |at: usize| strata.get(at).is_some_and(Option::is_none);
    let mut found: BTreeSet<Vec<usize>> = BTreeSet::new();
    for start in (0..rules.len()).filter(|at| stuck(*at)) {
        let mut walk = vec![start];
        while let Some(next) = walk.last().and_then(|last| reads.get(*last)?.iter().find(|at| stuck(**at)).copied()) {
            if let Some(seen) = walk.iter().position(|at| *at == next) {
                let mut circle = walk.split_off(seen);
                let least = circle.iter().enumerate().min_by_key(|(_, at)| **at).map_or(0, |(place, _)| place);
                circle.rotate_left(least);
                found.insert(circle);
                break;
            }
            walk.push(next);
        }
    }
    for circle in found {
        let named: Vec<&Rule> = circle.iter().chain(circle.first()).filter_map(|at| rules.get(*at)).collect();
        let path: Vec<String> = named.iter().map(|rule| format!("`{}`", rule.id)).collect();
        if let Some(first) = named.first() {
            report.error(
                first.place.clone(),
                format!("rules read each other's outcomes in a circle: {}", path.join(" reads ")),
                "a rule may read only outcomes of rules that do not depend on its own",
            );
        }
    }
}
