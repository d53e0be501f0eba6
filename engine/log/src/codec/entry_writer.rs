//! From what is to stand on the log to the bytes of its entry.

use super::body_writer::{Written, write_body, write_control};
use super::derived::{told, type_name, write_derived};
use super::error::EncodeError;
use super::head::FieldCommitment;
use super::wire_writer::{Fields, Sink};
use super::{ENTRY_FORMAT, SCHEMA};
use crate::journal::ENTRY_BYTES_MAX;
use heng_core::{Control, Derived, Event, SentOn};
use heng_model::SubjectId;
use heng_proto::log::v1 as proto;
use prost::Message;

/// What intake knows of an event besides the event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Envelope<'a> {
    /// When the engine learnt it: milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
    /// Time that the source claims; an empty one is none.
    pub claimed_time: Option<&'a str>,
    /// Subject as the source named it, before aliases were resolved.
    pub subject_as_sent: &'a str,
    /// The other subject of a link or a merge as the source named it, before aliases and merges were resolved.
    pub other_as_sent: Option<&'a str>,
    /// W3C trace context; an empty one is none.
    pub traceparent: Option<&'a str>,
    /// Commitments to the personal fields, which are not in the event.
    pub commitments: &'a [FieldCommitment<'a>],
    /// Whence, if it is sent on.
    pub sent_on: Option<&'a SentOn>,
}

/// Writes the entry of a department's event into `out`, in place of what was there.
///
/// # Errors
///
/// Where the entry would be too long for the log or a value is nested too deep; `out` is then empty.
pub fn encode_event(out: &mut Vec<u8>, envelope: &Envelope<'_>, event: &Event<'_>) -> Result<(), EncodeError> {
    out.clear();
    let other = envelope.other_as_sent.filter(|sent| {
        let other = event.body.other();
        other.is_some() && sent.parse::<SubjectId>().ok().as_ref() != other
    });
    let what = event.body.type_name();
    EventEntry { envelope, event, what, body: write_body(&event.body)?, other }.put(out);
    let bytes = out.len();
    if bytes > ENTRY_BYTES_MAX {
        out.clear();
        return Err(EncodeError::TooLong { what, bytes });
    }
    Ok(())
}

/// The entry of a department's event: the message `Entry`.
struct EventEntry<'a> {
    envelope: &'a Envelope<'a>,
    event: &'a Event<'a>,
    what: &'static str,
    body: Written<'a>,
    other: Option<&'a str>,
}

impl Fields for EventEntry<'_> {
    fn put(&self, to: &mut impl Sink) {
        let Self { envelope, event, .. } = self;
        to.number(1, ENTRY_FORMAT.into());
        to.number(2, i32::from(proto::EntryKind::Event).cast_unsigned().into());
        to.number(3, envelope.known_ms.cast_unsigned());
        to.text(4, event.source);
        to.text(5, event.id);
        to.text(6, self.what);
        to.number(7, SCHEMA.into());
        to.text(8, &event.subject.text());
        to.text(9, envelope.subject_as_sent);
        to.text(10, envelope.claimed_time.unwrap_or_default());
        self.body.put(to, 11);
        envelope.commitments.iter().for_each(|commitment| to.message(12, commitment));
        to.text(13, envelope.traceparent.unwrap_or_default());
        to.text(14, self.other.unwrap_or_default());
        if let Some(sent_on) = envelope.sent_on {
            to.message(15, sent_on);
        }
    }
}

impl Fields for SentOn {
    fn put(&self, to: &mut impl Sink) {
        to.message(1, &self.from);
        to.text(2, &self.by.text());
    }
}

impl Fields for FieldCommitment<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.field);
        to.bytes(2, &self.commitment);
    }
}

/// Writes the entry of a control event into `out`, in place of what was there.
///
/// # Errors
///
/// Where the entry would be too long for the log; `out` is then empty.
pub fn encode_control(out: &mut Vec<u8>, known_ms: i64, control: &Control<'_>) -> Result<(), EncodeError> {
    let type_name = match control {
        Control::DayOpened { .. } => "day.opened",
        Control::PackActivated { .. } => "pack.activated",
        Control::FoldActivated { .. } => "fold.activated",
    };
    write(out, type_name, &entry(proto::EntryKind::Control, known_ms, type_name, write_control(control)))
}

/// Writes the entry of a derived event into `out`, in place of what was there; with the trace context of its cause, if that
/// has one.
///
/// # Errors
///
/// Where the entry would be too long for the log; `out` is then empty.
pub fn encode_derived(
    out: &mut Vec<u8>,
    known_ms: i64,
    traceparent: Option<&str>,
    derived: &Derived<'_>,
) -> Result<(), EncodeError> {
    let type_name = type_name(derived);
    let entry = proto::Entry {
        subject: told(derived).to_string(),
        traceparent: traceparent.unwrap_or_default().to_owned(),
        ..entry(proto::EntryKind::Derived, known_ms, type_name, write_derived(derived))
    };
    write(out, type_name, &entry)
}

fn entry(kind: proto::EntryKind, known_ms: i64, type_name: &str, body: Vec<u8>) -> proto::Entry {
    proto::Entry {
        format: ENTRY_FORMAT,
        kind: i32::from(kind),
        known_ms,
        r#type: type_name.to_owned(),
        schema: SCHEMA,
        body,
        ..proto::Entry::default()
    }
}

/// Writes a message that is to stand in a frame, unless it is too long for one.
pub(super) fn write(out: &mut Vec<u8>, what: &'static str, message: &impl Message) -> Result<(), EncodeError> {
    out.clear();
    let bytes = message.encoded_len();
    if bytes > ENTRY_BYTES_MAX {
        return Err(EncodeError::TooLong { what, bytes });
    }
    out.reserve(bytes);
    message.encode_raw(out);
    Ok(())
}
