//! What is asked of the engine as it stands, whatever waits: answered between two batches, and while a shared log is waited for.

use super::command::Frames;
use crate::engine::{Aside, Engine, EngineError};
use heng_core::DecisionEvent;
use heng_log::{RealDisk, Stream};
use heng_model::{DecisionId, PartitionId, SubjectId};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// A question.
pub(crate) enum Question {
    /// Word decisions of a subject as they stand.
    Word { subject: SubjectId, decisions: Vec<DecisionId>, reply: oneshot::Sender<Vec<DecisionEvent>> },
    /// Scan a journal.
    Scan { stream: Stream, partition: PartitionId, from: u64, reply: oneshot::Sender<Option<Frames>> },
}

/// The questions that wait.
#[derive(Clone)]
pub(super) struct Questions(Arc<Mutex<mpsc::Receiver<Question>>>);

impl Question {
    /// Answers from what is folded; where nobody waits for the answer any more there is nobody to tell.
    pub(super) fn answer(self, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        match self {
            Self::Word { subject, decisions, reply } => drop(reply.send(engine.word(&subject, &decisions)?)),
            Self::Scan { stream, partition, from, reply } => drop(reply.send(engine.scan(stream, partition, from))),
        }
        Ok(())
    }
}

impl Questions {
    pub(super) fn new(asked: mpsc::Receiver<Question>) -> Self {
        Self(Arc::new(Mutex::new(asked)))
    }

    /// Those that are to be waited for; only the engine's thread takes any.
    pub(super) fn lock(&self) -> MutexGuard<'_, mpsc::Receiver<Question>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers all that wait.
    pub(super) fn answer(&self, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        let mut asked = self.lock();
        while let Ok(question) = asked.try_recv() {
            question.answer(engine)?;
        }
        Ok(())
    }

    /// The same, for the engine to do while it waits.
    pub(super) fn aside(&self) -> Aside<RealDisk> {
        let questions = self.clone();
        Box::new(move |engine| questions.answer(engine))
    }
}
