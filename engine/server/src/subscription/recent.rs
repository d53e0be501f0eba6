//! The shared reader: one thread reads each decision once, for all subscribers that are near the head of the log; while there are
//! none it reads nothing.
//!
//! # Invariants
//!
//! What is kept is bounded in bytes; the oldest goes first. A head is put up after the chunks below it are to be had, and
//! never passes a mark of the feed. No lock is held while anything is read.

use super::{Chunk, Older, ReadChunkError};
use crate::metrics::Metrics;
use crate::runner::{Frames, Handle, Marks, Published, Stopped};
use heng_log::Stream;
use heng_model::PartitionId;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Recent decisions.
#[derive(Debug)]
pub(crate) struct Recent {
    rings: OnceLock<Box<[Mutex<Ring>]>>,
    bytes_max: usize,
    heads: watch::Receiver<Marks>,
    /// What is older.
    pub(crate) older: Older,
}

/// The first and the longest time before what could not be read is tried again.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// Who follows the heads besides subscribers.
const OWN_RECEIVERS: usize = 1;
/// Of the bytes kept one part in so many is for what is older.
const OLDER_SHARE: usize = 4;

/// The recent chunks of a partition, without holes.
#[derive(Debug, Default)]
struct Ring {
    chunks: VecDeque<Arc<Chunk>>,
    bytes: usize,
}

/// Why the shared reader ended.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("partition {partition}: {cause}")]
    Read { partition: usize, cause: ReadChunkError },
    #[error("partition {0} has no decision log")]
    NoPartition(usize),
}

/// Tries until it succeeds, or the engine has ended: subscribers wait meanwhile, and miss nothing.
async fn persist(metrics: &Metrics, mut attempt: impl AsyncFnMut() -> Result<(), FollowError>) -> Result<(), Stopped> {
    let mut wait = RETRY.0;
    loop {
        match attempt().await {
            Ok(()) => {
                metrics.subscribers_waiting.set(0);
                return Ok(());
            }
            Err(FollowError::Stopped(stopped)) => return Err(stopped),
            Err(error) => {
                metrics.subscription_read_failures.add(1);
                metrics.subscribers_waiting.set(1);
                tracing::error!(%error, ?wait, "decisions cannot be read for subscribers: trying again");
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(RETRY.1);
            }
        }
    }
}

impl Recent {
    /// Starts the thread; it ends with the engine.
    pub(crate) fn start(handle: Handle, bytes_max: usize, metrics: Arc<Metrics>) -> io::Result<Arc<Self>> {
        let (heads, receiver) = watch::channel(Marks::from([]));
        let older = Older::new(bytes_max / OLDER_SHARE);
        let bytes_max = bytes_max.saturating_sub(bytes_max / OLDER_SHARE);
        let recent = Arc::new(Self { rings: OnceLock::new(), bytes_max, heads: receiver, older });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let kept = Arc::clone(&recent);
        // Subscribers learn of the end when the sender of heads is dropped.
        let follow = move || runtime.block_on(kept.follow(&handle, handle.published(), &heads, &metrics));
        std::thread::Builder::new().name("recent".to_owned()).spawn(follow)?;
        Ok(recent)
    }

    /// For each partition up to where decisions may be taken; empty until the log has been caught up with.
    pub(crate) fn heads(&self) -> watch::Receiver<Marks> {
        self.heads.clone()
    }

    /// The chunk with a decision in it; none where that is older than what is kept.
    pub(crate) fn chunk(&self, partition: usize, seq: u64) -> Option<Arc<Chunk>> {
        let ring = self.rings.get()?.get(partition)?.lock().unwrap_or_else(PoisonError::into_inner);
        let after = ring.chunks.partition_point(|chunk| chunk.first() <= seq);
        ring.chunks.get(after.checked_sub(1)?).filter(|chunk| seq < chunk.end()).cloned()
    }

    /// Follows the feed until the engine ends.
    async fn follow(&self, handle: &Handle, mut published: Published, heads: &watch::Sender<Marks>, metrics: &Metrics) {
        let mut at: Vec<u64> = Vec::new();
        while published.changed().await {
            if at.is_empty() {
                // What was decided before is on the log for those who want it.
                at = published.marks().to_vec();
                self.rings.get_or_init(|| at.iter().map(|_| Mutex::default()).collect());
            }
            let caught_up = async || {
                let marks = published.marks();
                if heads.receiver_count() > OWN_RECEIVERS {
                    self.catch_up(handle, &mut at, &marks).await?;
                } else {
                    self.pass(&mut at, &marks);
                }
                heads.send_replace(marks);
                Ok(())
            };
            if persist(metrics, caught_up).await.is_err() {
                return;
            }
        }
    }

    /// Nobody subscribes: nothing is read. Whoever comes reads from the log what was passed over.
    fn pass(&self, at: &mut [u64], marks: &[u64]) {
        at.copy_from_slice(marks);
        for ring in self.rings.get().into_iter().flatten() {
            // Without holes.
            *ring.lock().unwrap_or_else(PoisonError::into_inner) = Ring::default();
        }
    }

    async fn catch_up(&self, handle: &Handle, at: &mut [u64], marks: &[u64]) -> Result<(), FollowError> {
        for (partition, (at, mark)) in at.iter_mut().zip(marks.iter()).enumerate() {
            self.forward(handle, partition, at, *mark).await?;
        }
        Ok(())
    }

    /// Reads a partition up to a mark.
    async fn forward(&self, handle: &Handle, partition: usize, at: &mut u64, mark: u64) -> Result<(), FollowError> {
        if *at >= mark {
            return Ok(());
        }
        let missing = || FollowError::NoPartition(partition);
        let id = PartitionId::try_from(partition).map_err(|_| missing())?;
        let mut frames: Frames = handle.scan(Stream::Decisions, id, *at).await?.ok_or_else(missing)?;
        while *at < mark {
            let chunk = Chunk::read(&mut frames, *at, mark).map_err(|cause| FollowError::Read { partition, cause })?;
            let mut chunk = chunk.ok_or_else(missing)?;
            chunk.note_traces(id, handle.traces());
            *at = chunk.end();
            self.keep(partition, chunk);
        }
        Ok(())
    }

    fn keep(&self, partition: usize, chunk: Chunk) {
        let Some(rings) = self.rings.get() else { return };
        let each = self.bytes_max / rings.len().max(1);
        let Some(ring) = rings.get(partition) else { return };
        let mut ring = ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.bytes = ring.bytes.saturating_add(chunk.bytes_held());
        ring.chunks.push_back(Arc::new(chunk));
        while ring.bytes > each
            && ring.chunks.len() > 1
            && let Some(oldest) = ring.chunks.pop_front()
        {
            ring.bytes = ring.bytes.saturating_sub(oldest.bytes_held());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_cannot_be_read_is_tried_again_and_shown_meanwhile() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let metrics = Metrics::default();
        let mut seen = Vec::new();
        let attempt = async || {
            seen.push(metrics.subscribers_waiting.get());
            if seen.len() < 3 { Err(FollowError::NoPartition(0)) } else { Ok(()) }
        };
        assert_eq!(runtime.block_on(persist(&metrics, attempt)), Ok(()));
        assert_eq!(seen, [0, 1, 1]);
        assert_eq!((metrics.subscribers_waiting.get(), metrics.subscription_read_failures.get()), (0, 2));
        let stopped = async || Err(FollowError::Stopped(Stopped));
        assert_eq!(runtime.block_on(persist(&metrics, stopped)), Err(Stopped));
    }
}
