//! Shares checkpoints from time to time, on a thread of its own.
//!
//! # Invariants
//!
//! The engine waits for none of it: it reads files that are complete and the journals as they are durable. What
//! fails is said, counted and tried again at the next round. A checkpoint is shared when its manifest is written, which is
//! last; an interruption at any object before leaves those that were there. Of several engines one shares at a time: who
//! finds a younger one lets it be.

mod clean;
mod round;

#[cfg(test)]
mod tests;

use crate::chain::{Chain, ChainError};
use crate::location::Location;
use crate::objects::{ObjectError, Objects};
use crate::status::Status;
use heng_log::{Frame, Meta, Stream};
use heng_model::PartitionId;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Time between two looks at how many files change another one.
const MERGE_EVERY: Duration = Duration::from_secs(10);
/// A partition with more files that change another one has them merged before the next round.
const CHANGES_MERGED: usize = 32;
/// So many are left only where merging fails, time after time, and fill the disk.
const CHANGES_MAX: usize = 256;

/// Whatever goes wrong where journals are read.
pub type JournalsError = Box<dyn std::error::Error + Send + Sync>;

/// The journals of the engine whose checkpoints are shared.
pub trait Journals: Send {
    /// Hands over the frames from an offset on, until `visit` says that it has enough or those end that are durable.
    ///
    /// # Errors
    /// Whatever is in the way.
    fn read(
        &mut self,
        stream: Stream,
        partition: PartitionId,
        from: u64,
        visit: &mut dyn FnMut(Frame<'_>) -> bool,
    ) -> Result<(), JournalsError>;
}

/// How checkpoints are shared.
#[derive(Debug, Clone)]
pub struct PublishOptions {
    /// Where.
    pub location: Location,
    /// Time between two rounds.
    pub every: Duration,
    /// How many checkpoints stay there.
    pub keep: usize,
    /// The log.
    pub meta: Meta,
    /// Folder of its packs.
    pub packs: PathBuf,
}

/// Why a checkpoint was not shared.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The files of the engine's checkpoints.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The place.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// A journal cannot be read.
    #[error("the {what} of partition {partition} cannot be read: {cause}")]
    Journal {
        /// Entries or decisions.
        what: &'static str,
        /// Partition.
        partition: PartitionId,
        /// What is in the way.
        cause: JournalsError,
    },
    /// A journal has less than the checkpoint.
    #[error("the {what} of partition {partition} end at {found}, the checkpoint covers {wanted}")]
    Short {
        /// Entries or decisions.
        what: &'static str,
        /// Partition.
        partition: PartitionId,
        /// Where they end.
        found: u64,
        /// Where they must reach.
        wanted: u64,
    },
    /// Somebody removed what the checkpoint needs.
    #[error("`{object}` was removed, or exchanged, while the checkpoint was being shared")]
    Gone {
        /// Full name of the object.
        object: String,
    },
    /// A pack cannot be read.
    #[error("`{path}`: {cause}")]
    Pack {
        /// The file, or its folder.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The end was asked for.
    #[error("it was asked to stop")]
    Stopped,
}

/// The thread that shares checkpoints.
#[derive(Debug)]
pub struct Publisher {
    stop: Arc<AtomicBool>,
    _wake: Sender<()>,
}

impl Publisher {
    /// Starts it.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn start(
        options: PublishOptions,
        chain: Arc<Chain>,
        journals: impl Journals + 'static,
        status: Arc<Status>,
    ) -> io::Result<Self> {
        let stop: Arc<AtomicBool> = Arc::default();
        let (wake, asleep) = channel::<()>();
        let every = options.every;
        let mut work = Work { options, chain, journals, status, stop: Arc::clone(&stop), open: None, last: 0 };
        let run = move || {
            let mut next = Instant::now() + every;
            loop {
                let left = next.saturating_duration_since(Instant::now());
                if asleep.recv_timeout(left.min(MERGE_EVERY)) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
                if Instant::now() < next {
                    work.merge();
                    continue;
                }
                work.run();
                next = Instant::now() + every;
            }
        };
        thread::Builder::new().name("checkpoints".to_owned()).spawn(run)?;
        Ok(Self { stop, _wake: wake })
    }
}

/// It ends by itself: what is under way is given up at its next object, and without a manifest nothing of it counts.
impl Drop for Publisher {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

struct Work<J> {
    options: PublishOptions,
    chain: Arc<Chain>,
    journals: J,
    status: Arc<Status>,
    stop: Arc<AtomicBool>,
    open: Option<Objects>,
    /// Entries that the checkpoint covers that was shared last, by this engine or another.
    last: u64,
}

/// What came of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Round {
    /// There is no checkpoint, or none newer than that shared last.
    Nothing,
    /// Another engine has shared one that is as new.
    Others,
    /// Another engine shared one just now.
    TooSoon,
    /// Shared: its manifest's name, entries covered, and bytes sent.
    Shared { name: String, entries: u64, bytes: u64 },
}

impl<J: Journals> Work<J> {
    /// Merges files that change another one where there are many: rounds may be hours apart. Where they cannot be merged they
    /// are removed in the end.
    fn merge(&self) {
        if self.chain.changes_max() <= CHANGES_MERGED {
            return;
        }
        let Some(number) = self.chain.newest_common() else { return self.give_up_if_many() };
        for partition in 0..self.options.meta.partitions {
            if let Err(error) = self.chain.whole(partition, number) {
                self.status.note_failure();
                tracing::warn!(partition, "the files of its checkpoints cannot be merged: {error}");
                return self.give_up_if_many();
            }
        }
    }

    fn give_up_if_many(&self) {
        let files = self.chain.changes_max();
        if files <= CHANGES_MAX {
            return;
        }
        self.status.note_failure();
        tracing::warn!(files, "no checkpoints are shared until the next start: too many files wait to be merged");
        if let Err(error) = self.chain.give_up() {
            tracing::warn!("{error}");
        }
    }

    fn run(&mut self) {
        let began_ms = now_ms();
        match self.round(began_ms) {
            Ok(Round::Nothing) => {}
            Ok(Round::Others | Round::TooSoon) => tracing::debug!("another engine has shared a checkpoint"),
            Ok(Round::Shared { name, entries, bytes }) => {
                self.status.note_published(began_ms, entries, bytes);
                let (place, took_ms) = (self.options.location.to_string(), now_ms().saturating_sub(began_ms));
                tracing::info!(%place, %name, entries, bytes, took_ms, "checkpoint shared");
            }
            Err(PublishError::Stopped) => {}
            Err(error) => {
                if self.stop.load(Ordering::Acquire) {
                    return;
                }
                self.status.note_failure();
                self.open = None;
                let place = self.options.location.to_string();
                let again_s = self.options.every.as_secs();
                tracing::warn!(%place, again_s, "no checkpoint was shared: {error}; it is tried again");
                self.give_up_if_many();
            }
        }
    }
}

/// One round, for tests.
#[cfg(test)]
pub(crate) fn once(
    options: PublishOptions,
    chain: &Arc<Chain>,
    journals: impl Journals,
    now_ms: i64,
) -> Result<Round, PublishError> {
    let (status, stop) = (Arc::new(Status::new(options.meta.partitions)), Arc::default());
    Work { options, chain: Arc::clone(chain), journals, status, stop, open: None, last: 0 }.round(now_ms)
}

/// One look at the files between two rounds, for tests.
#[cfg(test)]
pub(crate) fn look(options: PublishOptions, chain: &Arc<Chain>, journals: impl Journals) {
    let (status, stop) = (Arc::new(Status::new(options.meta.partitions)), Arc::default());
    Work { options, chain: Arc::clone(chain), journals, status, stop, open: None, last: 0 }.merge();
}

pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
