//! What is in force for one subject: an immutable cell, replaced whole.

use super::words::{PackWords, RuleWords};
use crate::verdict::Stands;
use heng_model::{Day, DaySet, DecisionId, Position, SubjectId, Symbol};
use std::sync::Arc;

/// What the index holds of a subject.
#[derive(Debug)]
pub(crate) enum Cell {
    /// Its history was taken over by another one.
    Merged(SubjectId),
    /// Its history is on its way to another one: what it had counts beside what that one has.
    Moving(Box<(SubjectId, Standings)>),
    /// Its decisions.
    Standing(Standings),
}

/// Decisions of a subject, at least one.
#[derive(Debug)]
pub(crate) struct Standings {
    /// The pack by which they were last said.
    pub(crate) words: Arc<PackWords>,
    /// Those that are, were or will be in force on some day.
    pub(crate) decisions: Box<[Standing]>,
}

/// A decision that is, was or will be in force: days ahead included, so that midnight needs no event.
#[derive(Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) id: DecisionId,
    pub(crate) rule: Symbol,
    /// The days in force.
    pub(crate) days: DaySet,
    /// Of a rule that an officer must confirm: the measures that were.
    pub(crate) confirmed: Option<Box<[Symbol]>>,
    /// How many records it rests on.
    pub(crate) grounds: u32,
    /// Where the first of them stands.
    pub(crate) first_ground: Option<Position>,
}

/// A decision and what the pack that words it says of its rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InForce<'a> {
    pub(crate) rule: Option<&'a RuleWords>,
    pub(crate) standing: &'a Standing,
}

impl Stands for InForce<'_> {
    type Measure = Symbol;

    fn id(self) -> DecisionId {
        self.standing.id
    }

    fn is_in_force(self, day: Day) -> bool {
        self.standing.days.contains(day)
    }

    fn next_change_after(self, day: Day) -> Option<Day> {
        self.standing.days.next_change_after(day)
    }

    fn carries(self, measure: Symbol) -> bool {
        self.rule.is_some_and(|rule| rule.measures.contains(&measure))
            && self.standing.confirmed.as_ref().is_none_or(|confirmed| confirmed.contains(&measure))
    }
}

impl Cell {
    /// The decisions by the words of a pack that is no older than that which said them; where it lacks their rules, by those of that one: what
    /// a pack withdraws stands until the fold says so.
    pub(crate) fn decisions<'a>(&'a self, words: &'a PackWords) -> impl Iterator<Item = InForce<'a>> {
        let own = self.words();
        let rule = move |rule| words.rule(rule).or_else(|| own?.rule(rule));
        self.all().iter().map(move |standing| InForce { rule: rule(standing.rule), standing })
    }

    /// Where its history went, or is on its way to.
    pub(crate) fn leads_to(&self) -> Option<&SubjectId> {
        match self {
            Self::Merged(to) => Some(to),
            Self::Moving(moving) => Some(&moving.0),
            Self::Standing(_) => None,
        }
    }

    /// Does another one hold the same, in whatever words?
    pub(crate) fn holds_the_same(&self, other: &Self) -> bool {
        self.leads_to() == other.leads_to() && self.all() == other.all()
    }

    /// The pack by which the decisions were last said.
    pub(crate) fn words(&self) -> Option<&Arc<PackWords>> {
        self.standings().map(|standings| &standings.words)
    }

    /// The decisions, without words.
    pub(crate) fn all(&self) -> &[Standing] {
        self.standings().map_or(&[], |standings| &standings.decisions)
    }

    fn standings(&self) -> Option<&Standings> {
        match self {
            Self::Merged(_) => None,
            Self::Moving(moving) => Some(&moving.1),
            Self::Standing(standings) => Some(standings),
        }
    }
}
