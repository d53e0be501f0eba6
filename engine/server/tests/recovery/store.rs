//! A checkpoint store that outlives the engine, as a folder does.

use heng_model::PartitionId;
use heng_model::checkpoint::{
    Change, CheckpointStore, ClearCheckpointError, Manifest, Progress, Rejected, WriteCheckpointError,
};
use heng_store::{Failure, MemoryStore};
use std::sync::{Arc, Mutex, MutexGuard};

/// A clone is another handle on the same store.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedStore(Arc<Mutex<MemoryStore>>);

impl SharedStore {
    fn lock(&self) -> MutexGuard<'_, MemoryStore> {
        self.0.lock().expect("no test panicked inside")
    }

    /// As if `state/` was deleted.
    pub(crate) fn empty(&self) {
        *self.lock() = MemoryStore::new();
    }

    pub(crate) fn fail(&self, failure: Failure) {
        self.lock().fail(failure);
    }

    /// The position of a partition's checkpoint, if it has one.
    pub(crate) fn position(&self, partition: PartitionId) -> Option<u64> {
        let manifest = self.lock().load(partition, &mut |_, _| ()).expect("a store that was not told to fail");
        manifest.map(|manifest| manifest.progress.position)
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
