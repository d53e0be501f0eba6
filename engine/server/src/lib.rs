//! Intake and pipeline: from an event that arrives to the decisions that it gives rise to, durable at every step.
//!
//! # Invariants
//!
//! Nothing follows from an event, and nothing is told of it, before it is durable; nothing is shown before its decision is. A decision
//! of a shared log counts as durable when it is written: its event stands on that log, and gives the same bytes again. What was acknowledged
//! survives any crash: opening the same data again folds what was not folded, publishes what was not published, and
//! compares with what was.

pub mod access;
mod directory;
mod engine;
pub mod grpc;
pub mod index;
mod intake;
mod lane;
pub mod metrics;
mod per_thread;
pub mod runner;
pub mod shared;
mod shelf;
mod side_by_side;
pub mod subscription;
mod syncing;
pub mod trace;
pub mod turns;
pub mod verdict;
mod wire;

pub use directory::{Directory, ResolveError};
pub use engine::{
    ActivateError, Engine, EngineError, EngineOptions, Opened, RepairStanding, Report, Reported, Standing, Store, Waits,
};
pub use intake::{Arrival, IntakeRefusal, Submitted};
pub use lane::{Folded, Histories, LaneError, Touched};
pub use shelf::{Shelf, ShelfError};
pub use side_by_side::SideBySide;
