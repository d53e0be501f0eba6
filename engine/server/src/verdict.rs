//! What decisions in force mean for a matter: the one place where a check is judged, for files and services alike.
//!
//! # Invariants
//!
//! A function of the matter, the decisions and the day: no clock, no order of decisions in memory. Bar is stronger than
//! restrict, caution, favour; where nothing bears the verdict is clear.

use heng_core::DecisionEvent;
use heng_model::{Day, DecisionId};
use heng_rules::Effect;
use smallvec::SmallVec;
use std::cmp::Reverse;

/// A decision as a check sees it.
pub trait Stands: Copy {
    /// How a measure is named.
    type Measure: Copy;

    /// The decision.
    fn id(self) -> DecisionId;

    /// The days in force.
    fn is_in_force(self, day: Day) -> bool;

    /// The next day after this one on which that changes by itself.
    fn next_change_after(self, day: Day) -> Option<Day>;

    /// Does it carry the measure?
    fn carries(self, measure: Self::Measure) -> bool;
}

/// A measure in force that bears on the matter.
#[derive(Debug, Clone, Copy)]
pub struct Bearing<S> {
    /// What it means for the matter.
    pub effect: Effect,
    /// Index of the measure among the effects judged by.
    pub measure: usize,
    /// The decision that carries it.
    pub decision: S,
}

/// What a check found.
#[derive(Debug, Clone)]
pub struct Judgement<S> {
    /// The strongest effect; none means clear.
    pub verdict: Option<Effect>,
    /// The strongest first.
    pub bearings: SmallVec<[Bearing<S>; 4]>,
    /// The next day on which this changes by itself.
    pub next_change: Option<Day>,
}

/// Judges a matter on a day; `effects` are what measures mean for it, in the order of the measures' codes.
pub fn judge<S: Stands>(effects: &[(S::Measure, Effect)], decisions: impl Iterator<Item = S>, on: Day) -> Judgement<S> {
    let mut found = Judgement { verdict: None, bearings: SmallVec::new(), next_change: None };
    for decision in decisions {
        let mut bears = false;
        let in_force = decision.is_in_force(on);
        for (measure, (name, effect)) in effects.iter().enumerate() {
            if decision.carries(*name) {
                bears = true;
                if in_force {
                    found.verdict = found.verdict.max(Some(*effect));
                    found.bearings.push(Bearing { effect: *effect, measure, decision });
                }
            }
        }
        if bears && let Some(day) = decision.next_change_after(on) {
            found.next_change = Some(found.next_change.map_or(day, |known| known.min(day)));
        }
    }
    if found.bearings.len() > 1 {
        found.bearings.sort_by_key(|it| (Reverse(it.effect), it.decision.id(), it.measure));
        // A history that is taken over is seen with both subjects for a moment: it counts once, as given first.
        found.bearings.dedup_by_key(|it| (it.decision.id(), it.measure));
    }
    found
}

impl<'a> Stands for &'a DecisionEvent {
    type Measure = &'a str;

    fn id(self) -> DecisionId {
        self.decision
    }

    fn is_in_force(self, day: Day) -> bool {
        self.in_force.contains(day)
    }

    fn next_change_after(self, day: Day) -> Option<Day> {
        self.in_force.next_change_after(day)
    }

    fn carries(self, measure: &'a str) -> bool {
        self.measures.iter().any(|code| code == measure)
    }
}

/// The word for a verdict.
#[must_use]
pub fn word(verdict: Option<Effect>) -> &'static str {
    verdict.map_or("clear", Effect::word)
}
