//! A subject's report as a message.

use super::status::CallError;
use crate::engine::{RepairStanding, Report, Reported, Standing, Waits};
use heng_core::subject::{Objection, Response};
use heng_core::{DecisionEvent, Rendered, Repairable};
use heng_log::codec::encode_decision;
use heng_model::{Day, DaySet};
use heng_proto::decision::v1 as decision;
use heng_proto::event::v1::MeasureAnswer;
use heng_proto::model::v1::{BilingualText, Freshness, Interval, Position};
use heng_proto::rights::v1 as proto;
use heng_rpc::raw;
use prost::Message as _;

/// The report as it stands on a day.
pub(super) fn response(
    report: &Report,
    on: Day,
    fresh: raw::Freshness,
    is_told: &dyn Fn(&str) -> bool,
) -> Result<proto::SubjectReportResponse, CallError> {
    let decisions = report.decisions.iter();
    let next = decisions.clone().filter_map(|it| it.event.in_force.next_change_after(on)).min();
    Ok(proto::SubjectReportResponse {
        decisions: decisions.clone().map(|it| message(&it.event)).collect::<Result<_, _>>()?,
        as_of: on.number(),
        next_change: next.map(Day::number),
        freshness: Some(freshness(fresh)),
        subject: report.subject.to_string(),
        standings: decisions.map(|it| standing(it, on, is_told)).collect(),
        records: report.records.iter().map(|it| record(it, on)).collect(),
        waiting: report.waiting.iter().map(waits).collect(),
        suspended: intervals(&report.suspended),
    })
}

/// How fresh an answer is, in a message that is not put together from bytes.
pub(super) fn freshness(fresh: raw::Freshness) -> Freshness {
    Freshness { token: fresh.token.to_vec(), position: fresh.position, stale_by_ms: fresh.stale_by_ms }
}

/// A decision as a message: by way of the bytes that it has on the log, so that both say the same.
pub(super) fn message(event: &DecisionEvent) -> Result<decision::DecisionEvent, CallError> {
    let mut bytes = Vec::new();
    encode_decision(&mut bytes, &Rendered::from(event)).map_err(|_| CallError::LogUnreadable)?;
    decision::DecisionEvent::decode(bytes.as_slice()).map_err(|_| CallError::LogUnreadable)
}

fn standing(it: &Standing, on: Day, is_told: &dyn Fn(&str) -> bool) -> proto::DecisionStanding {
    let event = &it.event;
    let is_open = |code: &&String| !it.answers.iter().any(|answer| *answer.authority == ***code);
    proto::DecisionStanding {
        decision: event.decision.0.to_vec(),
        state: state(it, on).into(),
        through: it.days.hull().map(|hull| hull.last).filter(|last| !last.is_forever()).map(Day::number),
        repair_from: match it.repair {
            Repairable::From(day) => Some(day.number()),
            Repairable::Excluded | Repairable::Nothing => None,
        },
        is_repair_excluded: it.repair == Repairable::Excluded,
        answers: it.answers.iter().map(answer).collect(),
        unanswered: event.authorities.iter().filter(is_open).cloned().collect(),
        told: event.authorities.iter().filter(|code| is_told(code)).cloned().collect(),
    }
}

fn state(it: &Standing, on: Day) -> proto::StandingState {
    match it.days.hull() {
        Some(_) if it.event.in_force.contains(on) => proto::StandingState::InForce,
        Some(hull) if on < hull.first => proto::StandingState::Ahead,
        Some(hull) if on <= hull.last => proto::StandingState::Suspended,
        Some(_) => proto::StandingState::Ended,
        None if it.is_proposed => proto::StandingState::Proposed,
        None if it.is_declined => proto::StandingState::Declined,
        None => proto::StandingState::Revoked,
    }
}

fn answer(response: &Response) -> proto::DecisionAnswer {
    let answer = if response.applied { MeasureAnswer::Applied } else { MeasureAnswer::NotApplied };
    proto::DecisionAnswer { authority: response.authority.to_string(), answer: answer.into(), on: response.on.number() }
}

fn record(it: &Reported, on: Day) -> proto::ReportedRecord {
    proto::ReportedRecord {
        source: it.source.clone(),
        record: it.record.clone(),
        item: it.item.clone(),
        title: Some(BilingualText { zh: it.title.zh.clone(), en: it.title.en().to_owned() }),
        decided_on: it.decided_on.number(),
        effect_day: it.effect_day.map(Day::number),
        document_no: it.document_no.clone().unwrap_or_default(),
        is_retracted: it.is_retracted,
        objections: it.objections.iter().map(objection).collect(),
        repairs: it.repairs.iter().map(|it| repair(it, on)).collect(),
        position: Some(position(it.position)),
        objection_by: it.objection_by.clone(),
        repair_by: it.repair_by.clone(),
    }
}

fn objection(it: &Objection) -> proto::ReportedObjection {
    let state = match it.resolved {
        None => proto::ObjectionState::Filed,
        Some((_, false)) => proto::ObjectionState::Rejected,
        Some((_, true)) if it.mended_on.is_some() => proto::ObjectionState::Mended,
        Some((_, true)) => proto::ObjectionState::Upheld,
    };
    proto::ReportedObjection {
        objection: it.name.to_string(),
        state: state.into(),
        filed_on: it.filed_on.number(),
        resolved_on: it.resolved.map(|(day, _)| day.number()),
        is_suspending: it.pauses,
    }
}

fn repair(it: &RepairStanding, on: Day) -> proto::ReportedRepair {
    let state = match it.works_from {
        _ if it.is_undone => proto::RepairState::Undone,
        None => proto::RepairState::Replaced,
        Some(day) if on < day => proto::RepairState::Ahead,
        Some(_) => proto::RepairState::Effective,
    };
    proto::ReportedRepair { on: it.on.number(), state: state.into(), effective_from: it.works_from.map(Day::number) }
}

fn waits(it: &Waits) -> proto::WaitingRequest {
    proto::WaitingRequest {
        r#type: it.kind.to_owned(),
        record_source: it.record_source.clone(),
        record: it.record.clone(),
        objection: it.objection.clone().unwrap_or_default(),
        since: it.since.number(),
        position: Some(position(it.position)),
    }
}

/// A position as it is sent.
pub(super) fn position(it: heng_model::Position) -> Position {
    Position { partition: u32::from(it.partition), offset: it.offset }
}

/// Days as sorted runs.
fn intervals(days: &DaySet) -> Vec<Interval> {
    let interval = |span: &heng_model::Span| Interval {
        first: span.first.number(),
        last: (!span.last.is_forever()).then(|| span.last.number()),
    };
    days.spans().iter().map(interval).collect()
}
