//! The bytes of a subject's state: at rest in memory, in checkpoints, and for a history on its way to another partition.
//!
//! # Invariants
//!
//! `decode(encode(x)) == x`; equal states have equal bytes. Bytes that `encode` did not write give `None` or another
//! state, never a panic. Histories on the log are read for ever: a change of form takes a new [`FORMAT`] beside the old one.

mod decision;
mod former;
mod more;
mod packed;
mod profile;
mod reader;
mod record;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use packed::Packed;

use super::Subject;
use heng_model::{Day, DaySet, Span, SubjectId, Symbol};
use packed::{MORE, PROFILE, REDIRECT};
use reader::Reader;
use writer::Writer;

/// Number of the form written.
const FORMAT: u8 = 2;

/// Bytes that each record takes, besides its name and its fields.
pub const RECORD_BYTES: usize = record::WORDS * size_of::<u32>();
/// Bytes that each decision takes that has one run of days.
pub const DECISION_BYTES: usize = decision::WORDS * size_of::<u32>();
/// Bytes that each event takes that was folded.
pub use super::seen::SEEN_BYTES;

/// The bytes of a subject's state.
#[must_use]
pub fn encode(subject: &Subject) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(subject, &mut bytes);
    bytes
}

/// The subject's state that has these bytes, every part of it looked at.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Subject> {
    if bytes.first() == Some(&former::FORMAT) {
        return former::decode(bytes);
    }
    let mut subject = Subject::default();
    read_into(&mut subject, bytes)?;
    subject.is_sound().then_some(subject)
}

/// Appends the bytes of a subject's state.
pub(crate) fn write(subject: &Subject, bytes: &mut Vec<u8>) {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let profile = if subject.profile.is_some() { PROFILE } else { 0 };
    let more = subject.more.as_ref().map_or(0, |more| if more.redirect.is_some() { MORE | REDIRECT } else { MORE });
    let mut to = Writer(bytes);
    to.words([
        u32::from_le_bytes([FORMAT, profile | more, 0, 0]),
        subject.wake.unwrap_or(super::record::NO_DAY).number().cast_unsigned(),
        count(subject.records.len()),
        count(subject.arena.len()),
        count(subject.seen.len()),
        count(subject.decisions.len()),
    ]);
    to.raw(&subject.seen.0);
    subject.records.iter().for_each(|it| to.words(record::words(it)));
    subject.decisions.iter().for_each(|it| to.words(decision::words(it)));
    to.raw(&subject.arena);
    if let Some(profile) = &subject.profile {
        profile::write(&mut to, profile);
    }
    subject.records.iter().filter_map(|it| it.repaired_on()).for_each(|day| to.day(day));
    subject.decisions.iter().for_each(|it| decision::write_rest(&mut to, it));
    if let Some(more) = &subject.more {
        more::write(&mut to, more);
    }
}

/// Makes a subject what these bytes say, in the room that it has; names and fields are not looked at. On `None` it is
/// left half made.
pub(crate) fn read_into(subject: &mut Subject, bytes: &[u8]) -> Option<()> {
    let packed = Packed::new(bytes)?;
    subject.wake = packed.wake;
    refill(&mut subject.seen.0, packed.seen);
    refill(&mut subject.arena, packed.arena);
    let mut rest = Reader::new(packed.rest);
    subject.profile = if packed.flags & PROFILE == 0 { None } else { Some(Box::new(profile::read(&mut rest)?)) };
    record::read_all(&mut subject.records, packed.records, packed.arena.len(), &mut rest)?;
    subject.decisions.clear();
    for words in packed.decisions {
        let (mut decision, has_rest) = decision::of_words(words.map(u32::from_le_bytes))?;
        if has_rest {
            decision::read_rest(&mut rest, &mut decision)?;
        }
        subject.decisions.push(decision);
    }
    subject.more = if packed.flags & MORE == 0 { None } else { Some(Box::new(more::read(&mut rest)?)) };
    (rest.is_done() && packed.flags >> 3 == 0).then_some(())
}

fn refill(to: &mut Vec<u8>, from: &[u8]) {
    to.clear();
    to.extend_from_slice(from);
}

impl Writer<'_> {
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
