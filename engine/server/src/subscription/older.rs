//! Older decisions, for subscribers that catch up: read once for all who are near one another on the log.
//!
//! # Invariants
//!
//! In each partition one reads while the others wait, and then find what it read. What is kept is bounded in bytes, and so are
//! the readers kept at their places; the oldest of each goes first. Whoever is alone on its stretch reads on from where its
//! last chunk ended, without looking for the place again.

use super::{Chunk, ReadChunkError};
use crate::runner::{Frames, Handle, Stopped};
use heng_log::Stream;
use heng_model::PartitionId;
use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use tokio::sync::Mutex;

/// Readers kept at their places, in each partition: groups of subscribers at different stretches of the log.
const READERS_MAX: usize = 8;

/// Older decisions.
#[derive(Debug)]
pub(crate) struct Older {
    partitions: OnceLock<Box<[Mutex<Stretch>]>>,
    bytes_max: usize,
}

/// What was read of a partition lately.
#[derive(Debug, Default)]
struct Stretch {
    chunks: VecDeque<Arc<Chunk>>,
    bytes: usize,
    /// Frames from a `seq` on.
    readers: VecDeque<(u64, Frames)>,
}

/// Why older decisions cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OlderError {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error(transparent)]
    Read(#[from] ReadChunkError),
    #[error("the log has no such decision")]
    Missing,
}

impl Older {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { partitions: OnceLock::new(), bytes_max }
    }

    /// The chunk with a decision in it, which lies before `until`; read on a thread that may block, if nobody has.
    pub(crate) async fn chunk(
        &self,
        handle: &Handle,
        (partition, partitions): (PartitionId, usize),
        (at, until): (u64, u64),
    ) -> Result<Arc<Chunk>, OlderError> {
        let all = self.partitions.get_or_init(|| (0..partitions).map(|_| Mutex::default()).collect());
        let stretch = all.get(usize::from(partition)).ok_or(OlderError::Missing)?;
        let mut stretch = stretch.lock().await;
        if let Some(found) = stretch.chunks.iter().find(|chunk| chunk.first() <= at && at < chunk.end()) {
            return Ok(Arc::clone(found));
        }
        let (mut chunk, frames) = stretch.read(handle, partition, (at, until)).await?;
        chunk.note_traces(partition, handle.traces());
        let chunk = Arc::new(chunk);
        // At the head what comes next is shared by the other reader.
        if chunk.end() < until {
            stretch.readers.push_back((chunk.end(), frames));
            if stretch.readers.len() > READERS_MAX {
                stretch.readers.pop_front();
            }
        }
        stretch.keep(Arc::clone(&chunk), self.bytes_max / all.len().max(1));
        Ok(chunk)
    }
}

impl Stretch {
    async fn read(
        &mut self,
        handle: &Handle,
        partition: PartitionId,
        (at, until): (u64, u64),
    ) -> Result<(Chunk, Frames), OlderError> {
        let place = self.readers.iter().position(|(next, _)| *next == at);
        let mut kept = place.and_then(|place| self.readers.remove(place)).map(|(_, frames)| frames);
        loop {
            let is_kept = kept.is_some();
            let mut frames = match kept.take() {
                Some(frames) => frames,
                None => handle.scan(Stream::Decisions, partition, at).await?.ok_or(OlderError::Missing)?,
            };
            let read = tokio::task::spawn_blocking(move || (Chunk::read(&mut frames, at, until), frames)).await;
            // The task ends early only with the runtime.
            let (chunk, frames) = read.map_err(|_| Stopped)?;
            match chunk? {
                Some(chunk) => return Ok((chunk, frames)),
                // The log has grown since these frames were asked for.
                None if is_kept => {}
                None => return Err(OlderError::Missing),
            }
        }
    }

    fn keep(&mut self, chunk: Arc<Chunk>, bytes_max: usize) {
        self.bytes = self.bytes.saturating_add(chunk.bytes_held());
        self.chunks.push_back(chunk);
        while self.bytes > bytes_max
            && let Some(oldest) = self.chunks.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.bytes_held());
        }
    }
}
