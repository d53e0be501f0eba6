//! What durable subscriptions have acknowledged, for all engines of a shared log: `credit.subscriptions`.
//!
//! # Invariants
//!
//! The last message with a name as its key is what is known of the name; the topic is compacted. What was put is in every copy in step
//! when the call returns. News are complete: what was put before the call, by whomever else, has been handed over when it returns.
//! Brokers that do not answer are not asked again at once: whoever asks holds up all others.

use crate::context::Context;
use crate::decisions::{Ended, ReadBack};
use crate::places::{Placing, Together};
use crate::topics::Names;
use crate::{Settings, Watch};
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, ThreadedProducer};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// News that have not come by then are not waited for, and neither is what became of a message.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whoever answers a fetch may not have everything yet that the leader has: it is asked again after this time.
const AGAIN: Duration = Duration::from_millis(20);
/// After a failure the brokers are let be so long.
const LET_BE: Duration = Duration::from_secs(1);

/// Why names are not known, or not kept.
#[derive(Debug, Clone, thiserror::Error)]
#[error("topic `{topic}`: {source}; `heng topics check` says whether it is there")]
pub struct NamesError {
    topic: String,
    source: KafkaError,
}

/// What durable subscriptions have acknowledged, on Kafka.
pub struct SharedNames {
    topic: String,
    reader: ReadBack,
    /// Made for the first acknowledgement: its thread costs something even where there are none.
    producer: Option<ThreadedProducer<Placing>>,
    config: ClientConfig,
    context: Context,
    /// The first offset that was not handed over; none before anything was asked.
    next: Option<i64>,
    /// Offsets of own messages from there on: they are no news.
    own: BTreeSet<i64>,
    failed: Option<(NamesError, Instant)>,
}

impl SharedNames {
    /// The names of the log that the settings are of; nothing is asked yet.
    ///
    /// # Errors
    /// Where a file that the settings name cannot be read, or the client library refuses its configuration.
    pub fn new(settings: &Settings, watch: &Arc<Watch>) -> io::Result<Self> {
        let context = Context::new(Arc::clone(watch), settings.token_file.clone());
        let topic = Names::of(settings).subscriptions();
        let config = settings.name_producer()?;
        let reader = ReadBack::new(settings, context.clone(), &topic, 0).map_err(io::Error::other)?;
        Ok(Self { topic, reader, producer: None, config, context, next: None, own: BTreeSet::new(), failed: None })
    }

    /// Hands over what was put since the last call, in order: a name, and what is known of it. True where that is everything
    /// that is on the topic: with the first call, and where the topic was made anew. May block for seconds.
    ///
    /// # Errors
    /// [`NamesError`]; what was not handed over comes with the next call, some of it perhaps again.
    pub fn news(&mut self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool, NamesError> {
        self.asked(|this| this.read(visit))
    }

    /// Keeps what is known of a name. False where somebody else put something between the last news and it. May block for seconds.
    ///
    /// # Errors
    /// [`NamesError`]: whether it is kept is not known then.
    pub fn put(&mut self, name: &str, known: &[u8]) -> Result<bool, NamesError> {
        self.asked(|this| {
            let producer = match this.producer.take() {
                Some(producer) => producer,
                None => ThreadedProducer::from_config_and_context(&this.config, Placing(this.context.clone()))?,
            };
            let together = Together::of(1);
            let record = BaseRecord::<str, [u8], _>::with_opaque_to(&this.topic, together.ticket(0));
            let sent = this.producer.insert(producer).send(record.partition(0).key(name).payload(known));
            sent.map_err(|(error, _)| error)?;
            let timed_out = || KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut);
            let places = together.wait(PATIENCE).ok_or_else(timed_out)??;
            let offset = places.first().map(|place| place.offset).ok_or_else(timed_out)?;
            match this.next.as_mut() {
                Some(next) if *next == offset => *next += 1,
                _ => {
                    this.own.insert(offset);
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn asked<T>(&mut self, ask: impl FnOnce(&mut Self) -> Result<T, KafkaError>) -> Result<T, NamesError> {
        if let Some((error, at)) = &self.failed
            && at.elapsed() < LET_BE
        {
            return Err(error.clone());
        }
        self.failed = None;
        ask(self).map_err(|source| {
            let error = NamesError { topic: self.topic.clone(), source };
            self.failed = Some((error.clone(), Instant::now()));
            error
        })
    }

    fn read(&mut self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool, KafkaError> {
        let (first, end) = self.reader.bounds()?;
        // One that is shorter than it was has been made anew.
        let known = self.next.filter(|next| *next <= end);
        if known.is_none() {
            self.own.clear();
        }
        let (mut next, began) = (known.unwrap_or(first), Instant::now());
        while next < end {
            let own = &self.own;
            let read = self.reader.read(next, &mut |message| {
                next = message.offset() + 1;
                if let (Some(name), Some(known)) = (message.key(), message.payload())
                    && !own.contains(&message.offset())
                {
                    visit(name, known);
                }
                Ok::<(), Infallible>(())
            });
            match read {
                Ok(()) => {}
                Err(Ended::Found(never)) => match never {},
                Err(Ended::Kafka(error)) => return Err(error),
            }
            if next < end {
                if began.elapsed() > PATIENCE {
                    return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut));
                }
                std::thread::sleep(AGAIN);
            }
        }
        self.own = self.own.split_off(&next);
        self.next = Some(next);
        Ok(known.is_none())
    }
}
