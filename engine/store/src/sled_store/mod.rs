//! Checkpoints in sled, a folder and a sled for each partition.
//!
//! # Invariants
//!
//! Partitions share nothing: one that is damaged is rebuilt alone, and stores over the same root may live in different
//! threads as long as they touch different partitions. A partition is verified whole before it is read or written.
//! After an error it is closed, and verified again when next touched.

mod batch;
mod discard;
mod guard;
mod partition;
mod values;
mod verify;

pub use discard::DiscardError;

use crate::check_progress;
use batch::Writer;
use heng_model::PartitionId;
use heng_model::checkpoint::{
    Change, CheckpointStore, ClearCheckpointError, Damage, Manifest, Progress, Rejected, WriteCheckpointError,
};
use partition::Partition;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Checkpoints in sled under one folder. Opening costs nothing: a partition is opened when it is first touched.
pub struct SledStore {
    root: PathBuf,
    open: BTreeMap<PartitionId, Partition>,
    #[cfg(test)]
    pub(crate) crash_before: Option<Step>,
}

/// Where a write can end early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Manifest,
    Witness,
}

impl SledStore {
    /// The store in a folder, which is made when needed.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            open: BTreeMap::new(),
            #[cfg(test)]
            crash_before: None,
        }
    }

    /// Removes a store wholly: every partition, and the folder.
    ///
    /// # Errors
    ///
    /// If a store has it open, if something lies there that no store made, or if the file system refuses.
    pub fn discard(root: &Path) -> Result<(), DiscardError> {
        discard::discard(root)
    }

    /// The partition, verified as it was opened. It is out of the map, so that any early return closes it.
    fn take(&mut self, id: PartitionId) -> Result<Partition, Rejected> {
        self.open.remove(&id).map_or_else(|| self.verify(id, &mut |_, _| ()), Ok)
    }

    fn verify(&mut self, id: PartitionId, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<Partition, Rejected> {
        let rejected = |damage| Rejected { partition: id, damage };
        let open = self.open.remove(&id);
        let mut partition = open.map_or_else(|| Partition::open(&self.root, id), Ok).map_err(rejected)?;
        partition.load(visit).map_err(rejected)?;
        Ok(partition)
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the form of the one for tests")]
    fn crashes(&mut self, _: Step) -> Result<(), Damage> {
        Ok(())
    }

    #[cfg(test)]
    fn crashes(&mut self, step: Step) -> Result<(), Damage> {
        if self.crash_before == Some(step) {
            self.crash_before = None;
            return Err(Damage::Failed { action: "being tested", message: format!("stopped before {step:?}") });
        }
        Ok(())
    }

    /// Completes a checkpoint; where it is known what it must become, only if it does.
    fn put(
        &mut self,
        progress: Progress,
        changed: &mut dyn Iterator<Item = Change>,
        expected: Option<&Manifest>,
    ) -> Result<Manifest, WriteCheckpointError> {
        let Progress { partition: id, number, .. } = progress;
        let mut partition = self.take(id)?;
        if let Err(refused) = check_progress(&progress, partition.manifest.as_ref().map(|last| last.progress.number)) {
            self.open.insert(id, partition);
            return Err(refused);
        }
        let total = Writer::new(&partition.values, partition.manifest.as_ref(), &progress).put_all(changed)?;
        let manifest = Manifest { progress, count: total.count, sum: total.sum };
        // Before anything of it is in force.
        let is_expected = expected.map_or(Ok(()), |expected| expected.check(total.count, total.sum));
        let completed = is_expected.and_then(|()| self.complete(&partition, &manifest));
        completed.map_err(|cause| WriteCheckpointError::Failed { partition: id, number, cause })?;
        partition.manifest = Some(manifest.clone());
        self.open.insert(id, partition);
        Ok(manifest)
    }

    fn complete(&mut self, partition: &Partition, manifest: &Manifest) -> Result<(), Damage> {
        partition.sync()?;
        self.crashes(Step::Manifest)?;
        let witness = partition.commit(manifest)?;
        self.crashes(Step::Witness)?;
        partition.values.put_witness(witness)?;
        partition.sync()
    }
}

impl CheckpointStore for SledStore {
    fn load(
        &mut self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, Rejected> {
        let verified = self.verify(partition, visit)?;
        let manifest = verified.manifest.clone();
        self.open.insert(partition, verified);
        Ok(manifest)
    }

    fn get(&mut self, partition: PartitionId, key: &[u8]) -> Result<Option<Vec<u8>>, Rejected> {
        let verified = self.take(partition)?;
        let value = verified.get(key).map_err(|damage| Rejected { partition, damage })?;
        self.open.insert(partition, verified);
        Ok(value)
    }

    fn write(
        &mut self,
        progress: Progress,
        changed: &mut dyn Iterator<Item = Change>,
    ) -> Result<Manifest, WriteCheckpointError> {
        self.put(progress, changed, None)
    }

    fn copy(
        &mut self,
        manifest: &Manifest,
        values: &mut dyn Iterator<Item = Change>,
    ) -> Result<(), WriteCheckpointError> {
        self.put(manifest.progress.clone(), values, Some(manifest)).map(drop)
    }

    fn clear(&mut self, partition: PartitionId) -> Result<(), ClearCheckpointError> {
        let failed = |cause| ClearCheckpointError { partition, cause };
        let held = self.open.remove(&partition).map(Partition::close);
        let _lock = held.map_or_else(|| partition::lock(&self.root, partition), Ok).map_err(failed)?;
        match fs::remove_dir_all(partition::folder(&self.root, partition)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed(partition::failed("removing the folder")(error)))
            }
            _ => Ok(()),
        }
    }
}
