//! The yardstick: messages from topics to a topic and nothing else, exactly once.
//!
//! # Invariants
//!
//! As whoever writes such a loop would: one thread, a transaction for each so many messages, and the places read up to in it.

use super::PATIENCE;
use super::client::{From, config, create_topic, has_no_room, reader};
use super::throughput::{Tenths, Turn};
use anyhow::Context as _;
use rdkafka::consumer::Consumer as _;
use rdkafka::message::Message as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use std::time::{Duration, Instant};

/// Messages of one transaction.
const TRANSACTION: u64 = 2_000;
/// Messages between two looks at what the brokers answered.
const LOOK_EVERY: u64 = 100;
const WAIT: Duration = Duration::from_millis(5);
const SOON: Duration = Duration::from_millis(1);

/// Copies so many messages from topics to another topic.
pub(super) fn copied(brokers: &str, from: &[String], to: &str, events: u64) -> anyhow::Result<Turn> {
    create_topic(brokers, to)?;
    let consumer = reader(brokers, from, to, From::Beginning)?;
    let mut settings = config(brokers);
    // As Heng's producers of decisions have it.
    settings.set("transactional.id", to).set("linger.ms", "0").set("compression.type", "zstd");
    let producer: BaseProducer = settings.create()?;
    producer.init_transactions(PATIENCE)?;
    let group = consumer.group_metadata().context("no group")?;
    let (mut copied, mut began, mut last) = (0, None, Instant::now());
    let mut tenths = Tenths::new(events);
    while copied < events {
        producer.begin_transaction()?;
        let mut taken = 0;
        while taken < TRANSACTION.min(events - copied) {
            let Some(message) = consumer.poll(PATIENCE) else {
                anyhow::ensure!(last.elapsed() < PATIENCE, "{copied} of {events} messages came");
                continue;
            };
            let message = message?;
            last = Instant::now();
            if began.is_none() {
                began = Some((last, crate::clock::process()));
                tenths.begin(last);
            }
            let mut record = BaseRecord::<[u8], [u8]>::to(to).payload(message.payload().unwrap_or_default());
            record.key = message.key();
            record.headers = message.headers().map(|headers| headers.detach());
            while let Err((error, back)) = producer.send(record) {
                has_no_room(error)?;
                producer.poll(WAIT);
                record = back;
            }
            taken += 1;
            if taken.is_multiple_of(LOOK_EVERY) {
                producer.poll(Duration::ZERO);
            }
        }
        // By itself a commit waits a tenth of a second for what is under way, even if that has long arrived.
        while producer.in_flight_count() > 0 {
            producer.poll(SOON);
        }
        producer.send_offsets_to_transaction(&consumer.position()?, &group, PATIENCE)?;
        producer.commit_transaction(PATIENCE)?;
        copied += taken;
        tenths.note(copied);
    }
    let (wall, processor) = began.context("no message came")?;
    Ok(Turn {
        events,
        wall: wall.elapsed(),
        processor: crate::clock::process().saturating_sub(processor),
        tenths: tenths.took,
        ..Turn::default()
    })
}
