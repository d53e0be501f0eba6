//! Gets a shared checkpoint: all of it into a new data directory, or one partition's state where that alone is lost.
//!
//! # Invariants
//!
//! Nothing is believed before its size and SHA-256 were compared with the manifest's; what is loaded is proved again by
//! whoever opens it. Where anything is wrong it is said, with the object's name, and an older checkpoint is tried, or
//! none: without one the log is read from its beginning, and the same comes of it.

mod incoming;
mod journals;
mod meter;
mod state;

#[cfg(test)]
mod tests;

pub use incoming::{finish_incoming, is_incoming_complete, remove_incoming};
pub use state::SharedState;

use crate::chain::Chain;
use crate::fields::hex;
use crate::location::Location;
use crate::manifest::{Object, SharedManifest, folder};
use crate::objects::{Listed, ObjectError, Objects};
use heng_log::{DataDirError, Meta, OpenError, SyncError};
use meter::Meter;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The number under which a fetched checkpoint is kept.
const FETCHED: u64 = 1;

/// Why a checkpoint was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The place.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// An object that is not what the manifest says.
    #[error("`{object}` is damaged: {detail}")]
    Damaged {
        /// Full name of the object.
        object: String,
        /// What is wrong.
        detail: String,
    },
    /// What was fetched cannot be kept.
    #[error("`{path}`: {cause}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A journal cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A journal takes no frame.
    #[error(transparent)]
    Append(#[from] heng_log::AppendError),
    /// A journal cannot be synced.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The data directory cannot be made.
    #[error(transparent)]
    Data(#[from] DataDirError),
}

impl FetchError {
    /// Is it this engine's disk that failed, not the place?
    fn is_own(&self) -> bool {
        !matches!(self, Self::Object(_) | Self::Damaged { .. })
    }
}

/// What is wanted of a place.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The place.
    pub location: Location,
    /// The log.
    pub meta: Meta,
    /// The newest version of the fold that this program knows.
    pub fold_version: u32,
}

/// What was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetched {
    /// Entries that it covers.
    pub entries: u64,
    /// Bytes that were read.
    pub bytes: u64,
}

impl Wanted {
    /// Fetches the newest checkpoint into what is to become a data directory; none where there is none that is whole or
    /// nothing can be kept here, which was told. It is put in its place by [`finish_incoming`].
    #[must_use]
    pub fn fetch_into(&self, data: &Path) -> Option<Fetched> {
        let mut tried = BTreeSet::new();
        // Asked for anew each time: while one was fetched it may have been cleared away, and newer ones shared.
        while let Some((objects, candidates)) = self.candidates(&mut tried)
            && let Some((name, manifest)) = candidates.into_iter().next()
        {
            let cleared = remove_incoming(data);
            match cleared.and_then(|()| self.fetch_all(&objects, &manifest, data)) {
                Ok(fetched) => return Some(fetched),
                // An older one would fare no better here: where the disk is full, folding the log takes less of it.
                Err(error) if error.is_own() => {
                    tracing::warn!("no shared checkpoint can be kept here: {error}; the state comes from the log");
                    break;
                }
                Err(error) => {
                    let checkpoint = objects.full(&name);
                    tracing::warn!(%checkpoint, "this shared checkpoint is not used: {error}; another one, or the log, is");
                }
            }
            tried.insert(name);
        }
        if let Err(error) = remove_incoming(data) {
            tracing::warn!("what was fetched of it cannot be removed: {error}");
        }
        None
    }

    fn fetch_all(&self, objects: &Objects, manifest: &SharedManifest, data: &Path) -> Result<Fetched, FetchError> {
        let mut meter = Meter::new(objects.place(), manifest.bytes());
        let dir = incoming::begin(data, &self.meta)?;
        journals::packs(objects, manifest, &dir, &mut meter)?;
        for (partition, part) in (0..).zip(&manifest.partitions) {
            journals::journal(objects, (heng_log::Stream::Events, partition), &part.events, &dir, &mut meter)?;
            journals::journal(objects, (heng_log::Stream::Decisions, partition), &part.decisions, &dir, &mut meter)?;
            let folder = Chain::place(dir.root()).join(Chain::folder_name(partition));
            fs::create_dir_all(&folder).map_err(io_error(&folder))?;
            let path = folder.join(Chain::whole_name(FETCHED));
            state::fetch(objects, (partition, part), &path, &mut meter)?;
        }
        incoming::complete(dir)?;
        meter.done();
        Ok(Fetched { entries: manifest.entries(), bytes: manifest.bytes() })
    }

    /// The checkpoints of the log that this program can use, the newest first, without those that were tried; what cannot be used
    /// is told, and counts as tried.
    fn candidates(&self, tried: &mut BTreeSet<String>) -> Option<(Objects, Vec<(String, SharedManifest)>)> {
        let place = self.location.to_string();
        let log_id = hex(&self.meta.log_id);
        let listed = Objects::open(&self.location).and_then(|it| it.list(&folder(&log_id)).map(|listed| (it, listed)));
        let (objects, listed) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                tracing::warn!(%place, "shared checkpoints cannot be asked for: {error}; the state comes from the log");
                return None;
            }
        };
        if listed.is_empty() {
            let others = objects.folders("").map(|others| others.len()).unwrap_or_default();
            tracing::info!(%place, %log_id, others, "no shared checkpoint of this log is there");
        }
        let mut usable = Vec::new();
        for it in listed.iter().rev() {
            if tried.contains(&it.name) {
                continue;
            }
            match self.usable(&objects, it, &log_id) {
                Ok(manifest) => usable.push((it.name.clone(), manifest)),
                Err(error) => {
                    let checkpoint = objects.full(&it.name);
                    tracing::warn!(%checkpoint, "this shared checkpoint is not used: {error}");
                    tried.insert(it.name.clone());
                }
            }
        }
        Some((objects, usable))
    }

    fn usable(&self, objects: &Objects, it: &Listed, log_id: &str) -> Result<SharedManifest, String> {
        let text = objects.get(&it.name).map_err(|error| error.to_string())?;
        let manifest = SharedManifest::decode(&it.name, &text, log_id).map_err(|error| error.to_string())?;
        if manifest.fold_version > self.fold_version {
            let (found, known, release) = (manifest.fold_version, self.fold_version, &manifest.written_by);
            return Err(format!(
                "it was made by fold version {found}, this release knows up to {known}: use release {release} or newer"
            ));
        }
        let (found, own) = (manifest.partitions.len(), usize::from(self.meta.partitions));
        if found != own {
            return Err(format!("it has {found} partitions, the log {own}"));
        }
        Ok(manifest)
    }
}

/// Fetches an object into a file, which has its name when it was found sound.
fn file(objects: &Objects, object: &Object, path: &Path, meter: &mut Meter) -> Result<(), FetchError> {
    let temporary = path.with_extension("tmp");
    let mut out = File::create(&temporary).map_err(io_error(&temporary))?;
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    objects.read(&object.name, object.bytes, &mut |part| {
        hasher.update(part);
        bytes += part.len() as u64;
        meter.add(part.len());
        out.write_all(part).map_err(io_error(&temporary))
    })?;
    check(objects, object, bytes, hasher)?;
    out.sync_all().and_then(|()| fs::rename(&temporary, path)).map_err(io_error(path))
}

fn check(objects: &Objects, object: &Object, bytes: u64, hasher: Sha256) -> Result<(), FetchError> {
    let checked = object.check(bytes, &hasher.finalize().into());
    checked.map_err(|detail| FetchError::Damaged { object: objects.full(&object.name), detail })
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_owned();
    move |cause| FetchError::Io { path, cause }
}
