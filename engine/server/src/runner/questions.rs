//! What is asked of the engine as it stands, whatever waits: answered between two batches, and while a shared log is waited for.
//!
//! # Invariants
//!
//! Words are those of decisions as they are shown: of a subject of whom more is folded they wait for that to be shown. A history that is
//! on its way changes no more until it has come. What is said about a subject as a whole waits for it, or is not said: without it less
//! would be said than is known.

use super::command::{Frames, Reading};
use crate::engine::{Aside, Engine, EngineError};
use heng_core::DecisionEvent;
use heng_log::{RealDisk, Stream};
use heng_model::{DecisionId, PartitionId, SubjectId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// The longest time for which a reading of a subject waits for what is on its way to it: others that are asked for cannot run meanwhile.
const HELD_MAX: Duration = Duration::from_secs(1);

/// A question.
pub(crate) enum Question {
    /// Word decisions of a subject as they stand.
    Word { subject: SubjectId, decisions: Vec<DecisionId>, reply: oneshot::Sender<Vec<DecisionEvent>> },
    /// Scan a journal. Who reads it cuts at the marks of what is shown.
    Scan { stream: Stream, partition: PartitionId, from: u64, reply: oneshot::Sender<Option<Frames>> },
    /// Read something of the engine: its log, or all about a subject that a code names.
    Read { about: Option<String>, read: Box<dyn Reading>, asked: Instant },
}

/// The questions that wait; only the engine's thread takes any.
#[derive(Clone)]
pub(super) struct Questions(Arc<Mutex<Asked>>);

pub(super) struct Asked {
    pub(super) queue: mpsc::Receiver<Question>,
    /// Taken, and to be answered when more is shown or has come.
    held: Vec<Question>,
}

impl Question {
    /// Answers from what is folded; where nobody waits for the answer any more there is nobody to tell.
    fn answer(self, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        match self {
            Self::Word { subject, decisions, reply } => drop(reply.send(engine.word(&subject, &decisions)?)),
            Self::Scan { stream, partition, from, reply } => drop(reply.send(engine.scan(stream, partition, from))),
            Self::Read { read, .. } => read.read(engine),
        }
        Ok(())
    }

    fn is_waited_for(&self) -> bool {
        match self {
            Self::Word { reply, .. } => !reply.is_closed(),
            Self::Scan { reply, .. } => !reply.is_closed(),
            Self::Read { read, .. } => read.is_waited_for(),
        }
    }

    fn is_due(&self, engine: &Engine<RealDisk>) -> bool {
        match self {
            Self::Word { subject, .. } => !engine.is_touched(subject),
            Self::Scan { .. } | Self::Read { about: None, .. } => true,
            Self::Read { about: Some(given), asked, .. } => {
                // Where it names nobody, that is told.
                engine.resolve_folded(given).map_or(true, |id| engine.is_shown(&id)) || asked.elapsed() >= HELD_MAX
            }
        }
    }
}

impl Questions {
    pub(super) fn new(queue: mpsc::Receiver<Question>) -> Self {
        Self(Arc::new(Mutex::new(Asked { queue, held: Vec::new() })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers all that can be answered as the engine stands.
    pub(super) fn answer(&self, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        let mut asked = self.lock();
        let held = std::mem::take(&mut asked.held);
        for question in held {
            asked.take(question, engine)?;
        }
        // Not those that are asked meanwhile: others wait too.
        for _ in 0..asked.queue.len() {
            let Ok(question) = asked.queue.try_recv() else { break };
            asked.take(question, engine)?;
        }
        Ok(())
    }

    /// Takes none any more, and answers those that can be answered: what waits for more learns that it does not come.
    pub(super) fn close(&self, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        self.lock().queue.close();
        self.answer(engine)?;
        self.lock().held.clear();
        Ok(())
    }

    /// The same, while the engine waits.
    pub(super) fn aside(&self) -> Aside<RealDisk> {
        let questions = self.clone();
        Box::new(move |engine| questions.answer(engine))
    }
}

impl Asked {
    /// Answers a question, or keeps it until it can be answered; where nobody waits for it any more, neither.
    pub(super) fn take(&mut self, question: Question, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        if !question.is_waited_for() {
            return Ok(());
        }
        if question.is_due(engine) {
            question.answer(engine)?;
        } else {
            self.held.push(question);
        }
        Ok(())
    }
}
