//! Reads dead letters, and sends what they hold again.

use super::{ADDED, CODE, FIELD, OFFSET, PARTITION, POSITION, REASON, TIME, TOPIC};
use crate::Settings;
use crate::context::Context;
use crate::topics::{Names, Topics, TopicsError};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::util::Timeout;
use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

const REQUEST: Duration = Duration::from_secs(10);
/// How long the brokers may say nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// Where a letter lies on the topic of dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.offset)
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once(':').and_then(|(partition, offset)| {
            Some(Self { partition: partition.parse().ok()?, offset: offset.parse().ok()? })
        });
        let valid = parts.filter(|place| place.partition >= 0 && place.offset >= 0);
        valid.ok_or_else(|| format!("`{text}` is no place of a dead letter: write partition:offset, such as 0:17"))
    }
}

/// A dead letter.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Where it lies.
    pub place: Place,
    /// When it was written, RFC 3339.
    pub time: String,
    /// A word for the reason.
    pub code: String,
    /// The field that is wrong; empty where none is.
    pub field: String,
    /// What is wrong.
    pub reason: String,
    /// The topic that the message came from.
    pub topic: String,
    /// Its partition and offset there.
    pub from: Place,
    /// Where it stands on the log; empty where it did not come so far.
    pub position: String,
    message: OwnedMessage,
}

impl Letter {
    /// Key as it came.
    #[must_use]
    pub fn key(&self) -> Option<&[u8]> {
        self.message.key()
    }

    /// Value as it came.
    #[must_use]
    pub fn value(&self) -> Option<&[u8]> {
        self.message.payload()
    }

    /// Headers as they came.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, Option<Vec<u8>>)> {
        let all = self.message.headers().into_iter().flat_map(|headers| headers.iter());
        let own = all.filter(|header| !header.key.starts_with(ADDED));
        own.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect()
    }

    fn of(message: &rdkafka::message::BorrowedMessage<'_>) -> Self {
        let text = |name: &str| {
            let found = message.headers().and_then(|all| all.iter().filter(|it| it.key == name).last());
            let value = found.and_then(|header| header.value).unwrap_or_default();
            String::from_utf8_lossy(value).into_owned()
        };
        Self {
            place: Place { partition: message.partition(), offset: message.offset() },
            time: text(TIME),
            code: text(CODE),
            field: text(FIELD),
            reason: text(REASON),
            topic: text(TOPIC),
            from: Place {
                partition: text(PARTITION).parse().unwrap_or(-1),
                offset: text(OFFSET).parse().unwrap_or(-1),
            },
            position: text(POSITION),
            message: message.detach(),
        }
    }
}

/// Where a letter's message was sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requeued {
    /// The letter.
    pub place: Place,
    /// The topic that has its message now.
    pub topic: String,
}

/// Why letters cannot be read, or sent again.
#[derive(Debug, thiserror::Error)]
pub enum LettersError {
    /// The topics.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// No topic.
    #[error("there is no topic `{0}`: heng topics create --config FILE")]
    NoTopic(String),
    /// No letter.
    #[error("there is no dead letter at {0}: `heng deadletter list` says which there are")]
    NoLetter(Place),
    /// It does not say where its message came from.
    #[error("the dead letter at {0} does not say from which inbox it came: name one with --to")]
    NoSource(Place),
    /// A file that the settings name.
    #[error("a file that [kafka] names cannot be read: {0}")]
    File(#[from] io::Error),
    /// The brokers.
    #[error("Kafka: {0}")]
    Kafka(#[from] KafkaError),
    /// Not all went out.
    #[error("the message of the dead letter at {place} did not reach `{topic}`: {source}")]
    NotSent {
        /// The letter.
        place: Place,
        /// Where it was sent.
        topic: String,
        /// Why.
        source: KafkaError,
    },
}

/// Reads dead letters.
pub struct Reader {
    settings: Settings,
    context: Context,
    topic: String,
    partitions: i32,
}

impl Reader {
    /// Asks for the topic of dead letters.
    ///
    /// # Errors
    /// [`LettersError`].
    pub fn open(settings: &Settings) -> Result<Self, LettersError> {
        let topic = Names::of(settings).deadletter();
        let partitions = Topics::new(settings)?.partitions(&topic, REQUEST)?;
        let partitions = partitions.ok_or_else(|| LettersError::NoTopic(topic.clone()))?;
        let context = Context::new(Arc::default(), settings.token_file.clone());
        let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
        Ok(Self { settings: settings.clone(), context, topic, partitions })
    }

    /// Hands over every letter, by partition and offset.
    ///
    /// # Errors
    /// [`LettersError`], and what `visit` says.
    pub fn each<E: From<LettersError>>(&self, mut visit: impl FnMut(Letter) -> Result<(), E>) -> Result<(), E> {
        for partition in 0..self.partitions {
            self.read(partition, 0, &mut |letter| visit(letter).map(|()| true))?;
        }
        Ok(())
    }

    /// The letter at a place.
    ///
    /// # Errors
    /// [`LettersError`].
    pub fn letter(&self, place: Place) -> Result<Letter, LettersError> {
        let mut found = None;
        if place.partition < self.partitions {
            self.read(place.partition, place.offset, &mut |letter| {
                found = Some(letter).filter(|letter| letter.place == place);
                Ok::<_, LettersError>(false)
            })?;
        }
        found.ok_or(LettersError::NoLetter(place))
    }

    /// Reads a partition from an offset on, until it ends or is told to stop.
    fn read<E: From<LettersError>>(
        &self,
        partition: i32,
        from: i64,
        visit: &mut dyn FnMut(Letter) -> Result<bool, E>,
    ) -> Result<(), E> {
        let kafka = |error: KafkaError| LettersError::Kafka(error);
        let config = self.settings.reader().map_err(LettersError::File)?;
        let consumer = crate::context::consumer(&config, self.context.clone()).map_err(kafka)?;
        let (low, high) = consumer.fetch_watermarks(&self.topic, partition, REQUEST).map_err(kafka)?;
        let from = from.max(low);
        if from >= high {
            return Ok(());
        }
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(&self.topic, partition, Offset::Offset(from)).map_err(kafka)?;
        consumer.assign(&place).map_err(kafka)?;
        let mut heard = Instant::now();
        loop {
            match consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => {
                    heard = Instant::now();
                    if !visit(Letter::of(&message))? {
                        return Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                Some(Err(error)) => return Err(kafka(error).into()),
                None if heard.elapsed() > SILENCE => {
                    let code = RDKafkaErrorCode::OperationTimedOut;
                    return Err(kafka(KafkaError::MessageConsumption(code)).into());
                }
                None => {}
            }
        }
    }

    /// Sends a letter's message again, as it came or with another value: to the inbox that it came from, or to another.
    ///
    /// # Errors
    /// [`LettersError`]; the message may have been sent where its acknowledgement was lost, and is then a duplicate.
    pub async fn requeue(
        &self,
        letter: &Letter,
        value: Option<&[u8]>,
        to: Option<&str>,
    ) -> Result<Requeued, LettersError> {
        let topic = to.unwrap_or(&letter.topic);
        if topic.is_empty() {
            return Err(LettersError::NoSource(letter.place));
        }
        let config = self.settings.letter_producer()?;
        let producer = FutureProducer::<Context>::from_config_and_context(&config, self.context.clone())?;
        let headers = letter.headers().into_iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key: &key, value: value.as_deref() })
        });
        let mut record = FutureRecord::<[u8], [u8]>::to(topic).headers(headers);
        (record.key, record.payload) = (letter.key(), value.or_else(|| letter.value()));
        match producer.send(record, Timeout::After(SILENCE)).await {
            Ok(_) => Ok(Requeued { place: letter.place, topic: topic.to_owned() }),
            Err((source, _)) => Err(LettersError::NotSent { place: letter.place, topic: topic.to_owned(), source }),
        }
    }
}
