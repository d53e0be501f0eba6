//! The few file operations that a log needs, over names relative to a root.
//!
//! # Invariants
//!
//! A write is durable when [`DiskFile::sync`] has returned without an error after it, a name when [`Disk::sync_dir`] has.
//! A failed sync leaves it unknown what reached the disk, and a later sync that succeeds says nothing about the writes
//! before the failed one: whoever gets the error writes again what it cannot lose, or gives up.
//! Names use `/` on every platform and never leave the root.

mod real;
mod sim;

use std::io;
use std::ops::Range;

pub(crate) use real::create_dir_durably;
pub use real::{RealDisk, RealFile};
pub use sim::{CrashKeep, SimDisk, SimFile};

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// To read a file that exists.
    Read,
    /// To read and write a file that exists.
    Write,
    /// To write a file anew; what it held is gone.
    Replace,
    /// To write a file that must not exist yet.
    New,
}

/// A directory tree that a log may live in; a clone is another handle on the same one.
pub trait Disk: Clone + Send + Sync + 'static {
    /// A file of this disk.
    type File: DiskFile;

    /// May syncs go on beside whatever else their callers do? Of a disk whose deeds are to come in the same order in every run they
    /// may not.
    const SYNCS_BESIDE: bool;

    /// Names of the files in a directory, sorted; of a directory that does not exist, [`io::ErrorKind::NotFound`].
    fn list(&self, dir: &str) -> io::Result<Vec<String>>;

    /// Creates a directory and its parents where missing, durably.
    fn create_dir(&self, dir: &str) -> io::Result<()>;

    /// Opens a file.
    fn open(&self, path: &str, mode: OpenMode) -> io::Result<Self::File>;

    /// Removes a file; durable after [`Disk::sync_dir`].
    fn remove(&self, path: &str) -> io::Result<()>;

    /// Renames a file over another; durable after [`Disk::sync_dir`].
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &str) -> io::Result<()>;

    /// Puts a small file in place, durably, so that a reader or a crash finds the old or the new one, whole.
    fn write_atomically(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let temporary = format!("{path}.tmp");
        let file = self.open(&temporary, OpenMode::Replace)?;
        file.write_at(0, bytes)?;
        file.sync()?;
        self.rename(&temporary, path)?;
        self.sync_dir(parent(path))
    }

    /// The whole of a small file.
    fn read_whole(&self, path: &str) -> io::Result<Vec<u8>> {
        let file = self.open(path, OpenMode::Read)?;
        let bytes_len = usize::try_from(file.len()?).map_err(io::Error::other)?;
        let mut bytes = vec![0; bytes_len];
        let read = file.read_at(0, &mut bytes)?;
        bytes.truncate(read);
        Ok(bytes)
    }
}

/// An open file; reads and writes name their place.
#[expect(clippy::len_without_is_empty, reason = "asking for the length may fail, and nobody asks whether it is 0")]
pub trait DiskFile: Send + Sync + 'static {
    /// Length in bytes.
    fn len(&self) -> io::Result<u64>;

    /// Reads until the buffer is full or the file ends; the number of bytes read.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all the bytes, or fails with any part of them written.
    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file to a length, durably; a sync of the file is part of it.
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Makes what was written durable.
    fn sync(&self) -> io::Result<()>;

    /// Advises that bytes, which are durable, are not read soon: memory need not hold them too. Nothing happens where a disk has no
    /// such advice.
    fn give_up_cached(&self, bytes: Range<u64>) {
        let _ = bytes;
    }
}

/// Whether an error says that the disk, or the share of it that this user may fill, is full.
#[must_use]
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}

/// The directory of a path; `` for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}
