//! A message of an inbox as an event: `CloudEvents` in binary and structured mode, framed by a schema registry or not.
//!
//! # Invariants
//!
//! Pure: bytes in, an event or a reason out, whatever the bytes are. An event means the same in every form: there is one reader of
//! envelopes and of data, and a Protobuf body comes to it as what JSON that says the same comes to. A message's length, frame and key
//! are judged here too.

mod error;
mod frame;
mod read;
#[cfg(test)]
mod tests;

pub use error::Unreadable;
pub use frame::{Form, FrameError};
pub(crate) use read::TRACEPARENT;
pub use read::{Keys, MESSAGE_BYTES_MAX, Reading, read};

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
