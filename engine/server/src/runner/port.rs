//! What the runner is handed by whoever starts it: how events are read, and where late refusals go.

use crate::directory::ResolveError;
use heng_core::{Entry, Event, Refusal};
use heng_model::SubjectId;
use std::io;

/// An event as it came over the wire: an envelope, and data in the form that its reader knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incoming {
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
    /// Time that the source claims; empty where it claims none.
    pub time: String,
    /// Media type of the data; empty for JSON.
    pub data_content_type: String,
    /// One JSON object.
    pub data: Vec<u8>,
    /// W3C trace context; empty where there is none.
    pub traceparent: String,
}

/// What is wrong with a field of an event, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field.
    pub field: String,
    /// What is wrong.
    pub message: String,
}

/// Reads events: connectors know their forms, the engine does not. It is called on the thread that an event comes in by.
pub trait EventReader: Send + Sync + 'static {
    /// Reads an envelope.
    ///
    /// # Errors
    /// The field that is wrong.
    fn read(&self, incoming: Incoming) -> Result<Box<dyn ReadEvent>, Violation>;
}

/// An event whose envelope was read.
pub trait ReadEvent: Send {
    /// The event, its subjects resolved.
    ///
    /// # Errors
    /// The field that is wrong.
    fn event(&self, resolve: &dyn Fn(&str) -> Result<SubjectId, ResolveError>) -> Result<Event<'_>, Violation>;

    /// The subject as it was sent.
    fn subject_as_sent(&self) -> &str;

    /// The other subject of a link or a merge as it was sent.
    fn other_as_sent(&self) -> Option<&str>;

    /// The time that the source claims, where it claims one.
    fn claimed_time(&self) -> Option<&str>;

    /// W3C trace context, where there is one.
    fn traceparent(&self) -> Option<&str>;
}

/// Where events go that the fold refused after they were on the log. Told again after a crash: each position is kept once.
pub trait DeadLetters: Send {
    /// Keeps a refused event: its entry, the time its source claimed, and why.
    ///
    /// # Errors
    /// What the system said; the engine then stops.
    fn keep(&mut self, entry: &Entry<'_>, claimed_time: Option<&str>, refusal: &Refusal) -> io::Result<()>;

    /// Makes what was kept durable: before a checkpoint passes it.
    ///
    /// # Errors
    /// What the system said; the engine then stops.
    fn sync(&mut self) -> io::Result<()>;
}
