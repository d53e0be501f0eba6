//! Messages go to the client library, and are waited for.

use super::run::CALL;
use super::write::Written;
use crate::context::Context;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, Producer as _, ThreadedProducer};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// It is looked so often whether messages were answered.
pub(super) const LOOK: Duration = Duration::from_micros(500);
/// The same of many: each look takes a processor from somebody who has work for it.
pub(super) const LOOK_MANY: Duration = Duration::from_millis(4);

/// Waits until every message was answered: the library's flush, which the commit begins with, would look for that only every tenth of a
/// second. What is not answered in time is the commit's to tell.
pub(super) fn delivered(producer: &ThreadedProducer<Context>, stop: &AtomicBool, look: Duration) {
    let began = Instant::now();
    while producer.in_flight_count() > 0 && began.elapsed() < CALL && !stop.load(Ordering::Acquire) {
        std::thread::sleep(look);
    }
}

/// Hands a message to the client library; waits where it has too many in hand.
pub(super) fn send(
    producer: &ThreadedProducer<Context>,
    topic: &str,
    partition: u16,
    message: Written<'_>,
) -> Result<(), KafkaError> {
    let Written { key, value, headers } = message;
    let mut record =
        BaseRecord::<str, [u8]>::to(topic).partition(i32::from(partition)).payload(&value).headers(headers);
    record.key = key;
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                record = back;
                // Either some go out, or the transaction's time runs out, which the commit tells.
                let _ = producer.flush(Duration::from_millis(100));
            }
            Err((error, _)) => return Err(error),
        }
    }
}
