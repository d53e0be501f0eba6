//! What the client library tells while it works: errors, statistics, partitions that come and go; and the tokens it asks for.

use crate::clock::now_ms;
use crate::watch::{Failure, Watch};
use rdkafka::client::{ClientContext, OAuthToken};
use rdkafka::config::{ClientConfig, FromClientConfigAndContext as _, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::statistics::Statistics;
use rdkafka::util::Timeout;
use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// What keeps the brokers from answering, if anything does, and in which outage it was told: only some clients learn that
    /// one is over.
    trouble: Option<(u64, String)>,
    /// Why there is no new token, while there is none. The brokers may answer all the same: connections outlive it.
    no_token: Option<String>,
}

impl Told {
    /// What keeps the brokers from answering in an outage, where it was told in that one.
    fn trouble_of(&self, outage: u64) -> Option<&String> {
        self.trouble.as_ref().filter(|(told_in, _)| *told_in == outage).map(|(_, text)| text)
    }
}

impl Context {
    pub(crate) fn new(watch: Arc<Watch>, token_file: PathBuf) -> Self {
        Self { watch, token_file, told: Arc::default(), is_of_owners: false }
    }

    /// The same, for the member of the group that shares the log's partitions out.
    pub(crate) fn for_owners(self) -> Self {
        Self { is_of_owners: true, ..self }
    }

    /// What keeps the brokers from answering, as far as that is known: without a token nobody asks them.
    pub(crate) fn trouble(&self) -> Option<String> {
        let (told, now) = (self.told(), self.watch.outage());
        told.no_token.as_ref().or(told.trouble_of(now)).cloned()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine waits for brokers, or no more.
    pub(crate) fn note_waiting(&self, is_waiting: bool) {
        self.watch.set_waiting(is_waiting);
    }

    /// The brokers answered.
    pub(crate) fn note_reached(&self) {
        self.watch.set_reached(true);
        if self.told().trouble.take().is_some() {
            tracing::info!("Kafka answers again");
        }
    }

    fn note_trouble(&self, reason: Failure, text: String) {
        self.watch.set_reached(false);
        self.watch.note_failure(reason);
        let (mut told, now) = (self.told(), self.watch.outage());
        let before = told.trouble_of(now);
        // That nobody answers follows from whatever else is wrong, and says less.
        let says_less = reason == Failure::NoBroker && before.is_some();
        if !says_less && before != Some(&text) {
            tracing::error!("{text}");
            told.trouble = Some((now, text));
        }
    }

    /// There is no new token: said once, counted each time.
    fn note_no_token(&self, why: &str) {
        self.watch.note_failure(Failure::Token);
        let text = format!("no token for Kafka: {why}");
        let mut told = self.told();
        if told.no_token.as_ref() != Some(&text) {
            tracing::error!("{text}");
            told.no_token = Some(text);
        }
    }

    /// Whoever this client says it is was not let in.
    fn not_let_in(&self, reason: &str) {
        let has_token = !self.token_file.as_os_str().is_empty();
        let text = match reason.strip_prefix(NO_TOKEN) {
            // Told where it was read.
            Some(why) if why.starts_with("kafka.token_file: ") => return,
            Some(why) => return self.note_no_token(why),
            None if reason.contains(BROKEN) => return,
            None if reason.contains(NO_SASL) && has_token => return,
            None if reason.contains(NO_SASL) => format!(
                "this port of Kafka asks for no credentials: {reason}; see kafka.sasl, and kafka.brokers, which must name the port that does"
            ),
            None if has_token => format!(
                "Kafka refuses these credentials: {reason}; see kafka.sasl and kafka.token_file, which is read again by itself"
            ),
            None => format!(
                "Kafka refuses these credentials: {reason}; see kafka.sasl, kafka.username and kafka.password_file"
            ),
        };
        self.note_trouble(Failure::Credentials, text);
    }

    fn note_token(&self) {
        if self.told().no_token.take().is_some() {
            tracing::info!("there is a token for Kafka again");
        }
    }
}

/// What the client library puts before what was said about a token.
const NO_TOKEN: &str = "Failed to acquire SASL OAUTHBEARER token: ";

/// A consumer that may be asked something at once: the client library takes a token only when it is polled, and whoever asks
/// before waits for it in vain.
pub(crate) fn consumer(config: &ClientConfig, context: Context) -> Result<BaseConsumer<Context>, KafkaError> {
    let consumer = BaseConsumer::from_config_and_context(config, context)?;
    let _ = consumer.poll(Duration::ZERO);
    Ok(consumer)
}

/// Serves what the client library has to tell: why nobody answers.
pub(crate) fn hear(consumer: &BaseConsumer<Context>) {
    let began = Instant::now();
    while began.elapsed() < HEAR {
        // An error has been told to the context by then.
        let _ = consumer.poll(HEAR.saturating_sub(began.elapsed()));
    }
}

/// How long it may tell.
const HEAR: Duration = Duration::from_millis(100);

/// A connection that broke while somebody came in: the library connects anew by itself, and nobody was refused.
const BROKEN: &str = "Local: Broker transport failure";

/// Told by a port that asks nobody who they are; and to a connection that was given a token again too soon.
const NO_SASL: &str = "Request not valid in current SASL state";

/// What the client library says, without the time that it took, which would make it new each time.
fn timeless(reason: &str) -> &str {
    reason.split_once(" (after ").map_or(reason, |(reason, _)| reason)
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
        let reason = timeless(reason);
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed) => {
                self.not_let_in(reason);
            }
            Some(RDKafkaErrorCode::SSL) => {
                let remedy =
                    "see kafka.tls, and kafka.ca_file, which must hold the certificate of whoever signed the brokers'";
                self.note_trouble(Failure::Tls, format!("no encrypted connection to Kafka: {reason}; {remedy}"));
            }
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                let text = "no broker of Kafka answers: waiting for one; see kafka.brokers, kafka.tls if that port is not encrypted or must be, and kafka.sasl if it does not ask who comes or must be told";
                self.note_trouble(Failure::NoBroker, text.to_owned());
            }
            _ => tracing::debug!("{error}: {reason}"),
        }
    }

    fn generate_oauth_token(&self, _: Option<&str>) -> Result<OAuthToken, Box<dyn Error>> {
        // Told here: the library tells a failure that repeats itself once.
        let read = crate::token::read(&self.token_file, now_ms());
        match &read {
            Ok(_) => self.note_token(),
            Err(error) => self.note_no_token(&error.to_string()),
        }
        Ok(read?)
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
