//! How long until an engine has everything folded: by its own checkpoint, by one that another engine shared, by folding.
//!
//! # Invariants
//!
//! All three end with the same number of subjects, entries and decisions, which is checked. Building the index, which
//! takes the same each time, is left out. The place is a folder on the same disk: a network adds its own time.

use super::check::world::write_log;
use crate::Size;
use crate::clock;
use crate::report::{Report, note, whole};
use anyhow::Context as _;
use heng_core::FOLD_VERSION;
use heng_log::{DataDir, DataDirView, Frame, JournalReader, RealDisk, Stream};
use heng_model::checkpoint::{CheckpointStore, Progress};
use heng_model::{Day, PartitionId};
use heng_objects::fetch::{Wanted, finish_incoming};
use heng_objects::objects::Objects;
use heng_objects::publish::{Journals, JournalsError};
use heng_objects::{Chain, Location, PublishOptions, Publisher, Source, Status, TeedStore, inspect};
use heng_server::{Engine, EngineOptions};
use heng_store::SledStore;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

const SUBJECTS: u64 = 1_000_000;
const EVENTS_EACH: u64 = 5;
/// Changed subjects of a checkpoint.
const CHANGED: u64 = 200_000;
/// Bytes of a subject's state.
const STATE_BYTES: usize = 700;
const LOOK_EVERY: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(600);

/// From nothing in memory to everything folded.
pub(crate) fn start(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 1_000 } else { SUBJECTS });
    let each = size.events.unwrap_or(EVENTS_EACH);
    let folder = tempfile::tempdir()?;
    let (own, place) = (folder.path().join("own"), folder.path().join("place"));
    note(&format!("{} subjects, {each} events each", whole(subjects)));
    let dir = write_log(&own, subjects, each)?;
    let mut report = Report::new("start", &["an engine begins with", "s", "processor, s"]);
    let location = Location::Folder(place);

    let (folded, by_folding) = open(&dir, Source::Log)?;
    note("folded");
    let (_, by_own) = open(&dir, Source::Own)?;
    let (shared_in, bytes) = share(&dir, &location)?;
    note("shared");
    let wanted = Wanted { location, meta: dir.meta().clone(), fold_version: FOLD_VERSION };
    let (began, before) = (Instant::now(), clock::process());
    let other = folder.path().join("other");
    wanted.fetch_into(&other).context("there is no shared checkpoint")?;
    let other = finish_incoming(&other)?;
    let fetched = (began.elapsed(), clock::process().saturating_sub(before));
    let (found, by_shared) = open(&other, Source::Shared)?;
    anyhow::ensure!(found == folded, "the shared checkpoint gives {found:?}, folding {folded:?}");

    let seconds = |time: Duration| format!("{:.2}", time.as_secs_f64());
    let mut row = |name: &str, (time, cost): (Duration, Duration)| {
        report.row(vec![name.to_owned(), seconds(time), seconds(cost)]);
    };
    row("its own checkpoint", by_own);
    row("a shared checkpoint: fetched", fetched);
    row("a shared checkpoint: opened", by_shared);
    row("its copy of the log, folded", by_folding);
    let (alone, beside) = checkpoints(folder.path(), if size.smoke { 1_000 } else { CHANGED })?;
    report.note("a checkpoint shared in, s", seconds(shared_in));
    report.note("its bytes", whole(bytes));
    report.note("a checkpoint of changed subjects: sled alone, s", seconds(alone));
    report.note("the same with the files beside, s", seconds(beside));
    Ok(report)
}

/// Subjects, entries and decisions of an engine.
type Held = (usize, u64, u64);

/// Opens an engine on what a directory has, whose state is to come from somewhere.
fn open(dir: &DataDir, source: Source) -> anyhow::Result<(Held, (Duration, Duration))> {
    let (began, before) = (Instant::now(), clock::process());
    let status = Arc::new(Status::new(dir.meta().partitions));
    let chain = Arc::new(Chain::open(Chain::place(dir.root()), dir.meta().partitions, true)?);
    if source == Source::Shared {
        chain.all_fetched();
    }
    let state = dir.state();
    let own = Box::new(move || SledStore::new(state.clone()));
    let store = TeedStore::new(own, chain, Arc::clone(&status), None);
    let (engine, opened) =
        Engine::open_dir(dir, EngineOptions { store: Some(Box::new(store)), progress: &mut |_| {} })?;
    let took = (began.elapsed(), clock::process().saturating_sub(before));
    anyhow::ensure!(opened.folded.refused.is_empty(), "an event was refused: {:?}", opened.folded.refused.first());
    anyhow::ensure!(status.from(source) == 1, "the state does not come from {}", source.name());
    let held = engine
        .partitions()
        .map(|fold| (fold.subjects_len(), fold.next_offset(), fold.next_seq()))
        .next()
        .context("there is no partition")?;
    engine.close()?;
    Ok((held, took))
}

/// Shares the checkpoint of a directory; how long it took, and how large it is.
fn share(dir: &DataDir, location: &Location) -> anyhow::Result<(Duration, u64)> {
    let options = PublishOptions {
        location: location.clone(),
        every: Duration::from_millis(1),
        keep: 2,
        meta: dir.meta().clone(),
        packs: dir.packs(),
    };
    let chain = Arc::new(Chain::open(Chain::place(dir.root()), dir.meta().partitions, true)?);
    // Looked through here, once, as an engine has looked through its own.
    let journals = Files { events: reader(dir, Stream::Events)?, decisions: reader(dir, Stream::Decisions)? };
    let began = Instant::now();
    let publisher = Publisher::start(options, chain, journals, Arc::new(Status::new(dir.meta().partitions)))?;
    let objects = Objects::open(location)?;
    let shared = loop {
        if let Some(shared) = inspect::list(&objects)?.pop() {
            break shared;
        }
        anyhow::ensure!(began.elapsed() < PATIENCE, "no checkpoint is shared");
        thread::sleep(LOOK_EVERY);
    };
    let took = began.elapsed();
    drop(publisher);
    let manifest = shared.manifest.map_err(anyhow::Error::msg)?;
    Ok((took, manifest.bytes()))
}

/// The journals of the one partition.
struct Files {
    events: JournalReader<RealDisk>,
    decisions: JournalReader<RealDisk>,
}

fn reader(dir: &DataDir, stream: Stream) -> anyhow::Result<JournalReader<RealDisk>> {
    let stamp = dir.meta().stamp(stream, 0);
    Ok(JournalReader::open(&dir.disk(), &DataDirView::journal_dir(stream, 0), &stamp)?)
}

impl Journals for Files {
    fn read(
        &mut self,
        stream: Stream,
        _partition: PartitionId,
        from: u64,
        visit: &mut dyn FnMut(Frame<'_>) -> bool,
    ) -> Result<(), JournalsError> {
        let reader = match stream {
            Stream::Events => &self.events,
            Stream::Decisions => &self.decisions,
        };
        let mut frames = reader.scan(from);
        while let Some(frame) = frames.next_frame() {
            if !visit(frame?.1) {
                break;
            }
        }
        Ok(())
    }
}

/// What a checkpoint costs the engine's thread: by sled alone, and with the files beside it.
fn checkpoints(folder: &Path, changed: u64) -> anyhow::Result<(Duration, Duration)> {
    let chain = Arc::new(Chain::open(folder.join("beside"), 1, true)?);
    let status = Arc::new(Status::new(1));
    let alone = written(SledStore::new(folder.join("alone")), changed)?;
    let state = folder.join("beside-sled");
    let beside = TeedStore::new(Box::new(move || SledStore::new(state.clone())), chain, status, None);
    Ok((alone, written(beside, changed)?))
}

/// The second of two checkpoints: nothing is new.
fn written(mut store: impl CheckpointStore, changed: u64) -> anyhow::Result<Duration> {
    let mut took = Duration::ZERO;
    for number in 1..=2_u8 {
        let state = vec![number; STATE_BYTES];
        let mut values =
            (0..changed).map(|key| (format!("{key:020}").into_bytes().into(), Some(state.as_slice().into())));
        let progress = Progress {
            partition: 0,
            number: number.into(),
            position: number.into(),
            seq: 0,
            day: Some(Day::from_number(20_000)),
            fold_version: FOLD_VERSION,
            header: Vec::new(),
        };
        let began = Instant::now();
        store.write(progress, &mut values)?;
        took = began.elapsed();
    }
    Ok(took)
}
