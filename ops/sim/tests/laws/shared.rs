//! Engines that share a log: whoever takes an event, whoever owns a partition, however far each has read, they all say the
//! same, and in the end what an engine alone would have in force.

use crate::engine::{Run, arrive, bytes, in_force, meta};
use crate::index::Kept;
use crate::laws::{seeds, until, without};
use heng_core::Content;
use heng_log::codec::decode_entry;
use heng_log::{CrashKeep, Meta, SimDisk, Stream};
use heng_model::{Position, Span, Symbols};
use heng_rules::{PackFiles, load};
use heng_server::shared::{Arrived, Outgoing, SharedLog, SharedLogError};
use heng_server::{Engine, EngineOptions, Opened, Submitted};
use heng_sim::oracle::Oracle;
use heng_sim::random::{Options, Rng, history, pack};
use heng_store::SharedStore;
use serde_json::Value as Json;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

pub(crate) fn with_merges() -> Options {
    Options { merges: true, ..Options::all() }
}

/// What all engines see.
#[derive(Default)]
struct World {
    entries: Vec<Vec<Vec<u8>>>,
    packs: BTreeMap<[u8; 32], PackFiles>,
    /// Who owns a partition; some moments two believe it, and some nobody does.
    owners: Vec<Vec<usize>>,
    /// Does everything that is there arrive at once?
    is_calm: bool,
}

/// The world as one engine sees it.
struct Seen {
    world: Arc<Mutex<World>>,
    me: usize,
    read: Vec<u64>,
    /// Draws whether what is there has arrived; all of it has where there is none.
    delays: Option<Rng>,
    /// The places of what was put there, by call, not told yet.
    sent: VecDeque<Vec<u64>>,
}

impl SharedLog for Seen {
    fn follow(&mut self, from: &[u64]) -> Result<(), SharedLogError> {
        self.read = from.to_vec();
        Ok(())
    }

    fn ends(&mut self) -> Result<Vec<u64>, SharedLogError> {
        Ok(self.world.lock().unwrap().entries.iter().map(|it| it.len() as u64).collect())
    }

    fn check_clock(&mut self) -> Result<(), SharedLogError> {
        Ok(())
    }

    fn send(&mut self, entries: Vec<Outgoing>) -> Result<(), SharedLogError> {
        let mut world = self.world.lock().unwrap();
        let mut put = |it: Outgoing| {
            let partition = &mut world.entries[usize::from(it.partition)];
            partition.push(it.entry.to_vec());
            partition.len() as u64 - 1
        };
        self.sent.push_back(entries.into_iter().map(&mut put).collect());
        Ok(())
    }

    fn placed(&mut self, _wait: Duration) -> Result<Option<Vec<u64>>, SharedLogError> {
        Ok(Some(self.sent.pop_front().expect("something was sent")))
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Arrived>, SharedLogError> {
        let world = self.world.lock().unwrap();
        let is_late = wait.is_zero() && !world.is_calm;
        if is_late && self.delays.as_mut().is_some_and(|rng| rng.below(9) == 0) {
            return Ok(None);
        }
        let first = self.delays.as_mut().map_or(0, |rng| rng.below(self.read.len()));
        for at in (first..self.read.len()).chain(0..first) {
            let offset = self.read[at];
            if let Some(entry) = world.entries[at].get(offset as usize) {
                self.read[at] += 1;
                let position = Position { partition: at as u16, offset };
                return Ok(Some(Arrived { position, entry: entry.clone().into(), traceparent: None }));
            }
        }
        Ok(None)
    }

    fn owns(&self, partition: u16) -> bool {
        self.world.lock().unwrap().owners[usize::from(partition)].contains(&self.me)
    }

    fn keep_pack(&mut self, files: &PackFiles) -> Result<(), SharedLogError> {
        self.world.lock().unwrap().packs.insert(files.sha256(), files.clone());
        Ok(())
    }

    fn pack(&mut self, sha256: &[u8; 32]) -> Result<PackFiles, SharedLogError> {
        let world = self.world.lock().unwrap();
        world.packs.get(sha256).cloned().ok_or_else(|| SharedLogError::Broken("no such pack".into()))
    }

    fn arrivals(&self) -> Arc<Notify> {
        Arc::default()
    }

    fn unread_since_ms(&self) -> Option<i64> {
        None
    }
}

/// Several engines, a disk each.
pub(crate) struct Engines<'f> {
    files: &'f PackFiles,
    meta: Meta,
    world: Arc<Mutex<World>>,
    disks: Vec<SimDisk>,
    stores: Vec<SharedStore>,
    pub(crate) engines: Vec<Engine<SimDisk>>,
    /// The index of each engine, where that is looked at, and how many histories were on their way when it was.
    pub(crate) indexes: Option<(Vec<Kept>, usize)>,
    rng: Rng,
    has_delays: bool,
    pub(crate) now_ms: i64,
    accepted: usize,
    refused: Vec<(usize, String, bool)>,
    places: BTreeMap<Position, usize>,
    /// Events that each engine was not told the places of yet.
    pub(crate) under_way: Vec<VecDeque<usize>>,
}

impl<'f> Engines<'f> {
    pub(crate) fn new(files: &'f PackFiles, count: usize, partitions: u16, seed: u64, has_delays: bool) -> Self {
        let every = usize::from(partitions);
        let world = World { entries: vec![Vec::new(); every], owners: vec![vec![0]; every], ..World::default() };
        let mut engines = Self {
            files,
            meta: meta(partitions),
            world: Arc::new(Mutex::new(world)),
            disks: Vec::new(),
            stores: Vec::new(),
            engines: Vec::new(),
            indexes: None,
            rng: Rng::new(seed),
            has_delays,
            now_ms: 0,
            accepted: 0,
            refused: Vec::new(),
            places: BTreeMap::new(),
            under_way: vec![VecDeque::new(); count],
        };
        engines.disks = (0..count).map(|_| SimDisk::new()).collect();
        engines.engines = (0..count).map(|me| engines.open(me).0).collect();
        engines
    }

    /// From now on the engines have indexes, which are looked at.
    pub(crate) fn show(&mut self) {
        self.indexes = Some((self.engines.iter_mut().map(Kept::of).collect(), 0));
    }

    fn open(&mut self, me: usize) -> (Engine<SimDisk>, Opened) {
        let delays = self.has_delays.then(|| Rng::new(self.rng.below(1 << 20) as u64));
        let log = Seen { world: Arc::clone(&self.world), me, read: Vec::new(), delays, sent: VecDeque::new() };
        if self.stores.len() <= me {
            self.stores.resize_with(me + 1, SharedStore::default);
        }
        let options = EngineOptions { store: Some(Box::new(self.stores[me].clone())), progress: &mut |_| {} };
        let opened = Engine::open_shared(self.disks[me].clone(), self.meta.clone(), options, Box::new(log));
        let (mut engine, opened) = opened.expect("the engine opens");
        if let Some(under_way) = self.under_way.get_mut(me) {
            under_way.clear();
        }
        engine.want_pack(Some(self.files.clone())).expect("the same pack");
        (engine, opened)
    }

    /// Something happens that no event says: partitions change hands, an engine writes a checkpoint, or starts again, with its
    /// copy, with what a power cut left of it, or with nothing.
    fn chance(&mut self) {
        let (count, partitions) = (self.engines.len(), usize::from(self.meta.partitions));
        match self.rng.below(12) {
            0..4 => {
                let (at, who) = (self.rng.below(partitions), self.rng.below(count));
                let owners = match self.rng.below(6) {
                    0 => Vec::new(),
                    1 => vec![who, (who + 1) % count],
                    _ => vec![who],
                };
                self.world.lock().unwrap().owners[at] = owners;
            }
            4 => {
                let me = self.rng.below(count);
                if !self.has_delays {
                    // What the fold refuses of an engine's events is asked for later: it must hear where they are.
                    self.engines[me].flush().expect("a flush");
                    self.note_places(me);
                }
                let seed = self.rng.below(1 << 20) as u64;
                match self.rng.below(3) {
                    0 => {
                        self.disks[me] = SimDisk::new();
                        self.stores[me].empty();
                    }
                    // The power goes: of the copy and its decisions there is what was synced, and some of the rest.
                    1 => self.disks[me] = self.disks[me].crash(CrashKeep::Sectors { seed }),
                    _ => {}
                }
                self.engines[me] = self.open(me).0;
                if let Some((indexes, _)) = &mut self.indexes {
                    indexes[me] = Kept::of(&mut self.engines[me]);
                }
            }
            5 => {
                // Where effects are not on the log yet it waits.
                let me = self.rng.below(count);
                self.engines[me].checkpoint().expect("a checkpoint");
                self.note_places(me);
            }
            _ => {}
        }
        for me in 0..count {
            if !self.has_delays || self.rng.below(2) == 0 {
                self.tend(me);
            }
        }
    }

    pub(crate) fn tend(&mut self, me: usize) {
        self.engines[me].tend(self.now_ms).expect("what is due is done");
        self.engines[me].flush().expect("a flush");
        self.note_places(me);
    }

    pub(crate) fn note_places(&mut self, me: usize) {
        for position in self.engines[me].take_placed() {
            let at = self.under_way[me].pop_front().expect("an arrival");
            self.places.insert(position, at);
        }
        if let Some((indexes, moving)) = &mut self.indexes {
            *moving += indexes[me].compare(&mut self.engines[me], &format!("engine {me}"));
        }
    }

    /// Puts entries on the log once more, as an owner does who does not know yet that another one has; how many?
    pub(crate) fn say_again(&mut self, is_wanted: impl Fn(&Content<'_>) -> bool) -> usize {
        let mut world = self.world.lock().unwrap();
        let is_wanted = |entry: &[u8]| {
            is_wanted(&decode_entry(Position { partition: 0, offset: 0 }, entry).expect("an entry").content)
        };
        let mut said = 0;
        for entries in &mut world.entries {
            let again: Vec<Vec<u8>> = entries.iter().filter(|entry| is_wanted(entry)).cloned().collect();
            said += again.len();
            entries.extend(again);
        }
        said
    }

    pub(crate) fn take(&mut self, events: &[Json]) {
        for (at, event) in events.iter().enumerate() {
            let time = heng_files::parse_line(event.to_string().as_bytes()).ok().and_then(|parsed| parsed.time_ms());
            self.now_ms = self.now_ms.max(time.unwrap_or_default());
            self.chance();
            if at == 0 {
                // Nothing can be judged before the first day is open everywhere.
                self.settle();
            }
            let me = self.rng.below(self.engines.len());
            if !self.has_delays {
                self.tend(me);
            }
            match arrive(&mut self.engines[me], event, self.now_ms) {
                Ok(Submitted::Accepted(_)) => {
                    self.accepted += 1;
                    self.under_way[me].push_back(at);
                    let engine = &mut self.engines[me];
                    let flushed = if self.rng.below(2) == 0 { engine.flush() } else { engine.flush_former() };
                    flushed.expect("a flush");
                    self.note_places(me);
                }
                Ok(Submitted::Duplicate) => {}
                Ok(Submitted::Refused(refusal)) => self.refused.push((at, refusal.to_string(), false)),
                Err(error) => self.refused.push((at, error, false)),
            }
        }
    }

    /// Lets everybody read and say everything; the first engine owns all of it.
    pub(crate) fn settle(&mut self) {
        {
            let mut world = self.world.lock().unwrap();
            world.owners.iter_mut().for_each(|owners| *owners = vec![0]);
            world.is_calm = true;
        }
        let mut before = None;
        for _ in 0..100 {
            (0..self.engines.len()).for_each(|me| self.tend(me));
            let (ends, debts) = {
                let world = self.world.lock().unwrap();
                let ends: Vec<usize> = world.entries.iter().map(Vec::len).collect();
                (ends, self.engines.iter().all(Engine::is_settled))
            };
            let copies: Vec<Vec<usize>> = self.disks.iter().map(|disk| lens(disk, &self.meta)).collect();
            if debts && before.as_ref() == Some(&ends) && copies.iter().all(|copy| *copy == ends) {
                self.world.lock().unwrap().is_calm = false;
                return;
            }
            before = Some(ends);
        }
        panic!("the engines do not come to rest: {before:?}");
    }

    fn finish(mut self, until_ms: i64) -> (Run, Vec<SimDisk>) {
        self.now_ms = until_ms;
        self.settle();
        // One that comes last reads everything, and tells what the fold refused.
        self.disks.push(SimDisk::new());
        let (_, opened) = self.open(self.disks.len() - 1);
        for (position, refusal) in opened.folded.refused {
            if let Some(at) = self.places.get(&position) {
                self.refused.push((*at, refusal.to_string(), true));
            }
        }
        let disk = self.disks[0].clone();
        let run = Run { disk, meta: self.meta.clone(), accepted: self.accepted, refused: self.refused };
        (run, self.disks)
    }
}

fn lens(disk: &SimDisk, meta: &Meta) -> Vec<usize> {
    bytes(disk, meta, Stream::Events).iter().map(Vec::len).collect()
}

fn shared_run(
    seed: u64,
    options: &Options,
    partitions: u16,
    has_delays: bool,
) -> (PackFiles, Vec<Json>, Run, Vec<SimDisk>) {
    let random = pack(seed, options);
    let events = history(seed, &random, options);
    let files = random.to_files();
    let zone = load(&files, &mut Symbols::default()).expect("a random pack loads").pack.time_zone;
    let mut engines = Engines::new(&files, 3, partitions, seed, has_delays);
    engines.take(&events);
    let (run, disks) = engines.finish(zone.day_start_ms(until()));
    (files, events, run, disks)
}

/// What a checkpoint has passed is not folded again: an engine whose copies end before it would not open.
#[test]
fn a_checkpoint_passes_nothing_that_a_power_cut_takes() {
    let mut passed = 0;
    for seed in seeds().take(6) {
        let random = pack(seed, &with_merges());
        let files = random.to_files();
        let mut engines = Engines::new(&files, 1, 2, seed, true);
        for event in history(seed, &random, &with_merges()).chunks(2) {
            engines.take(event);
            if engines.engines[0].checkpoint().expect("a checkpoint") {
                engines.disks[0] = engines.disks[0].crash(CrashKeep::Synced);
                engines.engines[0] = engines.open(0).0;
                passed += 1;
            }
        }
    }
    assert!(passed > 20, "{passed}");
}

#[test]
fn engines_that_share_a_log_hold_the_same_bytes() {
    for seed in seeds() {
        for partitions in [1, 5] {
            let (_, _, run, disks) = shared_run(seed, &with_merges(), partitions, true);
            for stream in [Stream::Events, Stream::Decisions] {
                let first = bytes(&disks[0], &run.meta, stream);
                for disk in &disks {
                    assert!(bytes(disk, &run.meta, stream) == first, "seed {seed} at {partitions} partitions");
                }
            }
            assert!(run.accepted > 0, "seed {seed} accepts something");
        }
    }
}

/// Effects on subjects of other partitions arrive late, in any order, from whoever owns the cause by then, some twice: in
/// the end it is in force what the law says.
#[test]
fn what_engines_that_share_a_log_have_in_force_is_what_the_law_says() {
    for seed in seeds() {
        let (files, events, run, _) = shared_run(seed, &Options::all(), 5, false);
        let mut symbols = Symbols::default();
        let loaded = load(&files, &mut symbols).expect("a random pack loads").pack;
        let on_log = without(&events, &run.refused, "decided ahead");
        let oracle = Oracle::judge(&loaded, &symbols, &on_log, until());
        let window = Span::new(oracle.window().first, until()).expect("a window");
        let differences = oracle.differences(&in_force(&run), window);
        if let Some(first) = differences.first() {
            let lines: Vec<String> = events.iter().map(ToString::to_string).collect();
            panic!("seed {seed}: {first}\n{:?}\n{:?}\n{}", run.refused, oracle.refused(), lines.join("\n"));
        }
    }
}
