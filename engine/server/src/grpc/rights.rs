//! RightsService: what a subject may see and ask for, and what departments answer.
//!
//! # Invariants
//!
//! Whatever changes something is an event like any other, checked, logged and folded in the same way: this service only
//! writes it down for its caller. A report is entered in the access log before it is answered.

use super::desk::{Desk, check_purpose};
use super::intake::publish;
use super::report::response;
use super::status::CallError;
use crate::access::{Head, Kind};
use crate::runner::{Incoming, ReportError, Stopped};
use heng_model::{Day, DecisionId};
use heng_proto::event::v1::MeasureAnswer;
use heng_proto::intake::v1::Outcome;
use heng_proto::intake::v1::outcome::Outcome as Became;
use heng_proto::rights::v1 as proto;
use heng_rpc::server::rights::v1::rights_service_server::RightsService;
use serde_json::{Map, Value};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tonic::metadata::MetadataMap;
use tonic::{Extensions, Request, Response, Status};

/// Reports, objections, repairs, answers.
#[derive(Clone)]
pub struct Rights {
    desk: Desk,
    /// Reports that may still begin.
    reports: Arc<Semaphore>,
}

/// An event being written down.
struct Written {
    source: String,
    id: String,
    subject: String,
    kind: &'static str,
    data: Map<String, Value>,
}

impl Rights {
    /// Serves an engine.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let reports = Arc::new(Semaphore::new(desk.limits.reports_max));
        Self { desk, reports }
    }

    async fn report(
        &self,
        request: Request<proto::SubjectReportRequest>,
    ) -> Result<proto::SubjectReportResponse, CallError> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        check_purpose(&request.purpose)?;
        let _permit = self.reports.try_acquire().map_err(|_| CallError::Busy(self.desk.limits.reports_max))?;
        self.desk.await_token(&request.at_least, &metadata).await?;
        let view = self.desk.index().view().clone().ok_or(CallError::CatchingUp)?;
        view.words().ok_or(CallError::NoPack)?;
        let on = self.desk.day(&view, request.as_of)?;
        let report = self.desk.handle.report(request.subject).await?.map_err(|error| match error {
            ReportError::Subject(cause) => CallError::Subject { field: "subject", cause },
            ReportError::NotShown => CallError::NotShown,
            ReportError::Log(error) => {
                tracing::error!(%error, "a report could not be made");
                CallError::LogUnreadable
            }
        })?;
        let at_ms = self.desk.clock.now_ms();
        let (purpose, token) = (request.purpose.as_str(), view.token());
        let head = Head { kind: Kind::SubjectReport, at_ms, caller, purpose, as_of: Some(on), token };
        let decisions: Vec<DecisionId> = report.decisions.iter().map(|it| it.event.decision).collect();
        self.desk.access.note_one(&head, &report.subject, &decisions).await?;
        let fresh = self.desk.freshness(&view, Some(&report.subject));
        // Read after the report: whatever it says lies below them.
        let marks = self.desk.handle.published().marks();
        // On a thread that may block: names are held while one of them is written.
        let names = Arc::clone(&self.desk.names);
        let deliveries = tokio::task::spawn_blocking(move || names.deliveries()).await.map_err(|_| Stopped)?;
        let at = report.subject.partition(u16::try_from(marks.len()).unwrap_or(u16::MAX));
        let mark = marks.get(usize::from(at)).copied().unwrap_or_default();
        response(&report, on, fresh, &|code| deliveries.has_reached_all(code, at, mark))
    }

    /// Hands the event in; what is wrong is told by the fields of the request.
    async fn hand_in(&self, request: (&MetadataMap, &Extensions), written: Written) -> Result<Outcome, CallError> {
        let incoming = Incoming {
            id: written.id,
            source: written.source,
            kind: written.kind.to_owned(),
            subject: written.subject,
            data: Value::Object(written.data).to_string().into_bytes(),
            ..Incoming::default()
        };
        let mut outcome = publish(&self.desk, incoming, request).await?;
        if let Some(Became::Refused(refused)) = &mut outcome.outcome {
            for violation in &mut refused.violations {
                if let Some(field) = violation.field.strip_prefix("data.") {
                    violation.field = field.to_owned();
                }
            }
        }
        Ok(outcome)
    }
}

/// What is stated: an empty text states nothing.
fn put(data: &mut Map<String, Value>, key: &str, text: String) {
    if !text.is_empty() {
        data.insert(key.to_owned(), Value::String(text));
    }
}

fn put_day(data: &mut Map<String, Value>, on: Option<i32>) -> Result<(), CallError> {
    let Some(number) = on else { return Ok(()) };
    let day = Day::from_number(number);
    if day < Day::EARLIEST || Day::LATEST < day {
        return Err(CallError::DayOutOfRange { field: "on", number });
    }
    data.insert("on".to_owned(), Value::String(day.to_string()));
    Ok(())
}

fn objection(request: proto::FileObjectionRequest) -> Result<Written, CallError> {
    let mut data = Map::new();
    put(&mut data, "objection", request.objection);
    put(&mut data, "record", request.record);
    put(&mut data, "record_source", request.record_source);
    put_day(&mut data, request.on)?;
    put(&mut data, "reason", request.reason);
    let (source, id, subject) = (request.source, request.id, request.subject);
    Ok(Written { source, id, subject, kind: "objection.filed", data })
}

fn repair(request: proto::ApplyForRepairRequest) -> Result<Written, CallError> {
    let mut data = Map::new();
    put(&mut data, "record", request.record);
    put(&mut data, "record_source", request.record_source);
    put_day(&mut data, request.on)?;
    put(&mut data, "document_no", request.document_no);
    let (source, id, subject) = (request.source, request.id, request.subject);
    Ok(Written { source, id, subject, kind: "credit.repaired", data })
}

fn answer(request: proto::RespondRequest) -> Result<Written, CallError> {
    let bad = |field, message: &str| CallError::BadValue { field, message: message.to_owned() };
    let answer = match MeasureAnswer::try_from(request.answer) {
        Ok(MeasureAnswer::Applied) => "applied",
        Ok(MeasureAnswer::NotApplied) => "not_applied",
        Ok(MeasureAnswer::Unspecified) | Err(_) => {
            return Err(bad("answer", "say whether the measure was applied or not"));
        }
    };
    let mut data = Map::new();
    put(&mut data, "decision", decision_id(&request.decision)?.to_string());
    put(&mut data, "authority", request.authority);
    put(&mut data, "answer", answer.to_owned());
    put_day(&mut data, request.on)?;
    put(&mut data, "reason", request.reason);
    put(&mut data, "document_no", request.document_no);
    let (source, id, subject) = (request.source, request.id, request.subject);
    Ok(Written { source, id, subject, kind: "measure.responded", data })
}

/// A decision's id.
pub(super) fn decision_id(bytes: &[u8]) -> Result<DecisionId, CallError> {
    let id = bytes.try_into().map(DecisionId);
    id.map_err(|_| CallError::BadValue {
        field: "decision",
        message: format!("has {} bytes: give the 32 bytes of a decision's id", bytes.len()),
    })
}

#[tonic::async_trait]
impl RightsService for Rights {
    async fn subject_report(
        &self,
        request: Request<proto::SubjectReportRequest>,
    ) -> Result<Response<proto::SubjectReportResponse>, Status> {
        Ok(Response::new(self.report(request).await?))
    }

    async fn file_objection(
        &self,
        request: Request<proto::FileObjectionRequest>,
    ) -> Result<Response<proto::FileObjectionResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let outcome = Some(self.hand_in((&metadata, &extensions), objection(request)?).await?);
        Ok(Response::new(proto::FileObjectionResponse { outcome }))
    }

    async fn apply_for_repair(
        &self,
        request: Request<proto::ApplyForRepairRequest>,
    ) -> Result<Response<proto::ApplyForRepairResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let outcome = Some(self.hand_in((&metadata, &extensions), repair(request)?).await?);
        Ok(Response::new(proto::ApplyForRepairResponse { outcome }))
    }

    async fn respond(
        &self,
        request: Request<proto::RespondRequest>,
    ) -> Result<Response<proto::RespondResponse>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        let outcome = Some(self.hand_in((&metadata, &extensions), answer(request)?).await?);
        Ok(Response::new(proto::RespondResponse { outcome }))
    }
}
