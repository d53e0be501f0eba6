//! The few fields of a decision by which it is chosen, found without decoding the rest.
//!
//! # Invariants
//!
//! What is found are places in the bytes that were read: nothing is copied. Fields of a decision are written in ascending
//! order, so that all behind the last one wanted, grounds and texts above all, is not looked at.

use super::DECISION_FORMAT;
use super::decision_reader::kind;
use super::error::{DecodeDecisionError, Defect};
use super::wire::Reader;
use heng_core::DecisionKind;
use heng_model::DecisionId;
use smallvec::SmallVec;
use std::ops::Range;

/// What a decision is chosen by: its kind, and where in its bytes the other fields are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sifted {
    /// What the revision does.
    pub kind: DecisionKind,
    outcome: Place,
    region: Place,
    measures: SmallVec<[Place; 2]>,
    authorities: SmallVec<[Place; 2]>,
}

/// Which decision a revision is of, about whom, since when it is known and by which pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionHead<'a> {
    /// Id.
    pub decision: DecisionId,
    /// Revision, from 1.
    pub revision: u32,
    /// What the revision does.
    pub kind: DecisionKind,
    /// Canonical subject.
    pub subject: &'a str,
    /// The cause's known time, in milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
    /// Pack, name@version.
    pub pack: &'a str,
}

/// Finds which decision a revision is of, and what else [`DecisionHead`] has.
///
/// # Errors
///
/// Where the format is newer than this release, as when all of it is decoded, or the bytes are no decision.
pub fn decision_head(bytes: &[u8]) -> Result<DecisionHead<'_>, DecodeDecisionError> {
    let mut reader = Reader::new(bytes);
    let (mut decision, mut found, mut subject) = (None, None, None);
    // A number that is 0 and an empty text are not written.
    let (mut format, mut revision, mut known_ms, mut pack) = (0, 0, 0, "");
    while let Some(field) = reader.field()? {
        match field.number {
            1 => format = field.uint32()?,
            4 => decision = Some(field.decision_id()?),
            5 => revision = field.uint32()?,
            6 => found = Some(kind(field.uint32()?.cast_signed())?),
            8 => subject = Some(field.text()?),
            9 => known_ms = field.int64()?,
            12 => pack = field.text()?,
            number if number > 12 => break,
            _ => {}
        }
    }
    if format != DECISION_FORMAT {
        return Err(DecodeDecisionError::Format { found: format, newest: DECISION_FORMAT });
    }
    Ok(DecisionHead {
        decision: decision.ok_or(Defect::Absent("decision"))?,
        revision,
        kind: found.ok_or(Defect::Absent("kind"))?,
        subject: subject.ok_or(Defect::Absent("subject"))?,
        known_ms,
        pack,
    })
}

/// From a byte to a byte; frames are shorter than 4 GiB.
type Place = Range<u32>;

/// The last field that anything is chosen by.
const LAST_FIELD: u32 = 19;

/// Finds what a decision is chosen by.
///
/// # Errors
///
/// Where the bytes are no decision.
pub fn sift(bytes: &[u8]) -> Result<Sifted, Defect> {
    let mut reader = Reader::new(bytes);
    let mut found: Option<DecisionKind> = None;
    let (mut outcome, mut region) = (0..0, 0..0);
    let (mut measures, mut authorities) = (SmallVec::new(), SmallVec::new());
    while let Some(field) = reader.field()? {
        match field.number {
            6 => found = Some(kind(field.uint32()?.cast_signed())?),
            15 => outcome = place(bytes, &reader, field.bytes()?),
            17 => measures.push(place(bytes, &reader, field.bytes()?)),
            18 => authorities.push(place(bytes, &reader, field.bytes()?)),
            19 => region = place(bytes, &reader, field.bytes()?),
            number if number > LAST_FIELD => break,
            _ => {}
        }
    }
    let kind = found.ok_or(Defect::Absent("kind"))?;
    Ok(Sifted { kind, outcome, region, measures, authorities })
}

/// The offset of the entry that a decision was caused by: in the decision's own partition, as every cause is.
///
/// # Errors
///
/// Where the bytes are no decision.
pub fn cause_offset(bytes: &[u8]) -> Result<u64, Defect> {
    let mut reader = Reader::new(bytes);
    while let Some(field) = reader.field()? {
        if field.number == 3 {
            let mut position = Reader::new(field.bytes()?);
            while let Some(part) = position.field()? {
                if part.number == 2 {
                    return part.uint64();
                }
            }
            // The first entry: a number that is 0 is not written.
            return Ok(0);
        }
    }
    Err(Defect::Absent("position"))
}

/// Where a field lies that was read last.
fn place(bytes: &[u8], reader: &Reader<'_>, field: &[u8]) -> Place {
    let end = bytes.len() - reader.rest_len();
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    number(end - field.len())..number(end)
}

impl Sifted {
    /// Outcome; `bytes` are those that were sifted, here and below.
    #[must_use]
    pub fn outcome<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        at(bytes, &self.outcome)
    }

    /// Region; empty where none is known.
    #[must_use]
    pub fn region<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        at(bytes, &self.region)
    }

    /// Measures.
    pub fn measures<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.measures.iter().map(|place| at(bytes, place))
    }

    /// Authorities.
    pub fn authorities<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.authorities.iter().map(|place| at(bytes, place))
    }
}

fn at<'a>(bytes: &'a [u8], place: &Place) -> &'a [u8] {
    let number = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    bytes.get(number(place.start)..number(place.end)).unwrap_or_default()
}
