//! BatchCheck: many questions on one day, of one view.
//!
//! # Invariants
//!
//! The view is taken before all cells. A question that cannot be answered fails alone, and is answered in its place. What is
//! answered was entered in the access log before, in one look-up.

use super::answer::{Said, USUAL_BYTES, USUAL_PLACED_BYTES, Written, about};
use super::check::{Checks, Verdicts, see};
use super::desk::{Desk, check_purpose};
use super::status::CallError;
use super::tables::Tables;
use crate::access::{Draft, Kind};
use crate::index::{Checked, View};
use heng_model::{Day, SubjectId};
use heng_proto::check::v1 as proto;
use std::time::Instant;
use tonic::Request;

impl Checks {
    /// Answers a call of BatchCheck.
    pub(super) async fn answer_batch(&self, request: Request<proto::BatchCheckRequest>) -> Result<Written, CallError> {
        let started = Instant::now();
        let (metadata, extensions, request) = request.into_parts();
        self.desk.await_token(&request.at_least, &metadata).await?;
        let (response, draft) = self.batch_at_once(self.desk.caller(&metadata, &extensions)?, &request)?;
        self.desk.access.note(draft).await?;
        self.desk.metrics.checks.own().batch.note(started.elapsed());
        Ok(response)
    }

    fn batch_at_once(&self, caller: &str, request: &proto::BatchCheckRequest) -> Result<(Written, Draft), CallError> {
        let (found, max) = (request.entries.len(), self.desk.limits.batch_entries_max);
        if found > max {
            return Err(CallError::TooMany { field: "entries", found, max });
        }
        check_purpose(&request.purpose)?;
        let now_ms = self.desk.clock.now_ms();
        self.desk.check_stale(now_ms)?;
        let view = self.desk.index().view();
        let view = view.as_ref().ok_or(CallError::CatchingUp)?;
        let words = view.words().ok_or(CallError::NoPack)?;
        let on = Desk::day_at(view, request.as_of, now_ms)?;
        let mut draft = Self::draft(Kind::BatchCheck, caller, &request.purpose, (view, on, now_ms));
        let mut written = Written::with_room(found * if request.words_once { USUAL_PLACED_BYTES } else { USUAL_BYTES });
        let mut tables = Tables::default();
        let mut said = if request.words_once { Said::Places(&mut tables) } else { Said::Whole(&[]) };
        let (mut next_change, mut refused, mut verdicts): (Option<Day>, _, _) = (None, 0, Verdicts::default());
        let subjects = self.resolved(view, request);
        let looking = self.desk.index().looking();
        // All of them before the first is judged: what one waits for is fetched while others are looked up.
        let cells = looking.cells(subjects.iter().map(|subject| subject.as_ref().ok()));
        for ((entry, subject), cell) in request.entries.iter().zip(&subjects).zip(cells) {
            let mut take = |checked: Checked<'_>| {
                written.nested(1, about(&checked, &said) + 2, |result| result.answer(1, &checked, &mut said));
                see(&mut draft, &checked, &entry.matter, &mut verdicts);
                next_change = [next_change, checked.judgement.next_change].into_iter().flatten().min();
            };
            let judged = match subject {
                Ok(subject) => {
                    looking.judge((view, words), (subject, cell), &entry.matter, on, &mut take).map_err(CallError::from)
                }
                Err(error) => Err(error.clone()),
            };
            if let Err(error) = judged {
                refused += 1;
                let refusal = proto::Refusal {
                    code: error.code().into(),
                    message: error.to_string(),
                    violations: error.violations(),
                };
                written.nested(1, 0, |result| result.message(2, &refusal));
            }
        }
        self.count(&verdicts);
        self.desk.metrics.checks.own().refused.add(refused);
        draft.refused(refused);
        written.day_judged(2, on);
        written.freshness(3, &self.desk.freshness_at(view, None, now_ms));
        written.day(4, next_change);
        written.bytes(5, &words.label);
        written.tables((6, 7), &tables);
        Ok((written, draft))
    }

    /// Whom the questions are about.
    fn resolved(&self, view: &View, request: &proto::BatchCheckRequest) -> Vec<Result<SubjectId, CallError>> {
        let resolve = |entry: &proto::BatchCheckEntry| {
            let resolved = self.desk.index().resolve(view, &entry.subject);
            resolved.map_err(|cause| CallError::Subject { field: "subject", cause })
        };
        request.entries.iter().map(resolve).collect()
    }
}
