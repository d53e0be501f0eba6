//! How events that come over the wire are read: as those of files are.

use heng_core::Event;
use heng_files::{LineError, OwnedEvent, Sent};
use heng_model::SubjectId;
use heng_server::ResolveError;
use heng_server::runner::{EventReader, Incoming, ReadEvent, Violation};

/// Reads data as JSON.
pub(super) struct JsonReader;

/// An event whose envelope was read.
pub(super) struct Read(pub(super) OwnedEvent);

impl EventReader for JsonReader {
    fn read(&self, incoming: Incoming) -> Result<Box<dyn ReadEvent>, Violation> {
        let sent = Sent {
            spec_version: incoming.spec_version,
            id: incoming.id,
            source: incoming.source,
            kind: incoming.kind,
            subject: incoming.subject,
            time: incoming.time,
            data_content_type: incoming.data_content_type,
            data: incoming.data,
            traceparent: incoming.traceparent,
        };
        Ok(Box::new(Read(OwnedEvent::read(sent).map_err(|error| violation(&error))?)))
    }
}

impl ReadEvent for Read {
    fn event(&self, resolve: &dyn Fn(&str) -> Result<SubjectId, ResolveError>) -> Result<Event<'_>, Violation> {
        let resolved = |field: &str, given: &str| {
            resolve(given).map_err(|error| Violation { field: field.to_owned(), message: error.to_string() })
        };
        let parsed = self.0.parsed();
        let subject = resolved("subject", parsed.subject_as_sent())?;
        let other = parsed.other_subject_as_sent().map_err(|error| violation(&error))?;
        let other = other.map(|given| resolved("data", given)).transpose()?;
        parsed.event(subject, other).map_err(|error| violation(&error))
    }

    fn subject_as_sent(&self) -> &str {
        self.0.parsed().subject_as_sent()
    }

    fn other_as_sent(&self) -> Option<&str> {
        self.0.parsed().other_subject_as_sent().ok().flatten()
    }

    fn claimed_time(&self) -> Option<&str> {
        self.0.parsed().claimed_time()
    }

    fn traceparent(&self) -> Option<&str> {
        self.0.parsed().traceparent()
    }
}

fn violation(error: &LineError) -> Violation {
    Violation { field: error.field().to_owned(), message: error.to_string() }
}
