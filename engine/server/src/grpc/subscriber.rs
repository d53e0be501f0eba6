//! One subscription at work: from wherever it begins to the head of the log, and on with it.
//!
//! # Invariants
//!
//! The place in each partition only grows, by whole chunks that follow one another: no gap and no repeat, whether a chunk
//! was just decided or is read from the log for those who catch up. A heartbeat's cursor covers what was handed over before it
//! and what the filter held back, and nothing more. One chunk is held at a time.

use super::cursor;
use super::desk::Desk;
use super::patience::{Feeder, Untaken};
use super::status::{CallError, ended};
use crate::index::Token;
use crate::runner::{Marks, Published, Shown, Stopped};
use crate::subscription::{Chunk, OlderError, Recent, Wanted};
use heng_model::PartitionId;
use heng_proto::model::v1::Freshness;
use heng_proto::subscription::v1::Heartbeat;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Decisions held back by a filter after which a heartbeat says how far the stream has come.
const SKIPPED_MAX: usize = 4_096;

/// What a subscriber is started with.
pub(super) struct Task {
    pub(super) desk: Desk,
    pub(super) recent: Arc<Recent>,
    pub(super) stopping: watch::Receiver<bool>,
    /// The log's id as cursors carry it.
    pub(super) log: Vec<u8>,
    pub(super) wanted: Wanted,
    pub(super) at_least: Option<Token>,
    pub(super) heartbeat: Duration,
}

/// What is handed over at once.
pub(super) enum Part {
    /// Decisions of a chunk, by place.
    Decisions(Arc<Chunk>, Vec<u32>),
    /// A sign of life.
    Heartbeat(Heartbeat),
}

/// A subscription at work.
pub(super) struct Subscriber {
    task: Task,
    published: Published,
    heads: watch::Receiver<Marks>,
    feeder: Feeder<Part>,
    /// For each partition the `seq` that comes next.
    at: Vec<u64>,
    skipped: usize,
    next_beat: Instant,
    /// Was it said that the stream has had everything?
    was_live: bool,
}

/// Why a stream is over.
enum Over {
    Gone,
    Told(CallError),
}

impl From<Untaken> for Over {
    fn from(untaken: Untaken) -> Self {
        match untaken {
            Untaken::Gone => Self::Gone,
            Untaken::Stalled(error) => Self::Told(error),
        }
    }
}

impl<E: Into<CallError>> From<E> for Over {
    fn from(error: E) -> Self {
        Self::Told(error.into())
    }
}

impl Subscriber {
    pub(super) fn new(task: Task, at: Vec<u64>, feeder: Feeder<Part>) -> Self {
        let (published, heads) = (task.desk.handle.published(), task.recent.heads());
        let next_beat = Instant::now();
        Self { task, published, heads, feeder, at, skipped: 0, next_beat, was_live: false }
    }

    /// Sends until the client has gone or something ends it; `held` is let go then.
    pub(super) async fn run<H>(mut self, held: H) {
        let metrics = Arc::clone(&self.task.desk.metrics);
        metrics.subscribers.add(1);
        let Err(over) = self.follow().await;
        metrics.subscribers.take(1);
        if let Over::Told(error) = over {
            if matches!(error, CallError::Stalled(_)) {
                metrics.subscribers_cut.add(1);
            }
            let cursor = cursor::write(&self.at, &self.task.log);
            self.feeder.end(ended(&error, &cursor));
        }
        drop(held);
    }

    async fn follow(&mut self) -> Result<std::convert::Infallible, Over> {
        // The first message says where the stream begins.
        self.beat().await?;
        loop {
            if *self.task.stopping.borrow() {
                return Err(Stopped.into());
            }
            let heads = self.heads.borrow_and_update().clone();
            let mut has_moved = false;
            for (partition, head) in heads.iter().enumerate() {
                has_moved |= self.forward(partition, *head).await?;
            }
            let is_news = !self.was_live && self.is_live(&self.published.shown());
            if is_news || self.skipped >= SKIPPED_MAX || self.next_beat <= Instant::now() {
                self.beat().await?;
            }
            if !has_moved {
                self.wait().await?;
            }
        }
    }

    /// Waits for something to do.
    async fn wait(&mut self) -> Result<(), Over> {
        tokio::select! {
            changed = self.heads.changed() => changed.map_err(|_| Stopped.into()),
            _ = self.task.stopping.changed() => Ok(()),
            () = tokio::time::sleep_until(self.next_beat) => Ok(()),
            () = self.feeder.gone() => Err(Over::Gone),
        }
    }

    /// Hands over a partition's next chunk; false where there is none.
    async fn forward(&mut self, partition: usize, head: u64) -> Result<bool, Over> {
        let Some(at) = self.at.get(partition).copied().filter(|at| *at < head) else { return Ok(false) };
        let chunk = match self.task.recent.chunk(partition, at) {
            Some(chunk) => chunk,
            // A disk may be slow: neither a stop nor a client that has gone waits for it.
            None => {
                let mut stopping = self.task.stopping.clone();
                tokio::select! {
                    chunk = self.older(partition, at, head) => chunk?,
                    _ = stopping.wait_for(|stop| *stop) => return Err(Stopped.into()),
                    () = self.feeder.gone() => return Err(Over::Gone),
                }
            }
        };
        let chosen = chunk.chosen(at, &self.task.wanted);
        let passed = chunk.len_from(at);
        let end = chunk.end();
        self.skipped = if chosen.is_empty() { self.skipped.saturating_add(passed) } else { 0 };
        if !chosen.is_empty() {
            self.hand(Part::Decisions(chunk, chosen)).await?;
        }
        if let Some(place) = self.at.get_mut(partition) {
            *place = end;
        }
        Ok(true)
    }

    /// Reads a chunk that is older than what is shared by those near the head.
    async fn older(&self, partition: usize, at: u64, head: u64) -> Result<Arc<Chunk>, Over> {
        let unreadable = || CallError::Unreadable { partition, seq: at };
        let id = PartitionId::try_from(partition).map_err(|_| unreadable())?;
        let recent = &self.task.recent;
        let chunk = recent.older.chunk(&self.task.desk.handle, (id, self.at.len()), (at, head)).await;
        chunk.map_err(|error| match error {
            OlderError::Stopped(stopped) => stopped.into(),
            OlderError::Read(_) | OlderError::Missing => {
                tracing::error!(%error, partition, seq = at, "a subscriber cannot read the decision log");
                unreadable().into()
            }
        })
    }

    /// Hands over a part once the client has taken the one before, or ends when the server does: what was not handed over is
    /// behind the cursor.
    async fn hand(&mut self, part: Part) -> Result<(), Over> {
        tokio::select! {
            sent = self.feeder.send(part) => Ok(sent?),
            _ = self.task.stopping.wait_for(|stop| *stop) => Err(Stopped.into()),
        }
    }

    fn is_live(&self, shown: &Shown) -> bool {
        let is_reached = |token: &Token| shown.view.as_ref().is_some_and(|view| view.reflects(token));
        self.at.iter().zip(shown.marks.iter()).all(|(at, mark)| at >= mark)
            && self.task.at_least.as_ref().is_none_or(is_reached)
    }

    /// Says how far the stream has come.
    async fn beat(&mut self) -> Result<(), Over> {
        let shown = self.published.shown();
        let is_live = self.is_live(&shown);
        let at_ms = self.task.desk.clock.now_ms();
        let heartbeat = Heartbeat {
            cursor: Some(cursor::write(&self.at, &self.task.log)),
            freshness: shown.view.as_ref().map(|view| Freshness {
                token: view.token().to_vec(),
                position: None,
                stale_by_ms: self.task.desk.index().stale_by_ms(at_ms),
            }),
            at_ms,
            day: shown.view.and_then(|view| view.day()).map(heng_model::Day::number).unwrap_or_default(),
            is_live,
        };
        self.hand(Part::Heartbeat(heartbeat)).await?;
        self.was_live |= is_live;
        self.skipped = 0;
        self.next_beat = Instant::now().checked_add(self.task.heartbeat).unwrap_or(self.next_beat);
        Ok(())
    }
}
