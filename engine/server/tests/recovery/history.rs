//! Random histories, and what an engine that nothing happens to makes of them.

use crate::engine::{Run, bytes, run, submit};
use heng_log::{Meta, SimDisk, Stream};
use heng_model::Day;
use heng_rules::PackFiles;
use heng_server::{Engine, EngineOptions, Opened};
use heng_sim::random::{Options, history, pack};
use heng_store::SharedStore;
use serde_json::Value as Json;

/// Entries by partition.
pub(crate) type Entries = Vec<Vec<Vec<u8>>>;

/// The seeds asked for, or so many.
pub(crate) fn seeds(count: u64) -> std::ops::Range<u64> {
    let wanted = std::env::var("HENG_SEEDS").unwrap_or_else(|_| format!("0..{count}"));
    let (from, to) = wanted.split_once("..").expect("HENG_SEEDS=FROM..TO");
    from.parse().expect("a number")..to.parse().expect("a number")
}

pub(crate) fn until() -> Day {
    "2028-01-01".parse().expect("a day")
}

/// A history that is accepted whole, and the run that nothing happens to.
pub(crate) struct Told {
    pub(crate) seed: u64,
    pub(crate) files: PackFiles,
    pub(crate) events: Vec<Json>,
    pub(crate) whole: Run,
}

impl Told {
    /// `flush_every` cuts the undisturbed run into batches: with several partitions their places depend on it.
    pub(crate) fn new(seed: u64, options: &Options, partitions: u16, flush_every: usize) -> Self {
        let random = pack(seed, options);
        let files = random.to_files();
        let mut events = history(seed, &random, options);
        // What was refused for its day may be accepted when it is sent again on a later one.
        loop {
            let whole = run(&files, &events, until(), partitions, flush_every);
            if whole.refused.is_empty() {
                return Self { seed, files, events, whole };
            }
            let refused = |at: &usize| whole.refused.iter().any(|(of, ..)| of == at);
            events = (0..events.len()).filter(|at| !refused(at)).map(|at| events[at].clone()).collect();
        }
    }

    pub(crate) fn meta(&self) -> &Meta {
        &self.whole.meta
    }

    /// Sends everything again, opens the days and flushes: what is known already must change nothing.
    pub(crate) fn send_rest(&self, engine: &mut Engine<SimDisk>) {
        for event in &self.events {
            submit(engine, &self.files, event).expect("an event that was accepted before");
        }
        finish(engine);
    }

    pub(crate) fn assert_same_bytes(&self, disk: &SimDisk, when: &str) {
        for stream in [Stream::Events, Stream::Decisions] {
            let (found, wanted) = (bytes(disk, self.meta(), stream), bytes(&self.whole.disk, self.meta(), stream));
            for (partition, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
                let differs = found.iter().zip(wanted).position(|(found, wanted)| found != wanted);
                let lengths = (found.len(), wanted.len());
                let seed = self.seed;
                assert!(
                    found == wanted,
                    "seed {seed}, {when}: {stream:?} of partition {partition} differ at {differs:?}, lengths {lengths:?}"
                );
            }
        }
    }
}

/// Opens days to the end and flushes.
pub(crate) fn finish(engine: &mut Engine<SimDisk>) {
    let zone = engine.time_zone().expect("a pack is in force");
    engine.open_days(zone.day_start_ms(until())).expect("days open");
    engine.flush().expect("a flush");
}

/// Opens an engine, with or without a store.
pub(crate) fn open_with(disk: &SimDisk, meta: &Meta, store: Option<&SharedStore>) -> (Engine<SimDisk>, Opened) {
    let store = store.map(|store| Box::new(store.clone()) as Box<_>);
    Engine::open(disk.clone(), meta.clone(), EngineOptions { store, progress: &mut |_| {} }).expect("the engine opens")
}

/// Both logs' entries.
pub(crate) fn both(disk: &SimDisk, meta: &Meta) -> [Entries; 2] {
    [Stream::Events, Stream::Decisions].map(|stream| bytes(disk, meta, stream))
}

/// Whether every partition of one begins with what the other holds.
pub(crate) fn begins_with(later: &[Entries; 2], earlier: &[Entries; 2]) -> bool {
    later.iter().flatten().zip(earlier.iter().flatten()).all(|(later, earlier)| later.starts_with(earlier))
}
