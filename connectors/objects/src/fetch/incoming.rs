//! A data directory that is being put together, inside the one that it is to become.
//!
//! # Invariants
//!
//! Until all of it is there, and synced, there is no data directory. Then its parts are put in their places, which may be
//! interrupted at any moment and is gone on with at the next start. Inside, so that it is the same file system, and the
//! directory may be a mount point.

use super::{FetchError, io_error};
use heng_log::{DataDir, DataDirError, DataDirView, Disk as _, INCOMING_DIR, Meta};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const COMPLETE: &str = "complete";
/// What is put in its place.
const PARTS: [&str; 4] = ["packs", "log", "decisions", "checkpoints"];

fn folder(data: &Path) -> PathBuf {
    data.join(INCOMING_DIR)
}

/// Begins one.
pub(super) fn begin(data: &Path, meta: &Meta) -> Result<DataDir, FetchError> {
    Ok(DataDir::create(folder(data), meta.clone())?)
}

/// Says that all of it is there.
pub(super) fn complete(dir: DataDir) -> Result<(), FetchError> {
    let root = dir.root().to_owned();
    sync_folders(&root).map_err(io_error(&root))?;
    dir.disk().write_atomically(COMPLETE, b"").map_err(io_error(&root.join(COMPLETE)))
}

/// Removes one that was not completed, or is in its place; what is none is let be. It may be interrupted and is gone on with at
/// the next start: until all the rest is gone it says that it is one.
///
/// # Errors
/// [`FetchError::Io`].
pub fn remove_incoming(data: &Path) -> Result<(), FetchError> {
    let folder = folder(data);
    if DataDirView::open(&folder).is_err() {
        return Ok(());
    }
    for path in removals(&folder).map_err(io_error(&folder))?.into_iter().chain([folder]) {
        remove(&path).map_err(io_error(&path))?;
    }
    Ok(())
}

/// What goes, in the order in which it does: first what says that it is complete, last what says that it is one.
pub(super) fn removals(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = [COMPLETE].into_iter().chain(PARTS).map(|name| folder.join(name)).collect();
    let meta = folder.join("meta.json");
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !paths.contains(&path) && path != meta {
            paths.push(path);
        }
    }
    paths.push(meta);
    Ok(paths)
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Waits a complete one to be put in its place?
#[must_use]
pub fn is_incoming_complete(data: &Path) -> bool {
    folder(data).join(COMPLETE).exists()
}

/// Puts one in its place that was completed, and opens it.
///
/// # Errors
/// [`FetchError`].
pub fn finish_incoming(data: &Path) -> Result<DataDir, FetchError> {
    let folder = folder(data);
    let dir = match DataDir::open(data) {
        Err(DataDirError::NotData { .. }) => {
            let meta = DataDirView::open(&folder)?.meta().clone();
            DataDir::create(data, meta)?
        }
        opened => opened?,
    };
    for part in PARTS {
        let (from, to) = (folder.join(part), data.join(part));
        if from.exists() {
            fs::rename(&from, &to).map_err(io_error(&to))?;
        }
    }
    dir.disk().sync_dir("").map_err(io_error(data))?;
    remove_incoming(data)?;
    Ok(dir)
}

fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    fs::File::open(folder)?.sync_all()
}
