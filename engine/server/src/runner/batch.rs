//! Who waits for what a batch of commands gives rise to.
//!
//! # Invariants
//!
//! Nobody is answered before all of the batch is durable, folded and shown; in the order in which commands came.

use super::command::{Outcome, Reading};
use super::port::Violation;
use crate::engine::Engine;
use crate::lane::Folded;
use crate::trace::{Ticket, Times};
use bytes::Bytes;
use heng_log::RealDisk;
use heng_model::Position;
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::Instant;
use tokio::sync::oneshot;

/// Commands taken together.
#[derive(Default)]
pub(super) struct Batch {
    /// When the first of them was handed in.
    pub(super) since: Option<Instant>,
    /// Events that are on the log, or on their way there.
    accepted: Vec<(Option<Position>, oneshot::Sender<Outcome>)>,
    /// Who is answered when the batch is shown.
    pub(super) ticks: Vec<oneshot::Sender<()>>,
    pub(super) duplicates: Vec<oneshot::Sender<Outcome>>,
    /// What is read when the batch is shown.
    pub(super) readings: Vec<Reading>,
    /// Events that are traced, with their place among those accepted.
    traced: Vec<(Option<usize>, Box<Ticket>)>,
}

impl Batch {
    /// Notes an event that is taken; its place among those accepted.
    pub(super) fn accept(&mut self, position: Option<Position>, reply: oneshot::Sender<Outcome>) -> Option<usize> {
        self.accepted.push((position, reply));
        self.accepted.len().checked_sub(1)
    }

    /// Notes that an event is traced, with its place if it was accepted.
    pub(super) fn trace(&mut self, at: Option<usize>, ticket: Box<Ticket>) {
        self.traced.push((at, ticket));
    }

    /// On a log that others write too, a flush tells where events are.
    pub(super) fn place(&mut self, placed: &mut impl Iterator<Item = Position>) {
        for (position, _) in self.accepted.iter_mut().filter(|(position, _)| position.is_none()) {
            *position = placed.next();
        }
    }

    /// Where those of its events are that are traced.
    pub(super) fn traced_at(&self) -> impl Iterator<Item = Position> {
        self.traced.iter().filter_map(|(at, _)| self.accepted.get((*at)?)?.0)
    }

    /// Makes the spans of its events.
    pub(super) fn note_traces(&mut self, times: Times) {
        for (at, ticket) in self.traced.drain(..) {
            let position = at.and_then(|at| self.accepted.get(at)).and_then(|(position, _)| *position);
            ticket.passed(position, times);
        }
    }

    /// Answers everybody; where nobody waits any more there is nobody to tell.
    pub(super) fn answer(self, engine: &Engine<RealDisk>, token: &Bytes, told: &mut Told) {
        for (position, reply) in self.accepted {
            // Every event accepted has its place after a flush.
            let Some(position) = position else { continue };
            let _ = reply.send(told.outcome(position, token));
        }
        for reply in self.duplicates {
            let _ = reply.send(Outcome::Duplicate { token: token.clone() });
        }
        for reply in self.ticks {
            let _ = reply.send(());
        }
        for read in self.readings {
            read(engine);
        }
    }
}

/// What the fold said of events that nobody was told of yet.
#[derive(Default)]
pub(super) struct Told {
    refused: FxHashMap<Position, String>,
    repeated: FxHashSet<Position>,
}

impl Told {
    pub(super) fn note(&mut self, folded: &Folded) {
        self.refused.extend(folded.refused.iter().map(|(position, refusal)| (*position, refusal.to_string())));
        self.repeated.extend(&folded.duplicates);
    }

    fn outcome(&mut self, position: Position, token: &Bytes) -> Outcome {
        match self.refused.remove(&position) {
            Some(message) => {
                let violation = Violation { field: String::new(), message };
                Outcome::Refused { violation, position: Some(position) }
            }
            None if self.repeated.contains(&position) => Outcome::Duplicate { token: token.clone() },
            None => Outcome::Accepted { position, token: token.clone() },
        }
    }

    /// Forgets what no event of the batch under way is told of.
    pub(super) fn forget(&mut self, under_way: Option<&Batch>) {
        let kept: FxHashSet<Position> =
            under_way.iter().flat_map(|batch| &batch.accepted).filter_map(|(position, _)| *position).collect();
        self.refused.retain(|position, _| kept.contains(position));
        self.repeated.retain(|position| kept.contains(position));
    }
}
