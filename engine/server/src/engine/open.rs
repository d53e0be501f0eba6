//! Opening: the checkpoint if it can be believed, then the rest of the log.

use super::saving::{Saver, Store};
use super::waiting::Waiting;
use super::{Engine, EngineError};
use crate::directory::Directory;
use crate::index::from_state::names;
use crate::intake::FormerCarriers;
use crate::lane::{Caused, Folded, Lane};
use crate::shared::{Met, Outstanding, SharedLog, Sharing};
use crate::shelf::Shelf;
use crate::side_by_side::SideBySide;
use heng_core::{Content, PackSource as _, Partition};
use heng_log::codec;
use heng_log::{DataDir, DataDirView, Disk, Journal, JournalOptions, Meta, Recovery, Stream};
use heng_model::checkpoint::{Damage, Manifest};
use heng_model::{PartitionId, Position, SubjectId};
use heng_rules::load;
use std::collections::{BTreeMap, BTreeSet};

/// How often a checkpoint of a partition is asked for, when what was handed out could not be believed.
const COPIES_MAX: usize = 3;

/// How an engine is opened.
pub struct EngineOptions<'a> {
    /// Where checkpoints are kept; without one the whole log is folded at every open.
    pub store: Option<Store>,
    /// Called with the number of entries folded while catching up.
    pub progress: &'a mut dyn FnMut(u64),
}

/// What opening found.
#[derive(Debug, Default)]
pub struct Opened {
    /// What was cut or found in the journals, with their names.
    pub recoveries: Vec<(String, Recovery)>,
    /// Checkpoints thrown away, with the reason.
    pub rejected: Vec<String>,
    /// Partitions whose state comes from a checkpoint; that of the others from the log's beginning.
    pub restored: Vec<PartitionId>,
    /// What folding the rest of the log gave rise to: refusals may have been reported before.
    pub folded: Folded,
}

impl<D: Disk> Engine<D> {
    /// Opens what a disk holds.
    ///
    /// # Errors
    /// [`EngineError`]; nothing that was acknowledged is changed.
    pub fn open(disk: D, meta: Meta, options: EngineOptions<'_>) -> Result<(Self, Opened), EngineError> {
        Self::open_on(disk, meta, options, None)
    }

    /// The same, where the log is shared: what the disk holds of events is a copy of it, which is compared at its end and
    /// gone on with. Returns when everything is folded that the log has by then.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn open_shared(
        disk: D,
        meta: Meta,
        options: EngineOptions<'_>,
        log: Box<dyn SharedLog>,
    ) -> Result<(Self, Opened), EngineError> {
        let sharing = Sharing::new(log, meta.partitions);
        let (mut engine, mut opened) = Self::open_on(disk, meta, options, Some(sharing))?;
        engine.join()?;
        opened.folded.take_in(engine.take_folded());
        Ok((engine, opened))
    }

    fn open_on(
        disk: D,
        meta: Meta,
        options: EngineOptions<'_>,
        shared: Option<Sharing>,
    ) -> Result<(Self, Opened), EngineError> {
        let shelf = Shelf::open(&disk)?;
        let mut opened = Opened::default();
        let mut store = options.store;
        let (mut lanes, mut checkpoint) = (Vec::new(), 0);
        for partition in 0..meta.partitions {
            let (fold, manifest) = restored(partition, &meta, &shelf, &mut store, &mut opened)?;
            opened.restored.extend(manifest.as_ref().map(|_| partition));
            let (position, seq) = (fold.next_offset(), fold.next_seq());
            let (decisions, decided) = journal(&disk, &meta, Stream::Decisions, partition, seq)?;
            // A decision is written after its event was synced: fewer events are a loss, never a torn tail.
            let at_least = position.max(events_decided(&decisions, partition)?);
            let (mut events, recovery) = journal(&disk, &meta, Stream::Events, partition, at_least)?;
            opened.recoveries.push((DataDirView::journal_dir(Stream::Events, partition), recovery));
            opened.recoveries.push((DataDirView::journal_dir(Stream::Decisions, partition), decided));
            events.sync().map_err(crate::lane::LaneError::Sync)?;
            checkpoint = checkpoint.max(manifest.map_or(0, |manifest| manifest.progress.number));
            lanes.push(Lane::new(fold, events, decisions));
        }
        let mut effects = Vec::new();
        for lane in &mut lanes {
            let folded = lane.catch_up(&shelf, options.progress)?;
            effects.extend(opened.folded.take_in(folded));
            lane.is_shared = shared.is_some();
            let (partition, found, expected) = (lane.fold.id(), lane.decisions.len(), lane.fold.next_seq());
            if found > expected {
                return Err(EngineError::Truncated { partition, found, expected });
            }
        }
        let partitions = meta.partitions;
        let mut engine = Self {
            disk,
            beside: SideBySide::new(meta.partitions),
            meta,
            directory: Directory::default(),
            former: FormerCarriers::default(),
            known_ms: lanes.iter().filter_map(|lane| lane.fold.known_ms()).max(),
            today: lanes.iter().filter_map(|lane| lane.fold.day()).min(),
            time_zone: None,
            lanes,
            shelf,
            saver: store.map(Saver::start).transpose().map_err(EngineError::Saver)?,
            checkpoint,
            waiting: Waiting::default(),
            since: Folded::default(),
            stopped: false,
            traced: None,
            shared,
            outstanding: Outstanding::new(partitions),
            aside: None,
            entry: Vec::new(),
            encoded: Vec::new(),
        };
        engine.time_zone = engine.zone();
        engine.former = engine.former_carriers();
        engine.resume(effects)?;
        // Only now: what a crash left undone may have redirected further subjects.
        engine.directory = Directory::of(engine.lanes.iter().map(|lane| &lane.fold));
        for (id, history) in engine.histories() {
            engine.directory.note_names(&id, &names(&history));
        }
        Ok((engine, opened))
    }

    /// Who carried out what by every pack but the one activated last, which is in force or will be.
    pub(super) fn former_carriers(&self) -> FormerCarriers {
        let mut former = FormerCarriers::default();
        let last = self.lanes.first().and_then(|lane| lane.fold.last_pack());
        for files in self.shelf.hashes().filter(|sha256| Some(*sha256) != last).filter_map(|it| self.shelf.pack(it)) {
            let mut symbols = heng_model::Symbols::default();
            match load(&files, &mut symbols) {
                Ok(loaded) => former.add(&loaded.pack, &symbols),
                Err(_) => {
                    tracing::warn!("a pack of the log cannot be read: answers of those whom it alone named are refused")
                }
            }
        }
        former
    }

    /// The zone of the pack in force, or of the one that waits for the first day.
    pub(super) fn zone(&self) -> Option<heng_model::TimeZone> {
        let in_force = self.lanes.first().and_then(|lane| lane.fold.time_zone());
        in_force.or_else(|| {
            let sha256 = self.lanes.first()?.fold.last_pack()?;
            let files = heng_core::PackSource::pack(&self.shelf, sha256)?;
            load(&files, &mut heng_model::Symbols::default()).ok().map(|loaded| loaded.pack.time_zone)
        })
    }

    /// Does what a crash may have left undone: a day or a pack that only some partitions have, effects that are not on
    /// the log of the partition they concern.
    fn resume(&mut self, effects: Vec<Caused>) -> Result<(), EngineError> {
        if self.shared.is_some() {
            return self.resume_shared(effects);
        }
        self.even_out()?;
        let mut known = self.done(&effects)?;
        let mut missing = effects;
        // One cause may tell a subject several times, always in the same order: as many as the log has are done.
        missing.retain(|caused| match known.get_mut(&caused.key()) {
            Some(left) if *left > 0 => {
                *left = left.saturating_sub(1);
                false
            }
            _ => true,
        });
        self.carry_out(missing)?;
        self.flush()
    }

    /// On a shared log it is the partition's owner who puts effects on the log, whenever it comes to be.
    fn resume_shared(&mut self, effects: Vec<Caused>) -> Result<(), EngineError> {
        let causes: BTreeSet<Position> = effects.iter().map(|caused| caused.cause).collect();
        self.keep(effects);
        let mut met = Vec::new();
        self.effects_on_log(&mut |it| {
            let is_folded = self.is_folded(it.cause);
            if causes.contains(&it.cause) || !is_folded {
                met.push((it, is_folded));
            }
        })?;
        met.into_iter().for_each(|(it, is_folded)| self.outstanding.met(it, is_folded));
        Ok(())
    }

    /// Gives every partition the control entries that the furthest one has.
    fn even_out(&mut self) -> Result<(), EngineError> {
        let mut states = self.lanes.iter().map(|lane| lane.fold.control_state());
        let first = states.next();
        if states.all(|state| Some(state) == first) {
            return Ok(());
        }
        let controls: Vec<Vec<Vec<u8>>> =
            self.lanes.iter().map(controls_of).collect::<Result<_, crate::lane::LaneError>>()?;
        let Some(longest) = controls.iter().max_by_key(|controls| controls.len()) else { return Ok(()) };
        for (lane, own) in self.lanes.iter_mut().zip(&controls) {
            for missing in longest.iter().skip(own.len()) {
                let position = Position { partition: lane.fold.id(), offset: 0 };
                let entry = codec::decode_entry(position, missing).map_err(crate::lane::LaneError::Decode)?;
                let known_ms = lane.fold.known_ms().map_or(entry.known_ms, |known| known.max(entry.known_ms));
                if let Content::Control(control) = entry.content {
                    codec::encode_control(&mut self.encoded, known_ms, &control).map_err(EngineError::Encode)?;
                    lane.append_control(&self.encoded)?;
                }
            }
        }
        self.flush()?;
        self.today = self.lanes.iter().filter_map(|lane| lane.fold.day()).min();
        self.known_ms = self.lanes.iter().filter_map(|lane| lane.fold.known_ms()).max();
        Ok(())
    }

    /// How many effects of which causes on which subjects are on the log, where there are some at hand.
    fn done(&self, effects: &[Caused]) -> Result<BTreeMap<(Position, SubjectId), usize>, EngineError> {
        let mut known = BTreeMap::new();
        if effects.is_empty() {
            return Ok(known);
        }
        self.effects_on_log(&mut |met| {
            let count: &mut usize = known.entry(met.key()).or_insert(0);
            *count = count.saturating_add(1);
        })?;
        Ok(known)
    }

    /// Hands over the effects that are on the log.
    fn effects_on_log(&self, visit: &mut dyn FnMut(Met)) -> Result<(), EngineError> {
        for lane in &self.lanes {
            let mut scanner = lane.events.scan(0);
            while let Some(frame) = scanner.next_frame() {
                let (offset, frame) = frame.map_err(crate::lane::LaneError::Read)?;
                let position = Position { partition: lane.fold.id(), offset };
                let head = codec::decode_head(frame.entry)
                    .map_err(|cause| crate::lane::LaneError::Decode(codec::DecodeEntryError { position, cause }))?;
                if head.kind != codec::EntryKind::Derived && head.sent_on.is_none() {
                    continue;
                }
                let entry = codec::decode_entry(position, frame.entry).map_err(crate::lane::LaneError::Decode)?;
                Met::of(&entry).into_iter().for_each(&mut *visit);
            }
        }
        Ok(())
    }
}

/// The control entries of a lane's log, in order.
pub(super) fn controls_of<D: Disk>(lane: &Lane<D>) -> Result<Vec<Vec<u8>>, crate::lane::LaneError> {
    let mut controls = Vec::new();
    let mut scanner = lane.events.scan(0);
    while let Some(frame) = scanner.next_frame() {
        let (offset, frame) = frame?;
        let position = Position { partition: lane.fold.id(), offset };
        let head = codec::decode_head(frame.entry).map_err(|cause| codec::DecodeEntryError { position, cause })?;
        if head.kind == codec::EntryKind::Control {
            controls.push(frame.entry.to_vec());
        }
    }
    Ok(controls)
}

/// What readers of a partition's decisions may be behind and find them in memory: seconds at full speed. Events stay there as long as there is
/// room, since the fold looks up what decisions rest on.
const CACHED_BYTES: u64 = 64 * 1024 * 1024;

fn journal<D: Disk>(
    disk: &D,
    meta: &Meta,
    stream: Stream,
    partition: PartitionId,
    at_least: u64,
) -> Result<(Journal<D>, Recovery), EngineError> {
    let mut options = JournalOptions::new(meta.stamp(stream, partition));
    options.at_least = at_least;
    options.cached_bytes = (stream == Stream::Decisions).then_some(CACHED_BYTES);
    Ok(Journal::open(disk, &DataDirView::journal_dir(stream, partition), options)?)
}

/// How many events the decisions of a partition prove to have been synced.
fn events_decided<D: Disk>(decisions: &Journal<D>, partition: PartitionId) -> Result<u64, EngineError> {
    let Some(seq) = decisions.len().checked_sub(1) else { return Ok(0) };
    let mut buffer = Vec::new();
    let frame = decisions.read(seq, &mut buffer).map_err(crate::lane::LaneError::Read)?;
    let last =
        codec::decode_decision(frame.entry).map_err(|cause| EngineError::LastDecision { partition, seq, cause })?;
    let own = (last.position.partition == partition).then(|| last.position.offset.saturating_add(1));
    Ok(own.unwrap_or_default())
}

/// The partition as its checkpoint has it, or empty where there is none to be believed.
fn restored(
    partition: PartitionId,
    meta: &Meta,
    shelf: &Shelf,
    store: &mut Option<Store>,
    opened: &mut Opened,
) -> Result<(Partition, Option<Manifest>), EngineError> {
    let blank = || Partition::new(partition, meta.partitions);
    let Some(store) = store else { return Ok((blank(), None)) };
    // A store may have another copy of what was damaged, and a third one from elsewhere.
    for _ in 0..COPIES_MAX {
        let mut values: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        let reason = match store.load(partition, &mut |key, value| values.push((key.to_vec(), value.to_vec()))) {
            Ok(None) => break,
            Ok(Some(manifest)) => match rebuild(partition, meta, shelf, &manifest, values) {
                Ok(fold) => return Ok((fold, Some(manifest))),
                Err(error) => error.to_string(),
            },
            Err(rejected) if rejected.damage == Damage::InUse => {
                return Err(EngineError::StateInUse(rejected));
            }
            Err(rejected) => rejected.to_string(),
        };
        opened.rejected.push(reason);
        store.clear(partition)?;
    }
    Ok((blank(), None))
}

fn rebuild(
    partition: PartitionId,
    meta: &Meta,
    shelf: &Shelf,
    manifest: &Manifest,
    values: Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<Partition, heng_core::RestoreError> {
    let progress = &manifest.progress;
    let stood = (progress.position, progress.seq, progress.day);
    let mut fold = Partition::restore(partition, meta.partitions, stood, &progress.header, shelf)?;
    for (key, value) in values {
        fold.put_back(&key, &value)?;
    }
    Ok(fold)
}

impl Engine<heng_log::RealDisk> {
    /// Opens a data directory.
    ///
    /// # Errors
    /// [`EngineError`].
    pub fn open_dir(dir: &DataDir, options: EngineOptions<'_>) -> Result<(Self, Opened), EngineError> {
        Self::open(dir.disk(), dir.meta().clone(), options)
    }
}
