//! A message of an inbox as an event: `CloudEvents` in binary and structured mode, framed by a schema registry or not.
//!
//! # Invariants
//!
//! Pure: bytes in, an event or a reason out, whatever the bytes are. An event means the same in every form: a Protobuf body
//! becomes the JSON of the contract, for the one reader of events, which judges a whole event's envelope here, and one that came apart
//! when it is handed in. A message's length, frame and key are judged here.

mod error;
mod frame;
mod read;
#[cfg(test)]
mod tests;

pub use error::Unreadable;
pub use frame::{Form, FrameError};
pub(crate) use read::TRACEPARENT;
pub use read::{Keys, MESSAGE_BYTES_MAX, Reading, read};

use heng_files::OwnedEvent;
use std::borrow::Cow;

/// A message as it lies on a topic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message<'m> {
    /// Key.
    pub key: Option<&'m [u8]>,
    /// Value.
    pub value: Option<&'m [u8]>,
    /// Headers, in their order; a header may have no value.
    pub headers: Vec<(&'m str, Option<&'m [u8]>)>,
}

/// An event of a message.
#[derive(Debug)]
pub enum Event<'m> {
    /// It came whole, in structured mode or as a line that a mapping made, and its envelope was read.
    Whole(OwnedEvent),
    /// Its attributes came apart from its data.
    Apart(Apart<'m>),
}

/// An event in its envelope, its data as JSON; an empty text is an absent attribute. It lies where its message does as far as it can, so
/// that nothing is copied but what is handed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Apart<'m> {
    /// Version of `CloudEvents`.
    pub spec_version: Cow<'m, str>,
    /// Unique for the source.
    pub id: Cow<'m, str>,
    /// Source.
    pub source: Cow<'m, str>,
    /// Type.
    pub kind: Cow<'m, str>,
    /// Subject as sent.
    pub subject: Cow<'m, str>,
    /// Time that the source claims.
    pub time: Cow<'m, str>,
    /// Data: one JSON object, unread where it came as JSON.
    pub data: Cow<'m, [u8]>,
    /// W3C trace context.
    pub traceparent: Cow<'m, str>,
}

impl Event<'_> {
    /// Source.
    #[must_use]
    pub fn source(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().source(),
            Self::Apart(event) => &event.source,
        }
    }

    /// Type.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().kind().name(),
            Self::Apart(event) => &event.kind,
        }
    }

    /// Subject as sent.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().subject_as_sent(),
            Self::Apart(event) => &event.subject,
        }
    }

    /// W3C trace context; empty where there is none.
    #[must_use]
    pub fn traceparent(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().traceparent().unwrap_or_default(),
            Self::Apart(event) => &event.traceparent,
        }
    }
}
