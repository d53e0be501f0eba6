//! A decision event whose texts lie where they came from: its bytes on the log are the first copy.

use crate::decision::{Bilingual, DecisionEvent, DecisionKind, Ground, Proposal};
use heng_model::{DaySet, DecisionId, Position, SubjectId};
use smallvec::SmallVec;
use std::borrow::Cow;

/// A [`DecisionEvent`], field by field, borrowed from the pack, the subject's state and the renderer's [`Room`](crate::Room).
#[derive(Debug, Clone)]
pub struct Rendered<'a> {
    /// Stable id.
    pub decision: DecisionId,
    /// Revision, from 1.
    pub revision: u32,
    /// What this revision does.
    pub kind: DecisionKind,
    /// Is no day left (for a proposal: is nothing proposed any more)?
    pub void: bool,
    /// Whom it binds or favours.
    pub subject: &'a SubjectId,
    /// Position of the cause.
    pub position: Position,
    /// Place among the partition's decisions, from 0 without holes.
    pub seq: u64,
    /// The cause's known time, in milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
    /// The cause: `source#id` of an event, or the control event's type and date.
    pub cause: &'a str,
    /// Rule.
    pub rule: &'a str,
    /// Pack, `name@version`.
    pub pack: &'a str,
    /// SHA-256 of the pack.
    pub pack_sha256: &'a [u8; 32],
    /// Fold version.
    pub fold: u32,
    /// `list/x` or `grade/x:v`.
    pub outcome: &'a str,
    /// `sanction`, `incentive`, or `none` where there is no measure.
    pub effect: &'a str,
    /// Measures, by code.
    pub measures: Cow<'a, [String]>,
    /// Authorities that must act, by code.
    pub authorities: &'a [String],
    /// Region of the subject, where known.
    pub region: Option<&'a str>,
    /// The days in force.
    pub in_force: Cow<'a, DaySet>,
    /// What awaits an officer: measures and days.
    pub proposal: Option<(&'a [String], &'a DaySet)>,
    /// Records on which it rests.
    pub grounds: SmallVec<[Ground<&'a str>; 2]>,
    /// Decisions on which it rests.
    pub ground_decisions: Cow<'a, [DecisionId]>,
    /// Legal bases, `law#article`.
    pub basis: &'a [String],
    /// Facts read, by name, as text.
    pub facts: SmallVec<[(&'a str, &'a str); 4]>,
    /// What a clerk can read out.
    pub explanation: Bilingual<&'a str>,
    /// How to contest it.
    pub remedy_objection: Bilingual<&'a str>,
    /// How to end it early, and what ends it anyway.
    pub remedy_repair: Bilingual<&'a str>,
    /// Revoked decisions of the same rule that share a day with this one.
    pub replaces: Cow<'a, [DecisionId]>,
    /// Decisions that still carry a measure of this one.
    pub also: Cow<'a, [DecisionId]>,
}

impl<'a> From<&'a DecisionEvent> for Rendered<'a> {
    fn from(event: &'a DecisionEvent) -> Self {
        let ground = |ground: &'a Ground| Ground {
            source: ground.source.as_str(),
            record: ground.record.as_str(),
            document_no: ground.document_no.as_deref(),
        };
        let proposal = |proposal: &'a Proposal| (proposal.measures.as_slice(), &proposal.days);
        Self {
            decision: event.decision,
            revision: event.revision,
            kind: event.kind,
            void: event.void,
            subject: &event.subject,
            position: event.position,
            seq: event.seq,
            known_ms: event.known_ms,
            cause: &event.cause,
            rule: &event.rule,
            pack: &event.pack,
            pack_sha256: &event.pack_sha256,
            fold: event.fold,
            outcome: &event.outcome,
            effect: &event.effect,
            measures: Cow::Borrowed(&event.measures),
            authorities: &event.authorities,
            region: event.region.as_deref(),
            in_force: Cow::Borrowed(&event.in_force),
            proposal: event.proposal.as_ref().map(proposal),
            grounds: event.grounds.iter().map(ground).collect(),
            ground_decisions: Cow::Borrowed(&event.ground_decisions),
            basis: &event.basis,
            facts: event.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
            explanation: event.explanation.borrowed(),
            remedy_objection: event.remedy_objection.borrowed(),
            remedy_repair: event.remedy_repair.borrowed(),
            replaces: Cow::Borrowed(&event.replaces),
            also: Cow::Borrowed(&event.also),
        }
    }
}

/// For who keeps a decision longer than what it was rendered from.
impl From<&Rendered<'_>> for DecisionEvent {
    fn from(event: &Rendered<'_>) -> Self {
        let ground = |ground: &Ground<&str>| Ground {
            source: ground.source.to_owned(),
            record: ground.record.to_owned(),
            document_no: ground.document_no.map(str::to_owned),
        };
        let proposal =
            |(measures, days): (&[String], &DaySet)| Proposal { measures: measures.to_vec(), days: days.clone() };
        Self {
            decision: event.decision,
            revision: event.revision,
            kind: event.kind,
            void: event.void,
            subject: event.subject.clone(),
            position: event.position,
            seq: event.seq,
            known_ms: event.known_ms,
            cause: event.cause.to_owned(),
            rule: event.rule.to_owned(),
            pack: event.pack.to_owned(),
            pack_sha256: *event.pack_sha256,
            fold: event.fold,
            outcome: event.outcome.to_owned(),
            effect: event.effect.to_owned(),
            measures: event.measures.to_vec(),
            authorities: event.authorities.to_vec(),
            region: event.region.map(str::to_owned),
            in_force: event.in_force.as_ref().clone(),
            proposal: event.proposal.map(proposal),
            grounds: event.grounds.iter().map(ground).collect(),
            ground_decisions: event.ground_decisions.to_vec(),
            basis: event.basis.to_vec(),
            facts: event.facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            explanation: event.explanation.owned(),
            remedy_objection: event.remedy_objection.owned(),
            remedy_repair: event.remedy_repair.owned(),
            replaces: event.replaces.to_vec(),
            also: event.also.to_vec(),
        }
    }
}
