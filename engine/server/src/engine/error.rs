//! Why an engine cannot open or go on.

use crate::lane::LaneError;
use crate::shelf::ShelfError;
use heng_log::OpenError;
use heng_log::codec::EncodeError;
use heng_model::TimeZone;
use heng_model::checkpoint::WriteCheckpointError;
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
    /// The checkpoint cannot be used and cannot be thrown away.
    #[error("the checkpoint cannot be thrown away: {0}")]
    Clear(#[from] heng_model::checkpoint::ClearCheckpointError),
    /// Another process uses the state.
    #[error("{0}")]
    StateInUse(heng_model::checkpoint::Rejected),
    /// The decision log ends before the checkpoint.
    #[error(
        "partition {partition}: the {stream} log holds {found} entries, but the checkpoint stands at {expected}: the log \
         was truncated; restore it from a copy"
    )]
    Truncated {
        /// Partition.
        partition: u16,
        /// `event` or `decision`.
        stream: &'static str,
        /// Entries found.
        found: u64,
        /// Entries the checkpoint knows of.
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
    /// The engine cannot go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
