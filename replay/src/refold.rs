//! The log folded anew from an empty partition.
//!
//! # Invariants
//!
//! The same fold, the same order and the same rendering as the live engine, and nothing taken from the state store or the
//! decision log: what comes out depends on the events and the packs alone. No allocation per entry but what decoding and
//! the fold make themselves.

use crate::error::{ReplayError, head_error};
use crate::partition_log::{PartitionLog, Window};
use heng_core::{Cause, Draft, Entry, Outputs, PackSource, Partition, Rendered, Room};
use heng_log::codec::{decode_entry, decode_head};
use heng_log::{Disk, DocumentNumbers};
use heng_model::SubjectId;

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
        log.stop.check()?;
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
            // Engines that share a log have clocks of their own: what stands behind a later entry was not known without it.
            let mut scanner = log.events.scan(0);
            while let Some(frame) = scanner.next_frame() {
                let (offset, frame) = frame?;
                let head = decode_head(frame.entry).map_err(|cause| head_error(log.position(offset), cause))?;
                if head.known_ms > known_ms {
                    return Ok(offset);
                }
            }
            Ok(len)
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
    numbers: DocumentNumbers,
    room: Room,
}

impl Renderer {
    /// Every decision that an entry gave rise to about those who are wanted, in order of `seq`.
    pub(crate) fn each<D: Disk>(
        &mut self,
        log: &PartitionLog<D>,
        fold: &Partition,
        entry: &Entry<'_>,
        outputs: &Outputs,
        wanted: &dyn Fn(&SubjectId) -> bool,
        mut visit: impl FnMut(&Draft, &Rendered<'_>) -> Result<(), ReplayError>,
    ) -> Result<(), ReplayError> {
        self.numbers.note(entry);
        if outputs.drafts.is_empty() {
            return Ok(());
        }
        let cause = Cause::of(entry);
        for draft in &outputs.drafts {
            if !fold.id_at(draft.subject).is_some_and(wanted) {
                continue;
            }
            let mut documents = self.numbers.of(log.id, &log.events);
            let rendered = fold.render(draft, &cause, &mut documents, &mut self.room);
            if let Some(failure) = self.numbers.failure() {
                return Err(failure.into());
            }
            if let Some(event) = rendered {
                visit(draft, &event)?;
            }
        }
        Ok(())
    }
}
