//! One decision in all its revisions, found by its id or the beginning of it.

use crate::error::ReplayError;
use crate::history::Revision;
use crate::partition_log::PartitionLog;
use heng_core::DecisionEvent;
use heng_log::Disk;
use heng_model::DecisionId;
use std::collections::BTreeSet;

/// Ids named where a beginning fits several decisions.
const FITTING_MAX: usize = 5;

/// Why no decision can be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The log cannot be read.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The text is no beginning of an id.
    #[error("`{0}` is no decision id: up to 64 hexadecimal digits, as `heng decisions` prints them")]
    Form(String),
    /// No decision fits.
    #[error("no decision on the log has an id that begins with `{0}`: `heng decisions` lists them")]
    None(String),
    /// Several decisions fit.
    #[error("`{prefix}` begins the ids of several decisions, among them {}: write more digits", fitting.join(", "))]
    Several {
        /// As given.
        prefix: String,
        /// Some of the ids that fit.
        fitting: Vec<String>,
    },
}

/// All revisions of a decision, the newest first; `prefix` is its id or a beginning that no other one has.
///
/// # Errors
/// [`ExplainError`] where it names no decision, or several.
pub fn explain<D: Disk>(logs: &[PartitionLog<D>], prefix: &str) -> Result<Vec<DecisionEvent>, ExplainError> {
    let wanted = prefix.to_ascii_lowercase();
    if wanted.is_empty() || wanted.len() > 64 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(ExplainError::Form(prefix.to_owned()));
    }
    let mut revisions: Vec<DecisionEvent> = Vec::new();
    for log in logs {
        log.each_decision_where(|head| begins(&head.decision.0, &wanted), |event, _| revisions.push(event))?;
    }
    let fitting: BTreeSet<DecisionId> = revisions.iter().map(|event| event.decision).collect();
    match fitting.len() {
        0 => Err(ExplainError::None(prefix.to_owned())),
        1 => {
            revisions.sort_by_key(|event| std::cmp::Reverse((event.revision, event.known_ms, event.seq)));
            Ok(revisions)
        }
        _ => {
            let fitting = fitting.iter().take(FITTING_MAX).map(DecisionId::to_string).collect();
            Err(ExplainError::Several { prefix: prefix.to_owned(), fitting })
        }
    }
}

/// All revisions of a decision, the oldest first; none where no decision has the id.
///
/// # Errors
/// [`ReplayError`] where the log cannot be read.
pub fn revisions<D: Disk>(logs: &[PartitionLog<D>], id: DecisionId) -> Result<Vec<Revision>, ReplayError> {
    let mut revisions: Vec<Revision> = Vec::new();
    for log in logs {
        let take = |event, bytes: &[u8]| revisions.push(Revision { event, bytes: bytes.into() });
        log.each_decision_where(|head| head.decision == id, take)?;
    }
    revisions.sort_by_key(|it| (it.event.revision, it.event.known_ms, it.event.seq));
    Ok(revisions)
}

/// Do an id's hexadecimal digits begin with these?
fn begins(id: &[u8], digits: &str) -> bool {
    let digit = |half: u8| char::from_digit(u32::from(half), 16);
    let all = id.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    all.zip(digits.chars()).all(|(is, wanted)| is == Some(wanted))
}
