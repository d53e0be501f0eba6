#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use crate::log::Owned;
use crate::settings::LETTER_BYTES_MAX;
use rdkafka::mocking::MockCluster;
use std::time::Instant;

/// Nobody answers here.
const NOWHERE: &str = "127.0.0.1:1";

fn parts(brokers: &str, producer: &str) -> LogParts {
    let text = format!("brokers = \"{brokers}\"\nshared_log = true\n[producer]\n{producer}");
    LogParts {
        settings: toml::from_str(&text).unwrap(),
        log_id: [1; 32],
        partitions: 1,
        watch: Arc::default(),
        owned: Owned::none(1),
        stop: Arc::default(),
    }
}

fn appender(parts: &LogParts) -> Appender {
    Appender::new(parts, Arc::default()).unwrap()
}

fn entries(count: usize) -> Arc<Vec<Outgoing>> {
    let entry = Outgoing { partition: 0, entry: Bytes::from_static(b"entry"), subject: None, traceparent: None };
    Arc::new(vec![entry; count])
}

/// What the appender says at last.
fn at_last(appender: &mut Appender) -> Result<Vec<u64>, LogError> {
    let began = Instant::now();
    loop {
        if let Some(placed) = appender.placed(Duration::from_millis(5)).transpose() {
            return placed;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is said");
    }
}

/// Where those sent last are; the library's brokers for tests have a clock of their own.
fn offsets(appender: &mut Appender) -> Vec<i64> {
    let under_way = appender.under_way.take().unwrap();
    let places = under_way.together.wait(Duration::from_secs(60)).unwrap().unwrap();
    places.iter().map(|place| place.offset).collect()
}

#[test]
fn few_behind_many_get_the_places_behind_them() {
    let cluster = MockCluster::new(1).unwrap();
    let parts = parts(&cluster.bootstrap_servers(), "");
    cluster.create_topic(&Names::of(&parts.settings).events(), 1, 1).unwrap();
    let mut appender = appender(&parts);
    appender.send(&entries(BESIDE_MIN)).unwrap();
    appender.send(&entries(3)).unwrap();
    assert_eq!(offsets(&mut appender), (256..259).collect::<Vec<_>>());
    appender.send(&entries(2)).unwrap();
    assert_eq!(offsets(&mut appender), [259, 260]);
    appender.send(&entries(2 * BESIDE_MIN)).unwrap();
    assert_eq!(offsets(&mut appender), (261..773).collect::<Vec<_>>());
    assert_eq!(at_last(&mut appender).unwrap(), [0_u64; 0], "nothing is under way");
}

#[test]
fn what_cannot_be_handed_over_is_said() {
    let mut appender = appender(&parts(NOWHERE, ""));
    let mut many = entries(BESIDE_MIN);
    Arc::make_mut(&mut many)[BESIDE_MIN / 2].entry = vec![0; LETTER_BYTES_MAX + 1].into();
    appender.send(&many).unwrap();
    let said = at_last(&mut appender).unwrap_err();
    assert!(matches!(&said, LogError::Kafka { topic, .. } if topic == "credit.events"), "{said}");
    // Whoever does other things meanwhile hears of it too.
    let told = Arc::clone(&appender.sending.told);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(60), told.notified()).await }).unwrap();
}

#[test]
fn neither_a_stop_nor_the_end_waits_for_room() {
    let parts = parts(NOWHERE, "queue.buffering.max.messages = 10");
    let mut stopped = appender(&parts);
    stopped.send(&entries(BESIDE_MIN)).unwrap();
    assert!(stopped.placed(Duration::from_millis(50)).unwrap().is_none());
    let mut ended = appender(&parts);
    ended.send(&entries(BESIDE_MIN)).unwrap();
    drop(ended);
    parts.stop.store(true, Ordering::Release);
    assert!(matches!(at_last(&mut stopped), Err(LogError::Stopped)));
}

#[test]
fn clocks_differ_by_what_cannot_be_the_time_on_the_way() {
    assert_eq!(differs_ms(1_000, 1_003, 1_009), 0);
    assert_eq!(differs_ms(1_000, 999, 1_009), 1);
    assert_eq!(differs_ms(9_000, 1_000, 9_009), 8_000);
    assert_eq!(differs_ms(1_000, 9_000, 1_009), -7_991);
}
