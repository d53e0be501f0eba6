//! One segment file and where in it the frames are.
//!
//! # Invariants
//!
//! `bytes` ends what is written and whole; nothing is read beyond it. The index has the place of each frame whose offset
//! is a multiple of [`INDEX_EVERY`].

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::blocks::{Blocks, Fault, Step};
use super::error::{Damage, ReadError};
use super::format::{self, Defect, Frame, HEADER_BYTES};
use crate::disk::{Disk, DiskFile, OpenMode};

/// One frame in so many has its place in the index: two to four bytes of memory a frame. Decisions name documents of entries long ago, and all
/// that lies between two places is read for each.
pub(super) const INDEX_EVERY: u64 = 4;
/// Bytes fetched at once to read one frame: as many as the entries between two of the index usually have.
const READ_BYTES: usize = 2 * 1024;
const EXTENSION: &str = ".seg";

/// A segment.
#[derive(Debug)]
pub(super) struct Segment<F> {
    pub(super) path: String,
    pub(super) file: Arc<F>,
    /// Offset of its first frame.
    pub(super) first: u64,
    pub(super) frames: u64,
    pub(super) bytes: u64,
    /// The checksum of its header.
    pub(super) seed: u32,
    /// Shared with readers; a writer behind them copies that of the last segment alone.
    pub(super) index: Arc<Vec<u64>>,
}

/// The byte after the header.
pub(super) const BODY: u64 = HEADER_BYTES as u64;

/// The file name of the segment whose first frame has this offset.
pub(super) fn file_name(first: u64) -> String {
    format!("{first:020}{EXTENSION}")
}

/// The offset in a segment's file name; none for other files.
pub(super) fn parse_file_name(name: &str) -> Option<u64> {
    name.strip_suffix(EXTENSION).filter(|digits| digits.len() == 20)?.parse().ok()
}

/// Derived, it would ask for a file that can be copied.
impl<F> Clone for Segment<F> {
    fn clone(&self) -> Self {
        let Self { path, file, first, frames, bytes, seed, index } = self;
        let (path, file, index) = (path.clone(), Arc::clone(file), Arc::clone(index));
        Self { path, file, first: *first, frames: *frames, bytes: *bytes, seed: *seed, index }
    }
}

impl<F: DiskFile> Segment<F> {
    /// Creates the file of a segment, durably.
    pub(super) fn create<D: Disk<File = F>>(disk: &D, dir: &str, first: u64, stamp: &[u8; 32]) -> io::Result<Self> {
        let path = format!("{dir}/{}", file_name(first));
        let (header, seed) = format::encode_header(first, stamp);
        let file = disk.open(&path, OpenMode::New)?;
        file.write_at(0, &header)?;
        file.sync()?;
        disk.sync_dir(dir)?;
        Ok(Self { path, file: Arc::new(file), first, frames: 0, bytes: BODY, seed, index: Arc::default() })
    }

    /// Offset of the frame after its last.
    pub(super) fn end(&self) -> u64 {
        self.first + self.frames
    }

    /// Counts the next frame, which begins at a byte.
    pub(super) fn note(&mut self, at: u64) {
        if self.end().is_multiple_of(INDEX_EVERY) {
            Arc::make_mut(&mut self.index).push(at);
        }
        self.frames += 1;
    }

    /// Takes back the frames and bytes that came last.
    pub(super) fn forget(&mut self, frames: u64, bytes: u64) {
        self.frames -= frames;
        self.bytes -= bytes;
        Arc::make_mut(&mut self.index).retain(|byte| *byte < self.bytes);
    }

    /// A frame of the index at or before an offset: its offset and its byte.
    pub(super) fn nearest(&self, offset: u64) -> (u64, u64) {
        let slot = (offset / INDEX_EVERY).checked_sub(self.first.div_ceil(INDEX_EVERY));
        let found = slot.and_then(|slot| self.index.get(usize::try_from(slot).ok()?));
        found.map_or((self.first, BODY), |byte| (offset - offset % INDEX_EVERY, *byte))
    }

    /// A reader that stands before the frame with an offset, or before the mark in front of it.
    pub(super) fn seek(&self, offset: u64, buffer: Vec<u8>, block_bytes: usize) -> Result<Blocks<F>, ReadError> {
        let (mut at, byte) = self.nearest(offset);
        let mut blocks = self.blocks(byte..self.bytes, buffer, block_bytes);
        while at < offset {
            let place = blocks.position();
            if blocks.skip().map_err(|fault| self.fault(fault, place, at))? {
                at += 1;
            }
        }
        Ok(blocks)
    }

    pub(super) fn blocks(&self, bytes: Range<u64>, buffer: Vec<u8>, block_bytes: usize) -> Blocks<F> {
        Blocks::new(Arc::clone(&self.file), self.seed, bytes, buffer, block_bytes)
    }

    /// Reads one frame into a buffer.
    pub(super) fn read<'b>(&self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
        let mut blocks = self.seek(offset, std::mem::take(buffer), READ_BYTES)?;
        loop {
            let place = blocks.position();
            match blocks.advance().map_err(|fault| self.fault(fault, place, offset))? {
                Step::Frame => break,
                Step::Mark(_) => {}
                Step::End => return Err(self.fault(Fault::Bad(Defect::CutShort), place, offset)),
            }
        }
        let (entry, sealed) = blocks.frame_places();
        *buffer = blocks.into_buffer();
        let part = |range: Range<usize>| buffer.get(range).unwrap_or_default();
        Ok(Frame { entry: part(entry), sealed: part(sealed) })
    }

    /// A fault in reading the frame `offset` at a byte, as an error.
    pub(super) fn fault(&self, fault: Fault, byte: u64, offset: u64) -> ReadError {
        fault_at(&self.path, fault, byte, offset)
    }

    pub(super) fn damage(&self, byte: u64, defect: Defect) -> Damage {
        Damage { file: self.path.clone(), byte, offset: self.end(), defect }
    }
}

pub(super) fn fault_at(path: &str, fault: Fault, byte: u64, offset: u64) -> ReadError {
    match fault {
        Fault::Io(source) => ReadError::Io { file: path.to_owned(), source },
        Fault::Bad(defect) => ReadError::Damaged(Damage { file: path.to_owned(), byte, offset, defect }),
    }
}
