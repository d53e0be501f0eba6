//! A run: what one checkpoint wrote, sorted by key, as the manifest lists it, and its blocks as they lie in the store.
//!
//! # Invariants
//!
//! A block's CRC-32C covers where it lies (partition, run, place) besides what it says: a sound block in a wrong place is
//! damage too. All numbers are little-endian.
//!
//! ```text
//! block  = u32 crc32c | record...
//! record = u32 key_len | u32 value_len | key | value     value_len 0xFFFFFFFF: the key is gone
//! ```

use crate::fields::Fields;
use crate::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use heng_model::PartitionId;
use heng_model::checkpoint::Damage;
use std::ops::Range;

/// What a checkpoint wrote: itself what changed, and what it took over from runs before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    /// Number of the checkpoint.
    pub(crate) number: u64,
    /// Its blocks.
    pub(crate) blocks: u32,
    /// Bytes of their records.
    pub(crate) bytes: u64,
}

/// Where a block lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) partition: PartitionId,
    /// Number of the run.
    pub(crate) run: u64,
    pub(crate) block: u32,
}

/// A block is full with so many bytes. sled keeps up to seventeen in one of its pages, and a page of more than 128 KiB in a file
/// of its own: those files it neither syncs, nor counts in its cache, nor always removes.
pub(crate) const BLOCK_BYTES: usize = 4 << 10;
const CHECKSUM_BYTES: usize = 4;
const GONE: u32 = u32::MAX;

impl Place {
    fn checksum(self, records: &[u8]) -> u32 {
        let mut place = [0_u8; 14];
        let (partition, rest) = place.split_at_mut(2);
        let (run, block) = rest.split_at_mut(8);
        partition.copy_from_slice(&self.partition.to_le_bytes());
        run.copy_from_slice(&self.run.to_le_bytes());
        block.copy_from_slice(&self.block.to_le_bytes());
        crc32c::crc32c_append(crc32c::crc32c(&place), records)
    }

    pub(crate) fn damaged(self, detail: &'static str) -> Damage {
        Damage::BlockDamaged { written: self.run, block: self.block, detail }
    }
}

/// A block being filled.
pub(crate) struct Filling(Vec<u8>);

impl Default for Filling {
    fn default() -> Self {
        Self(vec![0; CHECKSUM_BYTES])
    }
}

impl Filling {
    /// Puts a record; the bytes it takes. Keys and values are bounded far below 2^32.
    pub(crate) fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> usize {
        let before = self.0.len();
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(GONE).to_le_bytes();
        self.0.extend_from_slice(&length(key));
        self.0.extend_from_slice(&value.map_or(GONE.to_le_bytes(), length));
        self.0.extend_from_slice(key);
        self.0.extend_from_slice(value.unwrap_or_default());
        self.0.len().saturating_sub(before)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.len() <= CHECKSUM_BYTES
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= BLOCK_BYTES
    }

    /// The block for its place; begins another.
    pub(crate) fn sealed(&mut self, place: Place) -> Vec<u8> {
        let mut block = std::mem::take(self).0;
        if let Some((checksum, records)) = block.split_first_chunk_mut::<CHECKSUM_BYTES>() {
            *checksum = place.checksum(records).to_le_bytes();
        }
        block
    }
}

/// Goes through the records of a block that is sound.
#[derive(Debug, Default)]
pub(crate) struct Records {
    key: Range<usize>,
    value: Option<Range<usize>>,
    next: usize,
}

impl Records {
    /// Begins, with a block that is what was written at its place.
    pub(crate) fn begin(place: Place, block: &[u8]) -> Result<Self, Damage> {
        let (checksum, records) =
            block.split_first_chunk::<CHECKSUM_BYTES>().ok_or_else(|| place.damaged("it is too short"))?;
        if u32::from_le_bytes(*checksum) != place.checksum(records) {
            return Err(place.damaged("its checksum differs"));
        }
        Ok(Self { next: CHECKSUM_BYTES, ..Self::default() })
    }

    /// Comes to the next record; false after the last.
    pub(crate) fn advance(&mut self, place: Place, block: &[u8]) -> Result<bool, Damage> {
        let mut fields = Fields(block.get(self.next..).unwrap_or_default());
        if fields.0.is_empty() {
            return Ok(false);
        }
        let damaged = || place.damaged("a record is longer than its block");
        let mut length = || fields.take().map(u32::from_le_bytes).ok_or_else(damaged);
        let (key, value) = (length()?, length()?);
        let bytes = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
        let from = self.next.saturating_add(8);
        self.key = from..from.saturating_add(bytes(key));
        self.value = (value != GONE).then(|| self.key.end..self.key.end.saturating_add(bytes(value)));
        self.next = self.value.as_ref().map_or(self.key.end, |value| value.end);
        let is_long = self.value.as_ref().is_some_and(|value| value.len() > VALUE_BYTES_MAX);
        if self.next > block.len() || is_long || self.key.len() > KEY_BYTES_MAX {
            return Err(damaged());
        }
        Ok(true)
    }

    pub(crate) fn key<'a>(&self, block: &'a [u8]) -> &'a [u8] {
        block.get(self.key.clone()).unwrap_or_default()
    }

    pub(crate) fn value<'a>(&self, block: &'a [u8]) -> Option<&'a [u8]> {
        block.get(self.value.clone()?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use heng_model::checkpoint::Change;

    const HOME: Place = Place { partition: 2, run: 7, block: 1 };
    const RECORDS: [(&[u8], Option<&[u8]>); 4] =
        [(b"", Some(b"")), (b"91350100M000100Y43", Some(b"state")), (b"gone", None), (b"last", Some(b"more"))];

    fn block() -> Vec<u8> {
        let mut filling = Filling::default();
        assert!(filling.is_empty());
        RECORDS.iter().for_each(|(key, value)| assert!(filling.put(key, *value) >= 8));
        assert!(!filling.is_empty() && !filling.is_full());
        filling.sealed(HOME)
    }

    fn read(place: Place, block: &[u8]) -> Result<Vec<Change<'static>>, Damage> {
        let mut records = Records::begin(place, block)?;
        let mut read = Vec::new();
        while records.advance(place, block)? {
            read.push(owned(records.key(block), records.value(block)));
        }
        Ok(read)
    }

    fn owned(key: &[u8], value: Option<&[u8]>) -> Change<'static> {
        (key.to_vec().into(), value.map(|value| value.to_vec().into()))
    }

    #[test]
    fn records_come_back() {
        let expected = RECORDS.map(|(key, value)| owned(key, value));
        assert_eq!(read(HOME, &block()).unwrap(), expected);
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_seen() {
        let bytes = block();
        for at in 0..bytes.len() {
            assert!(read(HOME, &bytes[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(read(HOME, &flipped).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn a_sound_block_in_a_wrong_place_is_damage() {
        for place in [Place { partition: 3, ..HOME }, Place { run: 6, ..HOME }, Place { block: 0, ..HOME }] {
            assert_eq!(read(place, &block()), Err(place.damaged("its checksum differs")));
        }
    }
}
