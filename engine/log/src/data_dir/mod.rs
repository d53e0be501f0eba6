//! The data directory: its lock, its `meta.json`, and where things are in it.
//!
//! # Invariants
//!
//! A [`DataDir`] holds the directory's lock for as long as it lives: there is one writer. A [`DataDirView`] takes no lock and
//! writes nothing. A directory whose format this release does not know is not touched.

mod meta;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};

use heng_model::PartitionId;

pub use meta::{DATA_FORMAT, Meta, Stream};

use crate::disk::{Disk, RealDisk, create_dir_durably, is_full};

const LOCK_FILE: &str = "lock";
const META_FILE: &str = "meta.json";
/// A folder in which a data directory is put together before it is one.
pub const INCOMING_DIR: &str = "incoming";
/// What may be in a directory that is about to become a data directory.
const HARMLESS: [&str; 4] = [INCOMING_DIR, LOCK_FILE, "meta.json.tmp", "lost+found"];

/// A data directory open for writing, and locked.
#[derive(Debug)]
pub struct DataDir {
    view: DataDirView,
    /// Closing it gives the lock back.
    _lock: File,
}

/// A data directory that is only read.
#[derive(Debug, Clone)]
pub struct DataDirView {
    root: PathBuf,
    meta: Meta,
}

/// Why a data directory could not be created or opened.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// Another process writes it.
    #[error("`{path}` is in use by {}: stop that one first, or open the directory only to read", holder(*.pid))]
    Locked {
        /// The directory.
        path: PathBuf,
        /// The process that has it, where that is known.
        pid: Option<u32>,
    },
    /// Written by a newer release.
    #[error("`{path}` has data format {found}, this release ({}) knows up to {known}: use {}", env!("CARGO_PKG_VERSION"), needed(.needs))]
    NewerFormat {
        /// The directory.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format known here.
        known: u64,
        /// The oldest release that can open it, as it says itself.
        needs: Option<String>,
    },
    /// No data directory.
    #[error("`{path}` is not a data directory: it has no `meta.json`")]
    NotData {
        /// The directory.
        path: PathBuf,
    },
    /// A data directory already.
    #[error("`{path}` is a data directory already")]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// Other files are there.
    #[error("`{path}` is not empty: it holds `{name}`; choose an empty directory or a new one")]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// A file that is there.
        name: String,
    },
    /// `meta.json` cannot be understood.
    #[error("`{path}` cannot be understood: {reason}; restore it from a copy")]
    BadMeta {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No space.
    #[error("the disk is full: `{path}` could not be written")]
    DiskFull {
        /// The file or directory.
        path: PathBuf,
    },
    /// The file system failed.
    #[error("`{path}`: {source}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("another process (pid {pid})"))
}

fn needed(release: &Option<String>) -> String {
    release.as_ref().map_or_else(|| "a newer release".to_owned(), |release| format!("release {release} or newer"))
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DataDirError {
    let path = path.to_owned();
    move |source| if is_full(&source) { DataDirError::DiskFull { path } } else { DataDirError::Io { path, source } }
}

impl DataDir {
    /// Makes a directory, missing or empty, a data directory, and locks it.
    pub fn create(path: impl Into<PathBuf>, meta: Meta) -> Result<Self, DataDirError> {
        let root = path.into();
        create_dir_durably(&root).map_err(io_error(&root))?;
        let lock = lock(&root)?;
        for entry in fs::read_dir(&root).map_err(io_error(&root))? {
            let name = entry.map_err(io_error(&root))?.file_name().to_string_lossy().into_owned();
            if name == META_FILE {
                return Err(DataDirError::Exists { path: root });
            }
            if !HARMLESS.contains(&name.as_str()) {
                return Err(DataDirError::NotEmpty { path: root, name });
            }
        }
        let disk = RealDisk::new(&root);
        disk.write_atomically(META_FILE, meta.to_text().as_bytes()).map_err(io_error(&root.join(META_FILE)))?;
        Ok(Self { view: DataDirView { root, meta }, _lock: lock })
    }

    /// Opens and locks a data directory.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DataDirError> {
        let root = path.into();
        // Before the lock: what is no data directory gets no lock file either.
        let before = DataDirView::open(&root)?;
        let lock = lock(&before.root)?;
        Ok(Self { view: DataDirView::open(before.root)?, _lock: lock })
    }
}

impl Deref for DataDir {
    type Target = DataDirView;

    fn deref(&self) -> &DataDirView {
        &self.view
    }
}

impl DataDirView {
    /// Opens a data directory to read it, whether or not somebody writes it.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, DataDirError> {
        let root = path.into();
        let file = root.join(META_FILE);
        match fs::read(&file) {
            Ok(bytes) => Ok(Self { meta: Meta::parse(&root, &file, &bytes)?, root }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(DataDirError::NotData { path: root }),
            Err(error) => Err(io_error(&file)(error)),
        }
    }

    /// What `meta.json` says.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The directory.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The disk on which the journals are, for [`Journal::open`](crate::Journal::open).
    #[must_use]
    pub fn disk(&self) -> RealDisk {
        RealDisk::new(&self.root)
    }

    /// Directory of a partition's journal, relative to the root.
    #[must_use]
    pub fn journal_dir(stream: Stream, partition: PartitionId) -> String {
        format!("{}/p{partition}", stream.dir())
    }

    /// Where rule packs are kept, by hash.
    #[must_use]
    pub fn packs(&self) -> PathBuf {
        self.root.join("packs")
    }

    /// Where the state store is, which may be deleted.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// The file of what intake refused.
    #[must_use]
    pub fn dead_letters(&self) -> PathBuf {
        self.root.join("deadletter.jsonl")
    }
}

/// Takes the lock, and leaves this process's number in its file for whoever is refused.
fn lock(root: &Path) -> Result<File, DataDirError> {
    let path = root.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).map_err(io_error(&path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = file.read_to_string(&mut text);
            let pid = read.ok().and_then(|_| text.trim().parse().ok());
            return Err(DataDirError::Locked { path: root.to_owned(), pid });
        }
        Err(TryLockError::Error(source)) => return Err(io_error(&path)(source)),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(io_error(&path))?;
    Ok(file)
}
