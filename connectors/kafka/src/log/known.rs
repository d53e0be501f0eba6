//! What lies in `credit.packs`: what the log is, and the packs that it names.

use super::LogError;
use crate::context::Context;
use crate::decisions::{Ended, ReadBack};
use crate::topics::Names;
use crate::{Settings, Watch};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The key of what the log is.
const LOG: &[u8] = b"log";
/// One call to the brokers.
const CALL: Duration = Duration::from_secs(2);

/// What a log is, for all who share it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogIdentity {
    /// Its id, lower-case hexadecimal.
    pub log_id: String,
    /// Its partitions.
    pub partitions: u16,
}

/// The topic of packs.
pub(super) struct Shelf {
    settings: Settings,
    context: Context,
    topic: String,
    stop: Arc<AtomicBool>,
}

/// What the log is: as the topic says, or else as is proposed, which is then written there.
///
/// # Errors
/// [`LogError`]; it is waited for the brokers and the topic until told to stop.
pub fn claim(
    settings: &Settings,
    watch: &Arc<Watch>,
    proposed: &LogIdentity,
    stop: &Arc<AtomicBool>,
) -> Result<LogIdentity, LogError> {
    let context = Context::new(Arc::clone(watch), settings.token_file.clone());
    let shelf = Shelf::new(settings, context, Arc::clone(stop));
    if let Some(known) = shelf.identity()? {
        return Ok(known);
    }
    let text = serde_json::to_vec(proposed).map_err(|error| LogError::Thread(error.into()))?;
    shelf.write(LOG, &text)?;
    shelf.identity()?.ok_or_else(|| LogError::Cut { topic: shelf.topic.clone(), partition: 0, offset: 0 })
}

/// What the log is, if the topic says so.
///
/// # Errors
/// [`LogError`]; it is waited for the brokers and the topic until told to stop.
pub fn known(settings: &Settings, watch: &Arc<Watch>, stop: &Arc<AtomicBool>) -> Result<Option<LogIdentity>, LogError> {
    let context = Context::new(Arc::clone(watch), settings.token_file.clone());
    Shelf::new(settings, context, Arc::clone(stop)).identity()
}

impl Shelf {
    pub(super) fn new(settings: &Settings, context: Context, stop: Arc<AtomicBool>) -> Self {
        Self { settings: settings.clone(), context, topic: Names::of(settings).packs(), stop }
    }

    pub(super) fn keep(&self, sha256: &[u8; 32], bundle: &[u8]) -> Result<(), LogError> {
        let key = hex::encode(sha256);
        if self.first_with(key.as_bytes())?.is_none() {
            self.write(key.as_bytes(), bundle)?;
            // Without it no other engine could go on.
            self.pack(sha256)?;
        }
        Ok(())
    }

    pub(super) fn pack(&self, sha256: &[u8; 32]) -> Result<Vec<u8>, LogError> {
        let key = hex::encode(sha256);
        let found = self.first_with(key.as_bytes())?;
        found.ok_or_else(|| LogError::PackMissing { sha256: key, topic: self.topic.clone() })
    }

    fn identity(&self) -> Result<Option<LogIdentity>, LogError> {
        let Some(text) = self.first_with(LOG)? else { return Ok(None) };
        let foreign = |error: serde_json::Error| LogError::Foreign {
            topic: self.topic.clone(),
            partition: 0,
            offset: 0,
            what: format!("what the log is cannot be read: {error}"),
        };
        serde_json::from_slice(&text).map(Some).map_err(foreign)
    }

    /// The first value with a key: what is written later does not count.
    fn first_with(&self, key: &[u8]) -> Result<Option<Vec<u8>>, LogError> {
        let mut is_told = false;
        loop {
            let mut found = None;
            let made = ReadBack::new(&self.settings, self.context.clone(), &self.topic, 0);
            let topic = made.map_err(LogError::kafka(&self.topic))?;
            let visit = &mut |message: &rdkafka::message::BorrowedMessage<'_>| {
                if found.is_none() && message.key() == Some(key) {
                    found = message.payload().map(<[u8]>::to_vec);
                }
                Ok::<(), Infallible>(())
            };
            // A topic that is not there answers nothing; what is there can be read to its end.
            let read = topic.bounds().map_err(Ended::Kafka).and_then(|_| topic.read(0, visit));
            match read {
                Ok(()) => {
                    self.context.note_waiting(false);
                    return Ok(found);
                }
                Err(_) if self.stop.load(Ordering::Acquire) => return Err(LogError::Stopped),
                Err(Ended::Found(never)) => match never {},
                Err(Ended::Kafka(error)) => {
                    self.context.note_waiting(true);
                    if !std::mem::replace(&mut is_told, true) {
                        let topic = &self.topic;
                        tracing::warn!(%topic, %error, "waiting for Kafka: `heng topics check` says whether the topic is there");
                    }
                    std::thread::sleep(Duration::from_millis(500));
                }
            }
        }
    }

    fn write(&self, key: &[u8], value: &[u8]) -> Result<(), LogError> {
        let kafka = || LogError::kafka(&self.topic);
        let producer: ThreadedProducer<Context> =
            ThreadedProducer::from_config_and_context(&self.settings.letter_producer()?, self.context.clone())
                .map_err(kafka())?;
        let record = BaseRecord::<[u8], [u8]>::to(&self.topic).partition(0).key(key).payload(value);
        producer.send(record).map_err(|(error, _)| kafka()(error))?;
        while producer.in_flight_count() > 0 {
            if self.stop.load(Ordering::Acquire) {
                return Err(LogError::Stopped);
            }
            // What is not there by then is waited for further.
            self.context.note_waiting(producer.flush(CALL).is_err());
        }
        // Read back by whoever needs it: a message that was given up is not there.
        Ok(())
    }
}
