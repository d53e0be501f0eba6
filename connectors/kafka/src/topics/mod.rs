//! The topics: their names, the settings that they must have, and what differs from that.
//!
//! # Invariants
//!
//! `check` changes nothing, and `create` only makes what is missing: a topic that is there is never altered, since what was
//! written under other settings may be lost already. Each thing that is wrong is told with what must be and how to get there.

mod ask;
mod compare;
mod wanted;

pub use ask::{Created, Topics, TopicsError};
pub use compare::{Wrong, compare};
pub use wanted::{Names, Wanted, wanted};

use std::collections::BTreeMap;

/// A topic as the brokers have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Partitions.
    pub partitions: usize,
    /// Copies of the partition that has the fewest.
    pub replication: usize,
    /// Settings in effect.
    pub settings: BTreeMap<String, String>,
}
