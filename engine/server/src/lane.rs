//! One partition at work: its journals of events and decisions, and the fold between them.
//!
//! # Invariants
//!
//! Entries are folded in the order and the form in which they are on the log, live and after a restart alike. A decision
//! that the decision log already holds is compared with what was folded, byte for byte, never written again.
//!
//! Events are durable before a decision that follows from them is written, and decisions before anything is told of them. Of a log that
//! others write too the journals are copies: decisions are told of when they are written, since from the log the same ones follow once
//! more.

#[cfg(test)]
mod tests;
mod unshown;

pub use unshown::{Histories, Touched};

use crate::shared::{Met, Outstanding};
use crate::syncing::{self, Going, Syncer};
use crate::trace;
use crate::turns::{InTurns, Turns};
use heng_core::{
    Body, Cause, Content, Control, Effect, Entry, Outputs, PackSource, Partition, Refusal, Room, SentOn, StepError,
    WINDOW_ENTRIES,
};
use heng_log::codec::{self, EncodeError};
use heng_log::{AppendError, Disk, DocumentNumbers, Journal, ReadDocumentError, ReadError, SyncError};
use heng_model::{Position, SubjectId};
use unshown::Unshown;

/// Why a lane cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// The fold stopped.
    #[error(transparent)]
    Step(#[from] StepError),
    /// An entry cannot be decoded.
    #[error(transparent)]
    Decode(#[from] codec::DecodeEntryError),
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log cannot be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The log cannot be synced.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// A decision cannot be encoded.
    #[error("decision {seq} of partition {partition}: {cause}")]
    Encode {
        /// Partition.
        partition: u16,
        /// Its `seq`.
        seq: u64,
        /// Why.
        cause: EncodeError,
    },
    /// The decision log holds something else than the fold yields.
    #[error(
        "decision {seq} of partition {partition} on the decision log differs from what the events give: \
         one of the two was altered, or another release folded them; run `heng replay --verify`"
    )]
    Differs {
        /// Partition.
        partition: u16,
        /// Its `seq`.
        seq: u64,
    },
}

impl From<ReadDocumentError> for LaneError {
    fn from(error: ReadDocumentError) -> Self {
        match error {
            ReadDocumentError::Read(error) => error.into(),
            ReadDocumentError::Entry(error) => error.into(),
        }
    }
}

/// What folding some entries gave rise to.
#[derive(Debug, Default)]
pub struct Folded {
    /// Entries folded.
    pub entries: u64,
    /// Decisions published.
    pub decisions: u64,
    /// Events refused by the fold.
    pub refused: Vec<(Position, Refusal)>,
    /// Events that were duplicates after all.
    pub duplicates: Vec<Position>,
    /// By partition, the subjects of whom services may show something else than before: only where somebody watches, else none.
    pub touched: Vec<Touched>,
    /// What was of those among them whose history is on its way.
    pub moving: Histories,
    /// Effects on subjects of other partitions.
    pub(crate) effects: Vec<Caused>,
    /// On a log that others write too: what other entries than events of this engine's own mean for it.
    pub(crate) heard: Vec<Heard>,
}

/// An effect on a subject of another partition, and the entry that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Caused {
    /// Where that entry stands.
    pub(crate) cause: Position,
    /// Its W3C trace context, as the log has it and where it is one: it does not matter which engine says the effect, and when. An event sent
    /// on is copied from the log as it stands.
    pub(crate) context: Option<Box<str>>,
    pub(crate) effect: Effect,
}

/// What an engine that shares its log must know of an entry, whoever put it there.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An effect is on the log.
    Effect(Box<Met>),
    /// A subject's names are stated, or its history goes elsewhere.
    Named(SubjectId),
    /// A pack was put in force.
    Pack,
}

pub(crate) struct Lane<D: Disk> {
    pub(crate) fold: Partition,
    pub(crate) events: Journal<D>,
    pub(crate) decisions: Journal<D>,
    /// Entries appended and not yet folded: their bytes, one after another, and where each ends.
    waiting: Vec<u8>,
    ends: Vec<usize>,
    outputs: Outputs,
    numbers: DocumentNumbers,
    room: Room,
    encoded: Vec<u8>,
    stored: Vec<u8>,
    /// Does a day or a pack wait, which may concern every subject?
    pub(crate) has_control: bool,
    unshown: Unshown,
    /// Do others write the log too?
    pub(crate) is_shared: bool,
    syncer: Syncer<D::File>,
    events_going: Option<Going<D::File>>,
    decisions_going: Option<Going<D::File>>,
}

impl<D: Disk> Lane<D> {
    pub(crate) fn new(fold: Partition, events: Journal<D>, decisions: Journal<D>) -> Self {
        Self {
            syncer: Syncer::new(fold.id()),
            events_going: None,
            decisions_going: None,
            fold,
            events,
            decisions,
            waiting: Vec::new(),
            ends: Vec::new(),
            outputs: Outputs::default(),
            numbers: DocumentNumbers::default(),
            room: Room::default(),
            encoded: Vec::new(),
            stored: Vec::new(),
            has_control: false,
            unshown: Unshown::default(),
            is_shared: false,
        }
    }

    /// Puts an entry on the log; it is acknowledged by [`Lane::settle`].
    pub(crate) fn append(&mut self, entry: &[u8]) -> Result<Position, LaneError> {
        let offset = append_synced(&mut self.events, entry, || Ok(()))?;
        self.waiting.extend_from_slice(entry);
        self.ends.push(self.waiting.len());
        Ok(Position { partition: self.fold.id(), offset })
    }

    /// The same for a day or a pack.
    pub(crate) fn append_control(&mut self, entry: &[u8]) -> Result<Position, LaneError> {
        self.has_control = true;
        self.append(entry)
    }

    pub(crate) fn waiting_len(&self) -> usize {
        self.ends.len()
    }

    /// The offset of the entry that comes next, after all that wait.
    pub(crate) fn next_offset(&self) -> u64 {
        self.events.len()
    }

    /// Bytes of the entries that wait.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.waiting.len()
    }

    /// Folds the events appended, which are durable on return, as are their decisions; on a log that others write too these are written,
    /// and durable before any that follow them are, or after [`Lane::end_syncs`].
    pub(crate) fn settle(&mut self, packs: &dyn PackSource) -> Result<Folded, LaneError> {
        let mut folded = Folded::default();
        syncing::end(&mut self.decisions, &mut self.decisions_going)?;
        // Where no thread is woken there is nothing to save.
        if D::SYNCS_BESIDE && self.ends.len() < BESIDE_MIN {
            self.events.sync()?;
        } else {
            self.events_going = self.syncer.begin(&mut self.events)?;
        }
        let (waiting, ends) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.ends));
        let all = self.fold_all(&waiting, &ends, packs, &mut folded);
        let durable = syncing::end(&mut self.events, &mut self.events_going);
        all?;
        durable?;
        if self.is_shared {
            self.decisions_going = self.syncer.begin(&mut self.decisions)?;
        } else {
            self.decisions.sync()?;
        }
        (self.waiting, self.ends) = (waiting, ends);
        self.waiting.clear();
        self.ends.clear();
        self.has_control = false;
        Ok(folded)
    }

    /// The decisions of everything settled are durable on return; their events are.
    pub(crate) fn end_syncs(&mut self) -> Result<(), LaneError> {
        Ok(syncing::end(&mut self.decisions, &mut self.decisions_going)?)
    }

    /// From now on folding tells which subjects it touched.
    pub(crate) fn watch(&mut self) {
        self.unshown.watch();
    }

    /// Did folding touch a subject since the last call of [`Lane::take_touched`]?
    pub(crate) fn is_touched(&self, subject: &SubjectId) -> bool {
        self.unshown.has(self.fold.number_of(subject))
    }

    /// The subjects that folding touched since the last call, and those whose history has come to where it went; what was of those whose
    /// history is on its way is put to `histories`.
    pub(crate) fn take_touched(&mut self, outstanding: &Outstanding, histories: &mut Histories) -> Touched {
        self.unshown.take(&self.fold, outstanding, histories)
    }

    /// The history of a subject is on its way, and is shown so.
    pub(crate) fn note_moving(&mut self, subject: &SubjectId) {
        // The redirect that it left leads out of the partition.
        if let Some(number) = self.fold.number_of(subject) {
            self.unshown.note_moving(number);
        }
    }

    /// Closes the journals.
    pub(crate) fn close(mut self) -> Result<(), LaneError> {
        self.end_syncs()?;
        self.events.close()?;
        Ok(self.decisions.close()?)
    }

    /// Folds what the log holds beyond the state, after a restart.
    pub(crate) fn catch_up(
        &mut self,
        packs: &dyn PackSource,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Folded, LaneError> {
        let mut folded = Folded::default();
        let mut scanner = self.events.scan(self.fold.next_offset());
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        loop {
            bytes.clear();
            ends.clear();
            while ends.len() < WINDOW_ENTRIES
                && let Some(frame) = scanner.next_frame()
            {
                bytes.extend_from_slice(frame?.1.entry);
                ends.push(bytes.len());
            }
            if ends.is_empty() {
                break;
            }
            self.fold_all(&bytes, &ends, packs, &mut folded)?;
            if folded.entries.is_multiple_of(BATCH_ENTRIES) {
                self.decisions.sync()?;
                progress(BATCH_ENTRIES);
            }
        }
        self.decisions.sync()?;
        Ok(folded)
    }

    /// Folds the entries that lie one after another in `bytes`; what a window of them touches is fetched together.
    fn fold_all(
        &mut self,
        bytes: &[u8],
        ends: &[usize],
        packs: &dyn PackSource,
        folded: &mut Folded,
    ) -> Result<(), LaneError> {
        let mut start = 0;
        for window in ends.chunks(WINDOW_ENTRIES) {
            let (mut entries, mut raw) = (Vec::with_capacity(window.len()), Vec::with_capacity(window.len()));
            for (offset, end) in (self.fold.next_offset()..).zip(window) {
                let position = Position { partition: self.fold.id(), offset };
                let bytes = bytes.get(start..*end).unwrap_or_default();
                entries.push(codec::decode_entry(position, bytes)?);
                raw.push(bytes);
                start = *end;
            }
            self.fold.touch(&entries);
            for (entry, raw) in entries.iter().zip(raw) {
                self.step(entry, packs, folded)?;
                self.take_effects((entry.position, raw), folded)?;
            }
        }
        Ok(())
    }

    /// Folds an entry; its effects are left in `outputs`.
    fn step(&mut self, entry: &Entry<'_>, packs: &dyn PackSource, folded: &mut Folded) -> Result<(), LaneError> {
        self.numbers.note(entry);
        self.outputs.clear();
        // A day or a pack may concern every subject, for seconds.
        let is_control = matches!(entry.content, Content::Control(_));
        if is_control {
            self.unshown.note_control();
        }
        let turns = Turns::new(is_control);
        self.fold.step(entry, &InTurns { packs, turns: &turns }, &mut self.outputs)?;
        self.unshown.note(self.outputs.changed.iter().copied().inspect(|_| turns.offer()));
        if self.is_shared {
            folded.heard.extend(Met::of(entry).map(|met| Heard::Effect(Box::new(met))));
            folded.heard.extend(Heard::of(entry));
        }
        self.publish(entry, folded, &turns)?;
        folded.entries = folded.entries.saturating_add(1);
        folded.refused.append(&mut self.outputs.refused);
        if self.outputs.duplicate {
            folded.duplicates.push(entry.position);
        }
        Ok(())
    }

    fn take_effects(&mut self, (cause, entry): (Position, &[u8]), folded: &mut Folded) -> Result<(), LaneError> {
        if self.outputs.effects.is_empty() {
            return Ok(());
        }
        let head =
            codec::decode_head(entry).map_err(|error| codec::DecodeEntryError { position: cause, cause: error })?;
        let context = head.traceparent.and_then(trace::known);
        let caused = |effect| Caused { cause, context: context.map(Box::from), effect };
        folded.effects.extend(self.outputs.effects.drain(..).map(caused));
        Ok(())
    }

    fn publish(&mut self, entry: &Entry<'_>, folded: &mut Folded, turns: &Turns) -> Result<(), LaneError> {
        if self.outputs.drafts.is_empty() {
            return Ok(());
        }
        let cause = Cause::of(entry);
        for draft in &self.outputs.drafts {
            turns.offer();
            let mut documents = self.numbers.of(self.fold.id(), &self.events);
            let rendered = self.fold.render(draft, &cause, &mut documents, &mut self.room);
            if let Some(failure) = self.numbers.failure() {
                return Err(failure.into());
            }
            let Some(event) = rendered else { continue };
            let partition = self.fold.id();
            codec::encode_decision(&mut self.encoded, &event).map_err(|cause| LaneError::Encode {
                partition,
                seq: draft.seq,
                cause,
            })?;
            if draft.seq < self.decisions.synced_len() {
                let kept = self.decisions.read(draft.seq, &mut self.stored)?;
                if kept.entry != self.encoded {
                    return Err(LaneError::Differs { partition, seq: draft.seq });
                }
            } else {
                let first = || syncing::end(&mut self.events, &mut self.events_going);
                append_synced(&mut self.decisions, &self.encoded, first)?;
                folded.decisions = folded.decisions.saturating_add(1);
            }
        }
        Ok(())
    }

    /// The event at a position under another subject, to be sent on; with its claimed time and the name it was sent by.
    pub(crate) fn forwarded(
        &self,
        position: Position,
        (to, by): (&SubjectId, &SubjectId),
        known_ms: i64,
    ) -> Result<Vec<u8>, LaneError> {
        let mut buffer = Vec::new();
        let frame = self.events.read(position.offset, &mut buffer)?;
        let head = codec::decode_head(frame.entry).map_err(|cause| codec::DecodeEntryError { position, cause })?;
        let mut encoded = Vec::new();
        if let Content::Event { mut event, .. } = codec::decode_entry(position, frame.entry)?.content {
            event.subject = to.clone();
            let sent_on = SentOn { from: position, by: by.clone() };
            let envelope = codec::Envelope {
                known_ms,
                claimed_time: head.claimed_time,
                subject_as_sent: head.subject_as_sent,
                other_as_sent: head.other_as_sent,
                traceparent: head.traceparent,
                commitments: &head.commitments,
                sent_on: Some(&sent_on),
            };
            codec::encode_event(&mut encoded, &envelope, &event).map_err(|cause| LaneError::Encode {
                partition: position.partition,
                seq: position.offset,
                cause,
            })?;
        }
        Ok(encoded)
    }
}

impl Heard {
    fn of(entry: &Entry<'_>) -> Option<Self> {
        match &entry.content {
            Content::Event { event, .. } => match event.body {
                Body::Registered(_) | Body::Changed(_) | Body::Merged { .. } => {
                    Some(Self::Named(event.subject.clone()))
                }
                _ => None,
            },
            Content::Control(Control::PackActivated { .. }) => Some(Self::Pack),
            Content::Control(_) | Content::Derived(_) => None,
        }
    }
}

/// Appends an entry; where the batch is full, after a sync, before which something else may have to be durable. Events may be durable
/// before they are folded, and decisions follow from events that are: neither waits for the rest of its batch.
fn append_synced<D: Disk>(
    journal: &mut Journal<D>,
    entry: &[u8],
    first: impl FnOnce() -> Result<(), SyncError>,
) -> Result<u64, LaneError> {
    match journal.append(entry, &[]) {
        Err(AppendError::BatchFull { .. }) => {
            first()?;
            journal.sync()?;
            Ok(journal.append(entry, &[])?)
        }
        appended => Ok(appended?),
    }
}

/// Of fewer entries the sync is not begun on another thread: on busy processors that is woken, and has told the outcome, later than they
/// are folded (`kafka-latency` at 10,000 events/s).
const BESIDE_MIN: usize = 1_024;
/// Entries folded between two syncs of the decision log while catching up; a multiple of [`WINDOW_ENTRIES`].
const BATCH_ENTRIES: u64 = 4_096;
