//! A checkpoint as one file: sorted by key, checksummed by block, read from front to back.
//!
//! # Invariants
//!
//! Two engines at the same position write the same bytes: nothing in the file is of one engine alone. A reader hands out
//! values as they come and vouches for them at the end only: count and sum stand there, and whoever loads a file believes
//! nothing of it before. Every byte is covered: a block's checksum goes on from that of the block before, so that none
//! can be exchanged, left out or put twice. All numbers are little-endian.
//!
//! ```text
//! file   = "HENGCKP1" | block... | end | footer
//! block  = u32 len | u32 crc32c | record...          the checksum covers len and records
//! record = u32 key_len | u32 value_len | key | value value_len 0xFFFFFFFF: the key is gone
//! end    = u32 0 | u32 len | u32 crc32c | body       the checksum covers both numbers and the body
//! body   = u16 partition | u64 builds_on | u64 position | u64 seq | u8 has_day | i32 day | u32 fold_version
//!          | u64 records | u64 count | sum[32] | u32 checksum of the last block | header
//! footer = u64 byte at which the end begins | u32 crc32c of these eight
//! ```
//!
//! What the file says as a whole stands at its end, so that one can be written while it is not known yet; the footer finds
//! it without reading the rest.

mod merge;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use merge::{Visit, merge};
pub use read::{SortedReader, read_end};
pub use write::SortedWriter;

use crate::fields::Fields;
use heng_model::checkpoint::{Manifest, Progress, StateSum};
use heng_model::{Day, PartitionId};
use std::io;

pub(crate) const MAGIC: [u8; 8] = *b"HENGCKP1";
/// A block is written when it holds so many bytes.
pub(crate) const BLOCK_BYTES: usize = 64 << 10;
/// Longest key, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 4 << 10;
/// Largest value, in bytes.
pub(crate) const VALUE_BYTES_MAX: usize = 16 << 20;
/// Largest block: one that was not full took one more record.
pub(crate) const BLOCK_BYTES_MAX: usize = BLOCK_BYTES + KEY_BYTES_MAX + VALUE_BYTES_MAX + 8;
/// Largest end: the partition's own state may be large.
pub(crate) const END_BYTES_MAX: usize = (256 << 20) + 128;
pub(crate) const FOOTER_BYTES: u64 = 12;
pub(crate) const GONE: u32 = u32::MAX;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Partition.
    pub partition: PartitionId,
    /// Number of the checkpoint that the file changes; 0: it is whole.
    pub builds_on: u64,
    /// Offset of the next entry to fold.
    pub position: u64,
    /// Sequence number of the next decision.
    pub seq: u64,
    /// Last day opened.
    pub day: Option<Day>,
    /// Version of the fold that made the state.
    pub fold_version: u32,
    /// Records in the file.
    pub records: u64,
    /// Live values of the checkpoint, wherever they are.
    pub count: u64,
    /// Sum over them.
    pub sum: StateSum,
    /// State of the partition that belongs to no subject.
    pub header: Vec<u8>,
}

/// Why a file is not believed.
#[derive(Debug, thiserror::Error)]
pub enum SortedError {
    /// A checksum, a length or an order is wrong.
    #[error("it is damaged at byte {at}: {detail}")]
    Damaged {
        /// Where.
        at: u64,
        /// What is wrong.
        detail: &'static str,
    },
    /// Sound files that do not make the state they say.
    #[error("its values are another state than it says: {found} values, {expected} were said")]
    Differs {
        /// Values found.
        found: u64,
        /// Values said.
        expected: u64,
    },
    /// Too long a key or value.
    #[error("a {what} of {bytes} bytes is more than a checkpoint takes ({bytes_max})")]
    TooLarge {
        /// Key, value or header.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Keys must rise.
    #[error("keys do not come in their order")]
    Unsorted,
    /// The file system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl End {
    /// The end of a file about a checkpoint.
    #[must_use]
    pub fn of(manifest: &Manifest, builds_on: u64, records: u64) -> Self {
        let Progress { partition, position, seq, day, fold_version, ref header, .. } = manifest.progress;
        let (count, sum, header) = (manifest.count, manifest.sum, header.clone());
        Self { partition, builds_on, position, seq, day, fold_version, records, count, sum, header }
    }

    /// The checkpoint that the file is about, under a number.
    #[must_use]
    pub fn manifest(&self, number: u64) -> Manifest {
        let Self { partition, position, seq, day, fold_version, ref header, count, sum, .. } = *self;
        let header = header.clone();
        Manifest { progress: Progress { partition, number, position, seq, day, fold_version, header }, count, sum }
    }

    pub(crate) fn encode(&self, blocks: u32) -> Vec<u8> {
        let mut bytes = self.partition.to_le_bytes().to_vec();
        for number in [self.builds_on, self.position, self.seq] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.push(u8::from(self.day.is_some()));
        bytes.extend_from_slice(&self.day.map_or(0, Day::number).to_le_bytes());
        bytes.extend_from_slice(&self.fold_version.to_le_bytes());
        bytes.extend_from_slice(&self.records.to_le_bytes());
        bytes.extend_from_slice(&self.count.to_le_bytes());
        bytes.extend_from_slice(&self.sum.to_bytes());
        bytes.extend_from_slice(&blocks.to_le_bytes());
        bytes.extend_from_slice(&self.header);
        bytes
    }

    /// The end in a body, and the checksum of the last block.
    pub(crate) fn decode(body: &[u8]) -> Option<(Self, u32)> {
        let mut fields = Fields(body);
        let partition = PartitionId::from_le_bytes(fields.take()?);
        let (builds_on, position, seq) = (fields.u64()?, fields.u64()?, fields.u64()?);
        let has_day = match fields.take::<1>()? {
            [0] => false,
            [1] => true,
            _ => return None,
        };
        let day = i32::from_le_bytes(fields.take()?);
        let day = has_day.then_some(Day::from_number(day));
        let fold_version = fields.u32()?;
        let (records, count) = (fields.u64()?, fields.u64()?);
        let sum = StateSum::from_bytes(&fields.take()?);
        let blocks = fields.u32()?;
        let header = fields.0.to_vec();
        let end = Self { partition, builds_on, position, seq, day, fold_version, records, count, sum, header };
        Some((end, blocks))
    }
}

pub(crate) fn check_size(what: &'static str, bytes: usize, bytes_max: usize) -> Result<(), SortedError> {
    if bytes > bytes_max { Err(SortedError::TooLarge { what, bytes, bytes_max }) } else { Ok(()) }
}

/// The checksum of a block, which goes on from that of the block before.
pub(crate) fn chained(before: u32, len: u32, records: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(before, &len.to_le_bytes()), records)
}

/// The checksum of an end.
pub(crate) fn end_sum(len: u32, body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c_append(crc32c::crc32c(&[0; 4]), &len.to_le_bytes()), body)
}
