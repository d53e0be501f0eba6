//! Subscriptions beneath the wire: the decision log in chunks, the recent ones shared, what is wanted, what was acknowledged.
//!
//! # Invariants
//!
//! Only what is durable and shown is read. A chunk is made once and shared: who falls behind what is kept reads the log by
//! itself, so nobody holds more than a few chunks.

mod chunk;
mod deliveries;
mod names;
mod recent;
mod wanted;

pub(crate) use chunk::{Chunk, ReadChunkError};
pub use deliveries::Deliveries;
pub use names::{NameError, Names, OpenNamesError};
pub(crate) use recent::Recent;
pub use wanted::UnknownCode;
pub(crate) use wanted::Wanted;
