//! One partition's folder: a lock, a sled, and the manifest beside it.
//!
//! # Invariants
//!
//! The order of a write: values, sync, manifest file, sync, witness, sync. The manifest file commits; the witness inside
//! sled only proves that there was a manifest file, should that be lost. Whoever holds the lock is alone.

use super::guard::guarded;
use super::values::{Values, Witness};
use super::verify::{self, Versions};
use crate::{durable, manifest_file};
use heng_model::PartitionId;
use heng_model::checkpoint::{Damage, Manifest};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// sled's cache, in bytes; one a partition.
const CACHE_BYTES: u64 = 64 << 20;
/// Threads of a sled closed just now may still hold its file.
const LINGER_RETRIES_MAX: u32 = 200;
const LINGER_PAUSE_MS: u64 = 10;

/// An open partition.
pub(super) struct Partition {
    pub(super) values: Values,
    /// The checkpoint in force, once it was verified.
    pub(super) manifest: Option<Manifest>,
    id: PartitionId,
    folder: PathBuf,
    // Dropped last.
    lock: File,
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
        let values = Values::new(id, open_sled(&folder.join("sled"))?);
        Ok(Self { values, manifest: None, id, folder, lock })
    }

    /// Verifies all of it, hands the live values to `visit`, and removes leftovers.
    pub(super) fn load(&mut self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), Damage> {
        let manifest = read_manifest(&self.folder, self.id)?;
        check_witness(self.values.witness()?, manifest.as_ref())?;
        let found = verify::walk(&self.values, manifest.as_ref().map(|(manifest, _)| manifest.progress.number), visit)?;
        let manifest = manifest.map(|(manifest, _)| manifest);
        if let Some(manifest) = &manifest {
            manifest.check(found.count, found.sum)?;
        }
        self.manifest = manifest;
        Ok(())
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Damage> {
        let (first, second) = (self.values.read(0, key)?, self.values.read(1, key)?);
        let versions = Versions::decode(&self.values, key, [first.as_ref(), second.as_ref()])?;
        let live = versions.as_of(self.manifest.as_ref().map(|manifest| manifest.progress.number));
        Ok(live.and_then(|(_, record)| record.value).map(<[u8]>::to_vec))
    }

    /// Makes the values written so far durable.
    pub(super) fn sync(&self) -> Result<(), Damage> {
        self.values.flush()?;
        durable::sync_tree(&self.folder).map_err(failed("syncing the folder"))
    }

    /// Puts a manifest in force. From here on the checkpoint before is gone.
    pub(super) fn commit(&self, manifest: &Manifest) -> Result<Witness, Damage> {
        let bytes = manifest_file::encode(manifest);
        let replaced = durable::replace(&self.folder, manifest_file::NAME, &bytes);
        replaced.map_err(failed("writing the manifest"))?;
        Ok(Witness { number: manifest.progress.number, digest: manifest_file::digest(&bytes) })
    }

    /// Closes it, keeping the lock.
    pub(super) fn close(self) -> File {
        self.lock
    }
}

fn read_manifest(folder: &Path, id: PartitionId) -> Result<Option<(Manifest, Witness)>, Damage> {
    let bytes = match fs::read(folder.join(manifest_file::NAME)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("reading the manifest")(error)),
    };
    let manifest = manifest_file::decode(id, &bytes)?;
    let witness = Witness { number: manifest.progress.number, digest: manifest_file::digest(&bytes) };
    Ok(Some((manifest, witness)))
}

/// A crash can leave the witness behind the manifest, never ahead of it.
fn check_witness(witness: Option<Witness>, manifest: Option<&(Manifest, Witness)>) -> Result<(), Damage> {
    match (witness, manifest) {
        (None, _) => Ok(()),
        (Some(Witness { number, .. }), None) => Err(Damage::ManifestLost { number }),
        (Some(seen), Some((_, file))) if seen.number > file.number => {
            Err(Damage::ManifestStale { manifest: file.number, store: seen.number })
        }
        (Some(seen), Some((_, file))) if seen.number == file.number && seen.digest != file.digest => {
            Err(Damage::ManifestDamaged { detail: "it is not the one that was written".to_owned() })
        }
        _ => Ok(()),
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
