//! A made-up engine with a log and checkpoints, for tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::chain::{Chain, TeedStore};
use crate::fetch::{Fetched, Wanted, finish_incoming};
use crate::location::Location;
use crate::publish::{Journals, JournalsError, PublishError, PublishOptions, Round, look, now_ms, once};
use crate::status::Status;
use heng_log::{DataDirView, Frame, JournalReader, Meta, Stream};
use heng_model::checkpoint::{CheckpointStore as _, Progress};
use heng_model::{Day, PartitionId};
use heng_store::MemoryStore;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const PARTITIONS: PartitionId = 2;
/// Whoever shares is ahead of the store by so much: no clock of the two is the better one.
const AHEAD_MS: i64 = 3_600_000;
pub(crate) type Content = BTreeMap<Vec<u8>, Vec<u8>>;
pub(crate) type Logs = Vec<[Vec<Vec<u8>>; 2]>;

/// What a fetched data directory holds: its journals and its states.
pub(crate) type Held = (Logs, Vec<Content>);

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) meta: Meta,
    pub(crate) logs: Logs,
    pub(crate) states: Vec<Content>,
    pub(crate) chain: Arc<Chain>,
    pub(crate) store: TeedStore<MemoryStore>,
    pub(crate) ahead_ms: i64,
    number: u64,
}

/// The journals of a world; reads fail after so many.
pub(crate) struct Read {
    logs: Logs,
    left: usize,
}

impl Journals for Read {
    fn read(
        &mut self,
        stream: Stream,
        partition: PartitionId,
        from: u64,
        visit: &mut dyn FnMut(Frame<'_>) -> bool,
    ) -> Result<(), JournalsError> {
        self.left = self.left.checked_sub(1).ok_or("the disk is gone")?;
        let log = &self.logs[usize::from(partition)][usize::from(stream == Stream::Decisions)];
        for entry in &log[usize::try_from(from)?..] {
            if !visit(Frame { entry, sealed: b"" }) {
                break;
            }
        }
        Ok(())
    }
}

impl World {
    pub(crate) fn new(log: u8) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let meta = Meta { partitions: PARTITIONS, simulated: false, log_id: [log; 32] };
        fs::create_dir_all(folder.path().join("packs")).unwrap();
        fs::write(folder.path().join("packs/ab.pack"), b"the rules").unwrap();
        let chain = Arc::new(Chain::open(folder.path().join("checkpoints"), PARTITIONS, true).unwrap());
        let status = Arc::new(Status::new(PARTITIONS));
        let mut store = TeedStore::new(Box::new(MemoryStore::new), Arc::clone(&chain), status, None);
        for partition in 0..PARTITIONS {
            assert_eq!(store.load(partition, &mut |_, _| ()), Ok(None));
        }
        let parts = usize::from(PARTITIONS);
        let (logs, states) = (vec![Default::default(); parts], vec![Content::new(); parts]);
        Self { folder, meta, logs, states, chain, store, ahead_ms: AHEAD_MS, number: 0 }
    }

    /// Some more entries and decisions, and a checkpoint behind them.
    pub(crate) fn advance(&mut self, entries: usize) {
        self.number += 1;
        for partition in 0..PARTITIONS {
            let at = usize::from(partition);
            let [events, decisions] = &mut self.logs[at];
            let mut changed = Content::new();
            for _ in 0..entries {
                let n = events.len();
                events.push(format!("entry {n} of {partition}").into_bytes());
                decisions.push(format!("decision {n} of {partition}").into_bytes());
                changed.insert(format!("subject {:03}", n % 37).into_bytes(), format!("as of {n}").into_bytes());
            }
            self.states[at].extend(changed.clone());
            let progress = Progress {
                partition,
                number: self.number,
                position: events.len() as u64,
                seq: decisions.len() as u64,
                day: Some(Day::from_number(20_000)),
                fold_version: 1,
                header: b"header".to_vec(),
            };
            let mut changed = changed.into_iter().map(|(key, value)| (key.into(), Some(value.into())));
            self.store.write(progress, &mut changed).unwrap();
        }
    }

    pub(crate) fn place(&self) -> PathBuf {
        self.folder.path().join("shared")
    }

    pub(crate) fn share(&self) -> Result<Round, PublishError> {
        self.share_at(&self.place(), usize::MAX)
    }

    /// Shares at a place; reads of journals fail after so many.
    pub(crate) fn share_at(&self, place: &Path, reads: usize) -> Result<Round, PublishError> {
        self.share_to(Location::Folder(place.to_owned()), reads)
    }

    pub(crate) fn share_to(&self, location: Location, reads: usize) -> Result<Round, PublishError> {
        self.sharing(location, reads)()
    }

    /// The same, to be done on any thread.
    pub(crate) fn sharing(
        &self,
        location: Location,
        reads: usize,
    ) -> impl FnOnce() -> Result<Round, PublishError> + Send + use<> {
        let options = self.options(location);
        let (chain, journals) = (Arc::clone(&self.chain), Read { logs: self.logs.clone(), left: reads });
        let ahead_ms = self.ahead_ms;
        move || once(options, &chain, journals, now_ms() + ahead_ms)
    }

    fn options(&self, location: Location) -> PublishOptions {
        PublishOptions {
            location,
            every: Duration::ZERO,
            keep: 2,
            meta: self.meta.clone(),
            packs: self.folder.path().join("packs"),
        }
    }

    /// What is done between two rounds.
    pub(crate) fn look(&self) {
        let journals = Read { logs: self.logs.clone(), left: 0 };
        look(self.options(Location::Folder(self.place())), &self.chain, journals);
    }

    pub(crate) fn wanted(&self, place: &Path) -> Wanted {
        Wanted { location: Location::Folder(place.to_owned()), meta: self.meta.clone(), fold_version: 1 }
    }

    /// Fetches from a place as an engine without a data directory; what that holds then.
    pub(crate) fn fetch(&self, place: &Path) -> Option<(Fetched, Held)> {
        self.fetch_from(self.wanted(place))
    }

    pub(crate) fn fetch_from(&self, wanted: Wanted) -> Option<(Fetched, Held)> {
        let data = tempfile::tempdir().unwrap();
        let fetched = wanted.fetch_into(data.path())?;
        Some((fetched, held(data.path())))
    }

    pub(crate) fn held(&self) -> Held {
        (self.logs.clone(), self.states.clone())
    }
}

/// What a data directory holds that was fetched, when it is put in its place.
pub(crate) fn held(data: &Path) -> Held {
    let dir = finish_incoming(data).unwrap();
    assert!(!data.join("incoming").exists());
    assert_eq!(fs::read(data.join("packs/ab.pack")).unwrap(), b"the rules");
    let read = |stream, partition| {
        let stamp = dir.meta().stamp(stream, partition);
        let reader = JournalReader::open(&dir.disk(), &DataDirView::journal_dir(stream, partition), &stamp).unwrap();
        assert_eq!(reader.torn(), None);
        let (mut scanner, mut entries) = (reader.scan(0), Vec::new());
        while let Some(frame) = scanner.next_frame() {
            entries.push(frame.unwrap().1.entry.to_vec());
        }
        entries
    };
    let logs = (0..PARTITIONS).map(|it| [read(Stream::Events, it), read(Stream::Decisions, it)]).collect();
    let chain = Chain::open(Chain::place(data), PARTITIONS, true).unwrap();
    let states = (0..PARTITIONS).map(|partition| {
        let mut state = Content::new();
        let manifest =
            chain.load(partition, &mut |key, value| drop(state.insert(key.to_vec(), value.to_vec()))).unwrap();
        assert_eq!(manifest.unwrap().count, state.len() as u64);
        state
    });
    (logs, states.collect())
}

/// The files below a folder, by path relative to it.
pub(crate) fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// Makes a folder of files.
pub(crate) fn folder_of<'a>(files: impl Iterator<Item = (&'a PathBuf, &'a Vec<u8>)>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}
