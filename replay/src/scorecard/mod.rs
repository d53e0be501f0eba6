//! Whether decisions reached those who must act on them, and what these answered: per authority and measure.
//!
//! # Invariants
//!
//! Counted from the two logs, the packs that decisions name, and up to where subscriptions have acknowledged. What became
//! known to Heng after the day asked about has no part in it; what was acknowledged has, whenever that was, since nobody
//! notes the day. A *duty* is a decision that was issued with a measure while it bound, for each authority that carries the
//! measure out, under the pack that decided; it ends with the decision, or when a later revision no longer names it: to who
//! had applied it, that is a lift like another. An answer is dated by the day on which it reached
//! Heng, which nobody can choose, not by the day that it states. Each duty is counted in one column only.

mod answers;
mod lives;
mod rows;
mod turns;

use crate::error::ReplayError;
use crate::partition_log::PartitionLog;
use heng_core::{DecisionKind, PackSource};
use heng_log::Disk;
use heng_model::{Day, DecisionId, PartitionId, SubjectId};

/// Was a revision acknowledged by an authority? Its partition, its `seq`, its bytes.
pub type HasReached<'a> = &'a dyn Fn(&str, PartitionId, u64, &[u8]) -> bool;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScorecardQuestion {
    /// Only this authority, by code.
    pub authority: Option<String>,
    /// As it stood at the end of this day; without one, of the last day on which a decision or an answer became known.
    pub on: Option<Day>,
    /// So many of each list; without a number, all.
    pub listed_max: Option<usize>,
}

/// The scorecard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scorecard {
    /// The day it stands for; none where nothing was ever decided.
    pub on: Option<Day>,
    /// By authority, then measure.
    pub rows: Vec<ScorecardRow>,
    /// Duties that are overdue, the longest first.
    pub overdue: Vec<OverdueDuty>,
    /// Lifts that have not reached who acted, the oldest first.
    pub lifts: Vec<UnacknowledgedLift>,
    /// How many duties are overdue besides those listed.
    pub overdue_more: u64,
    /// How many lifts have not reached who acted besides those listed.
    pub lifts_more: u64,
}

/// How an authority deals with a measure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScorecardRow {
    /// Authority, by code.
    pub authority: String,
    /// Measure, by code.
    pub measure: String,
    /// Duties.
    pub duties: u64,
    /// Of these: acknowledged by a durable subscription of the authority.
    pub delivered: u64,
    /// Answered that it was applied, by the latest answer.
    pub applied: u64,
    /// Answered that it was not.
    pub not_applied: u64,
    /// Of those answered: first answered after the deadline.
    pub late: u64,
    /// Days after the deadline, of all late answers together.
    pub late_days: u64,
    /// Unanswered, the deadline not passed.
    pub open: u64,
    /// Unanswered, the deadline passed, the decision stands.
    pub overdue: u64,
    /// Unanswered, and ended, or taken away, after its deadline.
    pub missed: u64,
    /// Unanswered, and ended, or taken away, before its deadline, or without one.
    pub lapsed: u64,
    /// Unanswered, and no deadline is stated.
    pub no_deadline: u64,
    /// Decisions lifted or revoked, or freed of the measure, that the authority had applied.
    pub lifts: u64,
    /// Of these: acknowledged by it.
    pub lifts_acknowledged: u64,
    /// Why it was not applied, and how often; the most frequent first, as many as [`REASONS_MAX`].
    pub reasons: Vec<(String, u64)>,
}

/// Reasons that a row names.
pub const REASONS_MAX: usize = 20;

/// A duty that is overdue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverdueDuty {
    /// Authority, by code.
    pub authority: String,
    /// Measure, by code.
    pub measure: String,
    /// Decision.
    pub decision: DecisionId,
    /// Subject.
    pub subject: SubjectId,
    /// When it was issued.
    pub issued_on: Day,
    /// The last day on which an answer would have been in time.
    pub due_on: Day,
    /// Days since.
    pub days: u32,
    /// Was it delivered?
    pub is_delivered: bool,
}

/// A lift that has not reached an authority that acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnacknowledgedLift {
    /// Authority, by code.
    pub authority: String,
    /// Decision.
    pub decision: DecisionId,
    /// Subject.
    pub subject: SubjectId,
    /// Measures of the authority that the decision carried.
    pub measures: Vec<String>,
    /// Lifted or revoked; another kind where the decision stands and only the measures were taken away.
    pub kind: DecisionKind,
    /// When that was said.
    pub since: Day,
    /// Where in the decision log: partition and `seq`.
    pub at: (PartitionId, u64),
}

/// Counts the scorecard.
///
/// # Errors
/// [`ReplayError`] where the log or a pack that it names cannot be read.
pub fn scorecard<D: Disk>(
    logs: &[PartitionLog<D>],
    packs: &dyn PackSource,
    has_reached: HasReached<'_>,
    question: &ScorecardQuestion,
) -> Result<Scorecard, ReplayError> {
    let mut lives = lives::read(logs, packs, has_reached, question.on)?;
    answers::read(logs, &mut lives, question.on)?;
    Ok(rows::count(&lives, question))
}
