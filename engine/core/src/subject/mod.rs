//! What the events so far have established about one subject: the fold's raw material.
//!
//! # Invariants
//!
//! Records keep their number for life; what is rare lies behind one pointer, so that a plain subject stays small.

mod arena;
pub mod codec;
mod decision;
mod join;
mod matches;
mod more;
mod profile;
mod record;
mod seen;

pub use decision::{Decision, Key, Review, State};
pub use join::join;
pub(crate) use matches::{Matches, REMEMBERED_FROM};
pub(crate) use more::push_rare;
pub use more::{
    Correction, Link, More, Neighbour, Objection, Parked, ParkedBody, Repair, Response, Restoration, StoredValue,
};
pub use profile::{Profile, ProfileChange};
pub use record::{Record, RecordNo, name_tag};
pub use seen::Seen;

use heng_model::{Day, DaySet, SubjectId, SubjectKind, Symbol};
use heng_rules::Value;
use std::sync::Arc;

/// The state of one subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// Records, in the order in which they became known.
    pub records: Vec<Record>,
    /// Their names and fields.
    arena: Vec<u8>,
    /// Events folded.
    pub seen: Seen,
    /// Decisions, void ones included: their ids and revisions are never used again.
    pub decisions: Vec<Decision>,
    /// What was stated about the subject itself.
    pub profile: Profile,
    /// What is rare.
    pub more: Option<Arc<More>>,
    /// The next day on which a decision changes by itself, as last put into the calendar.
    pub wake: Option<Day>,
    /// Which records satisfy what, as far as it is known.
    pub(crate) matches: Matches,
}

impl Subject {
    /// Forgets everything, keeping the room.
    pub(crate) fn clear(&mut self) {
        let Self { records, arena, seen, decisions, profile, more, wake, matches } = self;
        records.clear();
        arena.clear();
        seen.clear();
        decisions.clear();
        profile.clear();
        matches.clear();
        (*more, *wake) = (None, None);
    }

    /// What is rare, made when first needed.
    pub fn more_mut(&mut self) -> &mut More {
        Arc::make_mut(self.more.get_or_insert_default())
    }

    /// The record of that number.
    #[must_use]
    pub fn record(&self, number: RecordNo) -> Option<&Record> {
        self.records.get(number.at())
    }

    /// Records with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (RecordNo, &Record)> {
        self.records.iter().enumerate().map(|(at, record)| (RecordNo::from_index(at), record))
    }

    /// Brings the effect day of a record up to date: `decided_on`, or the date that its item names; none while that
    /// is empty.
    pub fn set_effect_day(&mut self, number: RecordNo, from: Option<Symbol>) {
        let Some(record) = self.record(number) else { return };
        let day = match from.map(|from| self.field(record, from)) {
            None => Some(record.decided_on),
            Some(Value::Day(day)) => Some(day),
            Some(_) => None,
        };
        if let Some(record) = self.records.get_mut(number.at()) {
            record.set_effect_day(day);
        }
    }

    /// The days on which a record is paused.
    #[must_use]
    pub fn pauses_of(&self, number: RecordNo) -> DaySet {
        self.more.as_ref().map(|more| more.pauses_of(number)).unwrap_or_default()
    }

    /// The days on which every decision is paused.
    #[must_use]
    pub fn suspensions(&self) -> DaySet {
        self.more.as_ref().map(|more| more.suspensions.iter().copied().collect()).unwrap_or_default()
    }

    /// May any reading with pauses differ from the one without?
    #[must_use]
    pub fn has_pauses(&self) -> bool {
        self.more.as_ref().is_some_and(|more| {
            !more.objections.is_empty()
                || !more.restorations.is_empty()
                || !more.suspensions.is_empty()
                || more.neighbours.iter().any(|near| near.outcomes.iter().any(|(_, _, paused)| !paused.is_empty()))
        })
    }

    /// The kind of the subject on a day.
    #[must_use]
    pub fn kind_on(&self, id: &SubjectId, day: Day) -> SubjectKind {
        self.profile.kind_on(day).unwrap_or_else(|| id.default_kind())
    }

    /// The first day on which rules on conditions are evaluated: registration, else the earliest effect day of a
    /// record that was not retracted.
    #[must_use]
    pub fn start(&self) -> Option<Day> {
        self.profile
            .registered_on
            .or_else(|| self.records.iter().filter(|record| !record.retracted).filter_map(Record::effect_day).min())
    }

    /// The last day on which rules on conditions are evaluated.
    #[must_use]
    pub fn end(&self) -> Day {
        self.profile.deregistered_on.unwrap_or(Day::FOREVER)
    }
}
