//! Entries of the log as the fold takes them.

use crate::event::Event;
use heng_model::{Day, DaySet, Position, SubjectId};

/// One entry of the log, decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// Where it stands.
    pub position: Position,
    /// When the engine learnt it: milliseconds since 1970-01-01T00:00:00Z, as the clock of whoever put it on the log says.
    pub known_ms: i64,
    /// What it says.
    pub content: Content<'a>,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq)]
pub enum Content<'a> {
    /// A department's event.
    Event {
        /// The event.
        event: Event<'a>,
        /// What tells a duplicate from a different event with the same id.
        identity: Identity,
        /// Whence, if it was sent on: it is about a subject whose history had gone elsewhere.
        sent_on: Option<SentOn>,
    },
    /// Written by Heng itself, in every partition.
    Control(Control<'a>),
    /// Effect of another subject's events.
    Derived(Derived<'a>),
}

/// Fingerprints of an event: of its source and id, and of all that it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// First 8 bytes of SHA-256 over the length-prefixed source and the id.
    pub name: u64,
    /// CRC-32C over type, schema, claimed time and body.
    pub content: u32,
}

/// Whence an event was sent on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentOn {
    /// Where it stood before.
    pub from: Position,
    /// The subject that it was sent to first: the event is where that one's history is.
    pub by: SubjectId,
}

/// Control events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of interfaces.md")]
pub enum Control<'a> {
    /// `day.opened`
    DayOpened { date: Day },
    /// `pack.activated`
    PackActivated { pack: &'a str, version: &'a str, sha256: [u8; 32], on: Day },
    /// `fold.activated`
    FoldActivated { version: u32 },
}

/// Derived events: effects of another subject's events.
#[derive(Debug, Clone, PartialEq)]
pub enum Derived<'a> {
    /// `related.changed`: what `from` tells `to`, whole.
    RelatedChanged {
        /// Who is told.
        to: SubjectId,
        /// What.
        news: News,
    },
    /// `subject.redirected`: a part of the history of `from`, which is the same subject as `to`.
    Redirected {
        /// Who receives the history.
        to: SubjectId,
        /// Whose history it was.
        from: SubjectId,
        /// The id that it was sent to first: it is where that one's own history is.
        by: SubjectId,
        /// Number of this part, from 0.
        part: u32,
        /// How many parts.
        parts: u32,
        /// The position of the cause in the source's partition.
        source_position: Position,
        /// Bytes of the part.
        bytes: &'a [u8],
    },
}

/// What one subject tells another it is linked with: everything, so that repeats and reordering are harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Who tells.
    pub from: SubjectId,
    /// Position of the cause; of two news from one subject the one with the greater position stands.
    pub position: Position,
    /// The teller's links to the told: role, first day, last day.
    pub links: Vec<(String, Day, Day)>,
    /// The teller's outcomes that related facts read: name, days without pauses, days paused.
    pub outcomes: Vec<(String, DaySet, DaySet)>,
    /// Ids under which the teller was known before merges: links that name them mean the teller.
    pub formerly: Vec<SubjectId>,
    /// Does the teller want to be told in turn?
    pub ask: bool,
}
