//! The log itself, verified without folding it: every frame, every entry, their order, the roots.
//!
//! # Invariants
//!
//! A flaw does not end the inspection of a journal, damage does: behind a broken frame nothing can be numbered.

use crate::error::ReplayError;
use crate::partition_log::PartitionLog;
use heng_core::{Content, Control, PackSource};
use heng_log::codec::{decode_decision, decode_entry};
use heng_log::{Disk, Hash, JournalReader, MerkleRoot, Stream, Torn};
use heng_model::{PartitionId, Position};

/// Flaws that are told in full; more are only counted.
const FLAWS_TOLD_MAX: usize = 20;

/// What inspecting a journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalReport {
    /// Which of the partition's two.
    pub stream: Stream,
    /// Partition.
    pub partition: PartitionId,
    /// Frames.
    pub frames: u64,
    /// Bytes of their entries.
    pub bytes: u64,
    /// Merkle root.
    pub root: Hash,
    /// Known time of the first one, and the greatest.
    pub known_ms: Option<(i64, i64)>,
    /// An incomplete tail that was left out.
    pub torn: Option<Torn>,
    /// How many flaws.
    pub flaws: u64,
    /// The first of them, in words.
    pub told: Vec<String>,
}

impl JournalReport {
    fn flaw(&mut self, text: String) {
        self.flaws = self.flaws.saturating_add(1);
        if self.told.len() < FLAWS_TOLD_MAX {
            self.told.push(text);
        }
    }

    /// Engines that share a log have clocks of their own: a later entry may be known a little earlier.
    fn known(&mut self, known_ms: i64) {
        match &mut self.known_ms {
            Some((_, last)) => *last = known_ms.max(*last),
            None => self.known_ms = Some((known_ms, known_ms)),
        }
    }
}

/// Inspects a partition's events.
///
/// # Errors
/// [`ReplayError::Read`] where a frame that was whole at opening is not any more.
pub fn inspect_events<D: Disk>(
    log: &PartitionLog<D>,
    packs: &dyn PackSource,
    progress: &mut dyn FnMut(u64),
) -> Result<JournalReport, ReplayError> {
    inspect(log.id, Stream::Events, &log.events, progress, |report, offset, bytes| {
        let position = log.position(offset);
        let entry = match decode_entry(position, bytes) {
            Ok(entry) => entry,
            Err(error) => return report.flaw(error.to_string()),
        };
        report.known(entry.known_ms);
        if let Content::Control(Control::PackActivated { pack, version, sha256, .. }) = entry.content
            && packs.pack(&sha256).is_none()
        {
            report.flaw(format!("entry {position}: pack {pack}@{version} is not kept beside the log: put it back"));
        }
    })
}

/// Inspects a partition's decisions.
///
/// # Errors
/// [`ReplayError::Read`] where a frame that was whole at opening is not any more.
pub fn inspect_decisions<D: Disk>(
    log: &PartitionLog<D>,
    progress: &mut dyn FnMut(u64),
) -> Result<JournalReport, ReplayError> {
    let mut last = Position { partition: log.id, offset: 0 };
    inspect(log.id, Stream::Decisions, &log.decisions, progress, |report, seq, bytes| {
        let at = format!("decision {seq} of partition {}", log.id);
        let event = match decode_decision(bytes) {
            Ok(event) => event,
            Err(error) => return report.flaw(format!("{at} cannot be read: {error}")),
        };
        report.known(event.known_ms);
        if event.seq != seq {
            report.flaw(format!("{at} says that it is number {}", event.seq));
        }
        let cause = event.position;
        if cause.partition != log.id || cause.offset >= log.events.len() {
            report.flaw(format!("{at} has its cause at {cause}, which is not on the log of its partition"));
        } else if cause < last {
            report.flaw(format!("{at} has its cause at {cause}, before {last}, that of an earlier one"));
        } else {
            last = cause;
        }
    })
}

fn inspect<D: Disk>(
    partition: PartitionId,
    stream: Stream,
    reader: &JournalReader<D>,
    progress: &mut dyn FnMut(u64),
    mut look: impl FnMut(&mut JournalReport, u64, &[u8]),
) -> Result<JournalReport, ReplayError> {
    let torn = reader.torn().cloned();
    let (frames, bytes, root) = (0, 0, Hash::default());
    let mut report =
        JournalReport { stream, partition, frames, bytes, root, known_ms: None, torn, flaws: 0, told: Vec::new() };
    let mut tree = MerkleRoot::new();
    let mut scanner = reader.scan(0);
    while let Some(frame) = scanner.next_frame() {
        let (offset, frame) = frame?;
        if offset != report.frames {
            let text = format!("offset {offset} follows {} frames", report.frames);
            report.flaw(text);
        }
        tree.push_entry(frame.entry);
        look(&mut report, offset, frame.entry);
        report.frames = report.frames.saturating_add(1);
        report.bytes = report.bytes.saturating_add(frame.entry.len() as u64);
        if report.frames.is_multiple_of(PROGRESS_FRAMES) {
            progress(PROGRESS_FRAMES);
        }
    }
    report.root = tree.root();
    Ok(report)
}

/// Frames after which progress is told.
const PROGRESS_FRAMES: u64 = 4_096;
