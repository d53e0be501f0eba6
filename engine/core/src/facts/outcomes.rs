//! Facts over outcomes of earlier strata.

use super::book::Steps;
use super::{Reading, View, nothing};
use crate::program::yields;
use crate::subject::Decision;
use heng_model::{Day, DaySet, Period, Span, Symbol};
use heng_rules::{Fact, OutcomeEntry, OutcomeRef, Value};

/// The days on which a subject with these decisions has an outcome.
pub(crate) fn outcome_days(view: View<'_>, decisions: &[Decision], outcome: OutcomeRef, reading: Reading) -> DaySet {
    let mut days = DaySet::empty();
    for decision in decisions.iter().filter(|decision| !decision.days.is_empty()) {
        let is_yielded = |rule| yields(rule, outcome) && confirmed(view, decision, outcome);
        if view.program.rule(decision.rule).is_some_and(is_yielded) {
            days = match (reading, &decision.paused) {
                (Reading::Paused, Some(_)) => days.union(&decision.in_force()),
                _ => days.union(&decision.days),
            };
        }
    }
    days
}

/// Where an officer must confirm: is the measure among those confirmed? (A list or grade has no measures to tell apart.)
fn confirmed(view: View<'_>, decision: &Decision, outcome: OutcomeRef) -> bool {
    let OutcomeRef::Measure(measure) = outcome else { return true };
    match decision.review.as_ref().and_then(|review| review.confirmed.as_ref()) {
        Some((_, _, measures)) => view.program.measure_symbol(measure).is_some_and(|it| measures.contains(&it)),
        None => true,
    }
}

/// After each maximal run, the days through `last(its last day, period)`.
fn tails(days: &DaySet, period: Period) -> DaySet {
    let ended = days.spans().iter().filter(|run| !run.last.is_forever());
    ended.filter_map(|run| Span::new(run.last.next(), period.last_from(run.last))).collect()
}

/// An outcome, and for how long after each run of its days it still counts.
type Wanted = (OutcomeRef, Option<Period>);

impl<'a> View<'a> {
    fn wanted_days(self, decisions: &[Decision], (outcome, ended_within): Wanted, reading: Reading) -> DaySet {
        let days = outcome_days(self, decisions, outcome, reading);
        match ended_within {
            // A pause is no end: tails follow the runs as if nothing were paused.
            Some(period) => days.union(&tails(&outcome_days(self, decisions, outcome, Reading::Plain), period)),
            None => days,
        }
    }

    pub(super) fn outcome_steps(
        self,
        decisions: &[Decision],
        fact: &'a Fact,
        (outcome, ended_within): Wanted,
        reading: Reading,
        steps: &mut Steps<'a>,
    ) {
        let OutcomeRef::Grade(scheme, None) = outcome else {
            return truth(&self.wanted_days(decisions, (outcome, ended_within), reading), steps);
        };
        let grades = self.program.pack.grades.get(scheme.at()).map_or(&[][..], |scheme| &scheme.values);
        let given = |grade: &Symbol| {
            let entry = OutcomeEntry::Grade(scheme, *grade);
            let yields_it = self.program.pack.rules.iter().any(|rule| rule.outcome.entry == entry);
            let wanted = (OutcomeRef::Grade(scheme, Some(*grade)), ended_within);
            yields_it.then(|| self.wanted_days(decisions, wanted, reading))
        };
        // Worst first: grades are declared from best to worst.
        let by_grade: Vec<(Symbol, DaySet)> =
            grades.iter().rev().filter_map(|grade| Some((*grade, given(grade)?))).collect();
        let mut days: Vec<Day> = by_grade.iter().flat_map(|(_, days)| boundaries(days)).collect();
        days.push(Day::DAWN);
        days.sort_unstable();
        days.dedup();
        let worst = |day: Day| by_grade.iter().find(|(_, days)| days.contains(day)).map(|(grade, _)| *grade);
        steps.extend(days.into_iter().map(|day| (day, worst(day).map_or_else(|| nothing(fact), Value::Symbol))));
    }
}

/// The days on which membership may change.
pub(super) fn boundaries(days: &DaySet) -> impl Iterator<Item = Day> {
    days.spans()
        .iter()
        .flat_map(|span| [Some(span.first), (!span.last.is_forever()).then(|| span.last.next())])
        .flatten()
}

fn truth(days: &DaySet, steps: &mut Steps<'_>) {
    steps.push((Day::DAWN, Value::Bool(days.contains(Day::DAWN))));
    steps.extend(boundaries(days).map(|day| (day, Value::Bool(days.contains(day)))));
}
