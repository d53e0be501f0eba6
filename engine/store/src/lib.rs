//! Checkpoints of subject state: the port of [`heng_model::checkpoint`] on sled and in memory.
//!
//! # Invariants
//!
//! Never the only copy of anything, never in the path of one event. Whatever sled does (a panic, a lost record, an
//! empty store after a truncation), the caller gets a state that was written, or a reason to fold the log again.

mod durable;
mod fields;
mod manifest_file;
mod memory;
mod run;
mod sled_store;
mod terms;
mod tiers;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod corruption_tests;

pub use memory::{Failure, MemoryStore, SharedStore};
pub use sled_store::{DiscardError, SledStore};

use heng_model::PartitionId;
use heng_model::checkpoint::{Progress, WriteCheckpointError};

/// Longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 4 << 10;
/// Largest value, in bytes.
pub const VALUE_BYTES_MAX: usize = 16 << 20;
/// Largest partition-wide state, in bytes.
pub const HEADER_BYTES_MAX: usize = 256 << 20;

fn check_progress(progress: &Progress, last: Option<u64>) -> Result<(), WriteCheckpointError> {
    if let Some(last) = last
        && progress.number <= last
    {
        let Progress { partition, number, .. } = *progress;
        return Err(WriteCheckpointError::NotNewer { partition, number, last });
    }
    check_size("header", progress.header.len(), HEADER_BYTES_MAX)
}

/// Looks at changes as they come.
struct Checks {
    partition: PartitionId,
    /// The key of the one before.
    last: Option<Vec<u8>>,
}

impl Checks {
    fn new(partition: PartitionId) -> Self {
        Self { partition, last: None }
    }

    fn check(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), WriteCheckpointError> {
        check_size("key", key.len(), KEY_BYTES_MAX)?;
        check_size("value", value.map_or(0, <[u8]>::len), VALUE_BYTES_MAX)?;
        match &mut self.last {
            Some(last) if key <= last.as_slice() => {
                return Err(WriteCheckpointError::Unsorted { partition: self.partition });
            }
            Some(last) => {
                last.clear();
                last.extend_from_slice(key);
            }
            None => self.last = Some(key.to_vec()),
        }
        Ok(())
    }
}

fn check_size(what: &'static str, bytes: usize, bytes_max: usize) -> Result<(), WriteCheckpointError> {
    if bytes > bytes_max { Err(WriteCheckpointError::TooLarge { what, bytes, bytes_max }) } else { Ok(()) }
}
