//! Histories through the engine on a simulated disk.

use heng_core::DecisionEvent;
use heng_files::parse_line;
use heng_log::codec::decode_decision;
use heng_log::{DataDirView, JournalReader, Meta, SimDisk, Stream};
use heng_model::{Day, DaySet, DecisionId, Position};
use heng_rules::PackFiles;
use heng_server::{Arrival, Engine, EngineOptions, Submitted};
use std::collections::BTreeMap;

/// What an engine made of a history.
pub(crate) struct Run {
    pub(crate) disk: SimDisk,
    pub(crate) meta: Meta,
    pub(crate) accepted: usize,
    /// Index of the event, why, and whether it is on the log: then its id is remembered.
    pub(crate) refused: Vec<(usize, String, bool)>,
}

pub(crate) fn meta(partitions: u16) -> Meta {
    Meta { partitions, simulated: true, log_id: [7; 32] }
}

pub(crate) fn open(disk: &SimDisk, meta: &Meta) -> Engine<SimDisk> {
    let options = EngineOptions { store: None, progress: &mut |_| {} };
    Engine::open(disk.clone(), meta.clone(), options).expect("the engine opens").0
}

/// Runs a history; `flush_every` cuts it into batches.
pub(crate) fn run(
    files: &PackFiles,
    events: &[serde_json::Value],
    until: Day,
    partitions: u16,
    flush_every: usize,
) -> Run {
    let mut runner = Runner::new(partitions, flush_every);
    runner.take(files, events);
    runner.finish(until)
}

/// Runs the first half of a history under one pack and the second under another, which takes effect the next day.
pub(crate) fn run_two(
    old: &PackFiles,
    new: &PackFiles,
    events: &[serde_json::Value],
    until: Day,
    partitions: u16,
) -> Run {
    let mut runner = Runner::new(partitions, 4);
    let (first, second) = events.split_at(turn_of_day(events));
    runner.take(old, first);
    let engine = &mut runner.engine;
    if let Some(today) = engine.today() {
        let known_ms = engine.known_ms().expect("a day was opened");
        assert!(engine.activate(new, today.next(), known_ms).expect("the pack may follow"));
        let zone = engine.time_zone().expect("a zone");
        engine.open_days(zone.day_start_ms(today.next())).expect("the next day opens");
    }
    runner.take(new, second);
    runner.finish(until)
}

/// A place in the second half where a later day begins, so that opening the next day moves no event to another day.
fn turn_of_day(events: &[serde_json::Value]) -> usize {
    let day = |event: &serde_json::Value| event["time"].as_str().expect("a time")[..10].to_owned();
    let latest = |events: &[serde_json::Value]| events.iter().map(day).max();
    let turns = |at: &usize| latest(&events[..*at]) < Some(day(&events[*at]));
    (events.len() / 2..events.len()).find(turns).unwrap_or(events.len())
}

struct Runner {
    disk: SimDisk,
    meta: Meta,
    engine: Engine<SimDisk>,
    flush_every: usize,
    taken: usize,
    accepted: usize,
    refused: Vec<(usize, String, bool)>,
    places: BTreeMap<Position, usize>,
}

impl Runner {
    fn new(partitions: u16, flush_every: usize) -> Self {
        let (disk, meta) = (SimDisk::new(), meta(partitions));
        let engine = open(&disk, &meta);
        Self { disk, meta, engine, flush_every, taken: 0, accepted: 0, refused: Vec::new(), places: BTreeMap::new() }
    }

    fn take(&mut self, files: &PackFiles, events: &[serde_json::Value]) {
        for event in events {
            let at = self.taken;
            self.taken += 1;
            match submit(&mut self.engine, files, event) {
                Ok(Submitted::Accepted(position)) => {
                    self.accepted += 1;
                    self.places.insert(position.expect("a log of its own"), at);
                }
                Ok(Submitted::Duplicate) => {}
                Ok(Submitted::Refused(refusal)) => self.refused.push((at, refusal.to_string(), false)),
                Err(error) => self.refused.push((at, error, false)),
            }
            if at.is_multiple_of(self.flush_every) {
                self.engine.flush().expect("a flush");
            }
        }
    }

    fn finish(mut self, until: Day) -> Run {
        if let Some(zone) = self.engine.time_zone() {
            self.engine.open_days(zone.day_start_ms(until)).expect("days open");
        }
        self.engine.flush().expect("a flush");
        for (position, refusal) in self.engine.take_folded().refused {
            self.refused.push((self.places[&position], refusal.to_string(), true));
        }
        Run { disk: self.disk, meta: self.meta, accepted: self.accepted, refused: self.refused }
    }
}

pub(crate) fn submit(
    engine: &mut Engine<SimDisk>,
    files: &PackFiles,
    event: &serde_json::Value,
) -> Result<Submitted, String> {
    let line = event.to_string();
    let parsed = parse_line(line.as_bytes()).map_err(|error| error.to_string())?;
    let known_ms = parsed.time_ms().or(engine.known_ms()).ok_or("no time")?;
    engine.activate(files, Day::EARLIEST, known_ms).map_err(|error| error.to_string())?;
    arrive(engine, event, known_ms)
}

/// Hands an event in, under the pack that is in force.
pub(crate) fn arrive(
    engine: &mut Engine<SimDisk>,
    event: &serde_json::Value,
    known_ms: i64,
) -> Result<Submitted, String> {
    let line = event.to_string();
    let parsed = parse_line(line.as_bytes()).map_err(|error| error.to_string())?;
    let subject = engine.resolve(parsed.subject_as_sent()).map_err(|error| error.to_string())?;
    let other = parsed.other_subject_as_sent().map_err(|error| error.to_string())?;
    let other = other.map(|given| engine.resolve(given)).transpose().map_err(|error| error.to_string())?;
    let arrival = Arrival {
        event: parsed.event(subject, other).map_err(|error| error.to_string())?,
        subject_as_sent: parsed.subject_as_sent(),
        other_as_sent: parsed.other_subject_as_sent().map_err(|error| error.to_string())?,
        claimed_time: parsed.claimed_time(),
        traceparent: None,
        context: None,
        known_ms,
    };
    engine.submit(&arrival).map_err(|error| error.to_string())
}

/// Every entry of one kind of journal, partition by partition.
pub(crate) fn bytes(disk: &SimDisk, meta: &Meta, stream: Stream) -> Vec<Vec<Vec<u8>>> {
    let one = |partition| {
        let dir = DataDirView::journal_dir(stream, partition);
        let reader = JournalReader::open(disk, &dir, &meta.stamp(stream, partition)).expect("a journal");
        let mut scanner = reader.scan(0);
        let mut entries = Vec::new();
        while let Some(frame) = scanner.next_frame() {
            entries.push(frame.expect("a frame").1.entry.to_vec());
        }
        entries
    };
    (0..meta.partitions).map(one).collect()
}

pub(crate) fn decisions(run: &Run) -> Vec<DecisionEvent> {
    let all = bytes(&run.disk, &run.meta, Stream::Decisions);
    all.iter().flatten().map(|entry| decode_decision(entry).expect("a decision")).collect()
}

/// The days in force by decision, as their last revisions have them; a merge carries a decision to another partition,
/// so that its revisions may stand in several.
pub(crate) fn in_force(run: &Run) -> BTreeMap<DecisionId, DaySet> {
    let mut revisions: BTreeMap<DecisionId, BTreeMap<u32, DaySet>> = BTreeMap::new();
    for event in decisions(run) {
        let known = revisions.entry(event.decision).or_default().insert(event.revision, event.in_force);
        assert!(known.is_none(), "revision {} of {} stands once", event.revision, event.decision);
    }
    let last = |(id, mut revisions): (DecisionId, BTreeMap<u32, DaySet>)| {
        let dense = revisions.keys().zip(1..).all(|(revision, wanted)| *revision == wanted);
        assert!(dense, "revisions of {id} are dense: {:?}", revisions.keys());
        (id, revisions.pop_last().expect("a revision").1)
    };
    revisions.into_iter().map(last).collect()
}
