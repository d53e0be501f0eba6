//! A partition's two journals, and the entries of the one decoded window by window.
//!
//! # Invariants
//!
//! Nothing is written. The decision log is opened before the events: whatever a writer adds meanwhile, no decision is
//! seen whose cause is not.

use crate::error::{ReplayError, head_error};
use heng_core::DecisionEvent;
use heng_core::WINDOW_ENTRIES;
use heng_log::codec::{DecisionHead, Head, decision_head, decode_decision, decode_head};
use heng_log::{DataDirView, Disk, DiskFile, JournalReader, Meta, OpenError, ReadError, Scanner, Stream};
use heng_model::{PartitionId, Position};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A partition's events and decisions, read beside whoever may be writing them.
pub struct PartitionLog<D: Disk> {
    /// Its number.
    pub id: PartitionId,
    /// How many partitions the log has.
    pub partitions: PartitionId,
    /// Events, as intake took them.
    pub events: JournalReader<D>,
    /// Decisions, as the fold made them.
    pub decisions: JournalReader<D>,
    /// Asked after every frame.
    pub(crate) stop: Stop,
}

/// Tells a reading that nobody waits for it any more; whoever has a copy may tell it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the reading soon, with [`ReplayError::Stopped`].
    pub fn tell(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Was it told?
    ///
    /// # Errors
    /// [`ReplayError::Stopped`].
    pub(crate) fn check(&self) -> Result<(), ReplayError> {
        if self.0.load(Ordering::Relaxed) { Err(ReplayError::Stopped) } else { Ok(()) }
    }
}

impl<D: Disk> PartitionLog<D> {
    /// Opens a partition of what a disk holds; every checksum is verified.
    ///
    /// # Errors
    /// [`OpenError`] where a journal is damaged or cannot be read.
    pub fn open(disk: &D, meta: &Meta, id: PartitionId) -> Result<Self, OpenError> {
        let journal =
            |stream| JournalReader::open(disk, &DataDirView::journal_dir(stream, id), &meta.stamp(stream, id));
        let decisions = journal(Stream::Decisions)?;
        Ok(Self::of(id, meta.partitions, journal(Stream::Events)?, decisions))
    }

    /// The journals of a partition that are open already.
    #[must_use]
    pub fn of(id: PartitionId, partitions: u16, events: JournalReader<D>, decisions: JournalReader<D>) -> Self {
        Self { id, partitions, events, decisions, stop: Stop::default() }
    }

    /// The same, whose readings end when they are told to.
    #[must_use]
    pub fn until(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Opens every partition.
    ///
    /// # Errors
    /// [`OpenError`] where a journal is damaged or cannot be read.
    pub fn open_all(disk: &D, meta: &Meta) -> Result<Vec<Self>, OpenError> {
        (0..meta.partitions).map(|id| Self::open(disk, meta, id)).collect()
    }

    /// The place of an entry.
    #[must_use]
    pub fn position(&self, offset: u64) -> Position {
        Position { partition: self.id, offset }
    }

    /// Every entry, its body unread.
    pub(crate) fn each_head(
        &self,
        mut visit: impl FnMut(Position, &Head<'_>, &[u8]) -> Result<(), ReplayError>,
    ) -> Result<(), ReplayError> {
        let mut scanner = self.events.scan(0);
        while let Some(frame) = scanner.next_frame() {
            let (offset, frame) = frame?;
            self.stop.check()?;
            let position = self.position(offset);
            let head = decode_head(frame.entry).map_err(|cause| head_error(position, cause))?;
            visit(position, &head, frame.entry)?;
        }
        Ok(())
    }

    /// Every decision event of which the bytes at hand say that it is wanted, by `seq`: the others are not decoded.
    pub(crate) fn each_decision_where(
        &self,
        wanted: impl Fn(&DecisionHead<'_>) -> bool,
        mut visit: impl FnMut(DecisionEvent, &[u8]),
    ) -> Result<(), ReplayError> {
        let mut scanner = self.decisions.scan(0);
        while let Some(frame) = scanner.next_frame() {
            let (seq, frame) = frame?;
            self.stop.check()?;
            let error = |cause| ReplayError::Decision { partition: self.id, seq, cause };
            let head = decision_head(frame.entry).map_err(error)?;
            if wanted(&head) {
                visit(decode_decision(frame.entry).map_err(error)?, frame.entry);
            }
        }
        Ok(())
    }
}

/// The bytes of some entries that follow one another.
#[derive(Debug, Default)]
pub(crate) struct Window {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    first: u64,
}

impl Window {
    /// Reads the next entries, those before `end`; false where there are none.
    pub(crate) fn fill<F: DiskFile>(&mut self, scanner: &mut Scanner<F>, end: u64) -> Result<bool, ReadError> {
        self.bytes.clear();
        self.ends.clear();
        while self.ends.len() < WINDOW_ENTRIES {
            let Some(frame) = scanner.next_frame() else { break };
            let (offset, frame) = frame?;
            if offset >= end {
                break;
            }
            if self.ends.is_empty() {
                self.first = offset;
            }
            self.bytes.extend_from_slice(frame.entry);
            self.ends.push(self.bytes.len());
        }
        Ok(!self.ends.is_empty())
    }

    /// The entries with their offsets.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends).map(|(start, end)| start..*end);
        (self.first..).zip(ranges.map(|range| self.bytes.get(range).unwrap_or_default()))
    }
}
