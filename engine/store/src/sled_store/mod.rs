//! Checkpoints in sled, a folder and a sled for each partition.
//!
//! # Invariants
//!
//! Partitions share nothing: one that is damaged is rebuilt alone, and stores over the same root may live in different
//! threads as long as they touch different partitions. A partition is verified whole before it is read or written.
//! After an error it is closed, and verified again when next touched.

mod blocks;
mod discard;
mod guard;
mod partition;

pub use discard::DiscardError;

use crate::check_progress;
use crate::manifest_file::{Kept, Witness};
use crate::run::Run;
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
    Removal,
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
        changed: &mut dyn Iterator<Item = Change<'_>>,
        expected: Option<&Manifest>,
    ) -> Result<Manifest, WriteCheckpointError> {
        let Progress { partition: id, number, .. } = progress;
        let mut partition = self.take(id)?;
        let last = partition.kept.as_ref().map(|kept| kept.manifest.progress.number);
        if let Err(refused) = check_progress(&progress, last) {
            self.open.insert(id, partition);
            return Err(refused);
        }
        let written = partition.put(number, changed)?;
        let manifest = Manifest { progress, count: written.count, sum: written.sum };
        let kept = Kept { manifest: manifest.clone(), runs: written.runs, before: partition.witness };
        // Before anything of it is in force.
        let is_expected = expected.map_or(Ok(()), |expected| expected.check(manifest.count, manifest.sum));
        let completed = is_expected.and_then(|()| self.complete(&partition, &kept, &written.merged));
        let witness = completed.map_err(|cause| WriteCheckpointError::Failed { partition: id, number, cause })?;
        (partition.kept, partition.witness) = (Some(kept), Some(witness));
        self.open.insert(id, partition);
        Ok(manifest)
    }

    fn complete(&mut self, partition: &Partition, kept: &Kept, merged: &[Run]) -> Result<Witness, Damage> {
        partition.sync()?;
        self.crashes(Step::Manifest)?;
        let witness = partition.commit(kept)?;
        self.crashes(Step::Witness)?;
        partition.blocks.put_witness(witness)?;
        self.crashes(Step::Removal)?;
        merged.iter().try_for_each(|run| partition.blocks.remove(*run))?;
        partition.sync()?;
        Ok(witness)
    }
}

impl CheckpointStore for SledStore {
    fn load(
        &mut self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, Rejected> {
        let verified = self.verify(partition, visit)?;
        let manifest = verified.kept.as_ref().map(|kept| kept.manifest.clone());
        self.open.insert(partition, verified);
        Ok(manifest)
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
