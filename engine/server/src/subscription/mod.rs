//! Subscriptions beneath the wire: the decision log in chunks, the recent ones shared, what is wanted, what was acknowledged.
//!
//! # Invariants
//!
//! Only what is durable and shown is read. A chunk is made once and shared, by those near the head as by those who catch up
//! side by side; nobody holds more than a few chunks.

mod chunk;
mod deliveries;
mod known;
mod names;
mod older;
mod recent;
mod wanted;

pub(crate) use chunk::{Chunk, ReadChunkError};
pub use deliveries::Deliveries;
pub use names::{NameError, Names, OpenNamesError, SharedNames, SharedNamesError};
pub(crate) use older::{Older, OlderError};
pub(crate) use recent::Recent;
pub use wanted::UnknownCode;
pub(crate) use wanted::Wanted;
