//! What the thread that owns the engine is asked to do, and what it answers.

use super::port::{EventReader, Incoming, ReadEvent, Violation};
use super::questions::Question;
use super::reply::{Answers, Reply};
use crate::directory::ResolveError;
use crate::engine::{Engine, EngineError, Report};
use crate::index::Index;
use crate::runner::Published;
use crate::trace::{Span, Ticket, Traces};
use bytes::Bytes;
use heng_core::DecisionEvent;
use heng_log::{RealDisk, Scanner, Stream};
use heng_model::{DecisionId, PartitionId, Position, SubjectId};
use heng_replay::PartitionLog;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// A scanner over a journal's frames, on whatever thread it is used.
pub type Frames = Scanner<<RealDisk as heng_log::Disk>::File>;

/// A reading of the engine on its own thread: short, since everything else waits for it.
pub(crate) trait Reading: Send {
    fn read(self: Box<Self>, engine: &Engine<RealDisk>);

    fn is_waited_for(&self) -> bool;
}

/// Tells what it read to whoever asked.
struct Asked<F, T> {
    read: F,
    reply: oneshot::Sender<T>,
}

impl<T: Send, F: FnOnce(&Engine<RealDisk>) -> T + Send> Reading for Asked<F, T> {
    fn read(self: Box<Self>, engine: &Engine<RealDisk>) {
        // Whoever asked may have gone.
        drop(self.reply.send((self.read)(engine)));
    }

    fn is_waited_for(&self) -> bool {
        !self.reply.is_closed()
    }
}

/// What is asked of the engine.
pub(crate) enum Command {
    /// Take an event; where it is traced its ticket goes along.
    Publish { read: Box<dyn ReadEvent>, arrived: Instant, ticket: Option<Box<Ticket>>, reply: Reply },
    /// Look at the clock.
    Tick { reply: oneshot::Sender<()> },
    /// End, when everything before it is done.
    Stop,
}

/// The journals of every partition.
pub type Logs = Vec<PartitionLog<RealDisk>>;

/// Why there is no report about a subject.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The code names nobody.
    #[error(transparent)]
    Subject(#[from] ResolveError),
    /// What is known of it is not shown yet, or the history of a subject that was merged into it has not come.
    #[error("what is known of this subject is on its way: try again")]
    NotShown,
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] EngineError),
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

impl Outcome {
    /// Notes in a span what became of the event. The type only of what was taken: a text that names none might name somebody.
    pub fn note(&self, span: &mut Span, event_type: &str) {
        let (word, position) = match self {
            Self::Accepted { position, .. } => ("accepted", Some(position)),
            Self::Duplicate { .. } => ("duplicate", None),
            Self::Refused { position, .. } => ("refused", position.as_ref()),
        };
        span.note("heng.outcome", word);
        if !matches!(self, Self::Refused { .. }) {
            span.note("heng.event_type", event_type.to_owned());
        }
        if let Some(position) = position {
            span.note("heng.position", position.to_string());
        }
    }
}

/// The engine has stopped, or is stopping. What became of an event that was under way is not known: sent again, it is a
/// duplicate if it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine is stopping: try again when it serves; an event sent again is accepted once")]
pub struct Stopped;

/// An event that goes to the engine with others.
pub struct ToPublish {
    /// As it was read.
    pub read: Box<dyn ReadEvent>,
    /// Its ticket, where it is traced.
    pub ticket: Option<Box<Ticket>>,
}

/// A handle on the engine: cheap to clone, usable from any thread.
#[derive(Clone)]
pub struct Handle {
    pub(super) reader: Arc<dyn EventReader>,
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) questions: mpsc::Sender<Question>,
    pub(super) index: Arc<Index>,
    pub(super) published: Published,
    pub(super) traces: Traces,
}

impl Handle {
    /// What makes traces, where they are made.
    #[must_use]
    pub fn traces(&self) -> &Traces {
        &self.traces
    }

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

    /// Hands in an event; waits while too many are under way. The answer comes when the event is durable and folded. Where
    /// the context that the event carries is sampled, it is traced under that.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn publish(&self, incoming: Incoming) -> Result<oneshot::Receiver<Outcome>, Stopped> {
        let ticket = self.ticket(&incoming.traceparent);
        self.publish_traced(incoming, ticket).await
    }

    /// What an event is traced by that carries a context, where that is sampled.
    #[must_use]
    pub fn ticket(&self, traceparent: &str) -> Option<Box<Ticket>> {
        Ticket::of(&self.traces, traceparent).map(Box::new)
    }

    /// The same, for an event that is traced.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn publish_traced(
        &self,
        incoming: Incoming,
        ticket: Option<Box<Ticket>>,
    ) -> Result<oneshot::Receiver<Outcome>, Stopped> {
        match self.reader.read(incoming) {
            Ok(read) => self.publish_read(read, ticket).await,
            // Nobody is there to take others, and whoever sends this one again is told the same.
            Err(_) if self.commands.is_closed() => Err(Stopped),
            Err(violation) => {
                let (reply, answer) = oneshot::channel();
                // It is at hand.
                let _ = reply.send(Outcome::Refused { violation, position: None });
                Ok(answer)
            }
        }
    }

    /// The same, for an event that was read.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn publish_read(
        &self,
        read: Box<dyn ReadEvent>,
        ticket: Option<Box<Ticket>>,
    ) -> Result<oneshot::Receiver<Outcome>, Stopped> {
        let (reply, answer) = oneshot::channel();
        let publish = Command::Publish { read, arrived: Instant::now(), ticket, reply: Reply::Alone(reply) };
        self.commands.send(publish).await.map_err(|_| Stopped)?;
        Ok(answer)
    }

    /// Hands in events that came together, in their order; waits while too many are under way. They are answered when the last of them
    /// is known: for whoever does nothing with one answer before he has the others.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn publish_all(&self, events: Vec<ToPublish>) -> Result<Answers, Stopped> {
        let arrived = Instant::now();
        let (replies, answers) = Reply::together(events.len());
        for (ToPublish { read, ticket }, reply) in events.into_iter().zip(replies) {
            let publish = Command::Publish { read, arrived, ticket, reply };
            self.commands.send(publish).await.map_err(|_| Stopped)?;
        }
        Ok(answers)
    }

    /// Words decisions of a subject as they stand, with grounds and document numbers: read from the log.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn word(&self, subject: SubjectId, decisions: Vec<DecisionId>) -> Result<Vec<DecisionEvent>, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.question(Question::Word { subject, decisions, reply }, answer).await
    }

    /// Frames of a partition's journal from an offset on, as far as they are durable now; none where the log has no such
    /// partition. They are read on the caller's thread, which may block.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn scan(&self, stream: Stream, partition: PartitionId, from: u64) -> Result<Option<Frames>, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.question(Question::Scan { stream, partition, from, reply }, answer).await
    }

    /// What is known about a subject, by any of its codes, as it is shown; where more is folded, or another's history is on its way to
    /// it, when that is shown.
    ///
    /// # Errors
    /// [`Stopped`]; inside, the code that names nobody, what is not shown after a second or two, or the log that cannot be read.
    pub async fn report(&self, given: String) -> Result<Result<Report, ReportError>, Stopped> {
        let read = {
            let given = given.clone();
            move |engine: &Engine<RealDisk>| {
                let subject = engine.resolve_folded(&given)?;
                if !engine.is_shown(&subject) {
                    return Err(ReportError::NotShown);
                }
                Ok(engine.report(&subject)?)
            }
        };
        self.read(Some(given), read).await
    }

    /// The subject that a code names, redirects followed, and the journals of every partition as they are written now: to
    /// be read on the caller's thread, which may block.
    ///
    /// # Errors
    /// [`Stopped`]; inside, the code that names nobody.
    pub async fn logs_about(&self, given: String) -> Result<Result<(SubjectId, Logs), ResolveError>, Stopped> {
        self.read(None, move |engine| Ok((engine.resolve_folded(&given)?, engine.logs()))).await
    }

    /// The journals of every partition as they are written now, to be read on the caller's thread, which may block.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn logs(&self) -> Result<Logs, Stopped> {
        self.read(None, Engine::logs).await
    }

    async fn read<T: Send + 'static>(
        &self,
        about: Option<String>,
        read: impl FnOnce(&Engine<RealDisk>) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.question(Question::Read { about, read: Box::new(Asked { read, reply }), asked: Instant::now() }, answer)
            .await
    }

    /// Has the engine look at its clock now; returns when the days that are due are open and shown.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn tick(&self) -> Result<(), Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Tick { reply }).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }

    /// Asks the engine to end: what was handed in before is answered first.
    pub async fn stop(&self) {
        // Where nobody takes the command the engine has ended already.
        let _ = self.commands.send(Command::Stop).await;
    }

    async fn question<T>(&self, question: Question, answer: oneshot::Receiver<T>) -> Result<T, Stopped> {
        self.questions.send(question).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}
