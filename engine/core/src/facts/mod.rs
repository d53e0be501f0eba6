//! Facts: step functions over civil days, read from a subject's state.
//!
//! # Invariants
//!
//! A fact is read in one of two ways: as if nothing were paused, or without paused records and with outcomes as
//! paused. Both see the same records in the same order, whatever order events came in.

mod book;
mod fold;
mod outcomes;
mod records;
mod related;
mod turns;

use crate::program::Program;
use crate::subject::{Record, Subject};
use book::Steps;
use heng_model::{Day, Decimal, SubjectId};
use heng_rules::condition::{Condition, Type};
use heng_rules::{Aggregate, Env, Fact, FactIdx, ProfileField, Reads, Value};
use smallvec::SmallVec;

pub(crate) use book::{Book, Page};
pub(crate) use outcomes::outcome_days;

/// With or without pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As if nothing were paused.
    Plain,
    /// Without the records paused that day, and with outcomes as paused.
    Paused,
}

/// A subject seen under a program.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) program: &'a Program,
    pub(crate) id: &'a SubjectId,
    pub(crate) subject: &'a Subject,
}

/// What a fact is worth where nothing is recorded.
pub(crate) fn nothing(fact: &Fact) -> Value<'_> {
    let default = || fact.default.as_ref().map_or(Value::Empty, |constant| constant.value());
    match &fact.reads {
        Reads::Records(records) => match records.aggregate {
            Aggregate::Count | Aggregate::Distinct | Aggregate::Streak => Value::Int(0),
            Aggregate::Sum if matches!(fact.ty, Type::Int) => Value::Int(0),
            Aggregate::Sum => Value::Decimal(Decimal::ZERO),
            Aggregate::Max | Aggregate::Min | Aggregate::Latest => default(),
        },
        Reads::Related { .. } => Value::Int(0),
        Reads::Elapsed { .. } => Value::Bool(false),
        Reads::Outcome { .. } if matches!(fact.ty, Type::Bool) => Value::Bool(false),
        Reads::Outcome { .. } | Reads::Profile(_) => default(),
    }
}

impl<'a> View<'a> {
    pub(crate) fn fact(self, index: FactIdx) -> Option<&'a Fact> {
        self.program.pack.facts.get(index.at())
    }

    fn registered_on(self) -> Option<Day> {
        self.subject.profile.registered_on
    }

    fn profile_steps(self, fact: &'a Fact, field: ProfileField, steps: &mut Steps<'a>) {
        let read = |day: Day| {
            let value = match field {
                ProfileField::Kind => Value::Symbol(self.program.kind_symbol(self.subject.kind_on(self.id, day))),
                _ => self.subject.profile.read(field, day),
            };
            if matches!(value, Value::Empty) { nothing(fact) } else { value }
        };
        let changes = self.subject.profile.change_days();
        let mut days: SmallVec<[Day; 8]> = std::iter::once(Day::DAWN).chain(changes).collect();
        days.sort_unstable();
        days.dedup();
        steps.extend(days.into_iter().map(|day| (day, read(day))));
    }
}

/// The value of a step function on a day.
pub(crate) fn value_at<'a>(steps: &[(Day, Value<'a>)], day: Day) -> Value<'a> {
    let after = steps.partition_point(|(from, _)| *from <= day);
    after.checked_sub(1).and_then(|at| steps.get(at)).map_or(Value::Empty, |(_, value)| *value)
}

/// What a condition reads on one day.
pub(crate) struct Moment<'a, 'v> {
    pub(crate) view: View<'v>,
    pub(crate) record: Option<&'a Record>,
    pub(crate) facts: SmallVec<[(FactIdx, Value<'v>); 2]>,
}

impl Env for Moment<'_, '_> {
    fn field(&self, name: heng_model::Symbol) -> Value<'_> {
        match self.record {
            Some(record) => self.view.record_field(record, name),
            None => Value::Empty,
        }
    }

    fn fact(&self, fact: FactIdx) -> Value<'_> {
        self.facts.iter().find(|(index, _)| *index == fact).map_or(Value::Empty, |(_, value)| *value)
    }
}

impl<'a> View<'a> {
    /// A field or named date of a record; `decided_on` is kept apart from the others.
    pub(crate) fn record_field(self, record: &Record, name: heng_model::Symbol) -> Value<'a> {
        if name == self.program.decided_on { Value::Day(record.decided_on) } else { self.subject.field(record, name) }
    }

    /// Does a condition on fields alone hold for a record?
    pub(crate) fn matches(self, condition: Option<&Condition>, record: &Record) -> bool {
        condition.is_none_or(|condition| {
            condition.holds(&Moment { view: self, record: Some(record), facts: SmallVec::new() })
        })
    }
}
