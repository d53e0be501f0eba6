//! From the bytes of an entry to what the fold takes.

use super::body_reader::{control, upcast};
use super::days::read_position;
use super::derived::read_derived;
use super::error::{DecodeEntryError, DecodeError, Defect};
use super::head::{EntryKind, Head, decode_head};
use super::identity::identity;
use heng_core::{Content, Entry, Event, SentOn};
use heng_model::{Position, SubjectId};
use heng_proto::log::v1 as proto;
use prost::Message;

/// Reads the entry that stands at `position`; what it returns borrows from `entry`.
///
/// # Errors
///
/// Where the bytes are no entry, or one that needs a newer release.
pub fn decode_entry(position: Position, entry: &[u8]) -> Result<Entry<'_>, DecodeEntryError> {
    let at = |cause| DecodeEntryError { position, cause };
    let head = decode_head(entry).map_err(at)?;
    let content = match head.kind {
        EntryKind::Event => event(&head),
        EntryKind::Control => control(head.type_name, head.schema, head.body).map(Content::Control),
        EntryKind::Derived => derived(&head),
    };
    Ok(Entry { position, known_ms: head.known_ms, content: content.map_err(at)? })
}

fn event<'a>(head: &Head<'a>) -> Result<Content<'a>, DecodeError> {
    let (identity, subject) = (identity(head), subject(head)?);
    let body = upcast(head.type_name, head.schema, head.body)?;
    let event = Event { source: head.source, id: head.id, subject, body };
    let sent_on = head.sent_on.map(sent_on).transpose().map_err(DecodeError::Head)?;
    Ok(Content::Event { event, identity, sent_on })
}

fn sent_on(message: &[u8]) -> Result<SentOn, Defect> {
    let message = proto::SentOn::decode(message)?;
    Ok(SentOn { from: read_position(message.from.as_ref())?, by: message.by.parse()? })
}

fn derived<'a>(head: &Head<'a>) -> Result<Content<'a>, DecodeError> {
    read_derived(head.type_name, head.schema, subject(head)?, head.body).map(Content::Derived)
}

fn subject(head: &Head<'_>) -> Result<SubjectId, DecodeError> {
    head.subject.parse().map_err(|error| DecodeError::Head(Defect::from(error)))
}
