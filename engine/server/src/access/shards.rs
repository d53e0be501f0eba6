//! What was noted and is not on the disk yet: a few buffers, each used by one serving thread or nearly so.
//!
//! # Invariants
//!
//! A buffer never holds more than its share; what does not fit is not taken, so that who notes it waits. Frames are cut
//! as they come: taking a buffer is an exchange, and nothing is encoded twice.

use super::FRAME_BYTES;
use super::draft::Draft;
use crate::per_thread::{PLACES, PerThread};
use prost::encoding::{encode_varint, encoded_len_varint};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The key of a look in an entry.
const LOOK_KEY: u8 = 1 << 3 | 2;

/// Frames that wait to be written.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    bytes: Vec<u8>,
    /// Where frames end; the last one is open.
    cuts: Vec<usize>,
    pub(super) looks: u64,
}

#[derive(Debug, Default)]
struct Filling {
    waiting: Waiting,
    /// How often it was taken.
    round: u64,
}

/// All the buffers.
#[derive(Debug)]
pub(super) struct Shards {
    list: PerThread<Mutex<Filling>>,
    shard_bytes_max: usize,
}

/// What became of a look-up that was to be noted.
pub(super) enum Pushed {
    /// It goes to the disk with this round.
    Round(u64),
    /// The same, and the buffer is so full that it should be soon.
    Filling(u64),
    /// There is no room now.
    Full,
}

impl Shards {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self { list: Default::default(), shard_bytes_max: bytes_max / PLACES }
    }

    /// Is it so long that it would want a buffer to itself? There may never be an empty one while others note something.
    pub(super) fn is_long(&self, draft: &Draft) -> bool {
        draft.len() > self.shard_bytes_max / 2
    }

    pub(super) fn push(&self, draft: &Draft) -> Pushed {
        self.push_parts(draft.parts(), draft.len(), 1)
    }

    /// A part of a look-up; with the last one it is counted.
    pub(super) fn push_part(&self, part: &[u8], is_last: bool) -> Pushed {
        self.push_parts(std::iter::once(part), part.len(), u64::from(is_last))
    }

    fn push_parts<'p>(&self, parts: impl Iterator<Item = &'p [u8]>, len: usize, looks: u64) -> Pushed {
        let mut filling = lock(self.list.own());
        let before = filling.waiting.bytes.len();
        // A part that is alone longer than a share is taken into an empty buffer.
        if before > 0 && before + len > self.shard_bytes_max {
            return Pushed::Full;
        }
        parts.for_each(|part| filling.waiting.push(part));
        filling.waiting.looks += looks;
        let is_filling = filling.waiting.bytes.len() > self.shard_bytes_max / 4;
        if is_filling { Pushed::Filling(filling.round) } else { Pushed::Round(filling.round) }
    }

    /// Exchanges each buffer for an empty one.
    pub(super) fn take(&self, into: &mut Vec<Waiting>) {
        into.resize_with(PLACES, Waiting::default);
        for (shard, taken) in self.list.each().zip(into) {
            let mut filling = lock(shard);
            std::mem::swap(&mut filling.waiting, taken);
            filling.round += 1;
        }
    }
}

impl Waiting {
    fn push(&mut self, part: &[u8]) {
        let start = self.cuts.last().copied().unwrap_or_default();
        let len = 1 + encoded_len_varint(part.len() as u64) + part.len();
        if self.bytes.len() > start && self.bytes.len() - start + len > FRAME_BYTES {
            self.cuts.push(self.bytes.len());
        }
        self.bytes.push(LOOK_KEY);
        encode_varint(part.len() as u64, &mut self.bytes);
        self.bytes.extend_from_slice(part);
    }

    /// The frames: each the bytes of an entry.
    pub(super) fn frames(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.cuts.iter().copied());
        let ends = self.cuts.iter().copied().chain([self.bytes.len()]);
        starts.zip(ends).filter_map(|(start, end)| self.bytes.get(start..end)).filter(|frame| !frame.is_empty())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Empties it; its room is used again.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.cuts.clear();
        self.looks = 0;
    }
}

fn lock(filling: &Mutex<Filling>) -> MutexGuard<'_, Filling> {
    filling.lock().unwrap_or_else(PoisonError::into_inner)
}
