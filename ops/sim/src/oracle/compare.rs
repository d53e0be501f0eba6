//! The oracle beside somebody else's decisions.
//!
//! # Invariants
//!
//! A decision that one side does not have is one without a day in force.

use super::{Decision, Key, Oracle};
use heng_model::{Day, DaySet, DecisionId, DecisionKey, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A day on which two sides differ about a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The decision's id.
    pub id: DecisionId,
    /// Subject, rule and key, where the oracle knows the decision.
    pub what: Option<String>,
    /// The first day on which they differ.
    pub day: Day,
    /// Is it in force that day by the oracle? (If so, not by the other.)
    pub by_oracle: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what.clone().unwrap_or_else(|| format!("{} (unknown to the oracle)", self.id));
        let who = if self.by_oracle { "the oracle" } else { "the engine" };
        write!(f, "{what}: on {} in force by {who} only", self.day)
    }
}

impl Decision {
    /// The id, if the subject was never merged.
    #[must_use]
    pub fn id(&self) -> DecisionId {
        let key = match &self.key {
            Key::Record { source, record } => DecisionKey::Record { source, record },
            Key::Run(first) => DecisionKey::Run(*first),
        };
        DecisionId::derive(&self.subject, &self.rule, key)
    }
}

impl Oracle<'_> {
    /// Compares the days in force of each decision, by id, on the days of `within` (which should lie inside the window,
    /// or before it), with the last revisions of another engine.
    #[must_use]
    pub fn differences(&self, found: &BTreeMap<DecisionId, DaySet>, within: Span) -> Vec<Difference> {
        let none = DaySet::empty();
        let mut differences = Vec::new();
        let mut known = BTreeSet::new();
        for one in &self.decisions {
            let id = one.id();
            known.insert(id);
            if let Some(day) = one.in_force.first_difference(found.get(&id).unwrap_or(&none), within) {
                let what = Some(format!("{} {} {:?}", one.subject, one.rule, one.key));
                differences.push(Difference { id, what, day, by_oracle: one.in_force.contains(day) });
            }
        }
        for (id, days) in found.iter().filter(|(id, _)| !known.contains(*id)) {
            let stray = days.intersect(&DaySet::from_to(within.first, within.last));
            if let Some(hull) = stray.hull() {
                differences.push(Difference { id: *id, what: None, day: hull.first, by_oracle: false });
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::tests::{day, judged};
    use super::*;

    #[test]
    fn one_day_more_or_less_and_strangers_are_found() {
        let rules = "r: {for_each: i, lasts: P10D}";
        judged("", rules, "rec r1 i 2023-05-10", |oracle| {
            let id = oracle.decisions().first().unwrap().id();
            let within = Span { first: day("2020-01-01"), last: day("2030-12-31") };
            let compare = |first: &str, last: &str, id: DecisionId| {
                let found = BTreeMap::from([(id, DaySet::from_to(day(first), day(last)))]);
                oracle.differences(&found, within).into_iter().map(|one| (one.day, one.by_oracle)).collect::<Vec<_>>()
            };
            assert_eq!(compare("2023-05-10", "2023-05-20", id), []);
            assert_eq!(compare("2023-05-10", "2023-05-21", id), [(day("2023-05-21"), false)]);
            assert_eq!(compare("2023-05-11", "2023-05-20", id), [(day("2023-05-10"), true)]);
            let both = [(day("2023-05-10"), true), (day("2023-05-11"), false)];
            assert_eq!(compare("2023-05-11", "2023-05-20", DecisionId([0; 32])), both);
        });
    }
}
