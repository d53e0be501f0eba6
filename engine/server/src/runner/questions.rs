//! What is asked of the engine as it stands, whatever waits: answered between two batches, and while a shared log is waited for.
//!
//! # Invariants
//!
//! Words are those of decisions as they are shown: of a subject of whom more is folded they wait for that to be shown. A history that is
//! on its way changes no more until it has come.

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
    /// Scan a journal. Who reads it cuts at the marks of what is shown.
    Scan { stream: Stream, partition: PartitionId, from: u64, reply: oneshot::Sender<Option<Frames>> },
}

/// The questions that wait; only the engine's thread takes any.
#[derive(Clone)]
pub(super) struct Questions(Arc<Mutex<Asked>>);

pub(super) struct Asked {
    pub(super) queue: mpsc::Receiver<Question>,
    /// Taken while the engine waited, and to be answered when it does not.
    held: Vec<Question>,
}

impl Question {
    /// Answers from what is folded; where nobody waits for the answer any more there is nobody to tell.
    pub(super) fn answer(self, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        match self {
            Self::Word { subject, decisions, reply } => drop(reply.send(engine.word(&subject, &decisions)?)),
            Self::Scan { stream, partition, from, reply } => drop(reply.send(engine.scan(stream, partition, from))),
        }
        Ok(())
    }

    fn is_waited_for(&self) -> bool {
        match self {
            Self::Word { reply, .. } => !reply.is_closed(),
            Self::Scan { reply, .. } => !reply.is_closed(),
        }
    }

    fn is_due(&self, engine: &Engine<RealDisk>) -> bool {
        match self {
            Self::Word { subject, .. } => !engine.is_touched(subject),
            Self::Scan { .. } => true,
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

    /// Answers all that wait, where everything folded is shown.
    pub(super) fn answer(&self, engine: &Engine<RealDisk>) -> Result<(), EngineError> {
        let mut asked = self.lock();
        for question in std::mem::take(&mut asked.held) {
            question.answer(engine)?;
        }
        while let Ok(question) = asked.queue.try_recv() {
            question.answer(engine)?;
        }
        Ok(())
    }

    /// Answers what can be answered while the engine waits.
    pub(super) fn aside(&self) -> Aside<RealDisk> {
        let questions = self.clone();
        Box::new(move |engine| {
            let mut asked = questions.lock();
            // Whoever asks again has given up before.
            asked.held.retain(Question::is_waited_for);
            while let Ok(question) = asked.queue.try_recv() {
                if question.is_due(engine) {
                    question.answer(engine)?;
                } else {
                    asked.held.push(question);
                }
            }
            Ok(())
        })
    }
}
