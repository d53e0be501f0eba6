//! CheckService: checks, answered from the index.
//!
//! # Invariants
//!
//! The view is taken before the cell: an answer is at least as fresh as it says. A check never asks the thread that
//! folds, unless grounds are asked for.

use super::desk::{Desk, check_purpose};
use super::lookup;
use super::status::CallError;
use super::words::{bilingual, grounds, intervals};
use crate::access::{Draft, Head, Kind};
use crate::index::{Checked, InForce, PackWords, View};
use crate::verdict::Bearing as Bears;
use heng_core::DecisionEvent;
use heng_model::{Day, DecisionId, SubjectId};
use heng_proto::check::v1 as proto;
use heng_proto::model::v1::Position;
use heng_rpc::raw;
use heng_rpc::server::check::v1::check_service_server::CheckService;
use heng_rules::Effect;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

/// Answers checks.
#[derive(Clone)]
pub struct Checks {
    desk: Desk,
    /// Look-ups that may still begin.
    lookups: Arc<Semaphore>,
}

/// An answer, and what its grounds are asked for with.
struct Answered {
    answer: raw::Answer,
    subject: SubjectId,
    decisions: Vec<DecisionId>,
}

impl Checks {
    /// Answers checks from what is at hand.
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        let lookups = Arc::new(Semaphore::new(desk.limits.lookups_max));
        Self { desk, lookups }
    }

    fn answer(
        &self,
        (view, words, on): (&View, &PackWords, Day),
        given: String,
        matter: &str,
    ) -> Result<Answered, CallError> {
        let index = self.desk.index();
        let subject = index.resolve(view, &given).map_err(|cause| CallError::Subject { field: "subject", cause })?;
        let answered = index.check(words, &subject, matter, on, |checked| answered(&checked, given))?;
        let verdict = answered.answer.verdict.saturating_sub(1);
        if let Some(count) = usize::try_from(verdict).ok().and_then(|at| self.desk.metrics.verdicts.get(at)) {
            count.add(1);
        }
        Ok(answered)
    }

    fn check_at_once(
        &self,
        caller: &str,
        request: proto::CheckRequest,
    ) -> Result<(raw::CheckResponse, Answered, Draft), CallError> {
        check_purpose(&request.purpose)?;
        let view = self.desk.index().view();
        let view = view.as_ref().ok_or(CallError::CatchingUp)?;
        let words = view.words().ok_or(CallError::NoPack)?;
        let on = self.desk.day(view, request.as_of)?;
        let answered = self.answer((view, words, on), request.subject, &request.matter)?;
        let response = raw::CheckResponse {
            answer: None,
            as_of: on.number(),
            freshness: Some(self.desk.freshness(view, Some(&answered.subject))),
            pack: words.label.clone(),
        };
        let mut draft = self.draft(Kind::Check, caller, &request.purpose, (view, on));
        seen(&mut draft, &answered.answer, &request.matter);
        Ok((response, answered, draft))
    }

    async fn one(&self, request: Request<proto::CheckRequest>) -> Result<raw::CheckResponse, CallError> {
        let (metadata, extensions, request) = request.into_parts();
        let caller = self.desk.caller(&metadata, &extensions)?;
        self.desk.await_token(&request.at_least, &metadata).await?;
        let with_grounds = request.with_grounds;
        let (mut response, mut answered, draft) = self.check_at_once(caller, request)?;
        self.desk.access.note(draft).await?;
        if with_grounds && !answered.decisions.is_empty() {
            let worded = self.desk.handle.word(answered.subject, answered.decisions).await?;
            answered.answer.bearings.iter_mut().for_each(|bearing| put_grounds(bearing, &worded));
        }
        response.answer = Some(answered.answer);
        Ok(response)
    }

    /// A look-up as the access log has it, its subjects not seen yet.
    fn draft(&self, kind: Kind, caller: &str, purpose: &str, (view, on): (&View, Day)) -> Draft {
        let at_ms = self.desk.clock.now_ms();
        Draft::new(&Head { kind, at_ms, caller, purpose, as_of: Some(on), token: view.token() })
    }

    fn batch_at_once(
        &self,
        caller: &str,
        request: proto::BatchCheckRequest,
    ) -> Result<(raw::BatchCheckResponse, Draft), CallError> {
        let (found, max) = (request.entries.len(), self.desk.limits.batch_entries_max);
        if found > max {
            return Err(CallError::TooMany { field: "entries", found, max });
        }
        check_purpose(&request.purpose)?;
        let view = self.desk.index().view();
        let view = view.as_ref().ok_or(CallError::CatchingUp)?;
        let words = view.words().ok_or(CallError::NoPack)?;
        let on = self.desk.day(view, request.as_of)?;
        let mut draft = self.draft(Kind::BatchCheck, caller, &request.purpose, (view, on));
        let mut next_change: Option<i32> = None;
        let mut refused = 0;
        let mut result =
            |entry: proto::BatchCheckEntry| match self.answer((view, words, on), entry.subject, &entry.matter) {
                Ok(Answered { answer, .. }) => {
                    seen(&mut draft, &answer, &entry.matter);
                    next_change = [next_change, answer.next_change].into_iter().flatten().min();
                    raw::BatchCheckOutcome::Answer(answer)
                }
                Err(error) => {
                    refused += 1;
                    raw::BatchCheckOutcome::Refusal(raw::Refusal {
                        code: error.code().into(),
                        message: error.to_string(),
                        violations: error.violations(),
                    })
                }
            };
        let results: Vec<raw::BatchCheckResult> =
            request.entries.into_iter().map(|entry| raw::BatchCheckResult { result: Some(result(entry)) }).collect();
        self.desk.metrics.checks_refused.add(refused);
        draft.refused(refused);
        let response = raw::BatchCheckResponse {
            results,
            as_of: on.number(),
            freshness: Some(self.desk.freshness(view, None)),
            next_change,
            pack: words.label.clone(),
        };
        Ok((response, draft))
    }
}

/// Puts an answer together; `given` is what the subject was asked for as, and serves again where it is canonical.
fn answered(checked: &Checked<'_>, given: String) -> Answered {
    let found = &checked.judgement;
    let subject = checked.subject;
    let is_canonical = subject.uscc().is_some_and(|code| code.as_str() == given);
    Answered {
        answer: raw::Answer {
            verdict: verdict(found.verdict).into(),
            next_change: found.next_change.map(Day::number),
            bearings: found.bearings.iter().map(|it| bearing(checked, it)).collect(),
            subject: if is_canonical { given } else { subject.to_string() },
        },
        subject: subject.clone(),
        decisions: found.bearings.iter().map(|it| it.decision.standing.id).collect(),
    }
}

/// Enters an answer in a look-up.
fn seen(draft: &mut Draft, answer: &raw::Answer, matter: &str) {
    draft.seen(&answer.subject, matter, answer.verdict, answer.bearings.iter().map(|it| &*it.decision));
}

fn bearing(checked: &Checked<'_>, it: &Bears<InForce<'_>>) -> raw::Bearing {
    let InForce { words, standing } = it.decision;
    let position = standing.first_ground;
    raw::Bearing {
        effect: verdict(Some(it.effect)).into(),
        decision: standing.id.0.to_vec().into(),
        measure: checked.matter.measures.get(it.measure).map(|(_, words)| words.clone()).unwrap_or_default(),
        rule: words.rule(standing.rule).map(|rule| rule.encoded.clone()).unwrap_or_default(),
        in_force: intervals(&standing.days),
        grounds_count: standing.grounds,
        first_ground: position.map(|it| Position { partition: u32::from(it.partition), offset: it.offset }),
        grounds: Vec::new(),
        explanation: None,
    }
}

fn put_grounds(bearing: &mut raw::Bearing, worded: &[DecisionEvent]) {
    if let Some(decision) = worded.iter().find(|decision| decision.decision.0.as_slice() == &*bearing.decision) {
        bearing.grounds = grounds(decision);
        bearing.explanation = Some(bilingual(&decision.explanation));
    }
}

/// A verdict as it is sent.
pub(super) fn verdict(effect: Option<Effect>) -> proto::Verdict {
    match effect {
        None => proto::Verdict::Clear,
        Some(Effect::Favour) => proto::Verdict::Favour,
        Some(Effect::Caution) => proto::Verdict::Caution,
        Some(Effect::Restrict) => proto::Verdict::Restrict,
        Some(Effect::Bar) => proto::Verdict::Bar,
    }
}

#[tonic::async_trait]
impl CheckService for Checks {
    async fn check(&self, request: Request<proto::CheckRequest>) -> Result<Response<raw::CheckResponse>, Status> {
        let started = Instant::now();
        match self.one(request).await {
            Ok(response) => {
                self.desk.metrics.check.note(started.elapsed());
                Ok(Response::new(response))
            }
            Err(error) => {
                self.desk.metrics.checks_refused.add(1);
                Err(error.into())
            }
        }
    }

    async fn batch_check(
        &self,
        request: Request<proto::BatchCheckRequest>,
    ) -> Result<Response<raw::BatchCheckResponse>, Status> {
        let started = Instant::now();
        let (metadata, extensions, request) = request.into_parts();
        self.desk.await_token(&request.at_least, &metadata).await?;
        let (response, draft) = self.batch_at_once(self.desk.caller(&metadata, &extensions)?, request)?;
        self.desk.access.note(draft).await.map_err(CallError::from)?;
        self.desk.metrics.batch.note(started.elapsed());
        Ok(Response::new(response))
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
