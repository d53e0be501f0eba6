//! A message of an inbox as an event: `CloudEvents` in binary and structured mode, framed by a schema registry or not.
//!
//! # Invariants
//!
//! Pure: bytes in, an event or a reason out, whatever the bytes are. An event means the same in every form: a Protobuf body
//! becomes the JSON of the contract, which the one reader of events then judges; what is known already, a message's
//! length, frame and key, is judged here.

mod error;
mod frame;
mod read;
#[cfg(test)]
mod tests;

pub use error::Unreadable;
pub use frame::{Form, FrameError};
pub use read::{Keys, MESSAGE_BYTES_MAX, Reading, read};
pub(crate) use read::{TRACEPARENT, read_line};

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

/// An event in its envelope, its data as JSON; an empty text is an absent attribute. Where the media type of the data is
/// [`STRUCTURED`](heng_files::STRUCTURED), the data is the whole event, of which some stands beside it too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// Version of `CloudEvents`.
    pub spec_version: String,
    /// Unique for the source.
    pub id: String,
    /// Source.
    pub source: String,
    /// Type.
    pub kind: String,
    /// Subject as sent.
    pub subject: String,
    /// Time that the source claims.
    pub time: String,
    /// Media type of the data.
    pub data_content_type: String,
    /// Data: one JSON object, unread where it came as JSON.
    pub data: Vec<u8>,
    /// W3C trace context.
    pub traceparent: String,
}

impl Event {
    /// Why the value of a message in structured mode is no event, where it is none.
    pub(crate) fn unparseable(&self) -> Option<Unreadable> {
        let is_whole = self.data_content_type == heng_files::STRUCTURED;
        is_whole.then(|| heng_files::parse_line(&self.data).err()).flatten().map(Unreadable::Line)
    }
}
