//! The topic read as it grows, on a thread of its own.

use super::arrivals::{Arrivals, Taken};
use super::{LogError, LogParts};
use crate::clock::now_ms;
use crate::context::Context;
use crate::message::TRACEPARENT;
use crate::topics::Names;
use bytes::Bytes;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, Headers as _, Message as _};
use rdkafka::topic_partition_list::Offset;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// One call to the brokers.
const CALL: Duration = Duration::from_secs(5);
/// The brokers are asked so often whether everything was read.
const ASK: Duration = Duration::from_secs(1);
/// What was read so long ago is not said to be old.
const FRESH_MS: i64 = 3_000;
/// The longest wait for an entry.
const POLL: Duration = Duration::from_millis(100);
/// It is looked so often whether reading may rest, and no longer.
const LOOK: Duration = Duration::from_millis(10);

/// Reads the topic.
pub(super) struct Follower {
    arrivals: Arc<Arrivals>,
    place: Arc<Place>,
    /// Set where nothing is waited for any more.
    stop: Arc<AtomicBool>,
    /// Until when everything was read that the engine has taken.
    taken_as_of: i64,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads share.
struct Place {
    /// Until when everything was read, by partition: milliseconds since 1970-01-01T00:00:00Z.
    as_of: Vec<AtomicI64>,
    /// Set when nobody takes anything any more.
    stop: AtomicBool,
}

/// The reading thread's side.
struct Reading {
    consumer: BaseConsumer<Context>,
    parts: LogParts,
    topic: String,
    arrivals: Arc<Arrivals>,
    place: Arc<Place>,
    /// Is nothing read now?
    rests: bool,
}

impl Follower {
    pub(super) fn start(parts: &LogParts, from: &[u64], told: Arc<Notify>) -> Result<Self, LogError> {
        let topic = Names::of(&parts.settings).events();
        let consumer = consumer(parts, &topic)?;
        let mut list = TopicPartitionList::new();
        for (partition, from) in (0_i32..).zip(from) {
            let offset = Offset::Offset(i64::try_from(*from).unwrap_or(i64::MAX));
            list.add_partition_offset(&topic, partition, offset).map_err(LogError::kafka(&topic))?;
        }
        consumer.assign(&list).map_err(LogError::kafka(&topic))?;
        let now_ms = now_ms();
        let arrivals = Arc::new(Arrivals::new(from, told, Instant::now()));
        let place = Arc::new(Place {
            as_of: from.iter().map(|_| AtomicI64::new(now_ms)).collect(),
            stop: AtomicBool::new(false),
        });
        // A client of its own: an answer to a question waits behind the fetch that waits for entries.
        let asking = Asking { consumer: self::consumer(parts, &topic)?, parts: parts.clone(), topic: topic.clone() };
        let asked = (Arc::clone(&place), Arc::clone(&arrivals));
        let reading = Reading {
            consumer,
            parts: parts.clone(),
            topic,
            arrivals: Arc::clone(&arrivals),
            place: Arc::clone(&place),
            rests: false,
        };
        let threads = vec![
            std::thread::Builder::new().name("log-reader".to_owned()).spawn(move || reading.run()),
            std::thread::Builder::new().name("log-ends".to_owned()).spawn(move || asking.run(&asked.0, &asked.1)),
        ];
        let threads = threads.into_iter().collect::<std::io::Result<_>>().map_err(LogError::Thread)?;
        Ok(Self { arrivals, place, stop: Arc::clone(&parts.stop), taken_as_of: now_ms, threads })
    }

    pub(super) fn next(&mut self, wait: Duration) -> Result<Option<Taken>, LogError> {
        // Before the look: what comes between the two is newer.
        let as_of = self.place.as_of.iter().map(|it| it.load(Ordering::Acquire)).min().unwrap_or_default();
        let has_ended = self.threads.iter().any(JoinHandle::is_finished);
        match self.arrivals.next(wait) {
            Some(taken) => taken.map(Some),
            // Its threads end then.
            None if self.stop.load(Ordering::Acquire) => Err(LogError::Stopped),
            // It tells why it ends before it does.
            None if has_ended => Err(LogError::Thread(std::io::Error::other("reading has ended"))),
            None => {
                self.taken_as_of = as_of;
                Ok(None)
            }
        }
    }

    /// This process's own entries, in the order in which they were handed over, where the log has told that they stand.
    pub(super) fn own(&self, entries: impl Iterator<Item = Taken>) {
        self.arrivals.own(entries, Instant::now());
    }

    pub(super) fn unread_since_ms(&self) -> Option<i64> {
        let is_fresh = now_ms().saturating_sub(self.taken_as_of) <= FRESH_MS;
        (!is_fresh).then_some(self.taken_as_of)
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.place.stop.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            // What went wrong there was told, or does not matter any more.
            let _ = thread.join();
        }
    }
}

impl Reading {
    fn is_stopping(&self) -> bool {
        self.place.stop.load(Ordering::Acquire) || self.parts.is_stopping()
    }

    fn run(mut self) {
        let mut looked = Instant::now();
        while !self.is_stopping() {
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                self.rest(looked);
            }
            let going_on = match self.consumer.poll(if self.rests { LOOK } else { POLL }) {
                Some(Ok(message)) => {
                    let (partition, offset) = (message.partition(), message.offset());
                    match (u16::try_from(partition), u64::try_from(offset), message.payload()) {
                        (Ok(partition), Ok(offset), Some(_)) if self.arrivals.has(partition, offset) => true,
                        (Ok(partition), Ok(offset), Some(entry)) => {
                            let traceparent = message.headers().and_then(traceparent);
                            let taken = Taken { partition, offset, entry: Bytes::copy_from_slice(entry), traceparent };
                            drop(message);
                            self.hand_over(taken)
                        }
                        _ => self.end(LogError::Foreign {
                            topic: self.topic.clone(),
                            partition,
                            offset,
                            what: "it has no value".to_owned(),
                        }),
                    }
                }
                Some(Err(error)) => self.told(error),
                None => true,
            };
            if !going_on {
                return;
            }
        }
    }

    /// Rests while all entries are this process's own, and reads on when that is over.
    fn rest(&mut self, now: Instant) {
        let may_rest = self.arrivals.may_rest(now);
        if self.rests == may_rest {
            return;
        }
        let assigned = self.consumer.assignment();
        let done =
            assigned.and_then(|list| if may_rest { self.consumer.pause(&list) } else { self.consumer.resume(&list) });
        if let Err(error) = done {
            tracing::debug!(%error, "reading the log rests, or goes on, later");
            return;
        }
        self.rests = may_rest;
        self.parts.watch.set_log_rests(may_rest);
        if may_rest {
            return;
        }
        for (partition, next) in (0..).zip(self.arrivals.nexts()) {
            // It would go on where it was, with what is known by now. And a seek wakes the library's thread.
            let next = Offset::Offset(i64::try_from(next).unwrap_or(i64::MAX));
            if let Err(error) = self.consumer.seek(&self.topic, partition, next, Duration::ZERO) {
                tracing::debug!(%error, partition, "the log is read once more from where reading rested");
            }
        }
    }

    /// Hands an entry over, when there is room; false where nobody takes it any more.
    fn hand_over(&self, taken: Taken) -> bool {
        while self.arrivals.is_full() {
            if self.is_stopping() {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.arrivals.read(taken);
        true
    }

    /// Tells why nothing more is read.
    fn end(&self, error: LogError) -> bool {
        self.arrivals.end(error);
        false
    }

    /// What the client library could not do; connections come back by themselves.
    fn told(&self, error: KafkaError) -> bool {
        match error {
            KafkaError::MessageConsumption(RDKafkaErrorCode::OffsetOutOfRange | RDKafkaErrorCode::AutoOffsetReset) => {
                let (partition, offset) = self.lost();
                let topic = self.topic.clone();
                self.end(LogError::Cut { topic, partition, offset })
            }
            KafkaError::MessageConsumptionFatal(_)
            | KafkaError::MessageConsumption(
                RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::UnknownTopicOrPartition,
            ) => self.end(LogError::Kafka { topic: self.topic.clone(), source: error }),
            error => {
                tracing::debug!(%error, "the log on Kafka");
                true
            }
        }
    }

    /// The partition whose next entry the topic does not have.
    fn lost(&self) -> (u16, u64) {
        let nexts = self.arrivals.nexts();
        for (partition, next) in (0_u16..).zip(&nexts) {
            let bounds = self.consumer.fetch_watermarks(&self.topic, i32::from(partition), CALL);
            let has = |(low, high): (i64, i64)| {
                u64::try_from(low).is_ok_and(|low| low <= *next) && u64::try_from(high).is_ok_and(|high| high >= *next)
            };
            if bounds.is_ok_and(|bounds| !has(bounds)) {
                return (partition, *next);
            }
        }
        (0, nexts.first().copied().unwrap_or_default())
    }
}

fn traceparent(headers: &BorrowedHeaders) -> Option<String> {
    let header = headers.iter().find(|header| header.key == TRACEPARENT)?;
    Some(String::from_utf8_lossy(header.value?).into_owned())
}

/// Asks again and again whether everything was read.
struct Asking {
    consumer: BaseConsumer<Context>,
    parts: LogParts,
    topic: String,
}

impl Asking {
    fn run(&self, place: &Place, arrivals: &Arrivals) {
        let is_stopping = || place.stop.load(Ordering::Acquire) || self.parts.is_stopping();
        let mut before: Vec<Option<(i64, u64)>> = place.as_of.iter().map(|_| None).collect();
        while !is_stopping() {
            let began = Instant::now();
            let mut all = (0_u16..).zip(&mut before).zip(&place.as_of);
            let is_answered = all.all(|((partition, before), as_of)| self.ask((as_of, arrivals), partition, before));
            if is_answered {
                self.consumer.context().note_reached();
            } else {
                self.parts.watch.set_reached(false);
            }
            while began.elapsed() < ASK && !is_stopping() {
                // Serves what the library tells meanwhile.
                let _ = self.consumer.poll(Duration::from_millis(50));
            }
        }
    }

    /// By this machine's clock alone: what the question before found was read by now, or what this one finds is.
    fn ask(&self, (as_of, arrivals): (&AtomicI64, &Arrivals), partition: u16, before: &mut Option<(i64, u64)>) -> bool {
        let asked_ms = now_ms();
        let Ok((_, high)) = self.consumer.fetch_watermarks(&self.topic, i32::from(partition), ASK) else {
            return false;
        };
        let high = u64::try_from(high).unwrap_or_default();
        let next = arrivals.nexts().get(usize::from(partition)).copied().unwrap_or_default();
        for (at_ms, end) in before.replace((asked_ms, high)).into_iter().chain([(asked_ms, high)]) {
            if next >= end {
                as_of.fetch_max(at_ms, Ordering::AcqRel);
            }
        }
        self.parts.watch.note_log(partition, next, high, as_of.load(Ordering::Acquire));
        true
    }
}

fn consumer(parts: &LogParts, topic: &str) -> Result<BaseConsumer<Context>, LogError> {
    let config = parts.settings.log_consumer()?;
    crate::context::consumer(&config, parts.context()).map_err(LogError::kafka(topic))
}

/// How many entries each partition has; waits for the brokers.
pub(super) fn ends(parts: &LogParts) -> Result<Vec<u64>, LogError> {
    let topic = Names::of(&parts.settings).events();
    let consumer = consumer(parts, &topic)?;
    let (mut ends, mut is_told) = (Vec::new(), false);
    for partition in 0..parts.partitions {
        let (low, high) = loop {
            match consumer.fetch_watermarks(&topic, i32::from(partition), ASK) {
                Ok(bounds) => break bounds,
                Err(_) if parts.is_stopping() => return Err(LogError::Stopped),
                Err(error) => {
                    parts.watch.set_waiting(true);
                    // Serves what the library tells meanwhile: why nobody answers.
                    let _ = consumer.poll(Duration::from_millis(100));
                    if !std::mem::replace(&mut is_told, true) {
                        tracing::warn!(%topic, partition, %error, "waiting for Kafka: `heng topics check` says whether the topic is there");
                    }
                }
            }
        };
        if low > 0 {
            return Err(LogError::Beginning { topic, partition, low });
        }
        ends.push(u64::try_from(high).unwrap_or_default());
    }
    parts.watch.set_waiting(false);
    Ok(ends)
}
