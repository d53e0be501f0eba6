//! The bytes of a segment: its header, frames, and the sync marks between batches of frames.
//!
//! # Invariants
//!
//! All numbers are little-endian. What a `parse_` function returns has passed its checksum; nothing else of a file is
//! believed. The header's layout is the same in every format, so that a newer one is told from a damaged one.
//!
//! ```text
//! header = "HENGSEG\0" | u32 format | u32 0 | u64 offset of the first frame | stamp[32] | u32 crc32c of all before
//! frame  = u32 len | u32 crc32c | u32 entry_len | entry | sealed
//!          len counts the bytes after the checksum (4 + entry + sealed); the checksum covers those same bytes
//! mark   = u32 36 | u32 crc32c | u32 0xFFFFFFFF | "HENGMARK" | u64 byte | u64 offset | u64 batch_bytes
//!          a frame in form; its checksum goes on from the header's, so a mark of another segment is none
//! ```

use std::ops::Range;

/// The format that this program writes, and the newest that it reads.
pub const SEGMENT_FORMAT: u32 = 1;
/// Most bytes of an entry.
pub const ENTRY_BYTES_MAX: usize = 48 * 1024;
/// Most bytes of what is sealed beside an entry.
pub const SEALED_BYTES_MAX: usize = 64 * 1024;

pub(super) const HEADER_BYTES: usize = 60;
pub(super) const HEAD_BYTES: usize = 12;
pub(super) const MARK_BYTES: usize = HEAD_BYTES + 32;
/// Most bytes of a frame, head included.
pub(super) const FRAME_BYTES_MAX: usize = HEAD_BYTES + ENTRY_BYTES_MAX + SEALED_BYTES_MAX;

const HEADER_MAGIC: &[u8; 8] = b"HENGSEG\0";
pub(super) const MARK_MAGIC: &[u8; 8] = b"HENGMARK";
const MARK_ENTRY_LEN: u32 = u32::MAX;
const MARK_LEN: u32 = 36;
/// Bytes of a head that its checksum does not cover.
const UNCHECKED_BYTES: usize = 8;

/// One entry as it stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The entry: what the Merkle leaf is made of.
    pub entry: &'a [u8],
    /// What is sealed beside it.
    pub sealed: &'a [u8],
}

/// What is wrong with the bytes at some place of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// The file ends before the item does.
    #[error("the file ends inside it")]
    CutShort,
    /// A length that no frame has.
    #[error("its length `{0}` is one that no frame has")]
    Length(u32),
    /// The checksum is another.
    #[error("its checksum is {stored:08x}, that of its bytes {computed:08x}")]
    Checksum {
        /// The checksum in the file.
        stored: u32,
        /// The checksum of the bytes in the file.
        computed: u32,
    },
    /// The entry is longer than the frame.
    #[error("its entry of `{0}` bytes is longer than the frame or than any entry")]
    EntryLength(u32),
    /// A batch does not begin with a sync mark.
    #[error("a sync mark is missing where a batch begins")]
    NoMark,
    /// A sync mark counts differently.
    #[error("a sync mark stands there for byte {byte}, offset {offset}")]
    Misplaced {
        /// The byte at which the mark was written.
        byte: u64,
        /// The offset of the frame after it when it was written.
        offset: u64,
    },
    /// The header's checksum is wrong, or it is no header at all.
    #[error("the segment's header is not whole")]
    Header,
    /// The header is for another first offset than the file's name.
    #[error("the header says that the segment begins at offset {0}")]
    HeaderOffset(u64),
    /// Frames are missing between this segment and the next.
    #[error("the next segment begins at offset {0}")]
    Gap(u64),
    /// The first segment is missing.
    #[error("the segments before it are missing")]
    NoFirst,
}

/// A segment's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: u32,
    pub(super) first: u64,
    pub(super) stamp: [u8; 32],
    /// The header's own checksum, which marks go on from.
    pub(super) seed: u32,
}

/// A witness, written before each batch: every byte of the segment before it had been synced by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Where in the segment the mark stands.
    pub(super) byte: u64,
    /// Offset of the frame after it.
    pub(super) offset: u64,
    /// How many bytes of frames were written together with it.
    pub(super) batch_bytes: u64,
}

/// The parts of an item, as places in its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Frame { entry: Range<usize>, sealed: Range<usize> },
    Mark(Mark),
}

/// Takes numbers and arrays from the front of some bytes.
struct Front<'a>(&'a [u8]);

impl<'a> Front<'a> {
    fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(array)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().copied().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().copied().map(u64::from_le_bytes)
    }
}

/// A header and its checksum, which is the seed of the segment's marks.
pub(super) fn encode_header(first: u64, stamp: &[u8; 32]) -> (Vec<u8>, u32) {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(HEADER_MAGIC);
    bytes.extend_from_slice(&SEGMENT_FORMAT.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&first.to_le_bytes());
    bytes.extend_from_slice(stamp);
    let seed = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&seed.to_le_bytes());
    (bytes, seed)
}

/// The header in the first bytes of a segment; none where it is not whole.
pub(super) fn parse_header(bytes: &[u8]) -> Option<Header> {
    let (covered, mut sum) = bytes.split_at_checked(HEADER_BYTES - 4).map(|(covered, sum)| (covered, Front(sum)))?;
    let seed = sum.u32()?;
    let mut front = Front(covered);
    if front.array::<8>()? != HEADER_MAGIC || crc32c::crc32c(covered) != seed {
        return None;
    }
    let format = front.u32()?;
    front.u32()?;
    Some(Header { format, first: front.u64()?, stamp: *front.array()?, seed })
}

/// Puts a frame behind what a buffer holds; the lengths have been checked against the limits.
pub(super) fn encode_frame(buffer: &mut Vec<u8>, entry: &[u8], sealed: &[u8]) {
    let start = buffer.len();
    let count = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    buffer.extend_from_slice(&count(4 + entry.len() + sealed.len()));
    buffer.extend_from_slice(&[0; 4]);
    buffer.extend_from_slice(&count(entry.len()));
    buffer.extend_from_slice(entry);
    buffer.extend_from_slice(sealed);
    let sum = crc32c::crc32c(buffer.get(start + UNCHECKED_BYTES..).unwrap_or_default());
    if let Some(place) = buffer.get_mut(start + 4..start + UNCHECKED_BYTES) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

/// A mark for the segment whose header has the checksum `seed`.
pub(super) fn encode_mark(mark: Mark, seed: u32) -> [u8; MARK_BYTES] {
    let mut bytes = [0; MARK_BYTES];
    let parts: [&[u8]; 7] = [
        &MARK_LEN.to_le_bytes(),
        &[0; 4],
        &MARK_ENTRY_LEN.to_le_bytes(),
        MARK_MAGIC,
        &mark.byte.to_le_bytes(),
        &mark.offset.to_le_bytes(),
        &mark.batch_bytes.to_le_bytes(),
    ];
    for (place, byte) in bytes.iter_mut().zip(parts.iter().flat_map(|part| part.iter())) {
        *place = *byte;
    }
    let sum = crc32c::crc32c_append(seed, bytes.get(UNCHECKED_BYTES..).unwrap_or_default());
    for (place, byte) in bytes.iter_mut().skip(4).zip(sum.to_le_bytes()) {
        *place = byte;
    }
    bytes
}

/// How many bytes the item has that begins with this head.
pub(super) fn item_bytes(head: &[u8]) -> Result<usize, Defect> {
    let len = Front(head).u32().ok_or(Defect::CutShort)?;
    let bytes = usize::try_from(len).unwrap_or(usize::MAX).saturating_add(UNCHECKED_BYTES);
    if (HEAD_BYTES..=FRAME_BYTES_MAX).contains(&bytes) { Ok(bytes) } else { Err(Defect::Length(len)) }
}

/// Whether the item that begins with this head passes for a mark.
pub(super) fn is_mark(head: &[u8]) -> bool {
    let entry_len = head.get(UNCHECKED_BYTES..).and_then(|rest| Front(rest).u32());
    entry_len == Some(MARK_ENTRY_LEN)
}

/// The item that takes up all of `bytes`, as many as [`item_bytes`] says.
pub(super) fn parse_item(bytes: &[u8], seed: u32) -> Result<Item, Defect> {
    let mut front = Front(bytes);
    let (_, stored) = front.u32().zip(front.u32()).ok_or(Defect::CutShort)?;
    let covered = front.0;
    let entry_len = front.u32().ok_or(Defect::CutShort)?;
    let marked = entry_len == MARK_ENTRY_LEN;
    let computed = if marked { crc32c::crc32c_append(seed, covered) } else { crc32c::crc32c(covered) };
    if stored != computed {
        return Err(Defect::Checksum { stored, computed });
    }
    if marked {
        return parse_mark(front).ok_or(Defect::EntryLength(entry_len));
    }
    let entry_bytes = usize::try_from(entry_len).unwrap_or(usize::MAX);
    let sealed_bytes = front.0.len().checked_sub(entry_bytes);
    match sealed_bytes {
        Some(sealed) if entry_bytes <= ENTRY_BYTES_MAX && sealed <= SEALED_BYTES_MAX => {
            let split = HEAD_BYTES + entry_bytes;
            Ok(Item::Frame { entry: HEAD_BYTES..split, sealed: split..bytes.len() })
        }
        _ => Err(Defect::EntryLength(entry_len)),
    }
}

fn parse_mark(mut front: Front<'_>) -> Option<Item> {
    if front.0.len() + HEAD_BYTES != MARK_BYTES || front.array::<8>()? != MARK_MAGIC {
        return None;
    }
    Some(Item::Mark(Mark { byte: front.u64()?, offset: front.u64()?, batch_bytes: front.u64()? }))
}
