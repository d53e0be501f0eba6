//! What the thread that owns the engine is asked to do, and what it answers.

use super::port::{Incoming, Violation};
use crate::index::Index;
use crate::runner::Published;
use bytes::Bytes;
use heng_core::DecisionEvent;
use heng_log::{RealDisk, Scanner, Stream};
use heng_model::{DecisionId, PartitionId, Position, SubjectId};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// A scanner over a journal's frames, on whatever thread it is used.
pub type Frames = Scanner<<RealDisk as heng_log::Disk>::File>;

/// What is asked of the engine.
pub(crate) enum Command {
    /// Take an event.
    Publish { incoming: Incoming, arrived: Instant, reply: oneshot::Sender<Outcome> },
    /// Word decisions of a subject as they stand.
    Word { subject: SubjectId, decisions: Vec<DecisionId>, reply: oneshot::Sender<Vec<DecisionEvent>> },
    /// Scan a journal.
    Scan { stream: Stream, partition: PartitionId, from: u64, reply: oneshot::Sender<Option<Frames>> },
    /// Look at the clock.
    Tick { reply: oneshot::Sender<()> },
    /// End, when everything before it is done.
    Stop,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// On the log, durable, folded and shown.
    Accepted {
        /// Where.
        position: Position,
        /// What a read that reflects it asks for.
        token: Bytes,
    },
    /// It was on the log before.
    Duplicate {
        /// What a read that reflects it asks for.
        token: Bytes,
    },
    /// Not part of what is decided by.
    Refused {
        /// Why.
        violation: Violation,
        /// Where it stands, if it came as far as the log.
        position: Option<Position>,
    },
}

/// The engine has stopped, or is stopping. What became of an event that was under way is not known: sent again, it is a
/// duplicate if it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine is stopping: try again when it serves; an event sent again is accepted once")]
pub struct Stopped;

/// A handle on the engine: cheap to clone, usable from any thread.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) index: Arc<Index>,
    pub(super) published: Published,
}

impl Handle {
    /// The in-force index.
    #[must_use]
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// The feed of what is durable and shown.
    #[must_use]
    pub fn published(&self) -> Published {
        self.published.clone()
    }

    /// Hands in an event; waits while too many are under way. The answer comes when the event is durable and folded.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn publish(&self, incoming: Incoming) -> Result<oneshot::Receiver<Outcome>, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Publish { incoming, arrived: Instant::now(), reply }).await.map_err(|_| Stopped)?;
        Ok(answer)
    }

    /// Words decisions of a subject as they stand, with grounds and document numbers: read from the log.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn word(&self, subject: SubjectId, decisions: Vec<DecisionId>) -> Result<Vec<DecisionEvent>, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.ask(Command::Word { subject, decisions, reply }, answer).await
    }

    /// Frames of a partition's journal from an offset on, as far as they are durable now; none where the log has no such
    /// partition. They are read on the caller's thread, which may block.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn scan(&self, stream: Stream, partition: PartitionId, from: u64) -> Result<Option<Frames>, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.ask(Command::Scan { stream, partition, from, reply }, answer).await
    }

    /// Has the engine look at its clock now; returns when the days that are due are open and shown.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn tick(&self) -> Result<(), Stopped> {
        let (reply, answer) = oneshot::channel();
        self.ask(Command::Tick { reply }, answer).await
    }

    /// Asks the engine to end: what was handed in before is answered first.
    pub async fn stop(&self) {
        // Where nobody takes the command the engine has ended already.
        let _ = self.commands.send(Command::Stop).await;
    }

    async fn ask<T>(&self, command: Command, answer: oneshot::Receiver<T>) -> Result<T, Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}
