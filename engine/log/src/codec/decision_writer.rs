//! From a decision event to its bytes.

use super::DECISION_FORMAT;
use super::error::EncodeError;
use super::wire_writer::{Fields, Sink, zigzag};
use crate::journal::ENTRY_BYTES_MAX;
use heng_core::{Bilingual, DecisionKind, Ground, Rendered};
use heng_model::{DaySet, DecisionId, Position, Span};
use heng_proto::decision::v1 as proto;

/// Writes a decision event into `out`, in place of what was there.
///
/// # Errors
///
/// Where it would be too long for a frame; `out` is then empty.
pub fn encode_decision(out: &mut Vec<u8>, event: &Rendered<'_>) -> Result<(), EncodeError> {
    out.clear();
    event.put(out);
    let bytes = out.len();
    if bytes > ENTRY_BYTES_MAX {
        out.clear();
        return Err(EncodeError::TooLong { what: "decision", bytes });
    }
    Ok(())
}

impl Fields for Rendered<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.number(1, DECISION_FORMAT.into());
        to.number(2, self.seq);
        to.message(3, &self.position);
        to.bytes(4, &self.decision.0);
        to.number(5, self.revision.into());
        to.number(6, i32::from(kind(self.kind)).cast_unsigned().into());
        to.number(7, self.void.into());
        to.text(8, &self.subject.text());
        to.number(9, self.known_ms.cast_unsigned());
        to.text(10, self.cause);
        to.text(11, self.rule);
        to.text(12, self.pack);
        to.bytes(13, self.pack_sha256);
        to.number(14, self.fold.into());
        to.text(15, self.outcome);
        to.text(16, self.effect);
        to.texts(17, &self.measures);
        to.texts(18, self.authorities);
        if let Some(region) = self.region {
            to.bytes(19, region.as_bytes());
        }
        days(to, 20, &self.in_force);
        if let Some((measures, days)) = self.proposal {
            to.message(21, &Proposal { measures, days });
        }
        self.grounds.iter().for_each(|ground| to.message(22, ground));
        ids(to, 23, &self.ground_decisions);
        to.texts(24, self.basis);
        self.facts.iter().for_each(|(name, value)| to.message(25, &Fact { name, value }));
        to.message(26, &self.explanation);
        to.message(27, &self.remedy_objection);
        to.message(28, &self.remedy_repair);
        ids(to, 29, &self.replaces);
        ids(to, 30, &self.also);
    }
}

fn kind(kind: DecisionKind) -> proto::DecisionKind {
    match kind {
        DecisionKind::Scheduled => proto::DecisionKind::Scheduled,
        DecisionKind::Proposed => proto::DecisionKind::Proposed,
        DecisionKind::Declined => proto::DecisionKind::Declined,
        DecisionKind::Issued => proto::DecisionKind::Issued,
        DecisionKind::Amended => proto::DecisionKind::Amended,
        DecisionKind::Suspended => proto::DecisionKind::Suspended,
        DecisionKind::Resumed => proto::DecisionKind::Resumed,
        DecisionKind::Lifted => proto::DecisionKind::Lifted,
        DecisionKind::Expired => proto::DecisionKind::Expired,
        DecisionKind::Revoked => proto::DecisionKind::Revoked,
    }
}

fn days(to: &mut impl Sink, number: u32, days: &DaySet) {
    days.spans().iter().for_each(|span| to.message(number, span));
}

fn ids(to: &mut impl Sink, number: u32, ids: &[DecisionId]) {
    ids.iter().for_each(|id| to.bytes(number, &id.0));
}

impl Fields for Position {
    fn put(&self, to: &mut impl Sink) {
        to.number(1, self.partition.into());
        to.number(2, self.offset);
    }
}

impl Fields for Span {
    fn put(&self, to: &mut impl Sink) {
        to.signed(1, self.first.number());
        if !self.last.is_forever() {
            to.varint(2, zigzag(self.last.number()));
        }
    }
}

struct Proposal<'a> {
    measures: &'a [String],
    days: &'a DaySet,
}

impl Fields for Proposal<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.texts(1, self.measures);
        days(to, 2, self.days);
    }
}

impl Fields for Ground<&str> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.source);
        to.text(2, self.record);
        if let Some(number) = self.document_no {
            to.bytes(3, number.as_bytes());
        }
    }
}

struct Fact<'a> {
    name: &'a str,
    value: &'a str,
}

impl Fields for Fact<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.name);
        to.text(2, self.value);
    }
}

impl Fields for Bilingual<&str> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.zh);
        to.text(2, self.en);
    }
}
