//! Reads a segment item by item in big blocks.
//!
//! # Invariants
//!
//! One buffer, reused; nothing is read at or beyond the end given. An item is checked before any of it is shown, except
//! when it is skipped.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::format::{self, Defect, FRAME_BYTES_MAX, Frame, HEAD_BYTES, Item, Mark};
use crate::disk::DiskFile;

/// Bytes fetched at once where the whole log is read.
pub(super) const SCAN_BYTES: usize = 1024 * 1024;

/// Why no item could be read.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    Bad(Defect),
}

/// What stands at the place read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Frame,
    Mark(Mark),
    End,
}

/// A reader between two bytes of a segment.
#[derive(Debug)]
pub(super) struct Blocks<F> {
    file: Arc<F>,
    seed: u32,
    buffer: Vec<u8>,
    /// The part of the buffer that was fetched and not yet passed.
    unread: Range<usize>,
    /// The byte of the file after the fetched part.
    fetched_to: u64,
    end: u64,
    entry: Range<usize>,
    sealed: Range<usize>,
}

impl<F: DiskFile> Blocks<F> {
    /// A reader that fetches as many bytes at once as the buffer holds, and more for a longer frame.
    pub(super) fn new(file: Arc<F>, seed: u32, bytes: Range<u64>, mut buffer: Vec<u8>, block_bytes: usize) -> Self {
        if buffer.len() < block_bytes.max(HEAD_BYTES) {
            buffer.resize(block_bytes.max(HEAD_BYTES), 0);
        }
        Self { file, seed, buffer, unread: 0..0, fetched_to: bytes.start, end: bytes.end, entry: 0..0, sealed: 0..0 }
    }

    /// The byte of the file at which the next item begins.
    pub(super) fn position(&self) -> u64 {
        self.fetched_to - self.unread.len() as u64
    }

    /// The frame that [`Blocks::advance`] came to last.
    pub(super) fn frame(&self) -> Frame<'_> {
        let part = |range: &Range<usize>| self.buffer.get(range.clone()).unwrap_or_default();
        Frame { entry: part(&self.entry), sealed: part(&self.sealed) }
    }

    /// Where in the buffer that frame is.
    pub(super) fn frame_places(&self) -> (Range<usize>, Range<usize>) {
        (self.entry.clone(), self.sealed.clone())
    }

    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Reads and checks the next item; on a fault the position stays.
    pub(super) fn advance(&mut self) -> Result<Step, Fault> {
        let Some(bytes) = self.peek_bytes()? else { return Ok(Step::End) };
        if !self.fetch(bytes)? {
            return Err(Fault::Bad(Defect::CutShort));
        }
        let start = self.unread.start;
        let item = self.buffer.get(start..start + bytes).unwrap_or_default();
        let item = format::parse_item(item, self.seed).map_err(Fault::Bad)?;
        self.unread.start += bytes;
        match item {
            Item::Mark(mark) => Ok(Step::Mark(mark)),
            Item::Frame { entry, sealed } => {
                self.entry = start + entry.start..start + entry.end;
                self.sealed = start + sealed.start..start + sealed.end;
                Ok(Step::Frame)
            }
        }
    }

    /// Passes the next item without looking into it: whether it was a frame.
    pub(super) fn skip(&mut self) -> Result<bool, Fault> {
        let bytes = self.peek_bytes()?.ok_or(Fault::Bad(Defect::CutShort))?;
        let is_mark = self.buffer.get(self.unread.clone()).is_some_and(format::is_mark);
        if bytes <= self.unread.len() {
            self.unread.start += bytes;
        } else {
            self.fetched_to = self.position() + bytes as u64;
            self.unread = 0..0;
        }
        Ok(!is_mark)
    }

    /// How many bytes the next item has; none at the end.
    fn peek_bytes(&mut self) -> Result<Option<usize>, Fault> {
        if !self.fetch(HEAD_BYTES)? {
            return if self.unread.is_empty() { Ok(None) } else { Err(Fault::Bad(Defect::CutShort)) };
        }
        let head = self.buffer.get(self.unread.clone()).unwrap_or_default();
        format::item_bytes(head).map(Some).map_err(Fault::Bad)
    }

    /// Sees to it that so many bytes are fetched; false where the end comes first.
    fn fetch(&mut self, bytes: usize) -> Result<bool, Fault> {
        if self.unread.len() >= bytes {
            return Ok(true);
        }
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        if self.buffer.len() < bytes {
            self.buffer.resize(bytes.min(FRAME_BYTES_MAX), 0);
        }
        let left = usize::try_from(self.end.saturating_sub(self.fetched_to)).unwrap_or(usize::MAX);
        let room = self.buffer.len().min(self.unread.end.saturating_add(left));
        if let Some(target) = self.buffer.get_mut(self.unread.end..room) {
            let read = self.file.read_at(self.fetched_to, target).map_err(Fault::Io)?;
            self.unread.end += read;
            self.fetched_to += read as u64;
        }
        Ok(self.unread.len() >= bytes)
    }
}

/// The first mark in these bytes of the segment that was written where it stands.
pub(super) fn find_mark<F: DiskFile>(file: &F, seed: u32, bytes: Range<u64>) -> io::Result<Option<Mark>> {
    let mut block = vec![0; SCAN_BYTES];
    let mut at = bytes.start;
    while at < bytes.end {
        let room = usize::try_from(bytes.end - at).unwrap_or(usize::MAX).min(block.len());
        let read = file.read_at(at, block.get_mut(..room).unwrap_or_default())?;
        let fetched = block.get(..read).unwrap_or_default();
        for (start, candidate) in fetched.windows(format::MARK_BYTES).enumerate() {
            let place = at + start as u64;
            if let Some(mark) = mark_at(candidate, seed).filter(|mark| mark.byte == place) {
                return Ok(Some(mark));
            }
        }
        if read < block.len() {
            break;
        }
        // The next block begins with whatever was too short here to hold a mark.
        at += (read - (format::MARK_BYTES - 1)) as u64;
    }
    Ok(None)
}

fn mark_at(candidate: &[u8], seed: u32) -> Option<Mark> {
    let magic = candidate.get(HEAD_BYTES..HEAD_BYTES + format::MARK_MAGIC.len())?;
    if magic != format::MARK_MAGIC {
        return None;
    }
    match format::parse_item(candidate, seed) {
        Ok(Item::Mark(mark)) => Some(mark),
        _ => None,
    }
}
