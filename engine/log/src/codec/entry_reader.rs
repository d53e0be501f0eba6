//! From the bytes of an entry to what the fold takes.

use super::body_reader::{control, upcast};
use super::derived::read_derived;
use super::error::{DecodeEntryError, DecodeError, Defect};
use super::head::{EntryKind, Head, decode_head};
use super::identity::identity;
use heng_core::{Content, Entry, Event};
use heng_model::{Position, SubjectId};

/// Reads the entry that stands at `position`; what it returns borrows from `entry`.
///
/// # Errors
///
/// Where the bytes are no entry, or one that needs a newer release.
pub fn decode_entry(position: Position, entry: &[u8]) -> Result<Entry<'_>, DecodeEntryError> {
    decode_head(entry)
        .and_then(|head| Ok(Entry { position, known_ms: head.known_ms, content: content(&head)? }))
        .map_err(|cause| DecodeEntryError { position, cause })
}

fn content<'a>(head: &Head<'a>) -> Result<Content<'a>, DecodeError> {
    match head.kind {
        EntryKind::Event => {
            let body = upcast(head.type_name, head.schema, head.body)?;
            let event = Event { source: head.source, id: head.id, subject: subject(head)?, body };
            Ok(Content::Event { event, identity: identity(head) })
        }
        EntryKind::Control => control(head.type_name, head.schema, head.body).map(Content::Control),
        EntryKind::Derived => {
            read_derived(head.type_name, head.schema, subject(head)?, head.body).map(Content::Derived)
        }
    }
}

fn subject(head: &Head<'_>) -> Result<SubjectId, DecodeError> {
    head.subject.parse().map_err(|error| DecodeError::Head(Defect::from(error)))
}
