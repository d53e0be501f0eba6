//! An event whose envelope was read, with what it was read from: it goes from thread to thread.

use super::envelope::{Attributes, ParsedEvent, parse_line, parse_parts};
use super::error::LineError;

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
    /// One JSON object.
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
    /// [`LineError`] as [`parse_parts`].
    pub fn read(sent: Sent) -> Result<Self, LineError> {
        Self::try_new(sent, |sent| {
            let attributes = Attributes {
                spec_version: &sent.spec_version,
                id: &sent.id,
                source: &sent.source,
                kind: &sent.kind,
                subject: &sent.subject,
                time: &sent.time,
                data_content_type: &sent.data_content_type,
                traceparent: &sent.traceparent,
            };
            parse_parts(&attributes, &sent.data)
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
