//! The bytes of a subject's state: for checkpoints, and for a history on its way to another partition.
//!
//! # Invariants
//!
//! `decode(encode(x)) == x`; equal states have equal bytes. Bytes that `encode` did not write give `None`, never a
//! panic. Histories on the log are read for ever: a change of form takes a new [`FORMAT`] beside the old one.

mod more;
mod reader;
mod writer;

use super::{Decision, Key, Profile, ProfileChange, Record, RecordNo, Review, Seen, State, Subject};
use heng_model::{Day, DaySet, Span, SubjectId, SubjectKind, Symbol};
use heng_rules::Slot;
use reader::Reader;
use writer::Writer;

/// Number of the form written.
const FORMAT: u8 = 1;

/// The bytes of a subject's state.
#[must_use]
pub fn encode(subject: &Subject) -> Vec<u8> {
    let mut to = Writer::default();
    to.byte(FORMAT);
    to.list(&subject.records, write_record);
    to.list(&subject.slots, |to, slot| to.raw(&slot.to_bytes()));
    to.bytes(&subject.texts);
    to.list(&subject.seen, |to, seen| {
        to.raw(&seen.name().to_le_bytes());
        to.raw(&seen.content().to_le_bytes());
    });
    to.list(&subject.decisions, write_decision);
    to.option(subject.profile.as_deref(), write_profile);
    to.option(subject.more.as_deref(), more::write);
    to.option(subject.wake, |to, day| to.day(day));
    to.into_bytes()
}

/// The subject's state that has these bytes.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Subject> {
    let mut from = Reader::new(bytes);
    if from.byte()? != FORMAT {
        return None;
    }
    let subject = Subject {
        records: from.list(read_record)?,
        slots: from.list(|from| Slot::from_bytes(from.array()?))?,
        texts: from.bytes()?.to_vec(),
        seen: from
            .list(|from| Some(Seen::new(u64::from_le_bytes(from.array()?), u32::from_le_bytes(from.array()?))))?,
        decisions: from.list(read_decision)?,
        profile: from.option(read_profile)?.map(Box::new),
        more: from.option(more::read)?.map(Box::new),
        wake: from.option(Reader::day)?,
    };
    from.is_done().then_some(subject)
}

fn write_record(to: &mut Writer, record: &Record) {
    to.number(record.offset);
    to.number(u64::from(record.tag));
    to.option(record.effect_day, |to, day| to.day(day));
    to.day(record.decided_on);
    to.option(record.repaired_on, |to, day| to.day(day));
    for number in [record.slots_at, record.name_at] {
        to.number(u64::from(number));
    }
    for number in [record.name_length, record.slots_length, record.partition, record.item.0, record.source.0] {
        to.number(u64::from(number));
    }
    to.byte(record.origin);
    to.byte(u8::from(record.retracted));
}

fn read_record(from: &mut Reader<'_>) -> Option<Record> {
    Some(Record {
        offset: from.number()?,
        tag: from.small()?,
        effect_day: from.option(Reader::day)?,
        decided_on: from.day()?,
        repaired_on: from.option(Reader::day)?,
        slots_at: from.small()?,
        name_at: from.small()?,
        name_length: from.small()?,
        slots_length: from.small()?,
        partition: from.small()?,
        item: from.symbol()?,
        source: from.symbol()?,
        origin: from.byte()?,
        retracted: from.flag()?,
    })
}

const STATES: [State; 7] =
    [State::Void, State::Scheduled, State::Proposed, State::Declined, State::InForce, State::Suspended, State::Ended];

fn write_decision(to: &mut Writer, decision: &Decision) {
    to.symbol(decision.rule);
    match decision.key {
        Key::Record(number) => {
            to.byte(0);
            to.number(u64::from(number.0));
        }
        Key::Run(day) => {
            to.byte(1);
            to.day(day);
        }
    }
    to.byte(decision.origin);
    to.byte(u8::from(decision.shown));
    to.byte(decision.state as u8);
    to.number(u64::from(decision.revision));
    to.number(u64::from(decision.grounds));
    to.days(&decision.days);
    to.option(decision.paused.as_deref(), |to, days| to.days(days));
    to.option(decision.review.as_deref(), write_review);
}

fn read_decision(from: &mut Reader<'_>) -> Option<Decision> {
    Some(Decision {
        rule: from.symbol()?,
        key: match from.byte()? {
            0 => Key::Record(RecordNo(from.small()?)),
            1 => Key::Run(from.day()?),
            _ => return None,
        },
        origin: from.byte()?,
        shown: from.flag()?,
        state: STATES.get(usize::from(from.byte()?)).copied()?,
        revision: from.small()?,
        grounds: from.small()?,
        days: from.days()?,
        paused: from.option(Reader::days)?.map(Box::new),
        review: from.option(read_review)?.map(Box::new),
    })
}

fn write_review(to: &mut Writer, review: &Review) {
    to.days(&review.derived);
    to.option(review.confirmed.as_ref(), |to, (on, days, measures)| {
        to.day(*on);
        to.days(days);
        to.list(measures, |to, measure| to.symbol(*measure));
    });
    to.option(review.declined.as_ref(), |to, (grounds, days)| {
        to.number(u64::from(*grounds));
        to.days(days);
    });
    to.byte(u8::from(review.pending));
}

fn read_review(from: &mut Reader<'_>) -> Option<Review> {
    Some(Review {
        derived: from.days()?,
        confirmed: from.option(|from| Some((from.day()?, from.days()?, from.list(Reader::symbol)?)))?,
        declined: from.option(|from| Some((from.small()?, from.days()?)))?,
        pending: from.flag()?,
    })
}

fn write_profile(to: &mut Writer, profile: &Profile) {
    to.option(profile.registered_on, |to, day| to.day(day));
    to.option(profile.deregistered_on, |to, day| to.day(day));
    to.list(&profile.changes, |to, change| {
        to.option(change.on, |to, day| to.day(day));
        to.option(change.kind, |to, kind| to.byte(kind as u8));
        for text in [&change.region, &change.industry, &change.name] {
            to.option(text.as_deref(), |to, text| to.text(text));
        }
    });
    to.list(&profile.aliases, |to, (scheme, code)| {
        to.text(scheme);
        to.text(code);
    });
}

fn read_profile(from: &mut Reader<'_>) -> Option<Profile> {
    let change = |from: &mut Reader<'_>| {
        Some(ProfileChange {
            on: from.option(Reader::day)?,
            kind: from.option(|from| SubjectKind::ALL.get(usize::from(from.byte()?)).copied())?,
            region: from.option(Reader::text)?,
            industry: from.option(Reader::text)?,
            name: from.option(Reader::text)?,
        })
    };
    Some(Profile {
        registered_on: from.option(Reader::day)?,
        deregistered_on: from.option(Reader::day)?,
        changes: from.list(change)?,
        aliases: from.list(|from| Some((from.text()?, from.text()?)))?,
    })
}

impl Writer {
    fn symbol(&mut self, symbol: Symbol) {
        self.number(u64::from(symbol.0));
    }

    fn day(&mut self, day: Day) {
        self.raw(&day.number().to_le_bytes());
    }

    fn span(&mut self, span: Span) {
        self.day(span.first);
        self.day(span.last);
    }

    fn days(&mut self, days: &DaySet) {
        self.list(days.spans(), |to, span| to.span(*span));
    }

    fn id(&mut self, id: &SubjectId) {
        self.text(&id.to_string());
    }
}

impl Reader<'_> {
    fn symbol(&mut self) -> Option<Symbol> {
        self.small().map(Symbol)
    }

    fn day(&mut self) -> Option<Day> {
        Some(Day::from_number(i32::from_le_bytes(self.array()?)))
    }

    fn span(&mut self) -> Option<Span> {
        Span::new(self.day()?, self.day()?)
    }

    fn days(&mut self) -> Option<DaySet> {
        Some(self.list(Self::span)?.into_iter().collect())
    }

    fn id(&mut self) -> Option<SubjectId> {
        self.text()?.parse().ok()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}
