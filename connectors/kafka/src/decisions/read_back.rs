//! What a partition of the topic holds, read committed.

use super::error::Differs;
use super::{progress, write};
use crate::Settings;
use crate::context::{Context, hear};
use crate::settings::LogName;
use heng_log::codec::decode_decision;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers as _, Message as _};
use rdkafka::topic_partition_list::Offset;
use std::time::{Duration, Instant};

/// How long the brokers may say nothing before it is an error.
const SILENCE: Duration = Duration::from_secs(30);
/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(10);

/// A partition of the decisions topic, as its readers see it.
pub(crate) struct ReadBack {
    consumer: BaseConsumer<Context>,
    topic: String,
    partition: i32,
}

/// A message of the topic.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item<'m> {
    /// A decision, as it is on the log.
    Decision { seq: u64, bytes: &'m [u8] },
    /// So many decisions stand before it.
    Progress { next_seq: u64 },
}

/// Why reading ended before the end.
pub(crate) enum Ended<E> {
    /// The brokers.
    Kafka(KafkaError),
    /// What was found.
    Found(E),
}

impl<E> From<KafkaError> for Ended<E> {
    fn from(error: KafkaError) -> Self {
        Self::Kafka(error)
    }
}

impl ReadBack {
    pub(crate) fn new(settings: &Settings, context: Context, topic: &str, partition: u16) -> Result<Self, KafkaError> {
        let config = settings.reader().map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
        let consumer = crate::context::consumer(&config, context)?;
        Ok(Self { consumer, topic: topic.to_owned(), partition: i32::from(partition) })
    }

    /// The cluster's id.
    pub(crate) fn cluster(&self) -> Result<String, KafkaError> {
        let id = self.consumer.client().fetch_cluster_id(REQUEST);
        id.ok_or(KafkaError::MetadataFetch(RDKafkaErrorCode::OperationTimedOut))
    }

    /// The first offset there is, and the one after the last.
    pub(crate) fn bounds(&self) -> Result<(i64, i64), KafkaError> {
        let bounds = self.consumer.fetch_watermarks(&self.topic, self.partition, REQUEST);
        if bounds.is_err() {
            hear(&self.consumer);
        }
        bounds
    }

    /// Reads from an offset to the end of what is committed.
    pub(crate) fn read<E>(
        &self,
        from: i64,
        visit: &mut dyn FnMut(&BorrowedMessage<'_>) -> Result<(), E>,
    ) -> Result<(), Ended<E>> {
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(&self.topic, self.partition, Offset::Offset(from))?;
        self.consumer.assign(&place)?;
        let mut heard = Instant::now();
        loop {
            match self.consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    heard = Instant::now();
                    visit(&message).map_err(Ended::Found)?;
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(self.consumer.unassign()?),
                // Connections that come back by themselves.
                Some(Err(KafkaError::MessageConsumption(
                    RDKafkaErrorCode::AllBrokersDown
                    | RDKafkaErrorCode::BrokerTransportFailure
                    | RDKafkaErrorCode::OperationTimedOut,
                ))) => {}
                Some(Err(error)) => return Err(error.into()),
                None if heard.elapsed() > SILENCE => {
                    return Err(KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut).into());
                }
                None => {}
            }
        }
    }
}

/// What a message of the topic is.
pub(super) fn item<'m>(message: &'m BorrowedMessage<'_>, log: &LogName) -> Result<Item<'m>, Differs> {
    let offset = message.offset();
    let foreign = |what: &str| Differs::Foreign { offset, what: what.to_owned() };
    let other = |found: &str| Differs::OtherLog { offset, found: found.to_owned(), wanted: log.as_str().to_owned() };
    let header = |name: &str| {
        let found = message.headers().and_then(|all| all.iter().find(|header| header.key == name));
        found.and_then(|header| header.value).and_then(|value| str::from_utf8(value).ok())
    };
    let kind = header("ce_type").ok_or_else(|| foreign("it has no header `ce_type`"))?;
    let written_for = header(write::LOG).ok_or_else(|| foreign("it does not say for which log it was written"))?;
    if written_for != log.as_str() {
        return Err(other(written_for));
    }
    let bytes = message.payload().ok_or_else(|| foreign("it has no value"))?;
    if kind == write::PROGRESS {
        let (next_seq, _) = progress::decode(bytes).ok_or_else(|| foreign("its progress cannot be read"))?;
        return Ok(Item::Progress { next_seq });
    }
    let decision = decode_decision(bytes).map_err(|error| foreign(&error.to_string()))?;
    Ok(Item::Decision { seq: decision.seq, bytes })
}
