//! Where an entry stands on the log.

use std::fmt;
use std::str::FromStr;

/// Number of a partition, from 0.
pub type PartitionId = u16;

/// A place on the log, written `partition:offset`; also the entry's index in the partition's Merkle tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Partition.
    pub partition: PartitionId,
    /// Offset in the partition, from 0 without holes.
    pub offset: u64,
}

/// Why a text is no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a position: write partition:offset, such as 0:90412")]
pub struct ParsePositionError(String);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.offset)
    }
}

impl FromStr for Position {
    type Err = ParsePositionError;

    fn from_str(text: &str) -> Result<Self, ParsePositionError> {
        let parse = || {
            let (partition, offset) = text.split_once(':')?;
            Some(Self { partition: partition.parse().ok()?, offset: offset.parse().ok()? })
        };
        parse().ok_or_else(|| ParsePositionError(text.to_owned()))
    }
}
