//! Why an engine cannot open or go on.

use crate::lane::LaneError;
use crate::shared::SharedLogError;
use crate::shelf::ShelfError;
use heng_log::OpenError;
use heng_log::codec::{DecodeDecisionError, EncodeError};
use heng_model::checkpoint::WriteCheckpointError;
use heng_model::{Day, Position, TimeZone};
use heng_rules::Diagnostic;

/// Why an engine cannot open or go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A journal does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A partition stopped.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Packs cannot be read or kept.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// An entry of Heng's own cannot be encoded.
    #[error(transparent)]
    Encode(EncodeError),
    /// A checkpoint was not written.
    #[error(transparent)]
    Checkpoint(WriteCheckpointError),
    /// Checkpoints cannot be written.
    #[error("the thread that writes checkpoints cannot be started: {0}")]
    Saver(std::io::Error),
    /// The checkpoint cannot be used and cannot be thrown away.
    #[error("the checkpoint cannot be thrown away: {0}")]
    Clear(#[from] heng_model::checkpoint::ClearCheckpointError),
    /// Another process uses the state.
    #[error("{0}")]
    StateInUse(heng_model::checkpoint::Rejected),
    /// The decision log goes on where the event log has ended.
    #[error(
        "partition {partition}: the decision log holds {found} decisions, but the events give {expected}: the end of \
         the event log is lost, or one of the two was altered; restore both from one copy (a replica or a backup)"
    )]
    Truncated {
        /// Partition.
        partition: u16,
        /// Decisions on the decision log.
        found: u64,
        /// Decisions that the events give.
        expected: u64,
    },
    /// The last decision cannot be read.
    #[error("partition {partition}: decision {seq}, the last one on the log: {cause}")]
    LastDecision {
        /// Partition.
        partition: u16,
        /// Its `seq`.
        seq: u64,
        /// Why.
        cause: DecodeDecisionError,
    },
    /// The shared log cannot be gone on with.
    #[error(transparent)]
    Shared(#[from] SharedLogError),
    /// The shared log ends before this engine's copy of it.
    #[error(
        "partition {partition}: the shared log has {found} entries, this engine's copy {own}: the log lost its end, or is \
         another one; nothing goes on before it is known which is right (see the operator's page, \"A topic that was cut\")"
    )]
    SharedEnds {
        /// Partition.
        partition: u16,
        /// Entries on the log.
        found: u64,
        /// Entries of the copy.
        own: u64,
    },
    /// The shared log holds another entry than this engine's copy.
    #[error(
        "at {position}: the shared log holds another entry than this engine's copy of it: one of the two was altered"
    )]
    SharedDiffers {
        /// Where.
        position: Position,
    },
    /// Positions are dense.
    #[error("at {position}: the shared log has a hole: entry {expected} should come before it; a hole is damage")]
    SharedHole {
        /// What came.
        position: Position,
        /// What should have come.
        expected: u64,
    },
    /// An earlier flush failed.
    #[error("an earlier failure stopped the engine: open the data directory anew")]
    Stopped,
    /// No pack was activated yet.
    #[error("no pack is in force: activate one first")]
    NoPack,
    /// A partition that the log does not have.
    #[error("the log has no partition {0}")]
    NoLane(usize),
}

/// Why a pack is not activated.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// The pack does not load, or may not follow the one in force.
    #[error("the pack cannot be activated: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Pack(Vec<Diagnostic>),
    /// Days of one log are counted in one zone.
    #[error("the pack counts days in {1}, the log in {0}")]
    TimeZone(TimeZone, TimeZone),
    /// Another activation waits for its day.
    #[error("another pack waits to take effect on {on}: activate this one when that day has been opened")]
    Pending {
        /// The day it waits for.
        on: Day,
    },
    /// The engine cannot go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
