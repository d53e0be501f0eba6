//! AuditService: what was known when, and what was decided on it, read from the log by the functions of replay.
//!
//! # Invariants
//!
//! The log is read on a thread that may block, by as many calls at once as are allowed, and no further where the caller
//! has gone. Every reading that names a subject is entered in the access log before it is answered.

use super::desk::{Desk, check_purpose};
use super::patience::{Patient, feed};
use super::report::{freshness, message, position};
use super::rights::decision_id;
use super::scores;
use super::status::CallError;
use crate::access::{Draft, Head, Kind};
use crate::index::View;
use crate::runner::{Logs, Stopped};
use crate::shelf::Shelf;
use heng_core::{DecisionEvent, DecisionKind};
use heng_model::{Day, Position, SubjectId};
use heng_proto::audit::v1 as proto;
use heng_proto::decision::v1 as decision;
use heng_proto::model::v1 as model;
use heng_replay::{
    HistoryEntry, Question, ReplayError, Revision, ScorecardQuestion, Stop, as_of_subject, history, known_at,
    revisions, scorecard,
};
use heng_rpc::raw;
use heng_rpc::server::audit::v1::audit_service_server::AuditService;
use prost::Message as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Request, Response, Status};

/// Reads the log for auditors.
#[derive(Clone)]
pub struct Audits {
    desk: Desk,
    /// Readings that may still begin.
    room: Arc<Semaphore>,
}

/// Who asks, why, and about which day: what the access log has of a reading.
struct Asked<'a> {
    kind: Kind,
    caller: &'a str,
    purpose: &'a str,
    as_of: Option<Day>,
}

/// Tells a reading to stop when the call is over, for whatever reason.
struct WhileAsked(Stop);

impl Drop for WhileAsked {
    fn drop(&mut self) {
        self.0.tell();
    }
}

impl Audits {
    /// Reads an engine's log.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let room = Arc::new(Semaphore::new(desk.limits.audits_max));
        Self { desk, room }
    }

    fn permit(&self) -> Result<OwnedSemaphorePermit, CallError> {
        Arc::clone(&self.room).try_acquire_owned().map_err(|_| CallError::Busy(self.desk.limits.audits_max))
    }

    fn view(&self) -> Result<Arc<View>, CallError> {
        let view = self.desk.index().view().clone().ok_or(CallError::CatchingUp)?;
        view.words().ok_or(CallError::NoPack)?;
        Ok(view)
    }

    async fn subject(&self, given: String) -> Result<(SubjectId, Logs), CallError> {
        let found = self.desk.handle.logs_about(given).await?;
        found.map_err(|cause| CallError::Subject { field: "subject", cause })
    }

    /// Reads the log on a thread that may block; `field` names the position asked for, if one is.
    async fn read<T: Send + 'static>(
        logs: Logs,
        field: &'static str,
        read: impl FnOnce(&Logs) -> Result<T, ReplayError> + Send + 'static,
    ) -> Result<T, CallError> {
        let stop = WhileAsked(Stop::default());
        let logs: Logs = logs.into_iter().map(|log| log.until(stop.0.clone())).collect();
        let found = tokio::task::spawn_blocking(move || read(&logs)).await.map_err(|_| Stopped)?;
        found.map_err(|error| match error {
            ReplayError::NoPosition { .. } => CallError::Position { field, message: error.to_string() },
            // Nobody reads this: whoever asked has gone.
            ReplayError::Stopped => Stopped.into(),
            error => {
                tracing::error!(%error, "the log cannot be read");
                CallError::LogUnreadable
            }
        })
    }

    async fn enter(
        &self,
        asked: Asked<'_>,
        view: &View,
        subject: &SubjectId,
        decisions: &[&DecisionEvent],
    ) -> Result<(), CallError> {
        let Asked { kind, caller, purpose, as_of } = asked;
        let at_ms = self.desk.clock.now_ms();
        let mut draft = Draft::new(&Head { kind, at_ms, caller, purpose, as_of, token: view.token() });
        draft.seen(&subject.to_string(), "", 0, decisions.iter().map(|event| event.decision.0.as_slice()));
        Ok(self.desk.access.note(draft).await?)
    }

    async fn history_of(
        &self,
        request: Request<proto::HistoryRequest>,
    ) -> Result<Patient<raw::HistoryResponse>, CallError> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        check_purpose(&request.purpose)?;
        let permit = self.permit()?;
        self.desk.await_token(&request.at_least, &metadata).await?;
        let view = self.view()?;
        let as_of = request.as_of.map(|number| self.desk.day(&view, Some(number))).transpose()?;
        let after = request.after.as_ref().map(|it| place("after", it)).transpose()?;
        let (subject, logs) = self.subject(request.subject).await?;
        let of = subject.clone();
        let read = move |logs: &Logs| {
            let after = after.map(|after| known_at(logs, after).map(|known_ms| (known_ms, after))).transpose()?;
            let mut found = history(logs, &of)?;
            found.hide_scheduled();
            found.entries.retain(|entry| after.is_none_or(|after| (entry.known_ms, entry.position) > after));
            Ok(found.entries)
        };
        let mut entries = Self::read(logs, "after", read).await?;
        if let Some(day) = as_of {
            entries.retain(|entry| view.civil_day(entry.known_ms).is_some_and(|known| known <= day));
        }
        let mut decisions: Vec<&DecisionEvent> =
            entries.iter().flat_map(|entry| &entry.decisions).map(|it| &it.event).collect();
        decisions.sort_by_key(|event| event.decision);
        decisions.dedup_by_key(|event| event.decision);
        let asked = Asked { kind: Kind::History, caller, purpose: &request.purpose, as_of };
        self.enter(asked, &view, &subject, &decisions).await?;
        let fresh = self.desk.freshness(&view, Some(&subject));
        Ok(feed(parts(entries, fresh), Duration::from_millis(self.desk.limits.stall_ms_max), permit))
    }

    async fn state(&self, request: Request<proto::StateAsOfRequest>) -> Result<proto::StateAsOfResponse, CallError> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        check_purpose(&request.purpose)?;
        let _permit = self.permit()?;
        self.desk.await_token(&request.at_least, &metadata).await?;
        let view = self.view()?;
        let on = self.desk.day(&view, request.as_of)?;
        let known_at = request.known_at.as_ref().map(|it| place("known_at", it)).transpose()?;
        let (subject, logs) = self.subject(request.subject).await?;
        let (of, packs) = (subject.clone(), self.desk.packs.clone());
        let read = move |logs: &Logs| {
            let packs = Shelf::open(&packs).map_err(|error| ReplayError::Packs(error.to_string()))?;
            as_of_subject(logs, &packs, &of, Question { day: Some(on), known_at })
        };
        let mut found = Self::read(logs, "known_at", read).await?;
        found.decisions.retain(|event| event.kind != DecisionKind::Scheduled);
        let asked = Asked { kind: Kind::StateAsOf, caller, purpose: &request.purpose, as_of: Some(on) };
        self.enter(asked, &view, &subject, &found.decisions.iter().collect::<Vec<_>>()).await?;
        Ok(proto::StateAsOfResponse {
            decisions: found.decisions.iter().map(message).collect::<Result<_, _>>()?,
            as_of: on.number(),
            next_change: found.next_change.map(Day::number),
            freshness: Some(freshness(self.desk.freshness(&view, Some(&subject)))),
        })
    }

    async fn explained(&self, request: Request<proto::ExplainRequest>) -> Result<proto::ExplainResponse, CallError> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        check_purpose(&request.purpose)?;
        let id = decision_id(&request.decision)?;
        let _permit = self.permit()?;
        self.desk.await_token(&request.at_least, &metadata).await?;
        let view = self.view()?;
        let on = self.desk.day(&view, request.as_of)?;
        let logs = self.desk.handle.logs().await?;
        let mut found = Self::read(logs, "decision", move |logs| revisions(logs, id)).await?;
        found.retain(|it| it.event.kind != DecisionKind::Scheduled);
        let newest = &found.last().ok_or(CallError::Decision(id))?.event;
        let asked = Asked { kind: Kind::Explain, caller, purpose: &request.purpose, as_of: Some(on) };
        self.enter(asked, &view, &newest.subject, &[newest]).await?;
        let decoded = |it: &Revision| decision::DecisionEvent::decode(&*it.bytes).map_err(|_| CallError::LogUnreadable);
        Ok(proto::ExplainResponse {
            revisions: found.iter().map(decoded).collect::<Result<_, _>>()?,
            is_in_force: newest.in_force.contains(on),
            as_of: on.number(),
            next_change: newest.in_force.next_change_after(on).map(Day::number),
            freshness: Some(freshness(self.desk.freshness(&view, Some(&newest.subject)))),
        })
    }
}

impl Audits {
    /// The scorecard; whom its lists name is entered in the access log.
    async fn counted(&self, request: Request<proto::ScorecardRequest>) -> Result<proto::ScorecardResponse, CallError> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        check_purpose(&request.purpose)?;
        let _permit = self.permit()?;
        self.desk.await_token(&request.at_least, &metadata).await?;
        let view = self.view()?;
        let on = match request.on {
            None => self.desk.day(&view, None)?,
            Some(number) => {
                self.desk.day(&view, Some(number)).map_err(|_| CallError::DayOutOfRange { field: "on", number })?
            }
        };
        let authority = Some(request.authority).filter(|code| !code.is_empty());
        if let (Some(code), Some(words)) = (&authority, view.words()) {
            view.codes().check_authority("authority", code, &words.program.label)?;
        }
        let logs = self.desk.handle.logs().await?;
        let (packs, names, clock) =
            (self.desk.packs.clone(), Arc::clone(&self.desk.names), Arc::clone(&self.desk.clock));
        let (of, caller, purpose) = (Arc::clone(&view), caller.to_owned(), request.purpose);
        // All of it on a thread that may block: names are held while one of them is written, and lists may be long.
        let read = move |logs: &Logs| {
            let packs = Shelf::open(&packs).map_err(|error| ReplayError::Packs(error.to_string()))?;
            let deliveries = names.deliveries();
            let has_reached =
                |code: &str, partition, seq, bytes: &[u8]| deliveries.has_reached(code, partition, seq, bytes);
            let question = ScorecardQuestion { authority, on: Some(on), listed_max: Some(scores::LISTED_MAX) };
            let found = scorecard(logs, &packs, &has_reached, &question)?;
            let (at_ms, caller, purpose, token) = (clock.now_ms(), &caller, &purpose, of.token());
            let mut draft = Draft::new(&Head { kind: Kind::Scorecard, at_ms, caller, purpose, as_of: Some(on), token });
            let overdue = found.overdue.iter().map(|it| (&it.subject, &it.decision));
            for (subject, decision) in overdue.chain(found.lifts.iter().map(|it| (&it.subject, &it.decision))) {
                draft.seen(&subject.to_string(), "", 0, std::iter::once(decision.0.as_slice()));
            }
            Ok((draft, scores::response(found, on)))
        };
        let (draft, response) = Self::read(logs, "on", read).await?;
        self.desk.access.note(draft).await?;
        let freshness = Some(freshness(self.desk.freshness(&view, None)));
        Ok(proto::ScorecardResponse { freshness, ..response })
    }
}

/// A position that is asked for.
fn place(field: &'static str, given: &model::Position) -> Result<Position, CallError> {
    let partition = u16::try_from(given.partition).map_err(|_| CallError::Position {
        field,
        message: format!("{} is no partition of this log", given.partition),
    })?;
    Ok(Position { partition, offset: given.offset })
}

/// A history in parts; one without anything says what it reflects.
fn parts(entries: Vec<HistoryEntry>, fresh: raw::Freshness) -> impl Iterator<Item = raw::HistoryResponse> + Send {
    let part = move |item, at: Option<Position>| raw::HistoryResponse {
        item,
        position: at.map(position),
        freshness: Some(fresh.clone()),
    };
    let nothing = entries.is_empty().then(|| part(None, None));
    let told = entries.into_iter().flat_map(move |entry| {
        let at = Some(entry.position);
        let entry_part = part(Some(raw::HistoryItem::Entry(entry.bytes.into_vec().into())), at);
        let decision = |it: Revision| part(Some(raw::HistoryItem::Decision(it.bytes.into_vec().into())), at);
        let decisions: Vec<raw::HistoryResponse> = entry.decisions.into_iter().map(decision).collect();
        std::iter::once(entry_part).chain(decisions)
    });
    nothing.into_iter().chain(told)
}

#[tonic::async_trait]
impl AuditService for Audits {
    type HistoryStream = Patient<raw::HistoryResponse>;

    async fn history(&self, request: Request<proto::HistoryRequest>) -> Result<Response<Self::HistoryStream>, Status> {
        Ok(Response::new(self.history_of(request).await?))
    }

    async fn state_as_of(
        &self,
        request: Request<proto::StateAsOfRequest>,
    ) -> Result<Response<proto::StateAsOfResponse>, Status> {
        Ok(Response::new(self.state(request).await?))
    }

    async fn explain(
        &self,
        request: Request<proto::ExplainRequest>,
    ) -> Result<Response<proto::ExplainResponse>, Status> {
        Ok(Response::new(self.explained(request).await?))
    }

    async fn scorecard(
        &self,
        request: Request<proto::ScorecardRequest>,
    ) -> Result<Response<proto::ScorecardResponse>, Status> {
        Ok(Response::new(self.counted(request).await?))
    }
}
