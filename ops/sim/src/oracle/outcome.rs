//! Outcomes of earlier strata, day by day.
//!
//! # Invariants
//!
//! `unpaused` is the reading without pauses, `in_force` the reading with them; the second is part of the first.

use super::Decision;
use super::days::Days;
use heng_model::{Day, Period, Span, SubjectId, Symbol};
use heng_rules::{OutcomeEntry, OutcomeRef, Pack, Reads};
use std::collections::BTreeMap;

/// An outcome of a subject in both readings.
pub(super) struct OutcomeDays {
    pub(super) unpaused: Days,
    pub(super) in_force: Days,
}

impl OutcomeDays {
    pub(super) fn holds(&self, day: Day, with_pauses: bool) -> bool {
        if with_pauses { self.in_force.contains(day) } else { self.unpaused.contains(day) }
    }

    /// First day of the run (without pauses) that holds the day.
    pub(super) fn run_start(&self, day: Day) -> Day {
        let mut first = day;
        while self.unpaused.contains(first.previous()) {
            first = first.previous();
        }
        first
    }
}

/// The outcomes that the facts of a pack read, by subject and fact; of a grade each value by itself.
pub(super) struct Outcomes(BTreeMap<(SubjectId, usize), Vec<Part>>);

/// A value of a grade, or the whole outcome.
type Part = (Option<Symbol>, OutcomeDays);

impl Outcomes {
    /// From the decisions of the strata before the one in hand.
    pub(super) fn of(pack: &Pack, subjects: &[SubjectId], earlier: &[Decision], window: Span) -> Self {
        let mut all = BTreeMap::new();
        for (at, fact) in pack.facts.iter().enumerate() {
            let (outcome, ended_within) = match &fact.reads {
                Reads::Outcome { outcome, ended_within, .. } => (*outcome, *ended_within),
                Reads::Related { outcome, .. } => (*outcome, None),
                _ => continue,
            };
            for subject in subjects {
                let mine: Vec<&Decision> = earlier.iter().filter(|one| one.subject == *subject).collect();
                let days = parts(pack, outcome)
                    .into_iter()
                    .map(|(value, part)| (value, collect(&mine, part, ended_within, window)))
                    .collect();
                all.insert((subject.clone(), at), days);
            }
        }
        Self(all)
    }

    /// The outcome that a fact reads of a subject; of a grade one entry a value, best first.
    pub(super) fn get(&self, subject: &SubjectId, fact: usize) -> &[Part] {
        self.0.get(&(subject.clone(), fact)).map_or(&[], Vec::as_slice)
    }
}

/// A grade without a value is all its values, best first.
fn parts(pack: &Pack, outcome: OutcomeRef) -> Vec<(Option<Symbol>, OutcomeRef)> {
    match outcome {
        OutcomeRef::Grade(grade, None) => {
            let values = pack.grades.get(grade.at()).map_or(&[][..], |scheme| &scheme.values);
            values.iter().map(|value| (Some(*value), OutcomeRef::Grade(grade, Some(*value)))).collect()
        }
        _ => vec![(None, outcome)],
    }
}

fn collect(decisions: &[&Decision], part: OutcomeRef, ended_within: Option<Period>, window: Span) -> OutcomeDays {
    let giving: Vec<&&Decision> = decisions.iter().filter(|decision| gives(decision, part)).collect();
    let unpaused = Days::where_each(window, |day| giving.iter().any(|one| one.unpaused.contains(day)));
    let in_force = Days::where_each(window, |day| giving.iter().any(|one| one.in_force.contains(day)));
    let Some(period) = ended_within else { return OutcomeDays { unpaused, in_force } };
    // A run that reaches the end of the window has not ended, so it has no days after it in the window.
    let runs = unpaused.runs();
    let after = |day: Day| runs.iter().any(|run| run.last < day && day <= period.last_from(run.last));
    OutcomeDays {
        unpaused: Days::where_each(window, |day| unpaused.contains(day) || after(day)),
        in_force: Days::where_each(window, |day| in_force.contains(day) || after(day)),
    }
}

fn gives(decision: &Decision, outcome: OutcomeRef) -> bool {
    match (outcome, decision.outcome.entry) {
        (OutcomeRef::Measure(measure), _) => decision.outcome.measures.contains(&measure),
        (OutcomeRef::List(list), OutcomeEntry::List(given)) => list == given,
        (OutcomeRef::Grade(grade, Some(value)), OutcomeEntry::Grade(given, of)) => grade == given && value == of,
        _ => false,
    }
}
