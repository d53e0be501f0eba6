//! The log on Kafka: entries get their place from `credit.events`, and every engine reads all of them.
//!
//! # Invariants
//!
//! No transactions are used on the topic: offsets are dense, and an offset is the entry's place. An entry counts as put
//! there when every copy in step has it, and is handed over again until it is. What the log is (its id, its number of
//! partitions) and the packs that it names lie in `credit.packs`; of two programs that make the same log at once, the first
//! that was written there stands.

mod append;
mod arrivals;
mod error;
mod follow;
mod known;
mod owners;

pub use append::Outgoing;
pub use arrivals::Taken;
pub use error::LogError;
pub use known::{LogIdentity, claim, known};
pub use owners::Owned;
pub(crate) use owners::Owners;

use crate::context::Context;
use crate::settings::LogName;
use crate::{Settings, Watch};
use append::Appender;
use follow::Follower;
use known::Shelf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// What a log on Kafka is made of.
#[derive(Clone)]
pub struct LogParts {
    /// Settings.
    pub settings: Settings,
    /// Id of the log.
    pub log_id: [u8; 32],
    /// Its partitions.
    pub partitions: u16,
    /// Counters.
    pub watch: Arc<Watch>,
    /// The partitions that this process owns.
    pub owned: Owned,
    /// Set where nothing is waited for any more.
    pub stop: Arc<AtomicBool>,
}

/// The log, as one engine has it.
pub struct KafkaLog {
    parts: LogParts,
    appender: Appender,
    shelf: Shelf,
    follower: Option<Follower>,
    /// The entries handed over last.
    sent: Arc<Vec<Outgoing>>,
    /// Told of entries that were read, and of own ones that are there.
    told: Arc<Notify>,
}

impl LogParts {
    fn context(&self) -> Context {
        Context::new(Arc::clone(&self.watch), self.settings.token_file.clone())
    }

    fn name(&self) -> LogName {
        LogName::of(&self.log_id)
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

impl KafkaLog {
    /// A log; nothing is connected yet.
    ///
    /// # Errors
    /// [`LogError`] where the client library refuses its configuration.
    pub fn new(parts: LogParts) -> Result<Self, LogError> {
        let told = Arc::new(Notify::new());
        let appender = Appender::new(&parts, Arc::clone(&told))?;
        let shelf = Shelf::new(&parts.settings, parts.context(), Arc::clone(&parts.stop));
        Ok(Self { appender, shelf, follower: None, sent: Arc::default(), told, parts })
    }

    /// Begins to read, each partition from the offset given.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn follow(&mut self, from: &[u64]) -> Result<(), LogError> {
        self.follower = Some(Follower::start(&self.parts, from, Arc::clone(&self.told))?);
        Ok(())
    }

    /// How many entries each partition has; waits for the brokers.
    ///
    /// # Errors
    /// [`LogError`], also where the first entries were deleted.
    pub fn ends(&mut self) -> Result<Vec<u64>, LogError> {
        follow::ends(&self.parts)
    }

    /// Hands entries over to be put on the log, behind those handed over before.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn send(&mut self, entries: Vec<Outgoing>) -> Result<(), LogError> {
        self.sent = Arc::new(entries);
        self.appender.send(&self.sent)
    }

    /// The offsets of those of the last call of `send`, in the order given, once they are there; waits so long for that. They come as
    /// the next entries without being read, where nobody else's stand between.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn placed(&mut self, wait: Duration) -> Result<Option<Vec<u64>>, LogError> {
        let Some(offsets) = self.appender.placed(wait)? else { return Ok(None) };
        if let Some(follower) = &self.follower {
            let sent = Arc::unwrap_or_clone(std::mem::take(&mut self.sent)).into_iter().zip(&offsets);
            follower.own(sent.map(|(sent, offset)| {
                let Outgoing { partition, entry, traceparent, .. } = sent;
                Taken { partition, offset: *offset, entry, traceparent }
            }));
        }
        Ok(Some(offsets))
    }

    /// The next entry, waited for as long as is said.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn next(&mut self, wait: Duration) -> Result<Option<Taken>, LogError> {
        let Some(follower) = &mut self.follower else { return Ok(None) };
        let next = follower.next(wait)?;
        if !wait.is_zero() {
            // What is waited for was put there, and does not come back.
            self.parts.watch.set_waiting(next.is_none());
        }
        Ok(next)
    }

    /// Compares this machine's clock with the brokers', by a message that means nothing.
    ///
    /// # Errors
    /// [`LogError::Clocks`] where they differ by too much.
    pub fn check_clock(&mut self) -> Result<(), LogError> {
        self.appender.check_clock()
    }

    /// Does this process own a partition?
    #[must_use]
    pub fn owns(&self, partition: u16) -> bool {
        self.parts.owned.has(partition)
    }

    /// Keeps a pack by its hash.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn keep_pack(&mut self, sha256: &[u8; 32], bundle: &[u8]) -> Result<(), LogError> {
        self.shelf.keep(sha256, bundle)
    }

    /// The pack with a hash.
    ///
    /// # Errors
    /// [`LogError::PackMissing`].
    pub fn pack(&mut self, sha256: &[u8; 32]) -> Result<Vec<u8>, LogError> {
        self.shelf.pack(sha256)
    }

    /// Told whenever entries come that were read, or those handed over are there and nobody waits for them yet.
    #[must_use]
    pub fn arrivals(&self) -> Arc<Notify> {
        Arc::clone(&self.told)
    }

    /// Since when there may be entries that were not read; none where everything was read a moment ago.
    #[must_use]
    pub fn unread_since_ms(&self) -> Option<i64> {
        self.follower.as_ref()?.unread_since_ms()
    }
}
