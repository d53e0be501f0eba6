//! How events that come over the wire are read: as those of files are.
//!
//! # Invariants
//!
//! A whole `CloudEvent` as one line of JSON is read as such where its media type says so; whom it is about and when it was
//! are then told beside it as well, since that is what stands on the log as sent.

use heng_core::Event;
use heng_files::{Attributes, LineError, ParsedEvent, STRUCTURED, parse_line, parse_parts};
use heng_model::SubjectId;
use heng_server::ResolveError;
use heng_server::runner::{EventReader, Incoming, ReadEvent, Violation};

/// Reads data as JSON.
pub(super) struct JsonReader;

struct Read<'a>(ParsedEvent<'a>);

impl EventReader for JsonReader {
    fn read<'a>(&self, incoming: &'a Incoming) -> Result<Box<dyn ReadEvent + 'a>, Violation> {
        if incoming.data_content_type == STRUCTURED {
            return structured(incoming);
        }
        let attributes = Attributes {
            spec_version: &incoming.spec_version,
            id: &incoming.id,
            source: &incoming.source,
            kind: &incoming.kind,
            subject: &incoming.subject,
            time: &incoming.time,
            data_content_type: &incoming.data_content_type,
            traceparent: &incoming.traceparent,
        };
        match parse_parts(&attributes, &incoming.data) {
            Ok(parsed) => Ok(Box::new(Read(parsed))),
            Err(error) => Err(violation(&error)),
        }
    }
}

/// Reads a line that holds the envelope too.
fn structured(incoming: &Incoming) -> Result<Box<dyn ReadEvent + '_>, Violation> {
    let parsed = parse_line(&incoming.data).map_err(|error| violation(&error))?;
    let beside = [
        ("subject", incoming.subject.as_str(), parsed.subject_as_sent()),
        ("time", &incoming.time, parsed.claimed_time().unwrap_or_default()),
    ];
    for (field, beside, within) in beside {
        if beside != within {
            let message = format!("is `{beside}` beside the event and `{within}` in it: state the same in both");
            return Err(Violation { field: field.to_owned(), message });
        }
    }
    Ok(Box::new(Read(parsed)))
}

impl ReadEvent for Read<'_> {
    fn event(&self, resolve: &dyn Fn(&str) -> Result<SubjectId, ResolveError>) -> Result<Event<'_>, Violation> {
        let resolved = |field: &str, given: &str| {
            resolve(given).map_err(|error| Violation { field: field.to_owned(), message: error.to_string() })
        };
        let subject = resolved("subject", self.0.subject_as_sent())?;
        let other = self.0.other_subject_as_sent().map_err(|error| violation(&error))?;
        let other = other.map(|given| resolved("data", given)).transpose()?;
        self.0.event(subject, other).map_err(|error| violation(&error))
    }

    fn other_as_sent(&self) -> Option<&str> {
        self.0.other_subject_as_sent().ok().flatten()
    }
}

fn violation(error: &LineError) -> Violation {
    Violation { field: error.field().to_owned(), message: error.to_string() }
}
