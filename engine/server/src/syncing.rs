//! Syncs of journals that go on while an engine does other work.
//!
//! # Invariants
//!
//! A sync that was begun is told to its journal before another one of it begins.

#[cfg(test)]
mod tests;

use heng_log::{Disk, DiskFile, Journal, SyncError, Synced, Unsynced};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// A thread that waits for syncs, begun with the first.
pub(crate) struct Syncer<F> {
    name: String,
    thread: Option<Sender<Begun<F>>>,
}

struct Begun<F> {
    unsynced: Unsynced<F>,
    done: Sender<Synced>,
}

/// A sync that was begun.
pub(crate) enum Going<F> {
    /// The thread tells how it went.
    Beside(Receiver<Synced>),
    /// It is done by whoever needs it.
    Later(Unsynced<F>),
}

impl<F: DiskFile> Syncer<F> {
    /// Of a partition.
    pub(crate) fn new(partition: u16) -> Self {
        Self { name: format!("sync-{partition}"), thread: None }
    }

    /// Writes what was appended to a journal, and lets it become durable meanwhile.
    pub(crate) fn begin<D: Disk<File = F>>(&mut self, journal: &mut Journal<D>) -> Result<Option<Going<F>>, SyncError> {
        let Some(unsynced) = journal.begin_sync()? else { return Ok(None) };
        Ok(Some(if D::SYNCS_BESIDE { self.hand_over(unsynced) } else { Going::Later(unsynced) }))
    }

    /// Where no thread is to be had, it is done later.
    fn hand_over(&mut self, unsynced: Unsynced<F>) -> Going<F> {
        if self.thread.is_none() {
            self.thread = start(&self.name);
        }
        let (done, told) = channel();
        let Some(thread) = &self.thread else { return Going::Later(unsynced) };
        match thread.send(Begun { unsynced, done }) {
            Ok(()) => Going::Beside(told),
            Err(refused) => Going::Later(refused.0.unsynced),
        }
    }
}

/// Waits for a sync, if one was begun, and tells the journal. After one that failed it fails for good: nobody may take what was written
/// for durable.
pub(crate) fn end<D: Disk>(journal: &mut Journal<D>, going: &mut Option<Going<D::File>>) -> Result<(), SyncError> {
    match going.take() {
        None if journal.is_broken() => Err(SyncError::Broken),
        None => Ok(()),
        Some(Going::Later(unsynced)) => journal.end_sync(unsynced.sync()),
        Some(Going::Beside(told)) => {
            // A thread that ended without a word leaves it unknown what reached the disk.
            journal.end_sync(told.recv().unwrap_or_else(|_| SyncError::Broken.into()))
        }
    }
}

/// The thread ends when nobody is left to hand anything over.
fn start<F: DiskFile>(name: &str) -> Option<Sender<Begun<F>>> {
    let (sender, receiver) = channel::<Begun<F>>();
    let work = move || {
        for begun in receiver {
            // Where the engine is gone nobody waits for it.
            let _ = begun.done.send(begun.unsynced.sync());
        }
    };
    thread::Builder::new().name(name.to_owned()).spawn(work).ok().map(|_| sender)
}
