//! One partition's folder: a lock, a sled, and the manifest beside it.
//!
//! # Invariants
//!
//! The order of a write: a run, sync, manifest file, sync, witness, removal of what was merged, sync. The manifest file commits;
//! the witness inside sled only proves that there was a manifest file, should that be lost. Whoever holds the lock is alone.

use super::blocks::{Blocks, Reader, Writer};
use super::guard::guarded;
use crate::manifest_file::{Kept, Witness};
use crate::run::Run;
use crate::terms::Terms;
use crate::tiers::first_merged;
use crate::{Checks, durable, manifest_file};
use heng_model::checkpoint::{Change, Damage, Rejected, StateSum, WriteCheckpointError};
use heng_model::{Newest, PartitionId};
use std::cmp::Ordering;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// sled's cache, in bytes; one a partition. Blocks are written once, and read where runs are merged, in the order in which they lie.
const CACHE_BYTES: u64 = 8 << 20;
/// Threads of a sled closed just now may still hold its file.
const LINGER_RETRIES_MAX: u32 = 200;
const LINGER_PAUSE_MS: u64 = 10;

/// An open partition.
pub(super) struct Partition {
    pub(super) blocks: Blocks,
    /// The checkpoint in force, once it was verified.
    pub(super) kept: Option<Kept>,
    /// The file that says so.
    pub(super) witness: Option<Witness>,
    /// What its values add to its sum.
    terms: Terms,
    id: PartitionId,
    folder: PathBuf,
    // Dropped last.
    lock: File,
}

/// A checkpoint's values, written and not yet in force.
pub(super) struct Written {
    /// The runs that it is made of.
    pub(super) runs: Vec<Run>,
    /// Runs before it that are no longer needed.
    pub(super) merged: Vec<Run>,
    pub(super) count: u64,
    pub(super) sum: StateSum,
}

pub(super) fn folder(root: &Path, id: PartitionId) -> PathBuf {
    root.join(format!("p{id:05}"))
}

pub(super) fn failed(action: &'static str) -> impl Fn(io::Error) -> Damage {
    move |error| Damage::Failed { action, message: error.to_string() }
}

/// Takes the lock of a partition. It lies beside the folder, so that the folder can be removed under it.
pub(super) fn lock(root: &Path, id: PartitionId) -> Result<File, Damage> {
    let failed = failed("locking");
    fs::create_dir_all(root).map_err(&failed)?;
    lock_file(&folder(root, id).with_extension("lock")).map_err(&failed)?.ok_or(Damage::InUse)
}

/// Locks a file, created if need be; none if somebody else has it.
pub(super) fn lock_file(path: &Path) -> io::Result<Option<File>> {
    let file = File::options().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

impl Partition {
    /// Opens sled; the manifest is read first, since a sled without a sound one need not be touched.
    pub(super) fn open(root: &Path, id: PartitionId) -> Result<Self, Damage> {
        let lock = lock(root, id)?;
        let folder = folder(root, id);
        fs::create_dir_all(&folder).and_then(|()| durable::sync_folder(root)).map_err(failed("making the folder"))?;
        read_manifest(&folder, id)?;
        let blocks = Blocks::new(id, open_sled(&folder.join("sled"))?);
        Ok(Self { blocks, kept: None, witness: None, terms: Terms::default(), id, folder, lock })
    }

    /// Verifies all of it, hands the live values to `visit`, and removes leftovers.
    pub(super) fn load(&mut self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), Damage> {
        let read = read_manifest(&self.folder, self.id)?;
        let seen = self.blocks.witness()?;
        check_witness(seen, read.as_ref())?;
        let (kept, witness) = read.unzip();
        let runs = kept.as_ref().map_or(&[][..], |kept| &kept.runs);
        self.terms = Terms::of(kept.as_ref().map_or(0, |kept| kept.manifest.count));
        let mut values = newest(&self.blocks, runs)?;
        while let Some((key, value)) = values.head() {
            if let Some(value) = value {
                visit(key, value);
                self.terms.put(key, Some(value));
            }
            values.advance()?;
        }
        if let Some(kept) = &kept {
            kept.manifest.check(self.terms.count(), self.terms.sum())?;
        }
        if let Some(witness) = witness.filter(|witness| seen != Some(*witness)) {
            // A crash came between the two. What the manifest before it needed is removed only where this one is durable by name,
            // and the next one is known as its successor.
            durable::sync_folder(&self.folder).map_err(failed("syncing the folder"))?;
            self.blocks.put_witness(witness)?;
        }
        self.blocks.keep_only(runs)?;
        (self.kept, self.witness) = (kept, witness);
        Ok(())
    }

    /// Writes the run of a checkpoint: what changed, and what is merged with it. The runs and the sum are then those of it.
    pub(super) fn put(
        &mut self,
        number: u64,
        changed: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<Written, WriteCheckpointError> {
        let mut runs = self.kept.as_ref().map(|kept| kept.runs.clone()).unwrap_or_default();
        let merged = runs.split_off(first_merged(&runs));
        let rejected = |damage| Rejected { partition: self.id, damage };
        let failed = |cause| WriteCheckpointError::Failed { partition: self.id, number, cause };
        // That a key is gone need be said only where something older may have it.
        let is_oldest = runs.is_empty();
        let mut old = newest(&self.blocks, &merged).map_err(rejected)?;
        let mut writer = Writer::new(&self.blocks, number);
        let mut put = |key: &[u8], value: Option<&[u8]>| {
            if value.is_none() && is_oldest { Ok(()) } else { writer.put(key, value) }
        };
        let mut checks = Checks::new(self.id);
        for (key, value) in changed {
            checks.check(&key, value.as_deref())?;
            while let Some((before, value)) = old.head().filter(|(before, _)| *before < &*key) {
                put(before, value).map_err(failed)?;
                old.advance().map_err(rejected)?;
            }
            if old.head().is_some_and(|(same, _)| same == &*key) {
                old.advance().map_err(rejected)?;
            }
            self.terms.put(&key, value.as_deref());
            put(&key, value.as_deref()).map_err(failed)?;
        }
        while let Some((key, value)) = old.head() {
            put(key, value).map_err(failed)?;
            old.advance().map_err(rejected)?;
        }
        runs.extend(writer.finish().map_err(failed)?);
        Ok(Written { runs, merged, count: self.terms.count(), sum: self.terms.sum() })
    }

    /// Makes the values written so far durable.
    pub(super) fn sync(&self) -> Result<(), Damage> {
        self.blocks.flush()?;
        durable::sync_tree(&self.folder).map_err(failed("syncing the folder"))
    }

    /// Puts a manifest in force. From here on the checkpoint before is gone.
    pub(super) fn commit(&self, kept: &Kept) -> Result<Witness, Damage> {
        let bytes = manifest_file::encode(kept);
        let replaced = durable::replace(&self.folder, manifest_file::NAME, &bytes);
        replaced.map_err(failed("writing the manifest"))?;
        Ok(manifest_file::witness(kept, &bytes))
    }

    /// Closes it, keeping the lock.
    pub(super) fn close(self) -> File {
        self.lock
    }
}

/// The values of runs, each as the newest has it.
fn newest<'a>(blocks: &'a Blocks, runs: &[Run]) -> Result<Newest<Reader<'a>>, Damage> {
    Newest::new(runs.iter().map(|run| Reader::new(blocks, *run)).collect())
}

fn read_manifest(folder: &Path, id: PartitionId) -> Result<Option<(Kept, Witness)>, Damage> {
    let bytes = match fs::read(folder.join(manifest_file::NAME)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("reading the manifest")(error)),
    };
    let kept = manifest_file::decode(id, &bytes)?;
    let witness = manifest_file::witness(&kept, &bytes);
    Ok(Some((kept, witness)))
}

/// A crash can leave the witness at the manifest before, never ahead of it.
fn check_witness(witness: Option<Witness>, manifest: Option<&(Kept, Witness)>) -> Result<(), Damage> {
    let other = |detail: &str| Err(Damage::ManifestDamaged { detail: detail.to_owned() });
    match (witness, manifest) {
        // Before the first there is none; where sled was emptied, its blocks are missing too.
        (None, _) => Ok(()),
        (Some(Witness { number, .. }), None) => Err(Damage::ManifestLost { number }),
        (Some(seen), Some((kept, file))) => match seen.number.cmp(&file.number) {
            Ordering::Greater => Err(Damage::ManifestStale { manifest: file.number, store: seen.number }),
            Ordering::Equal if seen != *file => other("it is not the one that was written"),
            Ordering::Less if kept.before != Some(seen) => other("it does not follow the one that was written last"),
            _ => Ok(()),
        },
    }
}

fn open_sled(path: &Path) -> Result<sled::Db, Damage> {
    let open = || {
        // No flushing in the background: a checkpoint is durable as a whole or not at all.
        let config = sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        guarded("opening", || config.open())
    };
    for _ in 0..LINGER_RETRIES_MAX {
        match open() {
            // Our own lock is held, so this is nobody else.
            Err(Damage::Failed { message, .. }) if message.contains("could not acquire lock") => {
                sleep(Duration::from_millis(LINGER_PAUSE_MS));
            }
            result => return result,
        }
    }
    open()
}
