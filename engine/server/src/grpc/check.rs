//! CheckService: checks, answered from the index.
//!
//! # Invariants
//!
//! The view is taken before the cell: an answer is at least as fresh as it says. A check never asks the thread that
//! folds, unless grounds are asked for. What is answered was entered in the access log before.

use super::answer::{Said, USUAL_BYTES, Written, verdict};
use super::desk::{Desk, check_purpose};
use super::lookup;
use super::status::CallError;
use crate::access::{Draft, Head, Kind};
use crate::index::{Checked, PackWords, View};
use heng_core::DecisionEvent;
use heng_model::{Day, DecisionId, SubjectId};
use heng_proto::check::v1 as proto;
use heng_rpc::raw::Encoded;
use heng_rpc::server::check::v1::check_service_server::CheckService;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

/// How often an answer is made anew where decisions came while it was worded.
const WORDED_TRIES: usize = 8;

/// Answers checks.
#[derive(Clone)]
pub struct Checks {
    pub(super) desk: Desk,
    /// Look-ups that may still begin.
    lookups: Arc<Semaphore>,
}

/// How many questions were answered with each verdict.
pub(super) type Verdicts = [u64; 5];

impl Checks {
    /// Answers checks from what is at hand.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let lookups = Arc::new(Semaphore::new(desk.limits.lookups_max));
        Self { desk, lookups }
    }

    /// Judges a question; whatever is made of it is made where the cell is at hand.
    fn judge<R>(
        &self,
        (view, words, on): (&View, &PackWords, Day),
        given: &str,
        matter: &str,
        take: impl FnOnce(&Checked<'_>) -> R,
    ) -> Result<R, CallError> {
        let index = self.desk.index();
        let subject = index.resolve(view, given).map_err(|cause| CallError::Subject { field: "subject", cause })?;
        Ok(index.check((view, words), &subject, matter, on, |checked| take(&checked))?)
    }

    /// A look-up as the access log has it, its subjects not seen yet.
    pub(super) fn draft(kind: Kind, caller: &str, purpose: &str, (view, on, at_ms): (&View, Day, i64)) -> Draft {
        Draft::new(&Head { kind, at_ms, caller, purpose, as_of: Some(on), token: view.token() })
    }

    pub(super) fn count(&self, verdicts: &Verdicts) {
        let counts = self.desk.metrics.checks.own();
        for (number, more) in counts.verdicts.iter().zip(verdicts).filter(|(_, more)| **more > 0) {
            number.add(*more);
        }
    }

    /// The answer, and whether every decision in it has its words, where words were asked for.
    fn check_at_once(
        &self,
        caller: &str,
        request: &proto::CheckRequest,
        worded: &[DecisionEvent],
    ) -> Result<(Written, Draft, Verdicts, bool), CallError> {
        check_purpose(&request.purpose)?;
        let now_ms = self.desk.clock.now_ms();
        self.desk.check_stale(now_ms)?;
        let view = self.desk.index().view();
        let view = view.as_ref().ok_or(CallError::CatchingUp)?;
        let words = view.words().ok_or(CallError::NoPack)?;
        let on = Desk::day_at(view, request.as_of, now_ms)?;
        let mut draft = Self::draft(Kind::Check, caller, &request.purpose, (view, on, now_ms));
        let mut written = Written::with_room(USUAL_BYTES);
        let (mut verdicts, mut is_whole) = (Verdicts::default(), true);
        self.judge((view, words, on), &request.subject, &request.matter, |checked| {
            let has_words = |id: DecisionId| worded.iter().any(|event| event.decision == id);
            is_whole =
                !request.with_grounds || checked.judgement.bearings.iter().all(|it| has_words(it.decision.standing.id));
            written.answer(1, checked, &mut Said::Whole(worded));
            see(&mut draft, checked, &request.matter, &mut verdicts);
            written.day_judged(2, on);
            written.freshness(3, &self.desk.freshness_at(view, Some(checked.subject), now_ms));
            written.bytes(4, checked.pack);
        })?;
        Ok((written, draft, verdicts, is_whole))
    }

    /// The decisions that bear on a question, worded by the thread that folds.
    async fn worded(&self, request: &proto::CheckRequest) -> Result<Vec<DecisionEvent>, CallError> {
        let (subject, decisions) = {
            let view = self.desk.index().view();
            let view = view.as_ref().ok_or(CallError::CatchingUp)?;
            let words = view.words().ok_or(CallError::NoPack)?;
            let on = self.desk.day(view, request.as_of)?;
            self.judge((view, words, on), &request.subject, &request.matter, |checked| {
                let bearings = checked.judgement.bearings.iter();
                let mut decisions: Vec<DecisionId> = bearings.map(|it| it.decision.standing.id).collect();
                decisions.sort_unstable();
                decisions.dedup();
                (SubjectId::clone(checked.subject), decisions)
            })?
        };
        if decisions.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.desk.handle.word(subject, decisions).await?)
    }

    /// Answers a call of Check.
    pub(super) async fn answer(&self, request: Request<proto::CheckRequest>) -> Result<Written, CallError> {
        let started = Instant::now();
        let answered = self.one(request).await;
        let counts = self.desk.metrics.checks.own();
        match &answered {
            Ok(_) => counts.check.note(started.elapsed()),
            Err(_) => counts.refused.add(1),
        }
        answered
    }

    async fn one(&self, request: Request<proto::CheckRequest>) -> Result<Written, CallError> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        if !request.at_least.is_empty() {
            // In a box, as is what words: rare, and not to be made room for in every call.
            Box::pin(self.desk.await_token(&request.at_least, &metadata)).await?;
        }
        let mut tries = 0;
        loop {
            let worded = if request.with_grounds { Box::pin(self.worded(&request)).await? } else { Vec::new() };
            let (response, draft, verdicts, is_whole) = self.check_at_once(caller, &request, &worded)?;
            tries += 1;
            // What was issued since the decisions were looked for has no words yet.
            if is_whole || tries == WORDED_TRIES {
                self.count(&verdicts);
                self.desk.access.note(draft).await?;
                return Ok(response);
            }
        }
    }
}

/// Enters an answer in a look-up, and counts it.
pub(super) fn see(draft: &mut Draft, checked: &Checked<'_>, matter: &str, verdicts: &mut Verdicts) {
    let found = &checked.judgement;
    let number = i32::from(verdict(found.verdict));
    let decisions = found.bearings.iter().map(|it| it.decision.standing.id.0.as_slice());
    draft.seen(&checked.subject.text(), matter, number, decisions);
    if let Some(count) = usize::try_from(number - 1).ok().and_then(|at| verdicts.get_mut(at)) {
        *count += 1;
    }
}

#[tonic::async_trait]
impl CheckService for Checks {
    async fn check(&self, request: Request<proto::CheckRequest>) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(self.answer(request).await?.encoded()))
    }

    async fn batch_check(&self, request: Request<proto::BatchCheckRequest>) -> Result<Response<Encoded>, Status> {
        Ok(Response::new(self.answer_batch(request).await?.encoded()))
    }

    type LookupSubjectsStream = lookup::Parts;

    async fn lookup_subjects(
        &self,
        request: Request<proto::LookupSubjectsRequest>,
    ) -> Result<Response<Self::LookupSubjectsStream>, Status> {
        let (metadata, extensions, request) = request.into_parts();
        self.desk.await_token(&request.at_least, &metadata).await?;
        let caller = self.desk.caller(&metadata, &extensions)?;
        Ok(Response::new(lookup::begin(&self.desk, &self.lookups, caller, request).await?))
    }
}
