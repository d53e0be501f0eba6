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
pub(super) use reader::Reader;
pub(super) use writer::Writer;

use super::{More, Subject};
use heng_model::{Day, DaySet, Span, SubjectId, Symbol};
use std::sync::Arc;

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
    pack(subject, &mut bytes);
    append_rare(&mut bytes, subject.more.as_deref());
    bytes
}

/// The subject's state that has these bytes, every part of it looked at.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Subject> {
    if bytes.first() == Some(&former::FORMAT) {
        return former::decode(bytes);
    }
    let mut subject = Subject::default();
    let mut rest = packed::read_into(&mut subject, bytes)?;
    let Packed { has_rare, has_met, .. } = Packed::new(bytes)?;
    if has_rare {
        let mut more = more::read(&mut rest)?;
        if has_met {
            more.met = more::read_met(&mut rest)?;
        }
        subject.more = Some(Arc::new(more));
    }
    (rest.is_done() && subject.is_sound()).then_some(subject)
}

/// Appends the bytes of a subject at rest: its state without what is rare, which comes last in a state's bytes.
pub(crate) fn pack(subject: &Subject, bytes: &mut Vec<u8>) {
    packed::write(subject, bytes);
}

/// Completes the bytes of a state.
pub(crate) fn append_rare(bytes: &mut Vec<u8>, rare: Option<&More>) {
    if let Some(rare) = rare {
        more::write(&mut Writer(bytes), rare);
    }
}

/// Makes a subject what [`pack`] wrote, in the room that it has; what is rare stays as it is, and names and fields are
/// not looked at. On `None` the subject is left half made.
pub(crate) fn unpack(subject: &mut Subject, bytes: &[u8]) -> Option<()> {
    packed::read_into(subject, bytes)?.is_done().then_some(())
}

impl Writer<'_> {
    fn symbol(&mut self, symbol: Symbol) {
        self.number(u64::from(symbol.0));
    }

    pub(in crate::subject) fn day(&mut self, day: Day) {
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

    pub(in crate::subject) fn day(&mut self) -> Option<Day> {
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
