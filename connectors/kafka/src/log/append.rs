//! Entries go out, and are waited for.

use super::{LogError, LogParts};
use crate::clock::now_ms;
use crate::context::Context;
use crate::message::TRACEPARENT;
use crate::topics::Names;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders, Timestamp};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};
use std::time::Duration;
use tokio::runtime::Runtime;

/// After this time it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(200);

/// The key of a message that only asks what time it is.
const CLOCK: &str = "clock";

/// An entry on its way.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The partition that it belongs to.
    pub partition: u16,
    /// Its bytes.
    pub entry: &'a [u8],
    /// The subject that it is about, which is its key.
    pub subject: Option<&'a str>,
    /// W3C trace context, which is a header.
    pub traceparent: Option<&'a str>,
}

/// Puts entries on the topic.
pub(super) struct Appender {
    producer: FutureProducer<Context>,
    parts: LogParts,
    topic: String,
    runtime: Runtime,
    /// What was handed over and not waited for, and when.
    under_way: Option<(Vec<DeliveryFuture>, i64)>,
}

impl Appender {
    pub(super) fn new(parts: &LogParts) -> Result<Self, LogError> {
        let topic = Names::of(&parts.settings).events();
        let config = parts.settings.log_producer()?;
        let producer = FutureProducer::from_config_and_context(&config, parts.context());
        let producer = producer.map_err(LogError::kafka(&topic))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(LogError::Thread)?;
        Ok(Self { producer, parts: parts.clone(), topic, runtime, under_way: None })
    }

    /// Hands entries over.
    pub(super) fn send(&mut self, entries: &[Outgoing<'_>]) -> Result<(), LogError> {
        let sent_ms = now_ms();
        let futures = entries.iter().map(|entry| self.hand_over(entry)).collect::<Result<_, _>>()?;
        self.under_way = Some((futures, sent_ms));
        Ok(())
    }

    /// Waits for those that were handed over last; their offsets.
    pub(super) fn placed(&mut self) -> Result<Vec<u64>, LogError> {
        let Some((futures, sent_ms)) = self.under_way.take() else { return Ok(Vec::new()) };
        let offsets = self.runtime.block_on(self.delivered(futures, sent_ms))?;
        self.parts.watch.appended.add(u64::try_from(offsets.len()).unwrap_or(u64::MAX));
        Ok(offsets)
    }

    /// A message of the topic of packs that means nothing: the answer has the brokers' time.
    pub(super) fn check_clock(&self) -> Result<(), LogError> {
        let (topic, sent_ms) = (Names::of(&self.parts.settings).packs(), now_ms());
        let record = FutureRecord::<str, [u8]>::to(&topic).partition(0).key(CLOCK).payload(&[]);
        let sent = self.producer.send_result(record).map_err(|(error, _)| LogError::kafka(&topic)(error))?;
        self.runtime.block_on(self.delivered(vec![sent], sent_ms)).map(drop)
    }

    fn hand_over(&self, entry: &Outgoing<'_>) -> Result<DeliveryFuture, LogError> {
        let mut record =
            FutureRecord::<str, [u8]>::to(&self.topic).partition(i32::from(entry.partition)).payload(entry.entry);
        record.key = entry.subject;
        let header = |traceparent| OwnedHeaders::new().insert(Header { key: TRACEPARENT, value: Some(traceparent) });
        record.headers = entry.traceparent.map(header);
        loop {
            match self.producer.send_result(record) {
                Ok(future) => return Ok(future),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    if self.parts.is_stopping() {
                        return Err(LogError::Stopped);
                    }
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err((error, _)) => return Err(LogError::kafka(&self.topic)(error)),
            }
        }
    }

    async fn delivered(&self, futures: Vec<DeliveryFuture>, sent_ms: i64) -> Result<Vec<u64>, LogError> {
        let mut offsets = Vec::with_capacity(futures.len());
        for mut future in futures {
            let done = loop {
                match tokio::time::timeout(LOOK, &mut future).await {
                    Ok(done) => break done,
                    Err(_) if self.parts.is_stopping() => return Err(LogError::Stopped),
                    Err(_) => self.parts.watch.set_waiting(true),
                }
            };
            self.parts.watch.set_waiting(false);
            let delivery = match done {
                Ok(Ok(delivery)) => delivery,
                Ok(Err((error, _))) => return Err(LogError::kafka(&self.topic)(error)),
                // The producer is gone.
                Err(_) => return Err(LogError::Stopped),
            };
            if let Timestamp::LogAppendTime(broker_ms) = delivery.timestamp {
                self.compare_clocks(sent_ms, broker_ms)?;
            }
            offsets.push(u64::try_from(delivery.offset).unwrap_or_default());
        }
        Ok(offsets)
    }

    /// The brokers' time lies between that of sending and that of the answer, where both go by one clock.
    fn compare_clocks(&self, sent_ms: i64, broker_ms: i64) -> Result<(), LogError> {
        let differs_ms = differs_ms(sent_ms, broker_ms, now_ms());
        self.parts.watch.note_clock(differs_ms);
        let limit_ms = i64::from(self.parts.settings.clock_differs_ms_max);
        if differs_ms.saturating_abs() > limit_ms {
            return Err(LogError::Clocks { differs_ms, limit_ms });
        }
        Ok(())
    }
}

/// By how much this machine's clock must be ahead of the brokers' at least; negative where it is behind.
fn differs_ms(sent_ms: i64, broker_ms: i64, answered_ms: i64) -> i64 {
    let ahead_ms = sent_ms.saturating_sub(broker_ms).max(0);
    let behind_ms = broker_ms.saturating_sub(answered_ms).max(0);
    ahead_ms.saturating_sub(behind_ms)
}

#[cfg(test)]
mod tests {
    use super::differs_ms;

    #[test]
    fn clocks_differ_by_what_cannot_be_the_time_on_the_way() {
        assert_eq!(differs_ms(1_000, 1_003, 1_009), 0);
        assert_eq!(differs_ms(1_000, 999, 1_009), 1);
        assert_eq!(differs_ms(9_000, 1_000, 9_009), 8_000);
        assert_eq!(differs_ms(1_000, 9_000, 1_009), -7_991);
    }
}
