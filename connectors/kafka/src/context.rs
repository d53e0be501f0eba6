//! What the client library tells while it works: errors, statistics, partitions that come and go; and the tokens it asks for.

use crate::watch::Watch;
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;
use rdkafka::util::Timeout;
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Hears what the client library tells.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    watch: Arc<Watch>,
    token_file: PathBuf,
    told: Arc<Mutex<Told>>,
    /// Are the partitions that come and go those of the log, not of inboxes?
    is_of_owners: bool,
}

/// What has been said, so that it is said once.
#[derive(Debug, Default)]
struct Told {
    /// What keeps the brokers from answering, if anything does.
    trouble: Option<String>,
}

impl Context {
    pub(crate) fn new(watch: Arc<Watch>, token_file: PathBuf) -> Self {
        Self { watch, token_file, told: Arc::default(), is_of_owners: false }
    }

    /// The same, for the member of the group that shares the log's partitions out.
    pub(crate) fn for_owners(self) -> Self {
        Self { is_of_owners: true, ..self }
    }

    /// What keeps the brokers from answering, as far as they said so.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).trouble.clone()
    }

    /// The engine waits for brokers, or no more.
    pub(crate) fn note_waiting(&self, is_waiting: bool) {
        self.watch.set_waiting(is_waiting);
    }

    /// The brokers answered.
    pub(crate) fn note_reached(&self) {
        self.watch.set_reached(true);
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).trouble.take().is_some() {
            tracing::info!("Kafka answers again");
        }
    }

    fn note_trouble(&self, text: String) {
        self.watch.set_reached(false);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.trouble.as_ref() != Some(&text) {
            tracing::error!("{text}");
            told.trouble = Some(text);
        }
    }
}

impl ClientContext for Context {
    const ENABLE_REFRESH_OAUTH_TOKEN: bool = true;

    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::error!(facility, "{message}");
            }
            // What it calls errors are connections that it goes on trying; what matters comes as an error, below.
            RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => tracing::debug!(facility, "{message}"),
            _ => tracing::trace!(facility, "{message}"),
        }
    }

    fn stats(&self, statistics: Statistics) {
        if statistics.brokers.values().any(|broker| broker.state == "UP") {
            self.note_reached();
        }
        for (topic, told) in &statistics.topics {
            for (partition, told) in
                told.partitions.iter().filter(|(id, told)| **id >= 0 && told.desired && told.hi_offset >= 0)
            {
                self.watch.note_end(topic, *partition, told.hi_offset, told.committed_offset);
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed) => {
                let remedy = "see kafka.sasl, kafka.username and kafka.password_file, or kafka.token_file";
                self.note_trouble(format!("Kafka refuses these credentials: {reason}; {remedy}"));
            }
            Some(RDKafkaErrorCode::SSL) => {
                self.note_trouble(format!(
                    "no encrypted connection to Kafka: {reason}; see kafka.tls and kafka.ca_file"
                ));
            }
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                self.note_trouble("no broker of Kafka answers: waiting for one; see kafka.brokers".to_owned());
            }
            _ => tracing::debug!("{error}: {reason}"),
        }
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        Ok(crate::token::read(&self.token_file)?)
    }
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let named = |list: &rdkafka::TopicPartitionList| {
            let names =
                list.elements().iter().map(|it| format!("{}/{}", it.topic(), it.partition())).collect::<Vec<_>>();
            names.join(" ")
        };
        match rebalance {
            // Told by whoever follows the assignment.
            Rebalance::Assign(_) | Rebalance::Revoke(_) if self.is_of_owners => {}
            Rebalance::Assign(list) => tracing::info!(partitions = named(list), "inboxes taken on"),
            Rebalance::Revoke(list) => {
                tracing::info!(partitions = named(list), "inboxes given up");
                self.watch.forget(list.elements().iter().map(|it| (it.topic(), it.partition())));
            }
            Rebalance::Error(error) => tracing::warn!(%error, "partitions cannot be shared out"),
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(list) = rebalance {
            // The library remembers for ever that a partition was paused: one given up in a pause, which ends meanwhile, and
            // taken on again would stand still, and nobody would look for it.
            if let Err(error) = consumer.resume(list) {
                tracing::error!(%error, "partitions taken on cannot be read: restart this process");
            }
            self.note_reached();
            if !self.is_of_owners {
                self.watch.set_joined();
            }
        }
    }

    fn main_queue_min_poll_interval(&self) -> Timeout {
        Timeout::After(Duration::from_millis(100))
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = ();

    /// What could not be delivered makes its transaction fail.
    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

#[cfg(test)]
mod tests;
