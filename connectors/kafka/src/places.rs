//! Messages on their way, and the places that they get.
//!
//! # Invariants
//!
//! What goes out together is waited for together: one lock and one wait for all of it, where a future for each would cost as much
//! as folding a small event. An answer to what nobody waits for any more goes nowhere.

use crate::context::Context;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{Message as _, Timestamp};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;
use std::error::Error;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// What one message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: i64,
    /// By the brokers' clock, where the topic has that.
    pub(crate) broker_ms: Option<i64>,
}

/// What goes out together.
#[derive(Debug, Default)]
pub(crate) struct Together {
    state: Mutex<State>,
    is_over: Condvar,
    /// Told when all have their places and nobody waits for them yet.
    told: Option<Arc<Notify>>,
}

#[derive(Debug, Default)]
struct State {
    places: Vec<Option<Place>>,
    left: usize,
    is_waited_for: bool,
    failed: Option<KafkaError>,
}

/// One message of it.
#[derive(Debug)]
pub(crate) struct Ticket {
    together: Arc<Together>,
    at: usize,
}

impl Together {
    /// So many messages.
    pub(crate) fn of(entries: usize) -> Arc<Self> {
        Self::telling(entries, None)
    }

    /// So many messages; somebody is told when they are there, unless that is waited for.
    pub(crate) fn telling(entries: usize, told: Option<Arc<Notify>>) -> Arc<Self> {
        let state = State { places: vec![None; entries], left: entries, ..State::default() };
        Arc::new(Self { state: Mutex::new(state), is_over: Condvar::new(), told })
    }

    pub(crate) fn ticket(self: &Arc<Self>, at: usize) -> Box<Ticket> {
        Box::new(Ticket { together: Arc::clone(self), at })
    }

    fn note(&self, at: usize, answer: Result<Place, KafkaError>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(place) => {
                if let Some(known) = state.places.get_mut(at) {
                    *known = Some(place);
                }
            }
            Err(error) => drop(state.failed.get_or_insert(error)),
        }
        state.left = state.left.saturating_sub(1);
        if state.left == 0 {
            self.is_over.notify_all();
            if let Some(told) = self.told.as_ref().filter(|_| !state.is_waited_for) {
                told.notify_one();
            }
        }
    }

    /// Waits until all have their places, for so long at most; none where it takes longer.
    pub(crate) fn wait(&self, wait: Duration) -> Option<Result<Vec<Place>, KafkaError>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_waited_for = true;
        let waited = self.is_over.wait_timeout_while(state, wait, |state| state.left > 0);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.left > 0 {
            return None;
        }
        match state.failed.take() {
            Some(error) => Some(Err(error)),
            None => Some(Ok(std::mem::take(&mut state.places).into_iter().flatten().collect())),
        }
    }
}

/// Hears what the client library tells of a producer whose messages have tickets.
pub(crate) struct Placing(pub(crate) Context);

impl ClientContext for Placing {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = Context::ENABLE_REFRESH_OAUTH_TOKEN;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.log(level, facility, message);
    }

    fn stats(&self, statistics: Statistics) {
        self.0.stats(statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(error, reason);
    }

    fn generate_oauth_token(&self, config: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        self.0.generate_oauth_token(config)
    }
}

impl ProducerContext for Placing {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, answer: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        let place = answer.as_ref().map_err(|(error, _)| error.clone()).map(|message| Place {
            offset: message.offset(),
            broker_ms: match message.timestamp() {
                Timestamp::LogAppendTime(broker_ms) => Some(broker_ms),
                _ => None,
            },
        });
        ticket.together.note(ticket.at, place);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use futures_util::FutureExt as _;
    use rdkafka::error::RDKafkaErrorCode;

    #[test]
    fn who_does_not_wait_is_told() {
        let (told, place) = (Arc::new(Notify::new()), Place { offset: 3, broker_ms: None });
        let is_told = || told.notified().now_or_never().is_some();
        let together = Together::telling(2, Some(Arc::clone(&told)));
        together.note(1, Ok(place));
        assert!(!is_told(), "one has no place yet");
        together.note(0, Ok(place));
        assert!(is_told());
        let together = Together::telling(1, Some(Arc::clone(&told)));
        assert!(together.wait(Duration::ZERO).is_none());
        together.note(0, Ok(place));
        assert!(!is_told(), "somebody waits");
    }

    #[test]
    fn all_are_waited_for_and_one_that_failed_fails_all() {
        let place = |offset| Place { offset, broker_ms: None };
        let together = Together::of(3);
        for at in [2, 0] {
            together.note(at, Ok(place(i64::try_from(at).unwrap() + 40)));
            assert!(together.wait(Duration::ZERO).is_none());
        }
        together.note(1, Ok(place(41)));
        assert_eq!(together.wait(Duration::ZERO).unwrap().unwrap(), [40, 41, 42].map(place));
        let together = Together::of(2);
        let error = KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut);
        together.note(0, Err(error.clone()));
        together.note(1, Ok(place(7)));
        assert_eq!(together.wait(Duration::ZERO).unwrap().unwrap_err(), error);
        assert_eq!(Together::of(0).wait(Duration::ZERO).unwrap().unwrap(), []);
    }
}
