//! Asks the brokers about topics, and makes those that are missing.

use super::{Found, Wanted};
use crate::context::{Context, consumer, hear};
use crate::{Sasl, Settings};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(10);
/// The brokers are asked again so often until they answer.
const ASK: Duration = Duration::from_secs(2);

/// Why nothing is known about the topics.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    /// A file that the settings name.
    #[error("a file that [kafka] names cannot be read: {0}")]
    File(#[from] io::Error),
    /// No answer.
    #[error("Kafka at `{brokers}` does not answer: {why}")]
    Unreachable {
        /// Whom was asked.
        brokers: String,
        /// What the client library said last.
        why: String,
    },
    /// A request failed.
    #[error("Kafka at `{brokers}` refuses: {source}")]
    Refused {
        /// Whom was asked.
        brokers: String,
        /// Why.
        source: KafkaError,
    },
    /// Topics are administered by other credentials.
    #[error(
        "kafka.sasl is `oauthbearer`: the client library's administration takes no token, so that topics are neither made nor \
         their settings read by one; run this command with a configuration file that has SCRAM, a certificate or \
         another listener, or make the topics by kafka-topics.sh; `heng serve` works by tokens"
    )]
    ByToken,
    /// A topic cannot be described.
    #[error("topic `{topic}` cannot be described: {code}")]
    Undescribed {
        /// The topic.
        topic: String,
        /// Why.
        code: RDKafkaErrorCode,
    },
    /// A topic cannot be made.
    #[error("topic `{topic}` cannot be made: {code}")]
    NotMade {
        /// The topic.
        topic: String,
        /// Why.
        code: RDKafkaErrorCode,
    },
}

/// What became of a topic that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It was made.
    Made,
    /// It was there.
    WasThere,
}

/// Asks the brokers.
pub struct Topics {
    settings: Settings,
    context: Context,
    consumer: BaseConsumer<Context>,
}

impl Topics {
    /// A client; nothing is connected yet.
    ///
    /// # Errors
    /// [`TopicsError`].
    pub fn new(settings: &Settings) -> Result<Self, TopicsError> {
        Self::watched(settings, Arc::default())
    }

    pub(crate) fn watched(settings: &Settings, watch: Arc<crate::Watch>) -> Result<Self, TopicsError> {
        let context = Context::new(watch, settings.token_file.clone());
        let made = consumer(&settings.reader()?, context.clone());
        let refused = |source| TopicsError::Refused { brokers: settings.brokers.clone(), source };
        Ok(Self { consumer: made.map_err(refused)?, settings: settings.clone(), context })
    }

    /// What the brokers have, waiting for an answer as long as is said; blocks.
    ///
    /// # Errors
    /// [`TopicsError::Unreachable`], with what the brokers said last.
    pub fn metadata(&self, wait: Duration) -> Result<Metadata, TopicsError> {
        let began = Instant::now();
        loop {
            let asked = self.consumer.fetch_metadata(None, ASK.min(wait));
            if asked.is_err() {
                hear(&self.consumer);
            }
            match asked {
                Ok(metadata) => {
                    self.context.note_reached();
                    return Ok(metadata);
                }
                Err(error) if began.elapsed() >= wait => {
                    let why = self.context.trouble().unwrap_or_else(|| error.to_string());
                    return Err(TopicsError::Unreachable { brokers: self.settings.brokers.clone(), why });
                }
                Err(_) => {}
            }
        }
    }

    /// How many partitions a topic has; none where it is missing.
    ///
    /// # Errors
    /// [`TopicsError`].
    pub fn partitions(&self, topic: &str, wait: Duration) -> Result<Option<usize>, TopicsError> {
        let metadata = self.metadata(wait)?;
        let found = metadata.topics().iter().find(|it| it.name() == topic && !it.partitions().is_empty());
        Ok(found.map(|topic| topic.partitions().len()))
    }

    /// The topics among those wanted that are there, with their settings.
    ///
    /// # Errors
    /// [`TopicsError`].
    pub async fn found(&self, wanted: &[Wanted]) -> Result<BTreeMap<String, Found>, TopicsError> {
        let began = Instant::now();
        loop {
            match self.found_now(wanted).await {
                // A broker that lists a new topic may not yet know its settings.
                Err(TopicsError::Undescribed {
                    code: RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic,
                    ..
                }) if began.elapsed() < REQUEST => tokio::time::sleep(Duration::from_millis(100)).await,
                found => return found,
            }
        }
    }

    async fn found_now(&self, wanted: &[Wanted]) -> Result<BTreeMap<String, Found>, TopicsError> {
        let admin = self.admin()?;
        let metadata = self.metadata(REQUEST)?;
        let mut found = BTreeMap::new();
        for topic in metadata.topics().iter().filter(|it| wanted.iter().any(|wanted| wanted.name == it.name())) {
            let partitions = topic.partitions();
            if partitions.is_empty() {
                continue;
            }
            let replication = partitions.iter().map(|it| it.replicas().len()).min().unwrap_or_default();
            let settings = BTreeMap::new();
            found.insert(topic.name().to_owned(), Found { partitions: partitions.len(), replication, settings });
        }
        let names: Vec<String> = found.keys().cloned().collect();
        if names.is_empty() {
            return Ok(found);
        }
        let asked: Vec<_> = names.iter().map(|name| ResourceSpecifier::Topic(name)).collect();
        let described = admin.describe_configs(&asked, &options()).await.map_err(|it| self.refused(it))?;
        for (name, described) in names.iter().zip(described) {
            let undescribed = |code| TopicsError::Undescribed { topic: name.clone(), code };
            let entries = described.map_err(undescribed)?.entries;
            if let Some(found) = found.get_mut(name) {
                found.settings = entries.into_iter().filter_map(|it| Some((it.name, it.value?))).collect();
            }
        }
        Ok(found)
    }

    /// Makes the topics that are missing, in order.
    ///
    /// # Errors
    /// [`TopicsError`]; those before the one that failed are made.
    pub async fn create(&self, wanted: &[Wanted]) -> Result<Vec<Created>, TopicsError> {
        let admin = self.admin()?;
        // Waits for the brokers, and says why they do not answer.
        self.metadata(REQUEST)?;
        let mut created = Vec::with_capacity(wanted.len());
        for topic in wanted {
            let copies = TopicReplication::Fixed(i32::from(topic.replication));
            let mut new = NewTopic::new(&topic.name, i32::from(topic.partitions), copies);
            for (name, value, _) in &topic.settings {
                new = new.set(name, value);
            }
            let made = admin.create_topics([&new], &options()).await.map_err(|it| self.refused(it))?;
            created.push(match made.into_iter().next() {
                Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Created::WasThere,
                Some(Err((name, code))) => return Err(TopicsError::NotMade { topic: name, code }),
                Some(Ok(_)) | None => Created::Made,
            });
        }
        self.wait_for(wanted).await?;
        Ok(created)
    }

    /// A broker hears of a new topic a moment after the controller has made it.
    async fn wait_for(&self, wanted: &[Wanted]) -> Result<(), TopicsError> {
        let began = Instant::now();
        loop {
            let metadata = self.metadata(REQUEST)?;
            let is_there =
                |name: &str| metadata.topics().iter().any(|it| it.name() == name && !it.partitions().is_empty());
            if wanted.iter().all(|topic| is_there(&topic.name)) || began.elapsed() > REQUEST {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn admin(&self) -> Result<AdminClient<Context>, TopicsError> {
        // It is polled for answers to requests alone, by the library's binding: it would wait for a token for ever.
        if self.settings.sasl == Sasl::Oauthbearer {
            return Err(TopicsError::ByToken);
        }
        let config = self.settings.asking()?;
        AdminClient::from_config_and_context(&config, self.context.clone()).map_err(|it| self.refused(it))
    }

    fn refused(&self, source: KafkaError) -> TopicsError {
        TopicsError::Refused { brokers: self.settings.brokers.clone(), source }
    }
}

fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST)).operation_timeout(Some(REQUEST))
}
