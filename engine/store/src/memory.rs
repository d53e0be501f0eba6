//! A store that forgets with the process: for tests, and for running without checkpoints on disk.

use crate::{Checks, check_progress};
use heng_model::PartitionId;
use heng_model::checkpoint::{
    Change, CheckpointStore, ClearCheckpointError, Damage, Manifest, Progress, Rejected, StateSum, WriteCheckpointError,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Checkpoints in memory; can be told to fail.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    partitions: BTreeMap<PartitionId, Kept>,
    failure: Option<Failure>,
}

/// What a [`MemoryStore`] shall fail at, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The next load, which rejects the checkpoint.
    Load,
    /// The next write, after the values and before the manifest.
    WriteBeforeManifest,
    /// The next clear.
    Clear,
}

#[derive(Debug, Clone)]
struct Kept {
    manifest: Manifest,
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the next call of a kind fail.
    pub fn fail(&mut self, failure: Failure) {
        self.failure = Some(failure);
    }

    fn fails(&mut self, failure: Failure, action: &'static str) -> Result<(), Damage> {
        if self.failure != Some(failure) {
            return Ok(());
        }
        self.failure = None;
        Err(Damage::Failed { action, message: "the store was told to fail".to_owned() })
    }

    /// Completes a checkpoint; where it is known what it must become, only if it does.
    fn put(
        &mut self,
        progress: Progress,
        changed: &mut dyn Iterator<Item = Change<'_>>,
        expected: Option<&Manifest>,
    ) -> Result<Manifest, WriteCheckpointError> {
        let Progress { partition, number, .. } = progress;
        let last = self.partitions.get(&partition);
        check_progress(&progress, last.map(|kept| kept.manifest.progress.number))?;
        let mut values = last.map_or_else(BTreeMap::new, |kept| kept.values.clone());
        let mut sum = last.map_or_else(StateSum::default, |kept| kept.manifest.sum);
        let mut checks = Checks::new(partition);
        for (key, value) in changed {
            checks.check(&key, value.as_deref())?;
            if let Some(old) = values.remove(&*key) {
                sum.remove(&key, &old);
            }
            if let Some(value) = value {
                sum.add(&key, &value);
                values.insert(key.into_owned(), value.into_owned());
            }
        }
        let is_expected = expected.map_or(Ok(()), |expected| expected.check(values.len() as u64, sum));
        is_expected
            .and_then(|()| self.fails(Failure::WriteBeforeManifest, "writing the manifest"))
            .map_err(|cause| WriteCheckpointError::Failed { partition, number, cause })?;
        let manifest = Manifest { progress, count: values.len() as u64, sum };
        self.partitions.insert(partition, Kept { manifest: manifest.clone(), values });
        Ok(manifest)
    }
}

impl CheckpointStore for MemoryStore {
    fn load(
        &mut self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, Rejected> {
        self.fails(Failure::Load, "reading").map_err(|damage| Rejected { partition, damage })?;
        let Some(kept) = self.partitions.get(&partition) else { return Ok(None) };
        kept.values.iter().for_each(|(key, value)| visit(key, value));
        Ok(Some(kept.manifest.clone()))
    }

    fn write(
        &mut self,
        progress: Progress,
        changed: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<Manifest, WriteCheckpointError> {
        self.put(progress, changed, None)
    }

    fn copy(
        &mut self,
        manifest: &Manifest,
        values: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<(), WriteCheckpointError> {
        self.put(manifest.progress.clone(), values, Some(manifest)).map(drop)
    }

    fn clear(&mut self, partition: PartitionId) -> Result<(), ClearCheckpointError> {
        self.fails(Failure::Clear, "removing").map_err(|cause| ClearCheckpointError { partition, cause })?;
        self.partitions.remove(&partition);
        Ok(())
    }
}

/// A [`MemoryStore`] that outlives the engine that it was given to, as a folder does. A clone is another handle on the same store.
#[derive(Debug, Clone, Default)]
pub struct SharedStore(Arc<Mutex<MemoryStore>>);

impl SharedStore {
    fn lock(&self) -> MutexGuard<'_, MemoryStore> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As if `state/` was deleted.
    pub fn empty(&self) {
        *self.lock() = MemoryStore::new();
    }

    /// Lets the next call of a kind fail.
    pub fn fail(&self, failure: Failure) {
        self.lock().fail(failure);
    }

    /// The position of a partition's checkpoint, if it has one.
    #[must_use]
    pub fn position(&self, partition: PartitionId) -> Option<u64> {
        Some(self.lock().partitions.get(&partition)?.manifest.progress.position)
    }
}

impl CheckpointStore for SharedStore {
    fn load(
        &mut self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, Rejected> {
        self.lock().load(partition, visit)
    }

    fn write(
        &mut self,
        progress: Progress,
        changed: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<Manifest, WriteCheckpointError> {
        self.lock().write(progress, changed)
    }

    fn copy(
        &mut self,
        manifest: &Manifest,
        values: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<(), WriteCheckpointError> {
        self.lock().copy(manifest, values)
    }

    fn clear(&mut self, partition: PartitionId) -> Result<(), ClearCheckpointError> {
        self.lock().clear(partition)
    }
}
