//! What the events so far have established about one subject: the fold's raw material.
//!
//! # Invariants
//!
//! Records keep their number for life; what is rare lies behind one pointer, so that a plain subject stays small.

pub mod codec;
mod decision;
mod join;
mod more;
mod profile;
mod record;

pub use decision::{Decision, Key, Review, State};
pub use join::join;
pub use more::{
    Correction, Link, More, Neighbour, Objection, Parked, ParkedBody, Repair, Response, Restoration, StoredValue,
};
pub use profile::{Profile, ProfileChange};
pub use record::{Record, RecordNo, name_tag};

use heng_model::{Day, DaySet, SubjectId, SubjectKind, Symbol};
use heng_rules::{Slot, Value};

/// An event that was folded: what tells a duplicate from a different event with the same id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    name: [u32; 2],
    content: u32,
}

impl Seen {
    /// From an event's fingerprints.
    #[must_use]
    pub fn new(name: u64, content: u32) -> Self {
        let low = u32::try_from(name & 0xffff_ffff).unwrap_or_default();
        Self { name: [low, u32::try_from(name >> 32).unwrap_or_default()], content }
    }

    /// The fingerprint of source and id.
    #[must_use]
    pub fn name(self) -> u64 {
        let [low, high] = self.name;
        u64::from(low) | (u64::from(high) << 32)
    }

    /// The fingerprint of the content.
    #[must_use]
    pub const fn content(self) -> u32 {
        self.content
    }
}

/// The state of one subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subject {
    /// Records, in the order in which they became known.
    pub records: Vec<Record>,
    /// Fields of records and elements of lists.
    pub slots: Vec<Slot>,
    /// Record names and texts.
    pub texts: Vec<u8>,
    /// Events folded.
    pub seen: Vec<Seen>,
    /// Decisions, void ones included: their ids and revisions are never used again.
    pub decisions: Vec<Decision>,
    /// Profile, once somebody has registered the subject.
    pub profile: Option<Box<Profile>>,
    /// What is rare.
    pub more: Option<Box<More>>,
    /// The next day on which a decision changes by itself, as last put into the calendar.
    pub wake: Option<Day>,
}

/// Makes room for `more` items, by a quarter at a time: doubling would leave half of a million small subjects empty.
pub(crate) fn make_room<T>(items: &mut Vec<T>, more: usize) {
    if items.capacity().saturating_sub(items.len()) < more {
        items.reserve_exact(more.max(items.len() / 4));
    }
}

impl Subject {
    /// What is rare, made when first needed.
    pub fn more_mut(&mut self) -> &mut More {
        self.more.get_or_insert_default()
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

    /// The source's name for a record.
    #[must_use]
    pub fn record_name(&self, record: &Record) -> &str {
        let at = usize::try_from(record.name_at).unwrap_or(usize::MAX);
        let end = at.saturating_add(usize::from(record.name_length));
        self.texts.get(at..end).and_then(|name| str::from_utf8(name).ok()).unwrap_or_default()
    }

    /// The record that a source calls so.
    #[must_use]
    pub fn find_record(&self, source: Symbol, name: &str) -> Option<RecordNo> {
        let tag = record::name_tag(source, name);
        self.numbered()
            .find(|(_, record)| record.tag == tag && record.source == source && self.record_name(record) == name)
            .map(|(number, _)| number)
    }

    /// A field or named date of a record.
    #[must_use]
    pub fn field(&self, record: &Record, name: Symbol) -> Value<'_> {
        let at = usize::try_from(record.slots_at).unwrap_or(usize::MAX);
        let slots = self.slots.get(at..at.saturating_add(usize::from(record.slots_length))).unwrap_or_default();
        match slots.iter().find(|slot| slot.name == name) {
            Some(slot) => slot.read(&self.slots, &self.texts),
            None => Value::Empty,
        }
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
            record.effect_day = day;
        }
    }

    /// A text put into the arena: where it lies and how long it is.
    pub fn keep_text(&mut self, text: &str) -> (u32, u32) {
        let at = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        make_room(&mut self.texts, text.len());
        self.texts.extend_from_slice(text.as_bytes());
        (at, u32::try_from(text.len()).unwrap_or(0))
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
        self.profile.as_ref().and_then(|profile| profile.kind_on(day)).unwrap_or_else(|| id.default_kind())
    }

    /// The first day on which rules on conditions are evaluated: registration, else the earliest effect day of a
    /// record that was not retracted.
    #[must_use]
    pub fn start(&self) -> Option<Day> {
        let registered = self.profile.as_ref().and_then(|profile| profile.registered_on);
        registered.or_else(|| {
            self.records.iter().filter(|record| !record.retracted).filter_map(|record| record.effect_day).min()
        })
    }

    /// The last day on which rules on conditions are evaluated.
    #[must_use]
    pub fn end(&self) -> Day {
        self.profile.as_ref().and_then(|profile| profile.deregistered_on).unwrap_or(Day::FOREVER)
    }
}
