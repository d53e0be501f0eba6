//! Entries go out, and are waited for.

use super::{LogError, LogParts};
use crate::clock::now_ms;
use crate::message::TRACEPARENT;
use crate::places::{Placing, Ticket, Together};
use crate::topics::Names;
use bytes::Bytes;
use heng_model::SubjectId;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, ThreadedProducer};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// After this time it is looked whether to stop.
const LOOK: Duration = Duration::from_millis(200);

/// The key of a message that only asks what time it is.
const CLOCK: &str = "clock";

/// An entry on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The partition that it belongs to.
    pub partition: u16,
    /// Its bytes.
    pub entry: Bytes,
    /// The subject that it is about, which is its key.
    pub subject: Option<SubjectId>,
    /// W3C trace context, which is a header.
    pub traceparent: Option<String>,
}

/// Puts entries on the topic.
pub(super) struct Appender {
    producer: ThreadedProducer<Placing>,
    parts: LogParts,
    topic: String,
    /// Told when what was handed over is there, where nobody waits for it yet.
    told: Arc<Notify>,
    /// What was handed over and not waited for, and when.
    under_way: Option<(Arc<Together>, i64)>,
}

impl Appender {
    pub(super) fn new(parts: &LogParts, told: Arc<Notify>) -> Result<Self, LogError> {
        let topic = Names::of(&parts.settings).events();
        let config = parts.settings.log_producer()?;
        let producer = ThreadedProducer::from_config_and_context(&config, Placing(parts.context()));
        let producer = producer.map_err(LogError::kafka(&topic))?;
        Ok(Self { producer, parts: parts.clone(), topic, told, under_way: None })
    }

    /// Hands entries over.
    pub(super) fn send(&mut self, entries: &[Outgoing]) -> Result<(), LogError> {
        let (sent_ms, together) = (now_ms(), Together::telling(entries.len(), Some(Arc::clone(&self.told))));
        for (at, entry) in entries.iter().enumerate() {
            let subject = entry.subject.as_ref().map(SubjectId::text);
            let mut record = BaseRecord::with_opaque_to(&self.topic, together.ticket(at))
                .partition(i32::from(entry.partition))
                .payload(&*entry.entry);
            record.key = subject.as_deref();
            let header = |traceparent: &String| {
                OwnedHeaders::new().insert(Header { key: TRACEPARENT, value: Some(traceparent) })
            };
            record.headers = entry.traceparent.as_ref().map(header);
            self.hand_over(record)?;
        }
        self.under_way = Some((together, sent_ms));
        Ok(())
    }

    /// Waits so long for those that were handed over last; their offsets.
    pub(super) fn placed(&mut self, wait: Duration) -> Result<Option<Vec<u64>>, LogError> {
        let Some((together, sent_ms)) = &self.under_way else { return Ok(Some(Vec::new())) };
        let Some(offsets) = self.delivered(together, *sent_ms, wait)? else { return Ok(None) };
        self.under_way = None;
        self.parts.watch.appended.add(u64::try_from(offsets.len()).unwrap_or(u64::MAX));
        Ok(Some(offsets))
    }

    /// A message of the topic of packs that means nothing: the answer has the brokers' time.
    pub(super) fn check_clock(&self) -> Result<(), LogError> {
        let (topic, sent_ms, together) = (Names::of(&self.parts.settings).packs(), now_ms(), Together::of(1));
        let record = BaseRecord::<str, [u8], _>::with_opaque_to(&topic, together.ticket(0));
        self.hand_over(record.partition(0).key(CLOCK).payload(&[]))?;
        while self.delivered(&together, sent_ms, LOOK)?.is_none() {}
        Ok(())
    }

    fn hand_over(&self, mut record: BaseRecord<'_, str, [u8], Box<Ticket>>) -> Result<(), LogError> {
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    if self.parts.is_stopping() {
                        return Err(LogError::Stopped);
                    }
                    self.parts.watch.set_waiting(true);
                    std::thread::sleep(Duration::from_millis(10));
                }
                Err((error, back)) => return Err(LogError::kafka(back.topic)(error)),
            }
        }
    }

    /// The offsets of those that were handed over together, where all are there before so long has passed.
    fn delivered(&self, together: &Together, sent_ms: i64, wait: Duration) -> Result<Option<Vec<u64>>, LogError> {
        let places = together.wait(wait);
        self.parts.watch.set_waiting(places.is_none());
        let Some(places) = places else {
            return if self.parts.is_stopping() { Err(LogError::Stopped) } else { Ok(None) };
        };
        let places = places.map_err(LogError::kafka(&self.topic))?;
        for broker_ms in places.iter().filter_map(|place| place.broker_ms) {
            self.compare_clocks(sent_ms, broker_ms)?;
        }
        let unplaced = |_| LogError::Unplaced { topic: self.topic.clone() };
        places.iter().map(|place| u64::try_from(place.offset).map_err(unplaced)).collect::<Result<_, _>>().map(Some)
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
