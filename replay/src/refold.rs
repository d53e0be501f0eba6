//! The log folded anew from an empty partition.
//!
//! # Invariants
//!
//! The same fold, the same order and the same rendering as the live engine, and nothing taken from the state store or the
//! decision log: what comes out depends on the events and the packs alone. No allocation per entry but what decoding and
//! the fold make themselves.

use crate::error::{ReplayError, head_error};
use crate::partition_log::{PartitionLog, Window};
use heng_core::{Cause, DecisionEvent, Documents, Draft, Entry, Outputs, PackSource, Partition, document_of};
use heng_log::Disk;
use heng_log::codec::{DecodeEntryError, decode_entry, decode_head, document_no};
use heng_model::Position;
use std::cell::RefCell;

/// How far a log is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// Through the last entry.
    End,
    /// Through the entry with this offset.
    Offset(u64),
    /// Through the last entry known by then.
    Known(i64),
}

/// What is done with the entries of a log on their way through the fold.
pub(crate) trait Visit {
    /// An entry was read.
    fn read(&mut self, entry: &[u8]);
    /// An entry was folded.
    fn folded(&mut self, fold: &Partition, entry: &Entry<'_>, outputs: &Outputs) -> Result<(), ReplayError>;
    /// So many more entries were folded.
    fn advanced(&mut self, entries: u64);
}

/// Folds a partition's log from nothing.
pub(crate) fn refold<D: Disk>(
    log: &PartitionLog<D>,
    packs: &dyn PackSource,
    until: Until,
    visit: &mut impl Visit,
) -> Result<Partition, ReplayError> {
    let mut fold = Partition::new(log.id, log.partitions);
    let mut outputs = Outputs::default();
    let mut window = Window::default();
    let end = end_of(log, until)?;
    let mut scanner = log.events.scan(0);
    while window.fill(&mut scanner, end)? {
        let mut entries = Vec::new();
        for (offset, bytes) in window.entries() {
            visit.read(bytes);
            entries.push(decode_entry(log.position(offset), bytes)?);
        }
        fold.touch(&entries);
        for entry in &entries {
            outputs.clear();
            fold.step(entry, packs, &mut outputs)?;
            visit.folded(&fold, entry, &outputs)?;
        }
        visit.advanced(entries.len() as u64);
    }
    Ok(fold)
}

/// Offset after the last entry to be folded.
fn end_of<D: Disk>(log: &PartitionLog<D>, until: Until) -> Result<u64, ReplayError> {
    let len = log.events.len();
    match until {
        Until::End => Ok(len),
        Until::Offset(offset) => Ok(offset.saturating_add(1).min(len)),
        Until::Known(known_ms) => {
            // Known time never decreases, so the first later entry is found by halving.
            let (mut low, mut high) = (0, len);
            while low < high {
                let middle = low.midpoint(high);
                if known_ms_at(log, middle)? <= known_ms { low = middle.saturating_add(1) } else { high = middle }
            }
            Ok(low)
        }
    }
}

/// When an entry became known.
pub(crate) fn known_ms_at<D: Disk>(log: &PartitionLog<D>, offset: u64) -> Result<i64, ReplayError> {
    let mut buffer = Vec::new();
    let frame = log.events.read(offset, &mut buffer)?;
    let head = decode_head(frame.entry).map_err(|cause| head_error(log.position(offset), cause))?;
    Ok(head.known_ms)
}

/// Words decisions as the live engine does.
#[derive(Debug, Default)]
pub(crate) struct Renderer {
    buffer: RefCell<Vec<u8>>,
}

impl Renderer {
    /// Every decision that an entry gave rise to, in order of `seq`.
    pub(crate) fn each<D: Disk>(
        &self,
        log: &PartitionLog<D>,
        fold: &Partition,
        entry: &Entry<'_>,
        outputs: &Outputs,
        mut visit: impl FnMut(&Draft, DecisionEvent) -> Result<(), ReplayError>,
    ) -> Result<(), ReplayError> {
        if outputs.drafts.is_empty() {
            return Ok(());
        }
        let cause = Cause::of(entry);
        let documents = LogDocuments { log, entry, buffer: &self.buffer, failure: RefCell::default() };
        for draft in &outputs.drafts {
            let rendered = fold.render(draft, &cause, &documents);
            if let Some(failure) = documents.failure.take() {
                return Err(failure);
            }
            if let Some(event) = rendered {
                visit(draft, event)?;
            }
        }
        Ok(())
    }
}

/// Document numbers, from the entry being folded or from the log.
struct LogDocuments<'a, D: Disk> {
    log: &'a PartitionLog<D>,
    entry: &'a Entry<'a>,
    buffer: &'a RefCell<Vec<u8>>,
    failure: RefCell<Option<ReplayError>>,
}

impl<D: Disk> LogDocuments<'_, D> {
    fn read(&self, position: Position) -> Result<Option<String>, ReplayError> {
        let mut buffer = self.buffer.borrow_mut();
        let frame = self.log.events.read(position.offset, &mut buffer)?;
        let number = document_no(frame.entry).map_err(|cause| DecodeEntryError { position, cause })?;
        Ok(number.map(str::to_owned))
    }
}

impl<D: Disk> Documents for LogDocuments<'_, D> {
    fn document_no(&self, position: Position) -> Option<String> {
        if position == self.entry.position {
            return document_of(self.entry);
        }
        // As the live engine has it: a lane reads no other partition's log.
        if position.partition != self.log.id {
            return None;
        }
        self.read(position).unwrap_or_else(|error| {
            self.failure.replace(Some(error));
            None
        })
    }
}
