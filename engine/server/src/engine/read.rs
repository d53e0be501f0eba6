//! Reading beside the fold, on its thread: decisions worded as they stand, journals scanned.

use super::{Engine, EngineError};
use crate::index::Codes;
use crate::lane::{Lane, LaneError};
use heng_core::{Cause, DecisionEvent, Documents, Entry, PackSource as _, Partition, Room, Subject, decision_id};
use heng_log::codec;
use heng_log::{Disk, Scanner, Stream};
use heng_model::{DecisionId, PartitionId, Position, SubjectId, Symbols};
use heng_replay::PartitionLog;

impl<D: Disk> Engine<D> {
    /// Decisions of a subject, or of one whose history is on its way to it, as they stand, worded, with the document numbers of their grounds.
    ///
    /// # Errors
    /// [`EngineError`] where a document number is on the log and cannot be read.
    pub fn word(&self, subject: &SubjectId, decisions: &[DecisionId]) -> Result<Vec<DecisionEvent>, EngineError> {
        let mut worded = Vec::new();
        let partition = self.partition_of(subject)?;
        if let Some((id, state)) = partition.number_of(subject).and_then(|number| partition.subject_at(number)) {
            self.word_of(partition, (id, &state), decisions, &mut worded)?;
        }
        // A check judges by what is on its way to a subject too.
        for id in self.outstanding.moving().filter(|id| self.directory.leads_to(id, subject)) {
            let is_missing = |wanted: &&DecisionId| worded.iter().all(|event| event.decision != **wanted);
            let missing: Vec<DecisionId> = decisions.iter().filter(is_missing).copied().collect();
            if let (false, Some(history)) = (missing.is_empty(), self.outstanding.history(id)) {
                self.word_of(self.partition_of(id)?, (id, &history), &missing, &mut worded)?;
            }
        }
        Ok(worded)
    }

    fn partition_of(&self, subject: &SubjectId) -> Result<&Partition, EngineError> {
        let at = usize::from(subject.partition(self.meta.partitions));
        Ok(&self.lanes.get(at).ok_or(EngineError::NoLane(at))?.fold)
    }

    /// Words those of a state's decisions that are asked for.
    fn word_of(
        &self,
        partition: &Partition,
        (id, state): (&SubjectId, &Subject),
        decisions: &[DecisionId],
        worded: &mut Vec<DecisionEvent>,
    ) -> Result<(), EngineError> {
        let mut documents = AllDocuments { lanes: &self.lanes, buffer: Vec::new(), failure: None };
        let mut room = Room::default();
        let position = Position { partition: partition.id(), offset: partition.next_offset().saturating_sub(1) };
        let cause = Cause { position, known_ms: partition.known_ms().unwrap_or_default(), name: String::new() };
        for (at, decision) in state.decisions.iter().enumerate() {
            if !decisions.contains(&decision_id(partition.symbols(), id, state, decision)) {
                continue;
            }
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let event = partition.render_standing((id, state), at, &cause, &mut documents, &mut room);
            worded.extend(event.as_ref().map(DecisionEvent::from));
        }
        match documents.failure {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }

    /// Hands out the entry at a position, with the time that its source claimed.
    ///
    /// # Errors
    /// [`EngineError`] where it cannot be read.
    pub fn with_entry<R>(
        &self,
        position: Position,
        take: impl FnOnce(&Entry<'_>, Option<&str>) -> R,
    ) -> Result<R, EngineError> {
        let at = usize::from(position.partition);
        let lane = self.lanes.get(at).ok_or(EngineError::NoLane(at))?;
        let mut buffer = Vec::new();
        let frame = lane.events.read(position.offset, &mut buffer).map_err(LaneError::Read)?;
        let undecoded = |cause| LaneError::Decode(codec::DecodeEntryError { position, cause });
        let head = codec::decode_head(frame.entry).map_err(undecoded)?;
        let entry = codec::decode_entry(position, frame.entry).map_err(LaneError::Decode)?;
        Ok(take(&entry, head.claimed_time))
    }

    /// The document number of the record at a position, of whatever partition.
    ///
    /// # Errors
    /// [`EngineError`] where it is on the log and cannot be read.
    pub fn document_no(&self, position: Position) -> Result<Option<String>, EngineError> {
        let mut documents = AllDocuments { lanes: &self.lanes, buffer: Vec::new(), failure: None };
        let mut number = String::new();
        let is_stated = documents.push(position, &mut number)?;
        Ok(is_stated.then_some(number))
    }

    /// The journals of every partition as they are durable now, to be read on whatever thread.
    pub fn logs(&self) -> Vec<PartitionLog<D>> {
        let log = |lane: &Lane<D>| {
            let (events, decisions) = (lane.events.reader(), lane.decisions.reader());
            PartitionLog::of(lane.fold.id(), self.meta.partitions, events, decisions)
        };
        self.lanes.iter().map(log).collect()
    }

    /// Frames of a partition's journal from an offset on, as far as they are durable now.
    #[must_use]
    pub fn scan(&self, stream: Stream, partition: PartitionId, from: u64) -> Option<Scanner<D::File>> {
        let lane = self.lanes.get(usize::from(partition))?;
        Some(match stream {
            Stream::Events => lane.events.scan(from),
            Stream::Decisions => lane.decisions.scan(from),
        })
    }

    /// The codes of every pack that the log names. A pack that this program can no longer read was judged by another one:
    /// its codes are left out, and a filter that names one is refused.
    #[must_use]
    pub fn codes(&self) -> Codes {
        let mut codes = Codes::default();
        for files in self.shelf.hashes().filter_map(|sha256| self.shelf.pack(sha256)) {
            let mut symbols = Symbols::default();
            match heng_rules::load(&files, &mut symbols) {
                Ok(loaded) => codes.add(&loaded.pack, &symbols),
                Err(_) => {
                    tracing::warn!("a pack of the log cannot be read: filters by codes that it alone has are refused")
                }
            }
        }
        codes
    }
}

/// Document numbers on the log, of whatever partition.
struct AllDocuments<'a, D: Disk> {
    lanes: &'a [Lane<D>],
    buffer: Vec<u8>,
    failure: Option<LaneError>,
}

impl<D: Disk> AllDocuments<'_, D> {
    fn push(&mut self, position: Position, to: &mut String) -> Result<bool, LaneError> {
        let Some(lane) = self.lanes.get(usize::from(position.partition)) else { return Ok(false) };
        let frame = lane.events.read(position.offset, &mut self.buffer)?;
        let number = codec::document_no(frame.entry);
        let number = number.map_err(|cause| codec::DecodeEntryError { position, cause })?;
        to.push_str(number.unwrap_or_default());
        Ok(number.is_some())
    }
}

impl<D: Disk> Documents for AllDocuments<'_, D> {
    fn push_document_no(&mut self, position: Position, to: &mut String) -> bool {
        self.push(position, to).unwrap_or_else(|error| {
            self.failure = Some(error);
            false
        })
    }
}
