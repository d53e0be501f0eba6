//! The scorecard as a message.

use heng_model::Day;
use heng_proto::audit::v1 as proto;
use heng_proto::decision::v1::DecisionKind as Sent;
use heng_proto::model::v1::Position;
use heng_replay::{OverdueDuty, Scorecard, ScorecardRow, UnacknowledgedLift};

/// As many of each list as an answer holds: together they stay below the 4 MiB that clients take unless told otherwise.
pub(super) const LISTED_MAX: usize = 5_000;

/// The answer, but for what it reflects.
pub(super) fn response(card: Scorecard, on: Day) -> proto::ScorecardResponse {
    proto::ScorecardResponse {
        rows: card.rows.into_iter().map(row).collect(),
        overdue: card.overdue.into_iter().map(overdue).collect(),
        lifts: card.lifts.into_iter().map(lift).collect(),
        on: on.number(),
        freshness: None,
        overdue_more: card.overdue_more,
        lifts_more: card.lifts_more,
    }
}

fn row(it: ScorecardRow) -> proto::ScorecardRow {
    let reason = |(reason, count)| proto::ReasonCount { reason, count };
    proto::ScorecardRow {
        authority: it.authority,
        measure: it.measure,
        duties: it.duties,
        delivered: it.delivered,
        applied: it.applied,
        not_applied: it.not_applied,
        late: it.late,
        late_days: it.late_days,
        open: it.open,
        overdue: it.overdue,
        missed: it.missed,
        lapsed: it.lapsed,
        no_deadline: it.no_deadline,
        lifts: it.lifts,
        lifts_acknowledged: it.lifts_acknowledged,
        reasons: it.reasons.into_iter().map(reason).collect(),
    }
}

fn overdue(it: OverdueDuty) -> proto::OverdueDuty {
    proto::OverdueDuty {
        authority: it.authority,
        measure: it.measure,
        decision: it.decision.0.to_vec(),
        subject: it.subject.to_string(),
        issued_on: it.issued_on.number(),
        due_on: it.due_on.number(),
        days: it.days,
        is_delivered: it.is_delivered,
    }
}

fn lift(it: UnacknowledgedLift) -> proto::UnacknowledgedLift {
    // By its word, which the two enumerations share.
    let name = format!("DECISION_KIND_{}", it.kind.word().to_ascii_uppercase());
    let kind = Sent::from_str_name(&name).unwrap_or_default();
    let (partition, seq) = it.at;
    proto::UnacknowledgedLift {
        authority: it.authority,
        decision: it.decision.0.to_vec(),
        subject: it.subject.to_string(),
        measures: it.measures,
        kind: kind.into(),
        since: it.since.number(),
        decision_seq: Some(Position { partition: u32::from(partition), offset: seq }),
    }
}
