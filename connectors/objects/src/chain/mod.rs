//! What an engine keeps of its own checkpoints to share them: for each partition one whole file and the files that change it.
//!
//! # Invariants
//!
//! All of it may be deleted: it is written anew from the state store. A file has its name only when it is complete; one
//! that is not is removed when the folder is opened. Each file that changes names the one before it, so a hole is seen.
//! Files are written by the thread that writes checkpoints (changes) and by the one that shares them (whole ones); which there are is
//! behind one lock a partition, and no file is removed that is being read: who reads has it open.

mod files;
mod part;
mod store;
mod whole;

#[cfg(test)]
mod tests;

pub use store::{Another, Fallback, TeedStore};

use crate::sorted::{End, SortedError, SortedWriter, merge, read_end};
use crate::status::Source;
use files::{CHANGE, WHOLE, name, remove};
use heng_model::PartitionId;
use heng_model::checkpoint::{Manifest, Progress};
use part::Part;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes read or written at once.
const BUFFER_BYTES: usize = 1 << 20;

/// The files of every partition.
#[derive(Debug)]
pub struct Chain {
    root: PathBuf,
    parts: Vec<Mutex<Part>>,
    /// Are files written, to be shared? Else there are those alone that were fetched, until the store has them.
    is_kept: bool,
    /// What is here no longer follows what the engine has: nothing is written until the next start. All of it, since what lacks
    /// one partition cannot be shared, and the files of the others would only grow.
    is_given_up: AtomicBool,
}

/// A file that is being written.
pub struct Draft {
    writer: SortedWriter<BufWriter<File>>,
    path: PathBuf,
    builds_on: u64,
}

/// A whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub end: End,
}

/// A file of a chain that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("`{path}`: {cause}")]
pub struct ChainError {
    /// The file, or its folder.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub cause: SortedError,
}

pub(crate) fn at<E: Into<SortedError>>(path: &Path) -> impl Fn(E) -> ChainError {
    move |cause| ChainError { path: path.to_owned(), cause: cause.into() }
}

impl Chain {
    /// Opens the folder, which is made when needed, and removes what is incomplete. An engine that shares keeps its
    /// checkpoints there; another one only what it fetched, until its store has it.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn open(root: impl Into<PathBuf>, partitions: PartitionId, is_kept: bool) -> Result<Self, ChainError> {
        let root = root.into();
        let mut parts = Vec::new();
        for partition in 0..partitions {
            let folder = folder(&root, partition);
            fs::create_dir_all(&folder).map_err(at::<io::Error>(&folder))?;
            parts.push(Mutex::new(Part::read(&folder)?));
        }
        Ok(Self { root, parts, is_kept, is_given_up: AtomicBool::new(false) })
    }

    /// The folder of a chain in a data directory.
    #[must_use]
    pub fn place(data: &Path) -> PathBuf {
        data.join("checkpoints")
    }

    /// The name of a partition's folder in it.
    pub(crate) fn folder_name(partition: PartitionId) -> String {
        format!("p{partition:05}")
    }

    /// The name of a whole file.
    pub(crate) fn whole_name(number: u64) -> String {
        name(WHOLE, number)
    }

    /// Says that the whole file of a partition has just been fetched.
    pub(crate) fn adopt(&self, partition: PartitionId, number: u64) {
        if let Some(mut part) = self.part(partition) {
            *part = Part { whole: Some(number), is_fetched: true, ..Part::default() };
        }
    }

    /// Says that all files were fetched.
    pub fn all_fetched(&self) {
        for part in &self.parts {
            part.lock().unwrap_or_else(PoisonError::into_inner).is_fetched = true;
        }
    }

    fn part(&self, partition: PartitionId) -> Option<MutexGuard<'_, Part>> {
        // A number is put in or taken out in one step: who panicked meanwhile left it whole.
        Some(self.parts.get(usize::from(partition))?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn folder(&self, partition: PartitionId) -> PathBuf {
        folder(&self.root, partition)
    }

    /// Are an engine's own checkpoints kept?
    pub(crate) fn is_kept(&self) -> bool {
        self.is_kept
    }

    fn source(&self, partition: PartitionId) -> Source {
        match self.part(partition).is_some_and(|part| part.is_fetched) {
            true => Source::Shared,
            false => Source::Own,
        }
    }

    /// The checkpoint that the files of a partition end with, as far as they say.
    pub(crate) fn last(&self, partition: PartitionId) -> Option<Manifest> {
        let (path, number) = {
            let part = self.part(partition)?;
            let (kind, number) = part.last()?;
            (self.folder(partition).join(name(kind, number)), number)
        };
        let end = File::open(path).ok().and_then(|file| read_end(&mut BufReader::new(file)).ok())?;
        (end.partition == partition).then(|| end.manifest(number))
    }

    /// The number of the newest checkpoint that the files of every partition have.
    #[must_use]
    pub fn newest_common(&self) -> Option<u64> {
        let mut common: Option<Vec<u64>> = None;
        for part in &self.parts {
            let part = part.lock().unwrap_or_else(PoisonError::into_inner);
            let own: Vec<u64> = part.whole.into_iter().chain(part.changes.iter().copied()).collect();
            common = Some(match common {
                None => own,
                Some(common) => common.into_iter().filter(|number| own.contains(number)).collect(),
            });
        }
        common?.into_iter().max()
    }

    /// Hands over the state that a partition's files hold, proved.
    pub(crate) fn load(
        &self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, ChainError> {
        let folder = self.folder(partition);
        let (files, number) = {
            let Some(part) = self.part(partition) else { return Ok(None) };
            let Some((_, number)) = part.last() else { return Ok(None) };
            (part.files(&folder, number)?, number)
        };
        let end = merge(files, &mut |key, value| {
            visit(key, value);
            Ok(())
        });
        let end = end.map_err(at(&folder))?;
        if end.partition != partition {
            let cause = SortedError::Damaged { at: 0, detail: "it is the state of another partition" };
            return Err(ChainError { path: folder, cause });
        }
        Ok(Some(end.manifest(number)))
    }

    /// Begins the file that changes the last one, or a whole one where there is none; none where the chain was given up.
    pub(crate) fn draft(&self, partition: PartitionId) -> Result<Option<Draft>, ChainError> {
        let builds_on = match self.part(partition) {
            Some(part) if self.is_kept && !self.is_given_up() => part.last_number(),
            _ => return Ok(None),
        };
        self.draft_on(partition, builds_on, "change.tmp").map(Some)
    }

    fn draft_on(&self, partition: PartitionId, builds_on: u64, name: &str) -> Result<Draft, ChainError> {
        let path = self.folder(partition).join(name);
        let file = File::create(&path).map_err(at::<io::Error>(&path))?;
        let writer = SortedWriter::new(BufWriter::with_capacity(BUFFER_BYTES, file)).map_err(at(&path))?;
        Ok(Draft { writer, path, builds_on })
    }

    /// Puts a file in its place.
    pub(crate) fn keep(&self, draft: Draft, manifest: &Manifest) -> Result<(), ChainError> {
        let Progress { partition, number, .. } = manifest.progress;
        let builds_on = draft.builds_on;
        let (path, _) = self.complete(draft, manifest)?;
        let kind = if builds_on == 0 { WHOLE } else { CHANGE };
        let folder = self.folder(partition);
        let Some(mut part) = self.part(partition) else { return Ok(()) };
        if self.is_given_up() || part.last_number() != builds_on {
            return remove(&path);
        }
        fs::rename(&path, folder.join(name(kind, number))).map_err(at::<io::Error>(&path))?;
        part.is_fetched = false;
        match builds_on {
            0 => part.whole = Some(number),
            _ => part.changes.push(number),
        }
        Ok(())
    }

    fn complete(&self, draft: Draft, manifest: &Manifest) -> Result<(PathBuf, End), ChainError> {
        let Draft { writer, path, builds_on } = draft;
        let (out, end) = writer.finish(manifest, builds_on).map_err(at(&path))?;
        drop(out);
        Ok((path, end))
    }

    /// Removes the files of a partition.
    pub(crate) fn clear(&self, partition: PartitionId) -> Result<(), ChainError> {
        let folder = self.folder(partition);
        let Some(mut part) = self.part(partition) else { return Ok(()) };
        let old = std::mem::take(&mut *part);
        let files = old.whole.map(|number| (WHOLE, number)).into_iter();
        for (kind, number) in files.chain(old.changes.into_iter().map(|number| (CHANGE, number))) {
            remove(&folder.join(name(kind, number)))?;
        }
        Ok(())
    }

    /// Removes the files of every partition, and keeps none until the next start.
    ///
    /// # Errors
    /// [`ChainError`]; the first of them, when all was tried.
    pub fn give_up(&self) -> Result<(), ChainError> {
        // Before the files go: who puts one in its place looks under the lock under which they do.
        self.is_given_up.store(true, Ordering::SeqCst);
        let cleared: Vec<_> = (0..).zip(&self.parts).map(|(partition, _)| self.clear(partition)).collect();
        cleared.into_iter().collect()
    }

    /// Are no files kept until the next start?
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.is_given_up.load(Ordering::SeqCst)
    }

    /// The most files that change another one which a partition has.
    #[must_use]
    pub fn changes_max(&self) -> usize {
        let parts = self.parts.iter().map(|part| part.lock().unwrap_or_else(PoisonError::into_inner).changes.len());
        parts.max().unwrap_or_default()
    }
}

impl Draft {
    /// Puts a value, or that a key is gone.
    pub(crate) fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), ChainError> {
        self.writer.put(key, value).map_err(at(&self.path))
    }
}

fn folder(root: &Path, partition: PartitionId) -> PathBuf {
    root.join(Chain::folder_name(partition))
}
