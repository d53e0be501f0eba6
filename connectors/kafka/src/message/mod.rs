//! A message of an inbox as an event: `CloudEvents` in binary and structured mode, framed by a schema registry or not.
//!
//! # Invariants
//!
//! Pure: bytes in, an event or a reason out, whatever the bytes are. An event means the same in every form: there is one reader of
//! envelopes and of data, and a Protobuf body comes to it as what JSON that says the same comes to. It judges an envelope here, and one
//! that came apart from JSON when it is handed in. A message's length, frame and key are judged here.

mod error;
mod frame;
mod read;
#[cfg(test)]
mod tests;

pub use error::Unreadable;
pub use frame::{Form, FrameError};
pub(crate) use read::TRACEPARENT;
pub use read::{Keys, MESSAGE_BYTES_MAX, Reading, read};

use heng_files::{OwnedEvent, Sent};

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
    /// Its envelope was read: it came whole, in structured mode or as a line that a mapping made, or its data as Protobuf.
    Whole(OwnedEvent),
    /// Its attributes came apart from its data, one JSON object.
    Apart(Apart<'m>),
}

/// An event in its envelope; an empty text is an absent attribute. It lies where its message does, so that nothing is copied but what is
/// handed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Apart<'m> {
    /// Version of `CloudEvents`.
    pub spec_version: &'m str,
    /// Unique for the source.
    pub id: &'m str,
    /// Source.
    pub source: &'m str,
    /// Type.
    pub kind: &'m str,
    /// Subject as sent.
    pub subject: &'m str,
    /// Time that the source claims.
    pub time: &'m str,
    /// Data as they came.
    pub data: &'m [u8],
    /// W3C trace context.
    pub traceparent: &'m str,
}

impl Apart<'_> {
    /// A copy, to be handed on.
    #[must_use]
    pub fn to_sent(&self) -> Sent {
        Sent {
            spec_version: self.spec_version.to_owned(),
            id: self.id.to_owned(),
            source: self.source.to_owned(),
            kind: self.kind.to_owned(),
            subject: self.subject.to_owned(),
            time: self.time.to_owned(),
            data_content_type: String::new(),
            data: self.data.to_vec(),
            traceparent: self.traceparent.to_owned(),
        }
    }
}

impl Event<'_> {
    /// Source.
    #[must_use]
    pub fn source(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().source(),
            Self::Apart(event) => event.source,
        }
    }

    /// Type.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().kind().name(),
            Self::Apart(event) => event.kind,
        }
    }

    /// Subject as sent.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().subject_as_sent(),
            Self::Apart(event) => event.subject,
        }
    }

    /// W3C trace context; empty where there is none.
    #[must_use]
    pub fn traceparent(&self) -> &str {
        match self {
            Self::Whole(event) => event.parsed().traceparent().unwrap_or_default(),
            Self::Apart(event) => event.traceparent,
        }
    }
}
