//! A checkpoint store that keeps, beside another one, the files by which checkpoints are shared.
//!
//! # Invariants
//!
//! The other store is what an engine restarts from. What is kept beside it costs whoever writes a checkpoint a copy of what
//! changed, nothing else; where that fails it is said, nothing is shared until the next start, and the engine goes on.
//! Where the other store has nothing to be believed, the files are loaded instead, proved whole, and written into a store
//! over the same folder by a thread of their own; loads of other partitions do not wait for that, a checkpoint
//! that is written does.

use super::{Chain, ChainError, Draft};
use crate::status::{Source, Status};
use heng_model::PartitionId;
use heng_model::checkpoint::{
    Change, CheckpointStore, ClearCheckpointError, Damage, Manifest, Progress, Rejected, WriteCheckpointError,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Values that wait to be written into the other store.
const FILL_VALUES_MAX: usize = 1_024;

/// Gets a partition's checkpoint from where checkpoints are shared, when there is none here.
pub trait Fallback {
    /// Puts it into the chain; false where there is none to be had, which was told.
    fn fetch(&mut self, partition: PartitionId, chain: &Chain) -> bool;

    /// Is a checkpoint further than the log that is here?
    fn is_beyond(&self, checkpoint: &Manifest) -> bool;
}

/// Makes another store over the same folder, for one partition that this one has closed.
pub type Another<S> = Box<dyn Fn() -> S + Send>;

/// The other store, and the files beside it.
pub struct TeedStore<S> {
    inner: S,
    another: Another<S>,
    chain: Arc<Chain>,
    status: Arc<Status>,
    fallback: Option<Box<dyn Fallback + Send>>,
    /// Partitions that are being written into a store of their own.
    filling: BTreeMap<PartitionId, JoinHandle<Result<S, WriteCheckpointError>>>,
    /// One is written after the other: whoever serves has the processors.
    turn: Arc<Mutex<()>>,
    /// The stores of partitions that were.
    filled: BTreeMap<PartitionId, S>,
    /// Partitions whose store lacks what was loaded: no checkpoint can build on it.
    unfilled: BTreeMap<PartitionId, Rejected>,
    /// Partitions whose state was last loaded from the files.
    is_of_files: BTreeSet<PartitionId>,
}

impl<S: CheckpointStore + Send + 'static> TeedStore<S> {
    /// A store whose checkpoints are kept in a chain too.
    #[must_use]
    pub fn new(
        another: Another<S>,
        chain: Arc<Chain>,
        status: Arc<Status>,
        fallback: Option<Box<dyn Fallback + Send>>,
    ) -> Self {
        Self {
            inner: another(),
            another,
            chain,
            status,
            fallback,
            filling: BTreeMap::new(),
            turn: Arc::default(),
            filled: BTreeMap::new(),
            unfilled: BTreeMap::new(),
            is_of_files: BTreeSet::new(),
        }
    }

    /// The store that has a partition.
    fn store(&mut self, partition: PartitionId) -> &mut S {
        self.filled.get_mut(&partition).unwrap_or(&mut self.inner)
    }

    /// Waits until the other store has what was loaded from the files.
    fn filled(&mut self, partition: PartitionId) -> Result<(), Rejected> {
        let Some(filling) = self.filling.remove(&partition) else {
            return self.unfilled.get(&partition).cloned().map_or(Ok(()), Err);
        };
        let action = "writing what was loaded";
        let damage = match filling.join() {
            Ok(Ok(store)) => {
                self.filled.insert(partition, store);
                return Ok(());
            }
            Ok(Err(error)) => Damage::Failed { action, message: error.to_string() },
            Err(_) => Damage::Panicked { action, message: "the thread that writes it panicked".to_owned() },
        };
        self.unfilled.insert(partition, Rejected { partition, damage });
        self.unfilled.get(&partition).cloned().map_or(Ok(()), Err)
    }

    /// What the files hold, or else those that are shared, where there are any.
    fn load_files(
        &mut self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, Rejected> {
        let own = self.chain.last(partition);
        let is_beyond = own.as_ref().is_some_and(|own| self.fallback.as_ref().is_some_and(|it| it.is_beyond(own)));
        if is_beyond {
            tracing::warn!(partition, "the files of its checkpoint are further than its log and are not used");
        }
        let is_usable = own.is_some() && !is_beyond;
        if !is_usable && let Err(error) = self.chain.clear(partition) {
            // What is not believed must not be built on.
            self.give_up(partition, &error.to_string());
        }
        if !is_usable && !self.fallback.as_mut().is_some_and(|fallback| fallback.fetch(partition, &self.chain)) {
            return Ok(None);
        }
        self.is_of_files.insert(partition);
        let loaded = self.chain.load(partition, visit);
        let damage = |error: ChainError| Damage::Failed { action: "reading its files", message: error.to_string() };
        let manifest = loaded.map_err(|error| Rejected { partition, damage: damage(error) })?;
        if let Some(manifest) = &manifest {
            self.fill(manifest)?;
        }
        Ok(manifest)
    }

    /// Writes what the files hold into a store of its own, on a thread of its own.
    fn fill(&mut self, manifest: &Manifest) -> Result<(), Rejected> {
        let partition = manifest.progress.partition;
        let rejected = |action, message| Rejected { partition, damage: Damage::Failed { action, message } };
        // Which closes it, so that the other may open it.
        self.store(partition).clear(partition).map_err(|error| rejected("emptying", error.to_string()))?;
        self.filled.remove(&partition);
        let (chain, turn, manifest) = (Arc::clone(&self.chain), Arc::clone(&self.turn), manifest.clone());
        let mut store = (self.another)();
        let filling = thread::Builder::new().name("state".to_owned()).spawn(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = fill(&mut store, &chain, &manifest) {
                // What came of it is no checkpoint; what remains of it is removed when it is next opened.
                if let Err(error) = store.clear(partition) {
                    tracing::warn!(partition, "{error}");
                }
                return Err(error);
            }
            done(&chain, partition);
            Ok(store)
        });
        let filling = filling.map_err(|error| rejected("starting a thread", error.to_string()))?;
        self.filling.insert(partition, filling);
        Ok(())
    }

    /// Writes the files anew from the other store.
    fn write_anew(&mut self, partition: PartitionId) {
        let written = (|| {
            self.chain.clear(partition).map_err(|error| error.to_string())?;
            let draft = self.chain.draft(partition).map_err(|error| error.to_string())?;
            let Some(mut draft) = draft else { return Ok(()) };
            let mut failed = None;
            let loaded = self.store(partition).load(partition, &mut |key, value| {
                if failed.is_none() {
                    failed = draft.put(key, Some(value)).err();
                }
            });
            match (loaded, failed) {
                (_, Some(error)) => Err(error.to_string()),
                (Err(rejected), None) => Err(rejected.to_string()),
                (Ok(Some(manifest)), None) => self.chain.keep(draft, &manifest).map_err(|error| error.to_string()),
                (Ok(None), None) => Ok(()),
            }
        })();
        if let Err(error) = written {
            self.give_up(partition, &error);
        }
    }

    /// Shares nothing until the next start.
    fn give_up(&self, partition: PartitionId, why: &str) {
        self.status.note_failure();
        tracing::warn!(partition, "no checkpoints are shared until the next start: {why}");
        if let Err(error) = self.chain.give_up() {
            tracing::warn!("{error}");
        }
    }
}

/// Writes what a partition's files hold into a store, value by value. What does not arrive as it was loaded before is refused
/// by the store: the files may have been removed or altered meanwhile.
fn fill<S: CheckpointStore>(store: &mut S, chain: &Chain, manifest: &Manifest) -> Result<(), WriteCheckpointError> {
    let Progress { partition, number, .. } = manifest.progress;
    let (values, waiting) = sync_channel::<Change<'static>>(FILL_VALUES_MAX);
    thread::scope(|scope| {
        let read = scope.spawn(move || {
            chain.load(partition, &mut |key, value| {
                // Gone where writing failed, which says why.
                let _ = values.send((key.to_vec().into(), Some(value.to_vec().into())));
            })
        });
        let copied = store.copy(manifest, &mut waiting.into_iter());
        match (copied, read.join()) {
            // Which is why too little came.
            (Err(_), Ok(Err(error))) => {
                let cause = Damage::Failed { action: "reading its files", message: error.to_string() };
                Err(WriteCheckpointError::Failed { partition, number, cause })
            }
            (copied, _) => copied,
        }
    })
}

/// The other store has what the files hold: they go, where an engine does not share its own.
fn done(chain: &Chain, partition: PartitionId) {
    if !chain.is_kept()
        && let Err(error) = chain.clear(partition)
    {
        tracing::warn!(partition, "{error}");
    }
}

impl<S: CheckpointStore + Send + 'static> CheckpointStore for TeedStore<S> {
    fn load(
        &mut self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, Rejected> {
        self.is_of_files.remove(&partition);
        let own = self.store(partition).load(partition, visit)?;
        let (found, source) = match own {
            Some(manifest) => {
                if !self.chain.is_kept() {
                    done(&self.chain, partition);
                } else if self.chain.last(partition).as_ref() != Some(&manifest) {
                    self.write_anew(partition);
                }
                (Some(manifest), Source::Own)
            }
            None => match self.load_files(partition, visit)? {
                Some(manifest) => (Some(manifest), self.chain.source(partition)),
                None => (None, Source::Log),
            },
        };
        self.status.came_from(partition, source);
        Ok(found)
    }

    fn write(
        &mut self,
        progress: Progress,
        changed: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<Manifest, WriteCheckpointError> {
        let partition = progress.partition;
        self.filled(partition)?;
        let mut draft: Result<Option<Draft>, ChainError> = self.chain.draft(partition);
        let mut copied = changed.inspect(|(key, value)| {
            let put = draft.as_mut().ok().and_then(|draft| draft.as_mut()?.put(key, value.as_deref()).err());
            if let Some(error) = put {
                draft = Err(error);
            }
        });
        let manifest = self.store(partition).write(progress, &mut copied)?;
        drop(copied);
        let kept = match draft {
            Ok(Some(draft)) => self.chain.keep(draft, &manifest),
            other => other.map(drop),
        };
        if let Err(error) = kept {
            self.give_up(partition, &error.to_string());
        }
        Ok(manifest)
    }

    fn copy(
        &mut self,
        manifest: &Manifest,
        values: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<(), WriteCheckpointError> {
        let partition = manifest.progress.partition;
        self.filled(partition)?;
        self.store(partition).copy(manifest, values)?;
        self.write_anew(partition);
        Ok(())
    }

    fn clear(&mut self, partition: PartitionId) -> Result<(), ClearCheckpointError> {
        // Whatever came of it is thrown away.
        let _ = self.filled(partition);
        self.unfilled.remove(&partition);
        // The files are another copy of what the other store had: they are tried before they are thrown away.
        if self.is_of_files.remove(&partition)
            && let Err(error) = self.chain.clear(partition)
        {
            tracing::warn!(partition, "{error}");
        }
        self.status.came_from(partition, Source::Log);
        self.store(partition).clear(partition)
    }
}
