//! The engine on the embedded log: arrivals in, days opened, decisions out.
//!
//! # Invariants
//!
//! The log alone decides: whatever this holds in memory is rebuilt from it at open. Derived events are put on the log in
//! the order of their causes, and never twice for one cause.

mod aside;
mod error;
mod open;
mod read;
mod report;
mod run;
mod saving;
mod share;
mod tend;
mod traced;
mod waiting;

use crate::directory::{Directory, REDIRECTS_MAX, ResolveError};
use crate::intake::{Arrival, FormerCarriers, IntakeRefusal, Submitted, check, is_decision_known};
use crate::lane::{Folded, Lane, LaneError};
use crate::shared::{Outstanding, Sharing};
use crate::shelf::Shelf;
use crate::side_by_side::SideBySide;
use crate::trace;
use heng_core::{Body, Identity, Partition};
use heng_log::codec::{self, Envelope};
use heng_log::{Disk, Meta};
use heng_model::{Day, Position, SubjectId, TimeZone};
use saving::Saver;
use waiting::{Met, Waiting};

pub(crate) use aside::Aside;
pub use error::{ActivateError, EngineError};
pub use open::{EngineOptions, Opened};
pub use report::{RepairStanding, Report, Reported, Standing, Waits};
pub use saving::Store;

/// A data directory at work.
pub struct Engine<D: Disk> {
    disk: D,
    meta: Meta,
    lanes: Vec<Lane<D>>,
    beside: SideBySide,
    shelf: Shelf,
    directory: Directory,
    /// Who carried out what by the packs before the one activated last.
    former: FormerCarriers,
    saver: Option<Saver>,
    /// The last checkpoint's number.
    checkpoint: u64,
    /// The greatest known time put on the log.
    known_ms: Option<i64>,
    /// The last day opened on the log, folded or not.
    today: Option<Day>,
    /// Zone of the pack activated last.
    time_zone: Option<TimeZone>,
    /// Events appended and not yet folded.
    waiting: Waiting,
    /// What folding gave rise to since the caller last asked.
    since: Folded,
    /// A flush has failed, or is at work.
    stopped: bool,
    /// Entries that carry a trace context and no event's ticket, since the caller last asked; none where nobody asks.
    traced: Option<traced::Traced>,
    /// The log, where others write it too: the journals of events are a copy of it.
    shared: Option<Sharing>,
    /// What follows from entries of a shared log, and is not on it yet.
    outstanding: Outstanding,
    /// Answers questions while a shared log is waited for.
    aside: Option<Aside<D>>,
    /// The arrival being taken, as it will stand on the log.
    entry: Vec<u8>,
    encoded: Vec<u8>,
}

/// Entries appended before they are synced and folded together: a full batch of events, and effects of the one before it.
const BATCH_EVENTS_MAX: usize = 8_192;

/// Their bytes, a fraction of what a journal lets wait for a sync.
const BATCH_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An event's entry: under the longest name of a subject, to which a merge may send it on, and with whence it was sent, it still fits
/// the log.
const EVENT_BYTES_MAX: usize = heng_log::journal::ENTRY_BYTES_MAX - 512;

impl<D: Disk> Engine<D> {
    /// What the directory says of itself.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The partitions' state.
    pub fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.lanes.iter().map(|lane| &lane.fold)
    }

    /// The threads for work on several partitions at once.
    #[must_use]
    pub fn beside(&self) -> &SideBySide {
        &self.beside
    }

    /// The current civil day.
    #[must_use]
    pub fn today(&self) -> Option<Day> {
        self.today
    }

    /// The greatest known time.
    #[must_use]
    pub fn known_ms(&self) -> Option<i64> {
        self.known_ms
    }

    /// The zone in which days are counted.
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        self.time_zone
    }

    /// The subject that a code names.
    ///
    /// # Errors
    /// [`ResolveError`] where it names none.
    pub fn resolve(&self, given: &str) -> Result<SubjectId, ResolveError> {
        match self.resolve_folded(given) {
            // A merge that waits may make one of the several: who submits the event learns whether it has.
            Err(ResolveError::Ambiguous(given)) => {
                let named = self.directory.named(&given).map(|id| self.directory.follow(id.clone()));
                let merged = { named }.find(|id| self.waiting.merges(id));
                merged.ok_or(ResolveError::Ambiguous(given))
            }
            resolved => resolved,
        }
    }

    /// The same, without what merges that wait may make of it.
    pub(crate) fn resolve_folded(&self, given: &str) -> Result<SubjectId, ResolveError> {
        let program = self.lanes.first().and_then(|lane| lane.fold.program());
        self.directory.resolve(given, program.map(|program| &program.pack))
    }

    /// Looks at the subjects of events that are submitted soon, as they were sent, and changes nothing: the processor waits for
    /// many at once hardly longer than for one. Whoever is sent by another name is not looked for.
    pub fn touch<'a>(&self, subjects: impl Iterator<Item = &'a str>) {
        let ids = subjects.filter_map(|given| given.parse::<SubjectId>().ok());
        let ids: Vec<(u16, SubjectId)> = ids.map(|id| (id.partition(self.meta.partitions), id)).collect();
        for lane in &self.lanes {
            let own = ids.iter().filter(|(partition, _)| *partition == lane.fold.id());
            lane.fold.touch_ids(own.map(|(_, id)| id));
        }
    }

    /// Takes an arrival: days up to its known time are opened first, then it is put on the log, and acknowledged by
    /// [`Engine::flush`]. A refused arrival leaves no trace on the log and opens no day.
    ///
    /// # Errors
    /// [`EngineError`] means that the engine cannot go on, never that the event is bad.
    pub fn submit(&mut self, arrival: &Arrival<'_>) -> Result<Submitted, EngineError> {
        if self.stopped {
            return Err(EngineError::Stopped);
        }
        if self.waiting.decides_on(&arrival.event) {
            self.flush()?;
            return match self.resolved_anew(arrival) {
                Ok(arrival) => self.submit(&arrival),
                Err(refusal) => Ok(Submitted::Refused(refusal)),
            };
        }
        let known_ms = self.known_ms.map_or(arrival.known_ms, |known| known.max(arrival.known_ms));
        if self.batch_len() >= BATCH_EVENTS_MAX || self.batch_bytes() >= BATCH_BYTES_MAX {
            self.flush()?;
        }
        if self.shared.is_none() && self.lanes.first().is_none_or(|lane| lane.fold.program().is_none()) {
            // The first day brings the first pack into force: it is opened before anything can be checked.
            self.open_days(known_ms)?;
            self.flush()?;
        }
        let at = usize::from(arrival.event.subject.partition(self.meta.partitions));
        if let Err(error) = codec::encode_event(&mut self.entry, &envelope(arrival, known_ms), &arrival.event) {
            return Ok(Submitted::Refused(IntakeRefusal::TooLong(error.to_string())));
        }
        if self.entry.len() > EVENT_BYTES_MAX {
            let message =
                format!("the event has `{}` bytes as an entry, at most {EVENT_BYTES_MAX} fit", self.entry.len());
            return Ok(Submitted::Refused(IntakeRefusal::TooLong(message)));
        }
        let identity = self.identity()?;
        match self.waiting.met(&arrival.event.subject, identity) {
            Met::New => {}
            Met::Same => return Ok(Submitted::Duplicate),
            Met::Other => self.flush()?,
        }
        if let Body::Responded { decision, .. } = &arrival.event.body
            && self.waiting_len() > 0
            && self.lanes.get(at).is_some_and(|lane| !is_decision_known(&lane.fold, &arrival.event, *decision))
        {
            // The decision may be one that an event on its way gives rise to.
            self.flush()?;
        }
        let Some(lane) = self.lanes.get(at) else { return Err(EngineError::NoLane(at)) };
        match lane.fold.has_seen(&arrival.event.subject, identity) {
            Some(true) => return Ok(Submitted::Duplicate),
            // The fold would refuse it too; put on the log, it would be there once more each time it is sent again.
            Some(false) => return Ok(Submitted::Refused(IntakeRefusal::IdReused(arrival.event.id.to_owned()))),
            None => {}
        }
        let day = self.time_zone.map(|zone| zone.civil_day(known_ms));
        let today = day.max(self.today).unwrap_or(Day::EARLIEST);
        let kinds = self.waiting.kinds(&arrival.event.subject);
        let mut checked = check(&lane.fold, (&self.directory, &self.former), (today, &kinds), &arrival.event);
        let may_fit = !kinds.is_empty() || (matches!(arrival.event.body, Body::Corrected(_)) && self.waiting_len() > 0);
        if checked.is_err() && may_fit {
            // Which of the kinds it is of, and what record is corrected, the fold tells.
            self.flush()?;
            let Some(lane) = self.lanes.get(at) else { return Err(EngineError::NoLane(at)) };
            checked = check(&lane.fold, (&self.directory, &self.former), (today, &[]), &arrival.event);
        }
        if let Err(refusal) = checked {
            return Ok(Submitted::Refused(refusal));
        }
        if self.shared.is_some() {
            self.open_days_of(arrival.event.subject.partition(self.meta.partitions), known_ms)?;
        } else {
            self.open_days(known_ms)?;
        }
        self.known_ms = Some(known_ms);
        self.put(at, arrival, identity)
    }

    /// An arrival whose subjects may be others by now.
    fn resolved_anew<'a>(&self, arrival: &Arrival<'a>) -> Result<Arrival<'a>, IntakeRefusal> {
        let resolve = |field, given| self.resolve(given).map_err(|cause| IntakeRefusal::Subject { field, cause });
        let mut arrival = arrival.clone();
        arrival.event.subject = resolve("subject", arrival.subject_as_sent)?;
        if let Some(other) = arrival.event.body.other_mut() {
            *other = match arrival.other_as_sent {
                Some(given) => resolve("data", given)?,
                None => self.directory.follow(other.clone()),
            };
        }
        Ok(arrival)
    }

    /// Puts the entry encoded last on the log.
    fn put(&mut self, at: usize, arrival: &Arrival<'_>, identity: Identity) -> Result<Submitted, EngineError> {
        let Some(lane) = self.lanes.get_mut(at) else { return Err(EngineError::NoLane(at)) };
        let position = match &mut self.shared {
            Some(sharing) => {
                let partition = arrival.event.subject.partition(self.meta.partitions);
                let subject = Some(arrival.event.subject.clone());
                // What its publisher wrote may be anything.
                let context = arrival.context.or_else(|| arrival.traceparent.and_then(trace::known));
                sharing.send(partition, &self.entry, (subject, context), true);
                None
            }
            None => Some(lane.append(&self.entry)?),
        };
        self.waiting.note(&arrival.event, identity);
        if let Body::Registered(_) | Body::Changed(_) = &arrival.event.body {
            self.directory.note(&arrival.event);
        }
        Ok(Submitted::Accepted(position))
    }

    /// Notes where a subject's history has gone: as the fold has it, which may have refused the merge.
    fn note_redirects(&mut self, from: &SubjectId) {
        let mut id = from.clone();
        for _ in 0..REDIRECTS_MAX {
            let lane = self.lanes.get(usize::from(id.partition(self.meta.partitions)));
            let Some(to) = lane.and_then(|lane| lane.fold.redirect_of(&id)).cloned() else { return };
            self.directory.redirect(id, to.clone());
            id = to;
        }
    }

    /// The fingerprints of the entry encoded last.
    fn identity(&self) -> Result<Identity, EngineError> {
        let position = Position { partition: 0, offset: 0 };
        let head = codec::decode_head(&self.entry)
            .map_err(|cause| LaneError::Decode(codec::DecodeEntryError { position, cause }))?;
        Ok(codec::identity(&head))
    }

    /// Entries submitted, and neither folded nor on their way to a shared log.
    fn batch_len(&self) -> usize {
        let outgoing = self.shared.as_ref().map_or(0, |sharing| sharing.outgoing.len());
        self.lanes.iter().map(Lane::waiting_len).sum::<usize>().saturating_add(outgoing)
    }

    fn batch_bytes(&self) -> usize {
        let outgoing = self.shared.as_ref().map_or(0, |sharing| sharing.outgoing_bytes);
        self.lanes.iter().map(Lane::waiting_bytes).sum::<usize>().saturating_add(outgoing)
    }

    /// Entries submitted and not known to be folded.
    fn waiting_len(&self) -> usize {
        let under_way = self.shared.as_ref().and_then(|sharing| sharing.under_way.as_ref()).map_or(0, Vec::len);
        self.batch_len().saturating_add(under_way)
    }
}

fn envelope<'a>(arrival: &Arrival<'a>, known_ms: i64) -> Envelope<'a> {
    Envelope {
        known_ms,
        claimed_time: arrival.claimed_time,
        subject_as_sent: arrival.subject_as_sent,
        other_as_sent: arrival.other_as_sent,
        traceparent: arrival.traceparent,
        commitments: &[],
        sent_on: None,
    }
}
