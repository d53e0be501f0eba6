//! Replay: the log folded anew and compared, asked about the past, and explained.
//!
//! # Invariants
//!
//! Nothing here writes, and nothing here decides: the fold and the wording are those of the live engine. What is found is
//! data in a report; an error means that the log is damaged, or needs another program or a pack that is not kept.

mod as_of;
pub mod cases;
mod difference;
mod error;
mod explain;
pub mod handbook;
mod history;
mod inspect;
pub mod mutants;
mod partition_log;
mod refold;
mod scorecard;
mod verify;
mod waiting;

pub use as_of::{AsOf, Question, as_of, as_of_subject, known_at};
pub use difference::{DecisionRef, Difference, Differs, FieldDifference};
pub use error::ReplayError;
pub use explain::{ExplainError, explain, revisions};
pub use history::{History, HistoryEntry, Revision, history};
pub use inspect::{JournalReport, inspect_decisions, inspect_events};
pub use partition_log::{PartitionLog, Stop};
pub use scorecard::{
    HasReached, OverdueDuty, REASONS_MAX, Scorecard, ScorecardQuestion, ScorecardRow, UnacknowledgedLift, scorecard,
};
pub use verify::{PartitionReport, Stages, verify, verify_all};
pub use waiting::{Waiting, waiting};
