//! Reads a message.

use super::Message;
use super::error::Unreadable;
use super::frame::{Form, unframe};
use heng_files::{LINE_BYTES_MAX, OwnedEvent, STRUCTURED, Sent};
use heng_log::codec::{SCHEMA, upcast};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The longest value, in bytes: as long as a line of a file may be.
pub const MESSAGE_BYTES_MAX: usize = LINE_BYTES_MAX;

/// The header of a W3C trace context.
pub(crate) const TRACEPARENT: &str = "traceparent";

/// What the key of a message must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keys {
    /// The subject as sent, where there is a key: a subject's events then lie in one partition, in their order.
    #[default]
    Subject,
    /// Anything.
    Any,
}

/// How messages are read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// Schemas of a registry, by number.
    pub schemas: BTreeMap<u32, Form>,
    /// What a key must be.
    pub keys: Keys,
}

/// Reads a message as an event.
///
/// # Errors
/// [`Unreadable`] where its form is none of those that are known, its envelope is not that of the contract, or its key is not the subject. What
/// the data say is judged by whoever takes the event.
pub fn read(message: &Message<'_>, reading: &Reading) -> Result<OwnedEvent, Unreadable> {
    let value = message.value.filter(|value| !value.is_empty()).ok_or(Unreadable::Empty)?;
    if value.len() > MESSAGE_BYTES_MAX {
        return Err(Unreadable::TooLong { bytes: value.len() });
    }
    let (framed, body) = unframe(value, &reading.schemas)?;
    let content_type = header(message, "content-type")?.unwrap_or_default();
    let has_attributes = message.headers.iter().any(|(name, _)| name.starts_with("ce_"));
    let event = match kind_of(content_type) {
        Mode::Structured => OwnedEvent::of_line(body.to_vec())?,
        // What a file holds as a line may be sent as it is.
        Mode::Unsaid if !has_attributes && body.trim_ascii_start().starts_with(b"{") => {
            OwnedEvent::of_line(body.to_vec())?
        }
        Mode::Unsaid if !has_attributes => return Err(Unreadable::NoEnvelope),
        Mode::Unsaid => binary(message, framed.unwrap_or(Form::Json), body)?,
        Mode::Binary(form) => binary(message, framed.unwrap_or(form), body)?,
        Mode::Other => return Err(Unreadable::ContentType { found: shorten(content_type) }),
    };
    let subject = event.parsed().subject_as_sent();
    match message.key {
        Some(key) if reading.keys == Keys::Subject && !key.is_empty() && key != subject.as_bytes() => {
            Err(Unreadable::KeyNotSubject { key: shorten(&String::from_utf8_lossy(key)), subject: shorten(subject) })
        }
        _ => Ok(event),
    }
}

enum Mode {
    Structured,
    Binary(Form),
    Unsaid,
    Other,
}

fn kind_of(content_type: &str) -> Mode {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let is_utf8 = || parameters.trim().is_empty() || parameters.trim().eq_ignore_ascii_case("charset=utf-8");
    let kind = kind.trim();
    let is = |name: &str| kind.eq_ignore_ascii_case(name);
    if kind.is_empty() {
        Mode::Unsaid
    } else if is(STRUCTURED) && is_utf8() {
        Mode::Structured
    } else if is("application/json") && is_utf8() {
        Mode::Binary(Form::Json)
    } else if is("application/protobuf") || is("application/x-protobuf") {
        Mode::Binary(Form::Protobuf)
    } else {
        Mode::Other
    }
}

fn binary(message: &Message<'_>, form: Form, body: &[u8]) -> Result<OwnedEvent, Unreadable> {
    let attribute = |name: &str| Ok::<_, Unreadable>(header(message, name)?.unwrap_or_default().to_owned());
    let traceparent = match header(message, "ce_traceparent")? {
        Some(text) => Some(text),
        None => header(message, TRACEPARENT)?,
    };
    let sent = Sent {
        spec_version: attribute("ce_specversion")?,
        id: attribute("ce_id")?,
        source: attribute("ce_source")?,
        kind: attribute("ce_type")?,
        subject: attribute("ce_subject")?,
        time: attribute("ce_time")?,
        data_content_type: String::new(),
        data: body.to_vec(),
        traceparent: traceparent.unwrap_or_default().to_owned(),
    };
    match form {
        Form::Json => Ok(OwnedEvent::read(sent)?),
        Form::Protobuf => {
            OwnedEvent::of_body(sent, |sent| upcast(&sent.kind, SCHEMA, &sent.data).map_err(Unreadable::Protobuf))
        }
    }
}

/// The text of a header; none where it is absent or has no value.
fn header<'m>(message: &Message<'m>, name: &str) -> Result<Option<&'m str>, Unreadable> {
    let mut found = message.headers.iter().filter(|(known, _)| *known == name);
    let Some((_, value)) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(Unreadable::HeaderTwice { name: name.to_owned() });
    }
    let text = value.map(str::from_utf8).transpose();
    text.map_err(|_| Unreadable::HeaderNotText { name: name.to_owned() })
}

/// What came, short enough for a message.
fn shorten(text: &str) -> String {
    const CHARS_MAX: usize = 64;
    match text.char_indices().nth(CHARS_MAX) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
