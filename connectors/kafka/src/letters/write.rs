//! Writes dead letters.

use super::{CODE, FIELD, OFFSET, PARTITION, POSITION, REASON, TIME, TOPIC};
use crate::Settings;
use crate::context::Context;
use crate::topics::Names;
use heng_files::format_instant;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord};
use std::cell::OnceCell;
use std::time::Duration;

/// A letter that did not go out is handed over again after this time.
const AGAIN: Duration = Duration::from_secs(1);

/// Why a message was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Why {
    /// A word for it.
    pub(crate) code: &'static str,
    /// The field that is wrong; empty where none is.
    pub(crate) field: String,
    /// What is wrong, and what to do.
    pub(crate) reason: String,
    /// Where it stands on the log, if it came as far.
    pub(crate) position: Option<String>,
}

/// A letter can never be written.
#[derive(Debug, thiserror::Error)]
#[error("a dead letter cannot be written: {0}")]
pub struct WriteLetterError(#[from] KafkaError);

/// Writes dead letters.
pub(crate) struct Letters {
    /// Made for the first letter: its thread costs something even where there are none.
    producer: OnceCell<FutureProducer<Context>>,
    config: ClientConfig,
    context: Context,
    topic: String,
}

impl Letters {
    pub(crate) fn new(settings: &Settings, context: Context) -> Result<Self, WriteLetterError> {
        let config = settings.letter_producer().map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
        Ok(Self { producer: OnceCell::new(), config, context, topic: Names::of(settings).deadletter() })
    }

    fn producer(&self) -> Result<&FutureProducer<Context>, KafkaError> {
        if let Some(producer) = self.producer.get() {
            return Ok(producer);
        }
        let producer = FutureProducer::from_config_and_context(&self.config, self.context.clone())?;
        Ok(self.producer.get_or_init(|| producer))
    }

    /// Hands a letter over; it is written when the future says so.
    pub(crate) async fn hand_over(
        &self,
        message: &BorrowedMessage<'_>,
        why: &Why,
        now_ms: i64,
    ) -> Result<DeliveryFuture, WriteLetterError> {
        let headers = headers(message, why, now_ms);
        loop {
            let mut record = FutureRecord::<[u8], [u8]>::to(&self.topic).headers(headers.clone());
            (record.key, record.payload) = (message.key(), message.payload());
            match self.producer()?.send_result(record) {
                Ok(future) => return Ok(future),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => {
                    tokio::time::sleep(AGAIN).await;
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }

    /// Waits until a letter is written, handing it over anew as often as it takes.
    pub(crate) async fn written(
        &self,
        mut future: DeliveryFuture,
        message: &BorrowedMessage<'_>,
        why: &Why,
        now_ms: i64,
    ) -> Result<(), WriteLetterError> {
        loop {
            match future.await {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err((KafkaError::MessageProduction(RDKafkaErrorCode::Fatal), _))) | Err(_) => {
                    return Err(KafkaError::MessageProduction(RDKafkaErrorCode::Fatal).into());
                }
                Ok(Err((error, _))) => {
                    tracing::warn!(%error, topic = %self.topic, "a dead letter did not go out: it is handed over again");
                    tokio::time::sleep(AGAIN).await;
                    future = self.hand_over(message, why, now_ms).await?;
                }
            }
        }
    }
}

/// The message's own headers, and those that say why and whence.
fn headers(message: &BorrowedMessage<'_>, why: &Why, now_ms: i64) -> OwnedHeaders {
    let mut headers = OwnedHeaders::new();
    for header in message.headers().into_iter().flat_map(|headers| headers.iter()) {
        headers = headers.insert(Header { key: header.key, value: header.value });
    }
    let (partition, offset, time) =
        (message.partition().to_string(), message.offset().to_string(), format_instant(now_ms));
    let mut texts = vec![
        (CODE, why.code),
        (REASON, &why.reason),
        (TOPIC, message.topic()),
        (PARTITION, &partition),
        (OFFSET, &offset),
        (TIME, &time),
    ];
    texts.extend((!why.field.is_empty()).then_some((FIELD, why.field.as_str())));
    texts.extend(why.position.as_deref().map(|position| (POSITION, position)));
    texts.into_iter().fold(headers, |headers, (key, text)| headers.insert(Header { key, value: Some(text) }))
}
