//! A part of a journal as an object: frames, as many from some offset on as every engine would put into it.
//!
//! # Invariants
//!
//! Where a part ends follows from its frames alone, so that every engine of a log makes the same parts; only the last one
//! of a journal is shorter. What a part holds is believed after its SHA-256 was compared with the manifest's.
//!
//! ```text
//! chunk = "HENGCNK1" | stamp[32] of the journal | u64 from | u64 until | (u32 entry_len | u32 sealed_len | entry | sealed)...
//! ```

use crate::fields::Fields;
use heng_log::Frame;

const MAGIC: [u8; 8] = *b"HENGCNK1";
/// Frames of a part, at most.
const FRAMES_MAX: u64 = 65_536;
/// A part is full when it holds so many bytes.
const BYTES_MAX: usize = 32 << 20;
const HEAD_BYTES: usize = 56;

/// A part that is being put together.
pub(crate) struct ChunkWriter {
    bytes: Vec<u8>,
    from: u64,
    until: u64,
}

impl ChunkWriter {
    /// A part of the journal with a stamp, from an offset on.
    pub(crate) fn new(stamp: &[u8; 32], from: u64) -> Self {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(stamp);
        bytes.extend_from_slice(&from.to_le_bytes());
        bytes.extend_from_slice(&from.to_le_bytes());
        Self { bytes, from, until: from }
    }

    /// Puts a frame; true where it was the part's last one.
    pub(crate) fn put(&mut self, frame: &Frame<'_>) -> bool {
        let count = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
        self.bytes.extend_from_slice(&count(frame.entry.len()));
        self.bytes.extend_from_slice(&count(frame.sealed.len()));
        self.bytes.extend_from_slice(frame.entry);
        self.bytes.extend_from_slice(frame.sealed);
        self.until += 1;
        self.until - self.from >= FRAMES_MAX || self.bytes.len() >= BYTES_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.until == self.from
    }

    /// The offsets from and until which it reaches, and its bytes.
    pub(crate) fn finish(mut self) -> ((u64, u64), Vec<u8>) {
        if let Some(place) = self.bytes.get_mut(HEAD_BYTES - 8..HEAD_BYTES) {
            place.copy_from_slice(&self.until.to_le_bytes());
        }
        ((self.from, self.until), self.bytes)
    }
}

/// Is a part that reaches so far one that nothing is added to any more?
pub(crate) fn is_full((from, until): (u64, u64), bytes: u64) -> bool {
    until.saturating_sub(from) >= FRAMES_MAX || bytes >= BYTES_MAX as u64
}

/// Hands over the frames of a part of the journal with a stamp; false where it is none, or not of these offsets.
pub(crate) fn read<E>(
    bytes: &[u8],
    stamp: &[u8; 32],
    (from, until): (u64, u64),
    visit: &mut dyn FnMut(Frame<'_>) -> Result<(), E>,
) -> Result<bool, E> {
    let mut fields = Fields(bytes);
    let head = (fields.take::<8>(), fields.take::<32>(), fields.u64(), fields.u64());
    if head != (Some(MAGIC), Some(*stamp), Some(from), Some(until)) {
        return Ok(false);
    }
    let mut next = from;
    while !fields.0.is_empty() {
        let lens = fields.u32().zip(fields.u32());
        let frame =
            lens.and_then(|(entry, sealed)| Some(Frame { entry: fields.bytes(entry)?, sealed: fields.bytes(sealed)? }));
        let Some(frame) = frame else { return Ok(false) };
        visit(frame)?;
        next += 1;
    }
    Ok(next == until)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn frames(bytes: &[u8], stamp: u8, place: (u64, u64)) -> Option<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        let read = read(bytes, &[stamp; 32], place, &mut |frame| {
            found.push([frame.entry, b"|", frame.sealed].concat());
            Ok::<(), ()>(())
        });
        read.unwrap().then_some(found)
    }

    #[test]
    fn a_part_comes_back_and_is_of_one_place_alone() {
        let mut chunk = ChunkWriter::new(&[7; 32], 40);
        assert!(chunk.is_empty());
        for entry in [&b"one"[..], b"", b"three"] {
            assert!(!chunk.put(&Frame { entry, sealed: b"s" }));
        }
        let (place, bytes) = chunk.finish();
        assert_eq!(place, (40, 43));
        assert_eq!(frames(&bytes, 7, place).unwrap(), [&b"one|s"[..], b"|s", b"three|s"]);
        for (stamp, place) in [(8, (40, 43)), (7, (41, 43)), (7, (40, 44))] {
            assert_eq!(frames(&bytes, stamp, place), None);
        }
        for cut in 0..bytes.len() {
            assert_eq!(frames(&bytes[..cut], 7, place), None, "cut at {cut}");
        }
    }

    #[test]
    fn where_a_part_ends_follows_from_its_frames() {
        let fill = |len: usize| {
            let (mut chunk, entry, mut put) = (ChunkWriter::new(&[0; 32], 0), vec![0; len], 1_u64);
            while !chunk.put(&Frame { entry: &entry, sealed: b"" }) {
                put += 1;
            }
            let (place, bytes) = chunk.finish();
            assert!(is_full(place, bytes.len() as u64));
            assert_eq!(place, (0, put));
            put
        };
        assert_eq!(fill(10), FRAMES_MAX);
        assert!(fill(40_000) < 900);
    }
}
