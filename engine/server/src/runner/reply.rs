//! Who is told what became of an event: whoever handed it in alone, or together with others.

use super::command::{Outcome, Stopped};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Whom an event's outcome is for; where nobody waits any more there is nobody to tell.
pub(crate) enum Reply {
    /// It was handed in alone.
    Alone(oneshot::Sender<Outcome>),
    /// It was handed in with others, and is answered with them.
    Together {
        /// Its place among them.
        at: usize,
        outcomes: Arc<Outcomes>,
    },
}

/// What became of events that were handed in together: told when nobody is left who may add to it.
pub(crate) struct Outcomes {
    known: Mutex<Vec<Option<Outcome>>>,
    told: Option<oneshot::Sender<Vec<Option<Outcome>>>>,
}

/// Waits for what became of events that were handed in together.
#[derive(Debug)]
pub struct Answers(oneshot::Receiver<Vec<Option<Outcome>>>);

impl Reply {
    /// Replies for so many events that are handed in together.
    pub(crate) fn together(events: usize) -> (impl Iterator<Item = Self>, Answers) {
        let (told, answers) = oneshot::channel();
        let known = std::iter::repeat_with(|| None).take(events).collect();
        let outcomes = Arc::new(Outcomes { known: Mutex::new(known), told: Some(told) });
        ((0..events).map(move |at| Self::Together { at, outcomes: Arc::clone(&outcomes) }), Answers(answers))
    }

    pub(crate) fn tell(self, outcome: Outcome) {
        match self {
            Self::Alone(reply) => drop(reply.send(outcome)),
            Self::Together { at, outcomes } => {
                let mut known = outcomes.known.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(place) = known.get_mut(at) {
                    *place = Some(outcome);
                }
            }
        }
    }
}

impl Drop for Outcomes {
    fn drop(&mut self) {
        let known = std::mem::take(self.known.get_mut().unwrap_or_else(PoisonError::into_inner));
        if let Some(told) = self.told.take() {
            // Whoever waited may have gone.
            drop(told.send(known));
        }
    }
}

impl Answers {
    /// The outcomes, in the order in which the events were handed in.
    ///
    /// # Errors
    /// [`Stopped`] where the engine ended before it knew all of them.
    pub async fn all(self) -> Result<Vec<Outcome>, Stopped> {
        self.0.await.ok().and_then(|known| known.into_iter().collect()).ok_or(Stopped)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use bytes::Bytes;

    fn duplicate() -> Outcome {
        Outcome::Duplicate { token: Bytes::new() }
    }

    fn refused() -> Outcome {
        let violation = super::super::Violation { field: "id".to_owned(), message: String::new() };
        Outcome::Refused { violation, position: None }
    }

    #[tokio::test]
    async fn those_handed_in_together_are_told_together_in_their_order() {
        let (replies, mut answers) = Reply::together(2);
        let mut replies: Vec<Reply> = replies.collect();
        replies.pop().unwrap().tell(refused());
        assert!(answers.0.try_recv().is_err(), "one is not known yet");
        replies.pop().unwrap().tell(duplicate());
        assert_eq!(answers.all().await, Ok(vec![duplicate(), refused()]));
    }

    #[tokio::test]
    async fn where_one_is_not_known_the_engine_has_ended() {
        let (replies, answers) = Reply::together(2);
        replies.take(1).for_each(|reply| reply.tell(duplicate()));
        assert_eq!(answers.all().await, Err(Stopped));
        let (replies, answers) = Reply::together(0);
        drop(replies);
        assert_eq!(answers.all().await, Ok(Vec::new()));
    }
}
