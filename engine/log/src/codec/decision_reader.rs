//! From bytes to a decision event.

use super::DECISION_FORMAT;
use super::days::{read_days, read_position};
use super::error::{DecodeDecisionError, Defect};
use super::wire::hash;
use heng_core::{Bilingual, DecisionEvent, DecisionKind, Ground, Proposal};
use heng_model::DecisionId;
use heng_proto::decision::v1 as proto;
use heng_proto::model::v1::BilingualText;
use prost::Message;

/// Reads a decision event.
///
/// # Errors
///
/// Where the format is newer than this release, or the bytes are no decision event.
pub fn decode_decision(bytes: &[u8]) -> Result<DecisionEvent, DecodeDecisionError> {
    let message = proto::DecisionEvent::decode(bytes).map_err(Defect::Protobuf)?;
    if message.format != DECISION_FORMAT {
        return Err(DecodeDecisionError::Format { found: message.format, newest: DECISION_FORMAT });
    }
    Ok(event(message)?)
}

fn event(message: proto::DecisionEvent) -> Result<DecisionEvent, Defect> {
    Ok(DecisionEvent {
        decision: DecisionId(hash(&message.decision)?),
        revision: message.revision,
        kind: kind(message.kind)?,
        void: message.void,
        subject: message.subject.parse()?,
        position: read_position(message.position.as_ref())?,
        seq: message.seq,
        known_ms: message.known_ms,
        cause: message.cause,
        rule: message.rule,
        pack: message.pack,
        pack_sha256: hash(&message.pack_sha256)?,
        fold: message.fold,
        outcome: message.outcome,
        effect: message.effect,
        measures: message.measures,
        authorities: message.authorities,
        region: message.region,
        in_force: read_days(&message.in_force)?,
        proposal: message.proposal.map(proposal).transpose()?,
        grounds: message.grounds.into_iter().map(ground).collect(),
        ground_decisions: ids(&message.ground_decisions)?,
        basis: message.basis,
        facts: message.facts.into_iter().map(|fact| (fact.name, fact.value)).collect(),
        explanation: text(message.explanation, "explanation")?,
        remedy_objection: text(message.remedy_objection, "remedy_objection")?,
        remedy_repair: text(message.remedy_repair, "remedy_repair")?,
        replaces: ids(&message.replaces)?,
        also: ids(&message.also)?,
    })
}

const KIND_FIELD: u32 = 6;

pub(super) fn kind(kind: i32) -> Result<DecisionKind, Defect> {
    let unknown = || Defect::Value { field: KIND_FIELD, value: kind.cast_unsigned() };
    Ok(match proto::DecisionKind::try_from(kind).map_err(|_| unknown())? {
        proto::DecisionKind::Unspecified => return Err(unknown()),
        proto::DecisionKind::Scheduled => DecisionKind::Scheduled,
        proto::DecisionKind::Proposed => DecisionKind::Proposed,
        proto::DecisionKind::Declined => DecisionKind::Declined,
        proto::DecisionKind::Issued => DecisionKind::Issued,
        proto::DecisionKind::Amended => DecisionKind::Amended,
        proto::DecisionKind::Suspended => DecisionKind::Suspended,
        proto::DecisionKind::Resumed => DecisionKind::Resumed,
        proto::DecisionKind::Lifted => DecisionKind::Lifted,
        proto::DecisionKind::Expired => DecisionKind::Expired,
        proto::DecisionKind::Revoked => DecisionKind::Revoked,
    })
}

fn proposal(proposal: proto::Proposal) -> Result<Proposal, Defect> {
    Ok(Proposal { days: read_days(&proposal.days)?, measures: proposal.measures })
}

fn ground(ground: proto::Ground) -> Ground {
    let proto::Ground { source, record, document_no } = ground;
    Ground { source, record, document_no }
}

fn ids(ids: &[Vec<u8>]) -> Result<Vec<DecisionId>, Defect> {
    ids.iter().map(|id| hash(id).map(DecisionId)).collect()
}

fn text(text: Option<BilingualText>, name: &'static str) -> Result<Bilingual, Defect> {
    text.map(|BilingualText { zh, en }| Bilingual { zh, en }).ok_or(Defect::Absent(name))
}
