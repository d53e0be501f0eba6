//! A disk in memory that forgets what was not synced: for tests of whatever keeps files.
//!
//! # Invariants
//!
//! Deterministic: the same calls give the same disk. What is read is the live content, as through a page cache; what
//! survives [`SimDisk::crash`] is the durable content and whatever [`CrashKeep`] adds of the writes since. A sync that
//! fails forgets the writes it was to make durable: they stay readable and no later sync saves them, as on Linux.
//! Directories themselves are durable at once, the names in them only after a sync of the directory.

mod content;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::content::{Change, Coin, Inode};
use super::{Disk, DiskFile, OpenMode, parent};

/// What a power cut leaves of the writes since the last sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashKeep {
    /// Nothing: only what was synced.
    Synced,
    /// All of them, of the last write only its first bytes.
    Torn {
        /// How many bytes of the last write.
        bytes: usize,
    },
    /// Sectors drawn by a seed, in no order, as a disk with a cache writes them.
    Sectors {
        /// The seed.
        seed: u64,
    },
    /// Everything, still unsynced: the process was killed, the machine was not.
    All,
}

/// A disk in memory; a clone is another handle on the same one.
#[derive(Debug, Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

/// A file of a [`SimDisk`].
#[derive(Debug)]
pub struct SimFile {
    state: Arc<Mutex<State>>,
    inode: usize,
}

#[derive(Debug, Clone, Default)]
struct State {
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    dirs: BTreeSet<String>,
    last_written: Option<usize>,
    capacity_bytes: Option<u64>,
    failing_syncs: u64,
    steps_left: Option<u64>,
    steps: u64,
    syncs: u64,
    given_up_bytes: u64,
}

impl SimDisk {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The disk as it is found after a power cut at this moment; this one goes on unharmed, so that every way of
    /// crashing can be tried from the same state. Faults that were set are not carried over.
    #[must_use]
    pub fn crash(&self, keep: CrashKeep) -> Self {
        let mut state = self.lock().clone();
        if keep != CrashKeep::All {
            state.lose_power(keep);
        }
        state.capacity_bytes = None;
        state.failing_syncs = 0;
        state.steps_left = None;
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Lets the next sync, of a file or a directory, fail.
    pub fn fail_next_sync(&self) {
        self.lock().failing_syncs += 1;
    }

    /// Lets writes fail once the files hold so many bytes together; `None` for no limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        self.lock().capacity_bytes = bytes;
    }

    /// Lets every change after the next `steps` changes fail, as if the power went at that moment.
    pub fn cut_power_after(&self, steps: u64) {
        self.lock().steps_left = Some(steps);
    }

    /// How many changes (writes, syncs, cuts, names) were made so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.lock().steps
    }

    /// How many syncs succeeded so far.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.lock().syncs
    }

    /// How many bytes memory was told to give up so far; those given up twice count twice.
    #[must_use]
    pub fn given_up_bytes(&self) -> u64 {
        self.lock().given_up_bytes
    }

    /// How many bytes all files hold.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.lock().used_bytes()
    }

    /// How many bytes the last write not yet synced has: the places at which [`CrashKeep::Torn`] may tear it.
    #[must_use]
    pub fn unsynced_write_bytes(&self) -> usize {
        let state = self.lock();
        let last = state.last_written.and_then(|inode| state.inodes.get(inode)?.pending.last());
        if let Some(Change::Write { bytes, .. }) = last { bytes.len() } else { 0 }
    }

    /// Inverts bits of one byte of a file, durably: damage. False where there is no such byte.
    pub fn flip(&self, path: &str, at: usize, mask: u8) -> bool {
        let mut state = self.lock();
        let Some(inode) = state.names.get(path).copied() else { return false };
        let Some(inode) = state.inodes.get_mut(inode) else { return false };
        if let Some(byte) = inode.durable.get_mut(at) {
            *byte ^= mask;
        }
        inode.live.get_mut(at).map(|byte| *byte ^= mask).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lose_power(&mut self, keep: CrashKeep) {
        let mut coin = Coin::new(if let CrashKeep::Sectors { seed } = keep { seed } else { 0 });
        let last = self.last_written.take();
        for (number, inode) in self.inodes.iter_mut().enumerate() {
            inode.lose_power(keep, last == Some(number), &mut coin);
        }
        let keeps_names = match keep {
            CrashKeep::Synced => false,
            CrashKeep::Torn { .. } | CrashKeep::All => true,
            CrashKeep::Sectors { .. } => coin.toss(),
        };
        if keeps_names {
            self.durable_names = self.names.clone();
        } else {
            self.names = self.durable_names.clone();
        }
    }

    /// Counts a change, or fails since the power is gone.
    fn step(&mut self) -> io::Result<()> {
        match &mut self.steps_left {
            Some(0) => return Err(io::Error::other("the simulated power is cut")),
            Some(left) => *left -= 1,
            None => {}
        }
        self.steps += 1;
        Ok(())
    }

    fn sync_fault(&mut self) -> io::Result<()> {
        if self.failing_syncs > 0 {
            self.failing_syncs -= 1;
            return Err(io::Error::other("the simulated disk failed to sync"));
        }
        self.syncs += 1;
        Ok(())
    }

    fn used_bytes(&self) -> u64 {
        self.names.values().filter_map(|inode| self.inodes.get(*inode)).map(|inode| inode.live.len() as u64).sum()
    }

    fn inode(&self, path: &str) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn inode_mut(&mut self, number: usize) -> io::Result<&mut Inode> {
        self.inodes.get_mut(number).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
    }

    fn write(&mut self, number: usize, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.step()?;
        let used = self.used_bytes();
        let end = self.capacity_bytes.map(|capacity| {
            let here = self.inodes.get(number).map_or(0, |inode| inode.live.len() as u64);
            here + capacity.saturating_sub(used)
        });
        let room = end.map_or(bytes.len(), |end| usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX));
        let fits = bytes.get(..room).unwrap_or(bytes);
        self.last_written = Some(number);
        self.inode_mut(number)?.change(Change::Write { at, bytes: fits.to_vec() });
        if fits.len() < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self, number: usize) -> io::Result<()> {
        self.step()?;
        let synced = self.sync_fault();
        let inode = self.inode_mut(number)?;
        let pending = std::mem::take(&mut inode.pending);
        // After a failed sync the kernel holds the pages clean: they are forgotten here and never written later.
        synced?;
        pending.iter().for_each(|change| change.apply(&mut inode.durable));
        Ok(())
    }
}

impl Disk for SimDisk {
    type File = SimFile;

    const SYNCS_BESIDE: bool = false;

    fn list(&self, dir: &str) -> io::Result<Vec<String>> {
        let state = self.lock();
        if !dir.is_empty() && !state.dirs.contains(dir) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let in_dir = state.names.keys().filter(|path| parent(path) == dir);
        Ok(in_dir.map(|path| path.rsplit_once('/').map_or(path.as_str(), |(_, name)| name).to_owned()).collect())
    }

    fn create_dir(&self, dir: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.step()?;
        let mut dir = dir;
        while !dir.is_empty() {
            state.dirs.insert(dir.to_owned());
            dir = parent(dir);
        }
        Ok(())
    }

    fn open(&self, path: &str, mode: OpenMode) -> io::Result<SimFile> {
        let mut state = self.lock();
        let found = state.inode(path);
        let inode = match mode {
            OpenMode::Read | OpenMode::Write => found?,
            OpenMode::New if found.is_ok() => return Err(io::ErrorKind::AlreadyExists.into()),
            OpenMode::Replace if found.is_ok() => {
                let number = found?;
                state.step()?;
                state.inode_mut(number)?.change(Change::Truncate { len: 0 });
                number
            }
            OpenMode::New | OpenMode::Replace => {
                let dir = parent(path);
                if !dir.is_empty() && !state.dirs.contains(dir) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                state.step()?;
                state.inodes.push(Inode::default());
                let number = state.inodes.len() - 1;
                state.names.insert(path.to_owned(), number);
                number
            }
        };
        Ok(SimFile { state: Arc::clone(&self.state), inode })
    }

    fn remove(&self, path: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.inode(path)?;
        state.step()?;
        state.names.remove(path);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.lock();
        let inode = state.inode(from)?;
        state.step()?;
        state.names.remove(from);
        state.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        let mut state = self.lock();
        state.step()?;
        state.sync_fault()?;
        state.durable_names.retain(|path, _| parent(path) != dir);
        let names: Vec<_> =
            state.names.iter().filter(|(path, _)| parent(path) == dir).map(|(p, i)| (p.clone(), *i)).collect();
        state.durable_names.extend(names);
        Ok(())
    }
}

impl SimFile {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().inode_mut(self.inode)?.live.len() as u64)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.lock();
        let live = &state.inode_mut(self.inode)?.live;
        let rest = live.get(usize::try_from(at).unwrap_or(usize::MAX)..).unwrap_or_default();
        let bytes = rest.len().min(buffer.len());
        if let (Some(target), Some(source)) = (buffer.get_mut(..bytes), rest.get(..bytes)) {
            target.copy_from_slice(source);
        }
        Ok(bytes)
    }

    fn write_at(&self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.lock().write(self.inode, at, bytes)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let mut state = self.lock();
        state.step()?;
        state.inode_mut(self.inode)?.change(Change::Truncate { len });
        state.sync(self.inode)
    }

    fn sync(&self) -> io::Result<()> {
        self.lock().sync(self.inode)
    }

    fn give_up_cached(&self, bytes: Range<u64>) {
        self.lock().given_up_bytes += bytes.end.saturating_sub(bytes.start);
    }
}
