//! Derivation: from a subject's state to the obligations of one rule.
//!
//! # Invariants
//!
//! A function of the subject, the program and nothing else; what day it is does not matter. A pause takes days out and
//! does nothing else: with or without pauses the same obligations come out, with the same first and last days.

mod on_condition;
mod on_records;
mod runs;

pub(crate) use on_records::first_day;

use crate::facts::{Book, Reading, View};
use crate::subject::{Decision, Key, Record, RecordNo};
use heng_model::{Day, DaySet};
use heng_rules::condition::Condition;
use heng_rules::{Body, Reads, Rule};
use smallvec::SmallVec;

/// What a rule yields about one key: days in force as if nothing were paused, those of them that are paused, and a
/// fingerprint of the grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obligation {
    pub(crate) key: Key,
    pub(crate) days: DaySet,
    pub(crate) paused: DaySet,
    pub(crate) grounds: u32,
}

/// Which records of a rule on records are derived anew.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// All.
    All,
    /// These.
    These(&'a [RecordNo]),
    /// These, and those that take effect from a day on.
    From(Day, &'a [RecordNo]),
}

impl Scope<'_> {
    /// Is the record derived anew?
    pub(crate) fn holds(self, number: RecordNo, record: &Record) -> bool {
        match self {
            Self::All => true,
            Self::These(these) => these.contains(&number),
            Self::From(day, these) => these.contains(&number) || record.effect_day().is_some_and(|from| from >= day),
        }
    }
}

/// Obligations of one rule.
pub(crate) type Obligations = SmallVec<[Obligation; 2]>;

/// A subject being judged: its facts, and its decisions as they stand.
pub(crate) struct Judge<'a, 'b> {
    pub(crate) book: &'b mut Book<'a>,
    pub(crate) decisions: &'b [Decision],
}

impl<'a> Judge<'a, '_> {
    fn view(&self) -> View<'a> {
        self.book.view
    }

    /// The obligations of a rule, of the records in scope.
    pub(crate) fn obligations(&mut self, rule: &Rule, scope: Scope<'_>) -> Obligations {
        match &rule.body {
            Body::OnRecords { item, filter, from, end } => {
                let terms = on_records::Terms { item: *item, filter: filter.as_ref(), from: *from, end: *end };
                self.on_records(rule, &terms, scope)
            }
            Body::OnCondition { when, lasts, and_while } => self.on_condition(rule, when, *lasts, *and_while),
        }
    }

    /// What runs and ends leave of an obligation: the days on which the rule is law, less what `unless` takes out; and
    /// the days among them that are paused.
    fn cut(
        &mut self,
        rule: &Rule,
        anchor: Day,
        record: Option<&Record>,
        days: DaySet,
        paused: DaySet,
    ) -> Option<(DaySet, DaySet)> {
        let days = if rule.effective_by_record {
            if rule.effective.contains(anchor) { days } else { return None }
        } else {
            days.within(rule.effective)
        };
        let hull = days.hull()?;
        let subject = self.view().subject;
        let mut paused = paused.union(&subject.suspensions());
        let mut days = days;
        if let Some(unless) = &rule.unless {
            days = days.minus(&self.days_where(&unless.shape, record, hull, Reading::Plain));
            if subject.has_pauses() {
                paused = paused.union(&self.days_where(&unless.shape, record, hull, Reading::Paused));
            }
        }
        let paused = paused.intersect(&days);
        (!days.is_empty()).then_some((days, paused))
    }

    /// The records counting on a day in the facts that a condition names, once each, in the order they became known.
    pub(crate) fn records_behind(&mut self, when: &Condition, day: Day) -> SmallVec<[RecordNo; 8]> {
        let mut behind = SmallVec::new();
        for fact in &when.facts {
            if self.view().fact(*fact).is_some_and(|fact| matches!(fact.reads, Reads::Records(_))) {
                let page = self.book.page(*fact, Reading::Plain, self.decisions);
                let counted = self.book.counted(page).iter();
                behind.extend(counted.filter(|it| it.days.contains(day)).map(|it| it.number));
            }
        }
        if when.facts.len() > 1 {
            behind.sort_unstable();
            behind.dedup();
        }
        behind
    }
}

/// Is the subject of a kind that the rule applies to that day?
fn applies_on(view: View<'_>, rule: &Rule, day: Day) -> bool {
    rule.kinds.contains(view.subject.kind_on(view.id, day))
}

/// Mixes the positions of records into a fingerprint that survives merges.
fn fingerprint(seed: u64, parts: impl Iterator<Item = u64>) -> u32 {
    let mix = |hash: u64, part: u64| (hash ^ part).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    let hash = parts.fold(seed ^ 0xcbf2_9ce4_8422_2325, mix);
    u32::try_from((hash ^ (hash >> 32)) & 0xffff_ffff).unwrap_or_default()
}
