//! An event whose envelope was read, with what it was read from: it goes from thread to thread.

use super::envelope::{ParsedEvent, parse_body, parse_line, parse_parts};
use super::error::LineError;
use super::write::data_json;
use crate::lines::LINE_BYTES_MAX;
use heng_core::Body;

/// An event as it was sent; an empty text is an absent attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sent {
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
    /// Media type of the data; empty for JSON.
    pub data_content_type: String,
    /// One JSON object, where nothing else is said.
    pub data: Vec<u8>,
    /// W3C trace context.
    pub traceparent: String,
}

self_cell::self_cell!(
    /// The envelope of an event, checked, with its data still as sent, and the bytes that it lies in.
    pub struct OwnedEvent {
        owner: Sent,
        #[covariant]
        dependent: ParsedEvent,
    }

    impl {Debug}
);

impl OwnedEvent {
    /// Reads an envelope.
    ///
    /// # Errors
    /// [`LineError`] where one line of attributes and data would be refused.
    pub fn read(sent: Sent) -> Result<Self, LineError> {
        Self::try_new(sent, parse_parts)
    }

    /// Reads an envelope whose data are no JSON: `read` makes a body of them.
    ///
    /// # Errors
    /// What `read` says, and [`LineError`] where JSON that says the same would be refused.
    pub fn of_body<E: From<LineError>>(
        sent: Sent,
        read: impl for<'s> FnOnce(&'s Sent) -> Result<Body<'s>, E>,
    ) -> Result<Self, E> {
        Self::try_new(sent, |sent| {
            let body = read(sent)?;
            // A byte of a text takes six as JSON at most; what is that short is not measured.
            if sent.data.len() > LINE_BYTES_MAX / 8 {
                let bytes = data_json(&body).to_string().len();
                if bytes > LINE_BYTES_MAX {
                    return Err(LineError::TooLong { bytes: bytes as u64 }.into());
                }
            }
            Ok(parse_body(sent, &body)?)
        })
    }

    /// Reads an event that stands alone, as a line of a file.
    ///
    /// # Errors
    /// [`LineError`] as [`parse_line`].
    pub fn of_line(line: Vec<u8>) -> Result<Self, LineError> {
        Self::try_new(Sent { data: line, ..Sent::default() }, |sent| parse_line(&sent.data))
    }

    /// What was read.
    #[must_use]
    pub fn parsed(&self) -> &ParsedEvent<'_> {
        self.borrow_dependent()
    }
}
