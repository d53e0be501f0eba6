//! Departments: who publishes to inboxes, and who reads topics.

use super::PATIENCE;
use super::events::{Sink, number_of};
use super::form::Formed;
use anyhow::Context as _;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication, TopicResult};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

/// How long a client waits for room in its queue.
const ROOM: Duration = Duration::from_millis(5);

/// A client's configuration.
pub(super) fn config(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config
}

/// Puts the messages that are handed out into their inboxes and waits until the brokers have them.
pub(super) fn publish(
    brokers: &str,
    prefix: &str,
    messages: impl FnOnce(&mut Sink<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let producer: BaseProducer = config(brokers).set("enable.idempotence", "true").create()?;
    messages(&mut |message| {
        let topic = format!("{prefix}.inbox.{}", message.authority);
        let Formed { headers, value } = &message.formed;
        let mut record = BaseRecord::to(&topic).key(message.key.as_str()).payload(value).headers(headers.clone());
        while let Err((error, back)) = producer.send(record) {
            has_no_room(error)?;
            producer.poll(ROOM);
            record = back;
        }
        Ok(())
    })?;
    Ok(producer.flush(PATIENCE)?)
}

/// Removes the topics of a prefix: what was measured with them is known, and the next turn needs the disk.
pub(super) fn remove_topics(brokers: &str, prefix: &str) -> anyhow::Result<()> {
    let consumer: BaseConsumer = config(brokers).create()?;
    let told = consumer.fetch_metadata(None, PATIENCE)?;
    let is_of_prefix = |topic: &&str| topic.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    let topics: Vec<&str> = told.topics().iter().map(|it| it.name()).filter(is_of_prefix).collect();
    let admin: AdminClient<DefaultClientContext> = config(brokers).create()?;
    let removed = runtime()?.block_on(admin.delete_topics(&topics, &AdminOptions::new()))?;
    each_done(removed)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn each_done(topics: Vec<TopicResult>) -> anyhow::Result<()> {
    topics.into_iter().try_for_each(|it| it.map(drop).map_err(|(topic, code)| anyhow::anyhow!("topic {topic}: {code}")))
}

/// An error other than that the queue of a producer is full.
pub(super) fn has_no_room(error: KafkaError) -> Result<(), KafkaError> {
    let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
    if is_full { Ok(()) } else { Err(error) }
}

/// A topic with as many partitions as the log.
pub(super) fn create_topic(brokers: &str, topic: &str) -> anyhow::Result<()> {
    let admin: AdminClient<DefaultClientContext> = config(brokers).create()?;
    let new = NewTopic::new(topic, i32::from(super::PARTITIONS), TopicReplication::Fixed(1));
    let made = runtime()?.block_on(admin.create_topics(&[new], &AdminOptions::new()))?;
    each_done(made)
}

/// Where a reader begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Beginning,
    /// With what comes.
    Now,
}

/// Who reads topics, committed messages only.
pub(super) fn reader(brokers: &str, topics: &[String], group: &str, from: From) -> anyhow::Result<BaseConsumer> {
    let mut config = config(brokers);
    config.set("group.id", group).set("enable.auto.commit", "false").set("isolation.level", "read_committed");
    let consumer: BaseConsumer = config.create()?;
    let mut places = TopicPartitionList::new();
    for topic in topics {
        let told = consumer.fetch_metadata(Some(topic), PATIENCE)?;
        for partition in told.topics().iter().flat_map(|it| it.partitions()) {
            let offset = match from {
                From::Beginning => Offset::Beginning,
                From::Now => Offset::Offset(consumer.fetch_watermarks(topic, partition.id(), PATIENCE)?.1),
            };
            places.add_partition_offset(topic, partition.id(), offset)?;
        }
    }
    anyhow::ensure!(places.count() >= topics.len(), "topics are missing: {topics:?}");
    consumer.assign(&places)?;
    Ok(consumer)
}

/// A decision as a reader of the topic sees it: the number of the enterprise, and the partition.
pub(super) fn decision(consumer: &BaseConsumer, wait: Duration) -> anyhow::Result<Option<(u64, i32)>> {
    let Some(message) = consumer.poll(wait) else { return Ok(None) };
    let message = message?;
    let is_marker = message
        .headers()
        .is_some_and(|all| all.iter().any(|it| it.key == "ce_type" && it.value == Some(b"heng.progress".as_slice())));
    if is_marker {
        return Ok(None);
    }
    let key = std::str::from_utf8(message.key().unwrap_or_default())?;
    let number = number_of(key).with_context(|| format!("a decision about `{key}`"))?;
    Ok(Some((number, message.partition())))
}

/// When each of the events from a number on was seen to have an effect.
pub(super) struct Seen {
    first: u64,
    at: Vec<Option<Instant>>,
    left: usize,
}

impl Seen {
    pub(super) fn new(first: u64, events: usize) -> Self {
        Self { first, at: vec![None; events], left: events }
    }

    /// Notes it, the first time; which of the events it is then. What is about earlier events is passed over.
    pub(super) fn note(&mut self, number: u64) -> Option<usize> {
        let now = Instant::now();
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let noted = self.at.get_mut(at).filter(|noted| noted.is_none())?;
        *noted = Some(now);
        self.left -= 1;
        Some(at)
    }

    /// Have all come? An error where nothing has come for too long.
    pub(super) fn has_all(&self, last: Instant) -> anyhow::Result<bool> {
        anyhow::ensure!(last.elapsed() < PATIENCE, "{} decisions did not come", self.left);
        Ok(self.left == 0)
    }

    pub(super) fn left(&self) -> usize {
        self.left
    }

    pub(super) fn times(&self) -> &[Option<Instant>] {
        &self.at
    }
}
