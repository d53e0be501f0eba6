//! LookupSubjects: everyone concerned by a matter, found on a thread of its own and sent in parts.
//!
//! # Invariants
//!
//! Threads that answer checks never pass over the index. What was found is held once a call, and no further call begins
//! while as many as are allowed have not ended: a client that does not read is cut off.

use super::answer::verdict;
use super::desk::{Desk, check_purpose};
use super::patience::{Patient, feed};
use super::report::freshness;
use super::status::CallError;
use crate::access::{Draft, Head, Kind, Listed};
use crate::index::{Concerned, Lookup};
use heng_model::Day;
use heng_proto::check::v1 as proto;
use heng_proto::model::v1::Freshness;
use heng_rules::Effect;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Subjects in one part.
const PART_SUBJECTS: usize = 256;

/// The parts of an answer.
pub(super) type Parts = Patient<proto::LookupSubjectsResponse>;

/// Finds everyone concerned.
pub(super) async fn begin(
    desk: &Desk,
    running: &Arc<Semaphore>,
    caller: &str,
    request: proto::LookupSubjectsRequest,
) -> Result<Parts, CallError> {
    check_purpose(&request.purpose)?;
    desk.check_stale(desk.clock.now_ms())?;
    let busy = |_| CallError::Busy(desk.limits.lookups_max);
    let permit = Arc::clone(running).try_acquire_owned().map_err(busy)?;
    let view = desk.index().view().clone().ok_or(CallError::CatchingUp)?;
    let wanted = Lookup {
        at_least: weakest(&request)?,
        on: desk.day(&view, request.as_of)?,
        after: match request.after.as_str() {
            "" => None,
            given => Some(given.parse().map_err(|cause: heng_model::ParseSubjectIdError| CallError::Subject {
                field: "after",
                cause: cause.into(),
            })?),
        },
        matter: request.matter,
    };
    let fresh = desk.freshness(&view, None);
    let as_of = wanted.on.number();
    let handle = desk.handle.clone();
    let found = tokio::task::spawn_blocking(move || Ok((handle.index().lookup(&view, &wanted)?, wanted)));
    // The task ends early only with the runtime.
    let found: Result<_, CallError> = found.await.map_err(|_| CallError::Stopped(crate::runner::Stopped))?;
    let (found, wanted) = found?;
    let mut draft = Draft::new(&Head {
        kind: Kind::LookupSubjects,
        at_ms: desk.clock.now_ms(),
        caller,
        purpose: &request.purpose,
        as_of: Some(wanted.on),
        token: &fresh.token,
    });
    draft.listed(&Listed {
        matter: &wanted.matter,
        at_least_verdict: verdict(Some(wanted.at_least)).into(),
        after: &request.after,
        named: u64::try_from(found.len()).unwrap_or(u64::MAX),
    });
    desk.access.note(draft).await?;
    desk.metrics.lookups.add(1);
    let freshness = freshness(fresh);
    let stall = Duration::from_millis(desk.limits.stall_ms_max);
    Ok(feed(parts(found.into_iter(), as_of, freshness), stall, permit))
}

/// Parts are put together one by one; the first one comes even where it is empty, since it says what is reflected.
fn parts(
    mut found: std::vec::IntoIter<Concerned>,
    as_of: i32,
    freshness: Freshness,
) -> impl Iterator<Item = proto::LookupSubjectsResponse> {
    let mut is_first = true;
    std::iter::from_fn(move || {
        let part: Vec<Concerned> = found.by_ref().take(PART_SUBJECTS).collect();
        let is_sent = std::mem::take(&mut is_first) || !part.is_empty();
        is_sent.then(|| proto::LookupSubjectsResponse {
            next_change: part.iter().filter_map(|it| it.next_change).min().map(Day::number),
            subjects: part.into_iter().map(concerned).collect(),
            as_of,
            freshness: Some(freshness.clone()),
        })
    })
}

fn weakest(request: &proto::LookupSubjectsRequest) -> Result<Effect, CallError> {
    match proto::Verdict::try_from(request.at_least_verdict) {
        Ok(proto::Verdict::Unspecified | proto::Verdict::Favour) => Ok(Effect::Favour),
        Ok(proto::Verdict::Caution) => Ok(Effect::Caution),
        Ok(proto::Verdict::Restrict) => Ok(Effect::Restrict),
        Ok(proto::Verdict::Bar) => Ok(Effect::Bar),
        Ok(proto::Verdict::Clear) | Err(_) => Err(CallError::BadValue {
            field: "at_least_verdict",
            message: "name favour, caution, restrict or bar: subjects that are clear are not listed".to_owned(),
        }),
    }
}

fn concerned(it: Concerned) -> proto::ConcernedSubject {
    proto::ConcernedSubject {
        subject: it.subject.to_string(),
        verdict: verdict(Some(it.effect)).into(),
        measures: it.measures.into_iter().map(String::from).collect(),
        next_change: it.next_change.map(Day::number),
    }
}
