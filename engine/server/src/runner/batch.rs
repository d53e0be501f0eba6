//! Who waits for what a batch of commands gives rise to.
//!
//! # Invariants
//!
//! Nobody whom a batch keeps waiting is answered before all of the batch is durable, folded and shown.

use super::command::Outcome;
use super::port::Violation;
use super::reply::Reply;
use crate::lane::Folded;
use crate::trace::{Ticket, Times};
use bytes::Bytes;
use heng_model::Position;
use rustc_hash::{FxHashMap, FxHashSet};
use std::time::{Instant, SystemTime};
use tokio::sync::oneshot;

/// Commands taken together.
#[derive(Default)]
pub(super) struct Batch {
    /// When the first of them was handed in.
    pub(super) since: Option<Instant>,
    /// When they were put on the log, or on their way there; where traces are made.
    pub(super) appended: Option<SystemTime>,
    /// Events that are on the log, or on their way there.
    accepted: Vec<(Option<Position>, Reply)>,
    /// Who is answered when the batch is shown.
    pub(super) ticks: Vec<oneshot::Sender<()>>,
    pub(super) duplicates: Vec<Reply>,
    /// Events that are traced, with their place among those accepted.
    traced: Vec<(Option<usize>, Box<Ticket>)>,
}

impl Batch {
    /// How many events it holds.
    pub(super) fn len(&self) -> usize {
        self.accepted.len()
    }

    /// Notes an event that is taken; its place among those accepted.
    pub(super) fn accept(&mut self, position: Option<Position>, reply: Reply) -> Option<usize> {
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
        let times = Times { appended: self.appended.unwrap_or(times.appended), ..times };
        for (at, ticket) in self.traced.drain(..) {
            let position = at.and_then(|at| self.accepted.get(at)).and_then(|(position, _)| *position);
            ticket.passed(position, times);
        }
    }

    /// Answers everybody; where nobody waits any more there is nobody to tell.
    pub(super) fn answer(self, token: &Bytes, told: &Told) {
        for (position, reply) in self.accepted {
            // Every event accepted has its place after a flush.
            let Some(position) = position else { continue };
            reply.tell(told.outcome(position, token));
        }
        for reply in self.duplicates {
            reply.tell(Outcome::Duplicate { token: token.clone() });
        }
        for reply in self.ticks {
            let _ = reply.send(());
        }
    }
}

/// What the fold said of events. An event that is answered by one flush may have been folded by the one before: on a log that
/// others write too it comes back before it is known where it is.
#[derive(Default)]
pub(super) struct Told {
    last: Verdicts,
    former: Verdicts,
}

#[derive(Default)]
struct Verdicts {
    refused: FxHashMap<Position, String>,
    repeated: FxHashSet<Position>,
}

impl Told {
    /// Notes what the last flush folded, and forgets what the one before the former did.
    pub(super) fn note(&mut self, folded: &Folded) {
        self.former = std::mem::replace(&mut self.last, Verdicts::of(folded));
    }

    fn outcome(&self, position: Position, token: &Bytes) -> Outcome {
        let both = [&self.last, &self.former];
        if let Some(message) = both.iter().find_map(|verdicts| verdicts.refused.get(&position)) {
            let violation = Violation { field: String::new(), message: message.clone() };
            return Outcome::Refused { violation, position: Some(position) };
        }
        if both.iter().any(|verdicts| verdicts.repeated.contains(&position)) {
            return Outcome::Duplicate { token: token.clone() };
        }
        Outcome::Accepted { position, token: token.clone() }
    }
}

impl Verdicts {
    fn of(folded: &Folded) -> Self {
        Self {
            refused: folded.refused.iter().map(|(position, refusal)| (*position, refusal.to_string())).collect(),
            repeated: folded.duplicates.iter().copied().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heng_core::Refusal;

    #[test]
    fn an_event_is_told_what_the_flush_before_its_answer_said_of_it() {
        let [refused, repeated, taken] = [4, 5, 6].map(|offset| Position { partition: 1, offset });
        let folded = Folded {
            refused: vec![(refused, Refusal::UnknownSource("/gov/x".to_owned()))],
            duplicates: vec![repeated],
            ..Folded::default()
        };
        let (token, mut told) = (Bytes::new(), Told::default());
        told.note(&folded);
        told.note(&Folded::default());
        assert!(matches!(told.outcome(refused, &token), Outcome::Refused { position: Some(at), .. } if at == refused));
        assert_eq!(told.outcome(repeated, &token), Outcome::Duplicate { token: token.clone() });
        assert_eq!(told.outcome(taken, &token), Outcome::Accepted { position: taken, token: token.clone() });
        told.note(&Folded::default());
        assert!(matches!(told.outcome(refused, &token), Outcome::Accepted { .. }), "it is answered by then");
    }
}
