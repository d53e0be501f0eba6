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

/// An event in its envelope, its data as JSON; an empty text is an absent attribute. Where the media type of the data is
/// [`STRUCTURED`](heng_files::STRUCTURED), the data is the whole event, of which some stands beside it too. It
/// lies where its message does as far as it can, so that nothing is copied but what is handed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event<'m> {
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
    /// Media type of the data.
    pub data_content_type: &'static str,
    /// Data: one JSON object, unread where it came as JSON.
    pub data: Cow<'m, [u8]>,
    /// W3C trace context.
    pub traceparent: Cow<'m, str>,
}

impl Event<'_> {
    /// The same, lying nowhere else.
    pub(crate) fn into_owned(self) -> Event<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Event {
            spec_version: owned(self.spec_version),
            id: owned(self.id),
            source: owned(self.source),
            kind: owned(self.kind),
            subject: owned(self.subject),
            time: owned(self.time),
            data_content_type: self.data_content_type,
            data: Cow::Owned(self.data.into_owned()),
            traceparent: owned(self.traceparent),
        }
    }

    /// Why the value of a message in structured mode is no event, where it is none.
    pub(crate) fn unparseable(&self) -> Option<Unreadable> {
        let is_whole = self.data_content_type == heng_files::STRUCTURED;
        is_whole.then(|| heng_files::parse_line(&self.data).err()).flatten().map(Unreadable::Line)
    }
}
