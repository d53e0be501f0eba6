//! From a decision event to its bytes.

use super::DECISION_FORMAT;
use super::days::{write_days, write_position};
use super::entry_writer::write;
use super::error::EncodeError;
use heng_core::{Bilingual, DecisionEvent, DecisionKind, Ground};
use heng_model::DecisionId;
use heng_proto::decision::v1 as proto;
use heng_proto::model::v1::BilingualText;

/// Writes a decision event into `out`, in place of what was there.
///
/// # Errors
///
/// Where it would be too long for a frame; `out` is then empty.
pub fn encode_decision(out: &mut Vec<u8>, event: &DecisionEvent) -> Result<(), EncodeError> {
    write(out, "decision", &message(event))
}

fn message(event: &DecisionEvent) -> proto::DecisionEvent {
    let proposal = |proposal: &heng_core::Proposal| proto::Proposal {
        measures: proposal.measures.clone(),
        days: write_days(&proposal.days),
    };
    let fact = |(name, value): &(String, String)| proto::FactValue { name: name.clone(), value: value.clone() };
    proto::DecisionEvent {
        format: DECISION_FORMAT,
        seq: event.seq,
        position: Some(write_position(event.position)),
        decision: event.decision.0.to_vec(),
        revision: event.revision,
        kind: i32::from(kind(event.kind)),
        void: event.void,
        subject: event.subject.to_string(),
        known_ms: event.known_ms,
        cause: event.cause.clone(),
        rule: event.rule.clone(),
        pack: event.pack.clone(),
        pack_sha256: event.pack_sha256.to_vec(),
        fold: event.fold,
        outcome: event.outcome.clone(),
        effect: event.effect.clone(),
        measures: event.measures.clone(),
        authorities: event.authorities.clone(),
        region: event.region.clone(),
        in_force: write_days(&event.in_force),
        proposal: event.proposal.as_ref().map(proposal),
        grounds: event.grounds.iter().map(ground).collect(),
        ground_decisions: ids(&event.ground_decisions),
        basis: event.basis.clone(),
        facts: event.facts.iter().map(fact).collect(),
        explanation: Some(text(&event.explanation)),
        remedy_objection: Some(text(&event.remedy_objection)),
        remedy_repair: Some(text(&event.remedy_repair)),
        replaces: ids(&event.replaces),
        also: ids(&event.also),
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

fn ground(ground: &Ground) -> proto::Ground {
    let Ground { source, record, document_no } = ground.clone();
    proto::Ground { source, record, document_no }
}

fn ids(ids: &[DecisionId]) -> Vec<Vec<u8>> {
    ids.iter().map(|id| id.0.to_vec()).collect()
}

fn text(text: &Bilingual) -> BilingualText {
    BilingualText { zh: text.zh.clone(), en: text.en.clone() }
}
