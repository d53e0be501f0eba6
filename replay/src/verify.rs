//! The decision log compared, byte for byte, with what the events give when they are folded anew.
//!
//! # Invariants
//!
//! A decision that the events give and the decision log does not have yet counts as pending, never as altered: the tail
//! of a log may be unfinished. Everything else that is not the same is a difference. The roots are those of the bytes on
//! disk, whatever the fold makes of them.

use crate::difference::{Difference, difference, not_given};
use crate::error::{ReplayError, head_error};
use crate::partition_log::PartitionLog;
use crate::refold::{Renderer, Until, Visit, refold};
use heng_core::{Entry, Outputs, PackSource, Partition, StepError};
use heng_log::codec::{decode_head, encode_decision};
use heng_log::{Disk, Hash, MerkleRoot, Scanner, Torn};
use heng_model::{Day, PartitionId};
use std::time::{Duration, Instant};

/// Which stages of a verification run: all of them, unless one of them is to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages {
    /// Fold the events; without it only order and known time are checked.
    pub fold: bool,
    /// Word, encode and compare every decision; nothing without `fold`.
    pub render: bool,
    /// Compute the Merkle roots.
    pub hash: bool,
}

impl Stages {
    /// The whole verification.
    pub const ALL: Self = Self { fold: true, render: true, hash: true };
}

/// What verifying a partition found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionReport {
    /// Partition.
    pub partition: PartitionId,
    /// Entries on the log.
    pub entries: u64,
    /// Decisions on the decision log.
    pub decisions: u64,
    /// Decisions that the events give.
    pub given: u64,
    /// Decisions that are the same, bit for bit.
    pub same: u64,
    /// Decisions that differ.
    pub differing: u64,
    /// Decisions that the events give and the decision log does not have yet.
    pub pending: u64,
    /// Decisions on the decision log that the events do not give.
    pub not_given: u64,
    /// The first difference.
    pub first: Option<Difference>,
    /// Events that the fold refused.
    pub refused: u64,
    /// Subjects.
    pub subjects: usize,
    /// The current day.
    pub day: Option<Day>,
    /// Merkle root of the events.
    pub events_root: Option<Hash>,
    /// Merkle root of the decisions.
    pub decisions_root: Option<Hash>,
    /// Incomplete tails that were left out: of the events, of the decisions.
    pub torn: [Option<Torn>; 2],
    /// How long it took.
    pub elapsed: Duration,
}

impl PartitionReport {
    /// Is nothing altered?
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.first.is_none()
    }
}

/// Verifies a partition; `progress` is told how many more entries are done.
///
/// # Errors
/// [`ReplayError`] where the log is damaged, needs another program, or names a pack that is not kept.
pub fn verify<D: Disk>(
    log: &PartitionLog<D>,
    packs: &dyn PackSource,
    stages: Stages,
    progress: &mut dyn FnMut(u64),
) -> Result<PartitionReport, ReplayError> {
    let started = Instant::now();
    let mut check = Check::new(log, stages, progress);
    let fold = if stages.fold {
        refold(log, packs, Until::End, &mut check)?
    } else {
        check.order()?;
        Partition::new(log.id, log.partitions)
    };
    check.rest(stages.fold && stages.render)?;
    let mut report = check.report;
    report.subjects = fold.subjects_len();
    report.day = fold.day();
    report.events_root = stages.hash.then(|| check.events.root());
    report.decisions_root = stages.hash.then(|| check.decisions.root());
    report.elapsed = started.elapsed();
    Ok(report)
}

/// Verifies all partitions, as many at a time as there are processors; the reports are in the order of the partitions.
///
/// # Errors
/// The first [`ReplayError`] in that order.
pub fn verify_all<D>(
    logs: &[PartitionLog<D>],
    packs: &(dyn PackSource + Sync),
    stages: Stages,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<PartitionReport>, ReplayError>
where
    D: Disk + Sync,
    PartitionLog<D>: Sync,
{
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut reports = Vec::with_capacity(logs.len());
    for some in logs.chunks(workers) {
        let done: Vec<Result<PartitionReport, ReplayError>> = std::thread::scope(|scope| {
            let work = |log| scope.spawn(move || verify(log, packs, stages, &mut |entries| progress(entries)));
            let running: Vec<_> = some.iter().map(work).collect();
            running
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        for report in done {
            reports.push(report?);
        }
    }
    Ok(reports)
}

struct Check<'a, D: Disk> {
    log: &'a PartitionLog<D>,
    stages: Stages,
    progress: &'a mut dyn FnMut(u64),
    renderer: Renderer,
    stored: Scanner<D::File>,
    encoded: Vec<u8>,
    events: MerkleRoot,
    decisions: MerkleRoot,
    report: PartitionReport,
}

impl<'a, D: Disk> Check<'a, D> {
    fn new(log: &'a PartitionLog<D>, stages: Stages, progress: &'a mut dyn FnMut(u64)) -> Self {
        let report = PartitionReport {
            partition: log.id,
            entries: log.events.len(),
            decisions: log.decisions.len(),
            given: 0,
            same: 0,
            differing: 0,
            pending: 0,
            not_given: 0,
            first: None,
            refused: 0,
            subjects: 0,
            day: None,
            events_root: None,
            decisions_root: None,
            torn: [log.events.torn().cloned(), log.decisions.torn().cloned()],
            elapsed: Duration::ZERO,
        };
        Self {
            log,
            stages,
            progress,
            renderer: Renderer::default(),
            stored: log.decisions.scan(0),
            encoded: Vec::new(),
            events: MerkleRoot::new(),
            decisions: MerkleRoot::new(),
            report,
        }
    }

    /// What the fold would refuse about order, where nothing is folded.
    fn order(&mut self) -> Result<(), ReplayError> {
        let mut scanner = self.log.events.scan(0);
        let mut expected = 0;
        while let Some(frame) = scanner.next_frame() {
            let (offset, frame) = frame?;
            let found = self.log.position(offset);
            decode_head(frame.entry).map_err(|cause| head_error(found, cause))?;
            if offset != expected {
                return Err(StepError::NotNext { found, expected }.into());
            }
            expected = offset.saturating_add(1);
            self.read(frame.entry);
            if expected.is_multiple_of(PROGRESS_ENTRIES) {
                self.advanced(PROGRESS_ENTRIES);
            }
        }
        Ok(())
    }

    /// What the decision log holds beyond what the events gave.
    fn rest(&mut self, compared: bool) -> Result<(), ReplayError> {
        while let Some(frame) = self.stored.next_frame() {
            let (seq, frame) = frame?;
            if self.stages.hash {
                self.decisions.push_entry(frame.entry);
            }
            if compared {
                self.report.not_given = self.report.not_given.saturating_add(1);
                self.report.first.get_or_insert_with(|| not_given(self.log.id, seq, frame.entry));
            }
        }
        Ok(())
    }
}

/// Entries after which progress is told where nothing is folded.
const PROGRESS_ENTRIES: u64 = 256;

impl<D: Disk> Visit for Check<'_, D> {
    fn read(&mut self, entry: &[u8]) {
        if self.stages.hash {
            self.events.push_entry(entry);
        }
    }

    fn folded(&mut self, fold: &Partition, entry: &Entry<'_>, outputs: &Outputs) -> Result<(), ReplayError> {
        let Self { log, stages, renderer, stored, encoded, decisions, report, .. } = self;
        report.given = report.given.saturating_add(outputs.drafts.len() as u64);
        report.refused = report.refused.saturating_add(outputs.refused.len() as u64);
        if !stages.render {
            return Ok(());
        }
        let partition = log.id;
        renderer.each(log, fold, entry, outputs, &|_| true, |draft, event| {
            encode_decision(encoded, event).map_err(|cause| ReplayError::Encode {
                partition,
                seq: draft.seq,
                cause,
            })?;
            let Some(frame) = stored.next_frame() else {
                report.pending = report.pending.saturating_add(1);
                return Ok(());
            };
            let (seq, frame) = frame?;
            if stages.hash {
                decisions.push_entry(frame.entry);
            }
            if frame.entry == encoded.as_slice() {
                report.same = report.same.saturating_add(1);
            } else {
                report.differing = report.differing.saturating_add(1);
                report.first.get_or_insert_with(|| difference(partition, seq, frame.entry, &event.into()));
            }
            Ok(())
        })
    }

    fn advanced(&mut self, entries: u64) {
        (self.progress)(entries);
    }
}
