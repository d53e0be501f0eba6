//! The runner: one thread that owns the engine, folds what comes and shows what is decided.
//!
//! # Invariants
//!
//! Only this thread writes. An event is answered as accepted after it is durable, folded and in the index. Whatever
//! fails, fails the whole runner: nothing is shown or acknowledged after an error, and opening anew tells what stands.

mod batch;
mod begin;
mod clock;
mod command;
mod feed;
mod port;
mod questions;
mod reply;
mod work;

pub use clock::{Clock, WallClock};
pub use command::{Frames, Handle, Logs, Outcome, ReportError, Stopped, ToPublish};
pub use feed::{Marks, Published, Shown};
pub use port::{DeadLetters, EventReader, Incoming, ReadEvent, Violation};
pub use reply::Answers;

use crate::engine::{ActivateError, Engine, EngineError, Opened};
use crate::index::{Encode, Index};
use crate::trace::Traces;
use feed::Feed;
use heng_log::RealDisk;
use heng_rules::PackFiles;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// How the engine is run.
#[derive(Debug, Clone, Copy)]
pub struct RunnerOptions {
    /// Commands that wait for the engine before who sends more has to wait.
    pub queue_commands_max: usize,
    /// Events made durable and folded together.
    pub batch_events_max: usize,
    /// Subjects changed after which a checkpoint is written.
    pub checkpoint_subjects: usize,
    /// Time after which a checkpoint is written where anything changed, in milliseconds.
    pub checkpoint_every_ms: i64,
}

impl Default for RunnerOptions {
    fn default() -> Self {
        Self {
            queue_commands_max: 4_096,
            batch_events_max: 4_096,
            checkpoint_subjects: 200_000,
            checkpoint_every_ms: 300_000,
        }
    }
}

/// What the runner is handed.
pub struct Parts {
    /// How events are read.
    pub reader: Arc<dyn EventReader>,
    /// Where late refusals go.
    pub letters: Box<dyn DeadLetters>,
    /// The clock: known time, and the days that are opened.
    pub clock: Arc<dyn Clock>,
    /// The pack to put in force, if it is another one than that activated last.
    pub pack: Option<PackFiles>,
    /// How words are encoded for the wire.
    pub encode: Encode,
    /// What makes traces, where they are made.
    pub traces: Traces,
}

/// Why the runner ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine does not open, or cannot go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The pack cannot be put in force.
    #[error(transparent)]
    Pack(ActivateError),
    /// A dead letter cannot be kept.
    #[error("a refused event cannot be kept: {0}")]
    DeadLetter(#[source] io::Error),
    /// The thread cannot be started, or waits for nothing.
    #[error("the engine's thread: {0}")]
    Thread(#[source] io::Error),
    /// Something in it is broken; the log is as the last answers say.
    #[error("the engine's thread ended by a panic")]
    Panicked,
}

impl From<ActivateError> for RunError {
    fn from(error: ActivateError) -> Self {
        match error {
            ActivateError::Engine(error) => Self::Engine(error),
            error => Self::Pack(error),
        }
    }
}

/// Questions that wait for the end of a batch; who asks more waits.
const QUESTIONS_MAX: usize = 64;

/// The thread that runs the engine.
#[derive(Debug)]
pub struct Runner(JoinHandle<Result<(), RunError>>);

impl Runner {
    /// Starts the thread; it opens the engine, catches up with its log, shows what is in force, then takes commands.
    ///
    /// # Errors
    /// [`RunError::Thread`].
    pub fn start<O>(open: O, parts: Parts, options: RunnerOptions) -> Result<(Self, Handle), RunError>
    where
        O: FnOnce() -> Result<(Engine<RealDisk>, Opened), EngineError> + Send + 'static,
    {
        let (commands, queue) = mpsc::channel(options.queue_commands_max.max(1));
        let (questions, asked) = mpsc::channel(QUESTIONS_MAX);
        let index = Arc::new(Index::default());
        let (feed, published) = Feed::new();
        let (reader, traces) = (Arc::clone(&parts.reader), parts.traces.clone());
        let handle = Handle { reader, commands, questions, index: Arc::clone(&index), published, traces };
        let run = move || {
            let (engine, opened) = open()?;
            work::Worker::begin(engine, &opened, (index, feed), parts, options)?.run(queue, asked)
        };
        let thread = std::thread::Builder::new().name("engine".to_owned()).spawn(run).map_err(RunError::Thread)?;
        Ok((Self(thread), handle))
    }

    /// Has the thread ended?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits for the thread to end.
    ///
    /// # Errors
    /// [`RunError`], what ended it.
    pub fn join(self) -> Result<(), RunError> {
        self.0.join().unwrap_or(Err(RunError::Panicked))
    }
}
