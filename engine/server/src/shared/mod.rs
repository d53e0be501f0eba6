//! A log that several engines share, as an engine knows it: whoever keeps it gives each entry its place.
//!
//! # Invariants
//!
//! An engine folds what stands on the shared log, in the order and the bytes in which it stands there, its own entries too;
//! its journals of events are a copy. What only one engine shall say for a partition (days, packs, effects on
//! subjects of other partitions) is said by the one that owns it; said twice in the moment in which a partition changes
//! hands, it changes nothing.

mod outstanding;

pub(crate) use outstanding::{Met, Outstanding};

use bytes::{Bytes, BytesMut};
use heng_model::{Day, PartitionId, Position, SubjectId};
use heng_rules::PackFiles;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Bytes of entries that lie together; they are let go together.
const ROOM_BYTES: usize = 256 * 1024;

/// An entry on its way to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The partition that it belongs to.
    pub partition: PartitionId,
    /// Its bytes.
    pub entry: Bytes,
    /// The subject that it is about; none for control entries.
    pub subject: Option<SubjectId>,
    /// W3C trace context that goes along beside the entry, if there is one.
    pub traceparent: Option<String>,
}

/// An entry as it came from the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Where it stands.
    pub position: Position,
    /// Its bytes.
    pub entry: Bytes,
    /// W3C trace context that came along beside the entry, if there was one.
    pub traceparent: Option<String>,
}

/// Why the log cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum SharedLogError {
    /// Told to stop while the log did not answer: what was on its way may be on the log, or not.
    #[error("told to stop while the shared log did not answer")]
    Stopped,
    /// The log is not what it must be, or refuses this engine for good.
    #[error(transparent)]
    Broken(Box<dyn Error + Send + Sync>),
}

/// A log that other engines write too. Calls that are not told how long wait while it does not answer, until they are told to stop.
pub trait SharedLog: Send {
    /// Begins to read, each partition from the offset given.
    ///
    /// # Errors
    /// [`SharedLogError`].
    fn follow(&mut self, from: &[u64]) -> Result<(), SharedLogError>;

    /// How many entries each partition has now.
    ///
    /// # Errors
    /// [`SharedLogError`].
    fn ends(&mut self) -> Result<Vec<u64>, SharedLogError>;

    /// Hands entries over: they come to stand on the log in this order, behind those handed over before, for which
    /// [`placed`](Self::placed) was called.
    ///
    /// # Errors
    /// [`SharedLogError`].
    fn send(&mut self, entries: Vec<Outgoing>) -> Result<(), SharedLogError>;

    /// The offsets of the entries of the last [`send`](Self::send), in the order given, once every copy in step has them. Waits so long
    /// for that.
    ///
    /// # Errors
    /// [`SharedLogError`].
    fn placed(&mut self, wait: Duration) -> Result<Option<Vec<u64>>, SharedLogError>;

    /// The next entry, those of this engine among them; of one partition they come in order, without holes. Waits so long for
    /// one.
    ///
    /// # Errors
    /// [`SharedLogError`].
    fn next(&mut self, wait: Duration) -> Result<Option<Arrived>, SharedLogError>;

    /// Compares this machine's clock with the log's, before a day is opened by it.
    ///
    /// # Errors
    /// [`SharedLogError`], also where they differ by too much.
    fn check_clock(&mut self) -> Result<(), SharedLogError>;

    /// Does this engine own the partition?
    fn owns(&self, partition: PartitionId) -> bool;

    /// Keeps a pack where every engine finds it, before the log names it.
    ///
    /// # Errors
    /// [`SharedLogError`].
    fn keep_pack(&mut self, files: &PackFiles) -> Result<(), SharedLogError>;

    /// The pack with this hash.
    ///
    /// # Errors
    /// [`SharedLogError`], also where it is not there.
    fn pack(&mut self, sha256: &[u8; 32]) -> Result<PackFiles, SharedLogError>;

    /// Told whenever entries come that were read, or those of the last [`send`](Self::send) are on the log and nobody waits for them
    /// yet: they come after [`placed`](Self::placed).
    fn arrivals(&self) -> Arc<Notify>;

    /// Since when there may be entries that were not read, in milliseconds since 1970-01-01T00:00:00Z; none where everything
    /// was.
    fn unread_since_ms(&self) -> Option<i64>;
}

/// What an engine keeps about the log that it shares.
pub(crate) struct Sharing {
    pub(crate) log: Box<dyn SharedLog>,
    /// Room for the bytes of entries to come: those of many lie in one piece of memory.
    room: BytesMut,
    /// Entries to be put on the log by the next flush, and whether they are arrivals.
    pub(crate) outgoing: Vec<(Outgoing, bool)>,
    /// Their bytes.
    pub(crate) outgoing_bytes: usize,
    /// What was handed over and not waited for: the partition of each entry, and whether it is an arrival.
    pub(crate) under_way: Option<Vec<(PartitionId, bool)>>,
    /// Where those are that were put there since the caller last asked, in order.
    pub(crate) placed: Vec<Position>,
    /// How many entries of each partition are to be folded before a flush returns.
    pub(crate) wanted: Vec<u64>,
    /// The partitions that this engine speaks for: it owns them, and has folded all that there was when it came to.
    pub(crate) speaks: Vec<bool>,
    /// Has the last entry of this engine's copy been compared with the log's, by partition?
    pub(crate) compared: Vec<bool>,
    /// The last day sent to each partition.
    pub(crate) opened: Vec<Option<Day>>,
    /// The pack that this engine was started with, while it may have to put it in force.
    pub(crate) pack: Option<PackFiles>,
}

impl Sharing {
    pub(crate) fn new(log: Box<dyn SharedLog>, partitions: u16) -> Self {
        let count = usize::from(partitions);
        Self {
            log,
            room: BytesMut::new(),
            outgoing: Vec::new(),
            outgoing_bytes: 0,
            under_way: None,
            placed: Vec::new(),
            wanted: vec![0; count],
            speaks: vec![false; count],
            compared: vec![true; count],
            opened: vec![None; count],
            pack: None,
        }
    }

    /// Lets the next flush put an entry on the log, with its subject and its trace context beside it.
    pub(crate) fn send(
        &mut self,
        partition: PartitionId,
        entry: &[u8],
        (subject, traceparent): (Option<SubjectId>, Option<&str>),
        is_arrival: bool,
    ) {
        let traceparent = traceparent.map(str::to_owned);
        self.outgoing_bytes = self.outgoing_bytes.saturating_add(entry.len());
        if self.room.capacity() < entry.len() {
            self.room.reserve(ROOM_BYTES.max(entry.len()));
        }
        self.room.extend_from_slice(entry);
        let entry = self.room.split().freeze();
        self.outgoing.push((Outgoing { partition, entry, subject, traceparent }, is_arrival));
    }
}
