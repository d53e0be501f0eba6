//! Checkpoints on their way to the store, by a thread of their own.
//!
//! # Invariants
//!
//! What a checkpoint holds is taken at one moment, while the engine's thread waits; it shares the bytes with the fold, and how long the
//! store takes for it holds up nothing. One is on its way at a time. What was not written is told with the partitions that lack it:
//! their next checkpoint holds all.

use crate::turns::{Share, give_way};
use heng_core::Changed;
use heng_model::PartitionId;
use heng_model::checkpoint::{CheckpointStore, Damage, Progress, Rejected, WriteCheckpointError};
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};

/// A store that any thread may write.
pub type Store = Box<dyn CheckpointStore + Send>;

/// What of one partition goes into a checkpoint.
pub(super) struct Part {
    pub(super) progress: Progress,
    pub(super) changed: Changed,
}

/// A checkpoint that was not completed.
pub(super) struct Unsaved {
    /// Partitions whose part was not written.
    pub(super) partitions: Vec<PartitionId>,
    pub(super) cause: WriteCheckpointError,
}

/// Writes checkpoints into a store.
pub(super) struct Saver {
    /// None where it is to end.
    parts: Option<Sender<Vec<Part>>>,
    done: Receiver<Result<(), Unsaved>>,
    thread: Option<JoinHandle<()>>,
    /// The partitions of what is on its way; empty where nothing is.
    under_way: Vec<PartitionId>,
}

impl Saver {
    /// Starts the thread.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn start(mut store: Store) -> io::Result<Self> {
        let (parts, given) = channel::<Vec<Part>>();
        let (tell, done) = channel();
        let work = move || {
            // Where its priority cannot be lowered it is as urgent as the rest.
            let _ = give_way(Share::Tenth);
            for parts in given {
                // Nobody asks any more where the engine has ended.
                let _ = tell.send(write(&mut store, parts));
            }
        };
        let thread = thread::Builder::new().name("checkpoint".to_owned()).spawn(work)?;
        Ok(Self { parts: Some(parts), done, thread: Some(thread), under_way: Vec::new() })
    }

    /// Is a checkpoint on its way, as far as was asked?
    pub(super) fn is_writing(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Begins to write a checkpoint; none may be on its way.
    pub(super) fn begin(&mut self, parts: Vec<Part>) {
        self.under_way = parts.iter().map(|part| part.progress.partition).collect();
        if let Some(sender) = &self.parts {
            // Where the thread is gone that is told by whoever asks how it went.
            let _ = sender.send(parts);
        }
    }

    /// How the checkpoint on its way went, once that is known.
    pub(super) fn done(&mut self) -> Option<Result<(), Unsaved>> {
        if !self.is_writing() {
            return None;
        }
        match self.done.try_recv() {
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(self.lost())),
            Ok(done) => Some(self.over(done)),
        }
    }

    /// Waits for the checkpoint on its way, where one is, and says how it went.
    pub(super) fn wait(&mut self) -> Option<Result<(), Unsaved>> {
        if !self.is_writing() {
            return None;
        }
        match self.done.recv() {
            Err(_) => Some(Err(self.lost())),
            Ok(done) => Some(self.over(done)),
        }
    }

    fn over(&mut self, done: Result<(), Unsaved>) -> Result<(), Unsaved> {
        self.under_way.clear();
        done
    }

    fn lost(&mut self) -> Unsaved {
        let partitions = std::mem::take(&mut self.under_way);
        let damage = Damage::Panicked { action: "writing", message: "its thread is gone".to_owned() };
        let partition = partitions.first().copied().unwrap_or_default();
        Unsaved { partitions, cause: Rejected { partition, damage }.into() }
    }
}

impl Drop for Saver {
    /// Waits until the store is closed: whoever opens it next finds it so.
    fn drop(&mut self) {
        self.parts = None;
        if let Some(thread) = self.thread.take() {
            // Its panic was printed.
            let _ = thread.join();
        }
    }
}

fn write(store: &mut Store, parts: Vec<Part>) -> Result<(), Unsaved> {
    let mut left = parts.into_iter();
    while let Some(Part { progress, changed }) = left.next() {
        let partition = progress.partition;
        let mut changed = changed.pairs().map(|(key, value)| (key, Some(value)));
        if let Err(cause) = store.write(progress, &mut changed) {
            if matches!(cause, WriteCheckpointError::Rejected(_)) {
                // What it would build on goes. Where something remains the next one fails too, and says so.
                let _ = store.clear(partition);
            }
            let partitions = std::iter::once(partition).chain(left.map(|part| part.progress.partition)).collect();
            return Err(Unsaved { partitions, cause });
        }
    }
    Ok(())
}
