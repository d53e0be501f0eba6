//! An entry as it stands on the log, its body unread.

use super::ENTRY_FORMAT;
use super::error::{DecodeError, Defect};
use super::wire::Reader;

/// Who wrote an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A department's event.
    Event,
    /// Written by Heng itself, in every partition.
    Control,
    /// Effect of another subject's events.
    Derived,
}

/// A commitment to the value of a personal field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldCommitment<'a> {
    /// Name of the field.
    pub field: &'a str,
    /// SHA-256("heng-seal-1" | salt | length-prefixed field name | value).
    pub commitment: [u8; 32],
}

/// An entry, field by field: what export, proofs and explanations show besides what the fold takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head<'a> {
    /// Who wrote it.
    pub kind: EntryKind,
    /// When the engine learnt it: milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
    /// `CloudEvents` source; empty for control and derived entries.
    pub source: &'a str,
    /// `CloudEvents` id; empty where the source is.
    pub id: &'a str,
    /// Event type.
    pub type_name: &'a str,
    /// Schema of the body.
    pub schema: u32,
    /// Canonical subject; empty for control entries.
    pub subject: &'a str,
    /// Subject as the source named it; empty for control and derived entries.
    pub subject_as_sent: &'a str,
    /// Time that the source claims, where it claims one.
    pub claimed_time: Option<&'a str>,
    /// The body: a message of `heng.event.v1`.
    pub body: &'a [u8],
    /// Commitments to the personal fields.
    pub commitments: Vec<FieldCommitment<'a>>,
    /// W3C trace context, where there was one.
    pub traceparent: Option<&'a str>,
    /// The other subject of a link or a merge as the source named it, where the body names it otherwise.
    pub other_as_sent: Option<&'a str>,
    /// Whence, if it was sent on: a message `SentOn`.
    pub sent_on: Option<&'a [u8]>,
}

/// Reads an entry without its body.
///
/// # Errors
///
/// Where the format is newer than this release, or the bytes are no entry.
pub fn decode_head(entry: &[u8]) -> Result<Head<'_>, DecodeError> {
    let (raw, head) = read(entry).map_err(DecodeError::Head)?;
    if raw.format != ENTRY_FORMAT {
        return Err(DecodeError::Format { found: raw.format, newest: ENTRY_FORMAT });
    }
    let kind = match raw.kind {
        1 => EntryKind::Event,
        2 => EntryKind::Control,
        3 => EntryKind::Derived,
        other => return Err(DecodeError::Kind(other)),
    };
    Ok(Head { kind, ..head })
}

#[derive(Default)]
struct Raw {
    format: u32,
    kind: u32,
}

fn read(entry: &[u8]) -> Result<(Raw, Head<'_>), Defect> {
    let mut raw = Raw::default();
    let mut head = Head {
        kind: EntryKind::Event,
        known_ms: 0,
        source: "",
        id: "",
        type_name: "",
        schema: 0,
        subject: "",
        subject_as_sent: "",
        claimed_time: None,
        body: &[],
        commitments: Vec::new(),
        traceparent: None,
        other_as_sent: None,
        sent_on: None,
    };
    let mut reader = Reader::new(entry);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => raw.format = field.uint32()?,
            2 => raw.kind = field.uint32()?,
            3 => head.known_ms = field.int64()?,
            4 => head.source = field.text()?,
            5 => head.id = field.text()?,
            6 => head.type_name = field.text()?,
            7 => head.schema = field.uint32()?,
            8 => head.subject = field.text()?,
            9 => head.subject_as_sent = field.text()?,
            10 => head.claimed_time = Some(field.text()?).filter(|time| !time.is_empty()),
            11 => head.body = field.bytes()?,
            12 => head.commitments.push(commitment(field.bytes()?)?),
            13 => head.traceparent = Some(field.text()?).filter(|parent| !parent.is_empty()),
            14 => head.other_as_sent = Some(field.text()?).filter(|other| !other.is_empty()),
            15 => head.sent_on = Some(field.bytes()?),
            _ => {}
        }
    }
    Ok((raw, head))
}

fn commitment(message: &[u8]) -> Result<FieldCommitment<'_>, Defect> {
    let (mut name, mut hash) = ("", None);
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        match field.number {
            1 => name = field.text()?,
            2 => hash = Some(field.hash()?),
            _ => {}
        }
    }
    Ok(FieldCommitment { field: name, commitment: hash.ok_or(Defect::Absent("commitment"))? })
}
