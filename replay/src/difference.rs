//! What differs between a decision on the decision log and the one that the events give.

use heng_core::{Bilingual, DecisionEvent};
use heng_log::codec::decode_decision;
use heng_model::{DaySet, DecisionId, PartitionId, Position};

/// A decision that is not what the events give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Partition.
    pub partition: PartitionId,
    /// Place on the decision log.
    pub seq: u64,
    /// The decision as the events give it, or as it is on the decision log where they give none and it can be read.
    pub of: Option<DecisionRef>,
    /// What differs.
    pub what: Differs,
}

/// A decision and its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRef {
    /// The decision.
    pub decision: DecisionId,
    /// Position of the cause.
    pub position: Position,
    /// The cause.
    pub cause: String,
}

impl DecisionRef {
    fn of(event: &DecisionEvent) -> Self {
        Self { decision: event.decision, position: event.position, cause: event.cause.clone() }
    }
}

/// In what way a decision differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Differs {
    /// Fields have other values.
    Fields(Vec<FieldDifference>),
    /// The bytes differ, the values do not: written by another program.
    Bytes,
    /// The bytes on the decision log are no decision.
    Unreadable(String),
    /// The decision log has it, the events do not give it.
    NotGiven,
}

/// A field with two values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// Name, as in the contract.
    pub field: &'static str,
    /// On the decision log.
    pub on_log: String,
    /// As the events give it.
    pub from_events: String,
}

/// What differs between the stored bytes of a decision and the decision that the events give.
pub(crate) fn difference(partition: PartitionId, seq: u64, stored: &[u8], given: &DecisionEvent) -> Difference {
    let what = match decode_decision(stored) {
        Ok(stored) => {
            let fields = fields(&stored).into_iter().zip(fields(given)).filter(|(on_log, given)| on_log != given);
            let differing: Vec<FieldDifference> = fields
                .map(|((field, on_log), (_, from_events))| FieldDifference { field, on_log, from_events })
                .collect();
            if differing.is_empty() { Differs::Bytes } else { Differs::Fields(differing) }
        }
        Err(error) => Differs::Unreadable(error.to_string()),
    };
    Difference { partition, seq, of: Some(DecisionRef::of(given)), what }
}

/// A decision on the decision log that the events do not give.
pub(crate) fn not_given(partition: PartitionId, seq: u64, stored: &[u8]) -> Difference {
    match decode_decision(stored) {
        Ok(event) => Difference { partition, seq, of: Some(DecisionRef::of(&event)), what: Differs::NotGiven },
        Err(error) => Difference { partition, seq, of: None, what: Differs::Unreadable(error.to_string()) },
    }
}

/// Every field of a decision as text, in the order of the contract.
fn fields(event: &DecisionEvent) -> Vec<(&'static str, String)> {
    let ids = |ids: &[DecisionId]| ids.iter().map(DecisionId::to_string).collect::<Vec<_>>().join(", ");
    let facts = event.facts.iter().map(|(name, value)| format!("{name}={value}"));
    let grounds = event.grounds.iter().map(|ground| {
        format!(
            "{}#{} ({})",
            ground.source,
            ground.record,
            ground.document_no.as_deref().unwrap_or("no document number")
        )
    });
    let proposal =
        |proposal: &heng_core::Proposal| format!("{} {}", proposal.measures.join(", "), days(&proposal.days));
    vec![
        ("decision", event.decision.to_string()),
        ("revision", event.revision.to_string()),
        ("type", event.kind.word().to_owned()),
        ("void", event.void.to_string()),
        ("subject", event.subject.to_string()),
        ("position", event.position.to_string()),
        ("seq", event.seq.to_string()),
        ("known_ms", event.known_ms.to_string()),
        ("cause", event.cause.clone()),
        ("rule", event.rule.clone()),
        ("pack", event.pack.clone()),
        ("pack_sha256", event.pack_sha256.iter().map(|byte| format!("{byte:02x}")).collect()),
        ("fold", event.fold.to_string()),
        ("outcome", event.outcome.clone()),
        ("kind", event.effect.clone()),
        ("measures", event.measures.join(", ")),
        ("authorities", event.authorities.join(", ")),
        ("region", event.region.clone().unwrap_or_default()),
        ("in_force", days(&event.in_force)),
        ("proposal", event.proposal.as_ref().map(proposal).unwrap_or_default()),
        ("grounds", grounds.collect::<Vec<_>>().join(", ")),
        ("ground_decisions", ids(&event.ground_decisions)),
        ("basis", event.basis.join(", ")),
        ("facts", facts.collect::<Vec<_>>().join(", ")),
        ("explanation", text(&event.explanation)),
        ("remedy.objection", text(&event.remedy_objection)),
        ("remedy.repair", text(&event.remedy_repair)),
        ("replaces", ids(&event.replaces)),
        ("also", ids(&event.also)),
    ]
}

fn text(text: &Bilingual) -> String {
    format!("{} / {}", text.zh, text.en)
}

fn days(days: &DaySet) -> String {
    let spans = days.spans().iter().map(|span| {
        if span.last.is_forever() { format!("{}..", span.first) } else { format!("{}..{}", span.first, span.last) }
    });
    spans.collect::<Vec<_>>().join(", ")
}
