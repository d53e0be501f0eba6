//! Reading frames, by a writer or beside one.
//!
//! # Invariants
//!
//! Frames are numbered from 0 without holes. A reader beside a writer changes nothing, and sees what was whole when it
//! was opened.

use super::error::{OpenError, ReadError, Torn};
use super::examine::examine;
use super::format::Frame;
use super::scanner::Scanner;
use super::segment::Segment;
use crate::disk::{Disk, DiskFile, OpenMode};

/// The segments of a journal, in order.
#[derive(Debug)]
pub(super) struct Segments<F> {
    pub(super) list: Vec<Segment<F>>,
}

impl<F: DiskFile> Segments<F> {
    pub(super) fn end(&self) -> u64 {
        self.list.last().map_or(0, Segment::end)
    }

    pub(super) fn read<'b>(&self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
        let after = self.list.partition_point(|segment| segment.first <= offset);
        let segment = after.checked_sub(1).and_then(|slot| self.list.get(slot)).filter(|found| offset < found.end());
        segment.ok_or(ReadError::NotThere { offset, end: self.end() })?.read(offset, buffer)
    }
}

/// A journal that is only read; a writer may have it open meanwhile.
#[derive(Debug)]
pub struct JournalReader<D: Disk> {
    segments: Segments<D::File>,
    torn: Option<Torn>,
}

impl<D: Disk> JournalReader<D> {
    /// Opens what is whole in a directory; one that does not exist yet holds no frames.
    ///
    /// Frames that a living writer has written and is about to sync may be among them.
    pub fn open(disk: &D, dir: &str, stamp: &[u8; 32]) -> Result<Self, OpenError> {
        let found = examine(disk, dir, stamp, OpenMode::Read)?;
        Ok(Self { segments: Segments { list: found.segments }, torn: found.torn.or(found.stub) })
    }

    /// A reader of segments that are known to be whole.
    pub(super) fn of(list: Vec<Segment<D::File>>) -> Self {
        Self { segments: Segments { list }, torn: None }
    }

    /// Offset after the last frame.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.segments.end()
    }

    /// Whether there are no frames.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The incomplete tail that was left out; it was not cut, and may be a writer's at work.
    #[must_use]
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Reads one frame into a buffer, which is used again from call to call.
    pub fn read<'b>(&self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
        self.segments.read(offset, buffer)
    }

    /// Reads all frames from an offset on.
    #[must_use]
    pub fn scan(&self, from: u64) -> Scanner<D::File> {
        Scanner::new(&self.segments.list, from)
    }
}
