//! Histories through the engine on a simulated disk.

use heng_core::DecisionEvent;
use heng_files::parse_line;
use heng_log::codec::decode_decision;
use heng_log::{DataDirView, Disk, JournalReader, Meta, SimDisk, Stream};
use heng_model::{Day, DaySet, DecisionId};
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
    let disk = SimDisk::new();
    let meta = meta(partitions);
    let mut engine = open(&disk, &meta);
    let (mut accepted, mut refused) = (0, Vec::new());
    let mut places = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        match submit(&mut engine, files, event) {
            Ok(Submitted::Accepted(position)) => {
                accepted += 1;
                places.insert(position, at);
            }
            Ok(Submitted::Duplicate) => {}
            Ok(Submitted::Refused(refusal)) => refused.push((at, refusal.to_string(), false)),
            Err(error) => refused.push((at, error, false)),
        }
        if at % flush_every == 0 {
            engine.flush().expect("a flush");
        }
    }
    if let Some(zone) = engine.time_zone() {
        engine.open_days(zone.day_start_ms(until)).expect("days open");
    }
    engine.flush().expect("a flush");
    let folded = engine.take_folded();
    refused.extend(folded.refused.into_iter().map(|(position, refusal)| (places[&position], refusal.to_string(), true)));
    Run { disk, meta, accepted, refused }
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
    let subject = engine.resolve(parsed.subject_as_sent()).map_err(|error| error.to_string())?;
    let other = parsed.other_subject_as_sent().map_err(|error| error.to_string())?;
    let other = other.map(|given| engine.resolve(given)).transpose().map_err(|error| error.to_string())?;
    let arrival = Arrival {
        event: parsed.event(subject, other).map_err(|error| error.to_string())?,
        subject_as_sent: parsed.subject_as_sent(),
        claimed_time: parsed.claimed_time(),
        traceparent: None,
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

/// The days in force by decision, as their last revisions have them.
pub(crate) fn in_force(run: &Run) -> BTreeMap<DecisionId, DaySet> {
    let mut latest: BTreeMap<DecisionId, (u32, DaySet)> = BTreeMap::new();
    for event in decisions(run) {
        let known = latest.get(&event.decision).map(|(revision, _)| *revision);
        assert!(known.is_none_or(|known| event.revision == known + 1), "revisions of {} are dense", event.decision);
        latest.insert(event.decision, (event.revision, event.in_force));
    }
    latest.into_iter().map(|(id, (_, days))| (id, days)).collect()
}

/// Copies of all files of a disk, to compare two.
pub(crate) fn listing(disk: &SimDisk, dirs: &[String]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for dir in dirs {
        for name in disk.list(dir).unwrap_or_default() {
            let path = format!("{dir}/{name}");
            let content = disk.read_whole(&path).expect("a file");
            files.push((path, content));
        }
    }
    files
}
