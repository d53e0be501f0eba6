//! The shared reader: one thread reads each decision once, for all subscribers that are near the head of the log.
//!
//! # Invariants
//!
//! What is kept is bounded in bytes; the oldest goes first. A head is put up after the chunks below it are to be had, and
//! never passes a mark of the feed. No lock is held while anything is read.

use super::{Chunk, ReadChunkError};
use crate::runner::{Frames, Handle, Marks, Published, Stopped};
use heng_log::Stream;
use heng_model::PartitionId;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::watch;

/// Recent decisions.
#[derive(Debug)]
pub(crate) struct Recent {
    rings: OnceLock<Box<[Mutex<Ring>]>>,
    bytes_max: usize,
    heads: watch::Receiver<Marks>,
}

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

impl Recent {
    /// Starts the thread; it ends with the engine.
    pub(crate) fn start(handle: Handle, bytes_max: usize) -> io::Result<Arc<Self>> {
        let (heads, receiver) = watch::channel(Marks::from([]));
        let recent = Arc::new(Self { rings: OnceLock::new(), bytes_max, heads: receiver });
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let kept = Arc::clone(&recent);
        let follow = move || {
            // Subscribers learn of the end when the sender of heads is dropped.
            match runtime.block_on(kept.follow(&handle, handle.published(), &heads)) {
                Ok(()) | Err(FollowError::Stopped(_)) => {}
                Err(error) => tracing::error!(%error, "decisions cannot be read for subscribers"),
            }
        };
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

    async fn follow(
        &self,
        handle: &Handle,
        mut published: Published,
        heads: &watch::Sender<Marks>,
    ) -> Result<(), FollowError> {
        let mut at: Vec<u64> = Vec::new();
        while published.changed().await {
            let marks = published.marks();
            if at.is_empty() {
                // What was decided before is on the log for those who want it.
                at = marks.to_vec();
                self.rings.get_or_init(|| marks.iter().map(|_| Mutex::default()).collect());
            }
            for (partition, (at, mark)) in at.iter_mut().zip(marks.iter()).enumerate() {
                self.forward(handle, partition, at, *mark).await?;
            }
            heads.send_replace(marks);
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
