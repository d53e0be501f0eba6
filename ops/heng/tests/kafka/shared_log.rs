//! The log on Kafka: several engines share it, each has the whole of it, and one speaks for each partition.

use crate::broker::{Broker, own, shared};
use crate::client::{Sent, binary, delete_topic, hand_over, producer, send};
use crate::decisions::compare;
use crate::events::{firm, listed};
use crate::place::{PARTITIONS, Place, Served, until};
use heng_log::Stream;
use rdkafka::producer::{BaseProducer, Producer as _};
use serde_json::Value;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

const SHARED: &str = "shared_log = true\n";

/// So many places for engines of one log, with its topics.
pub(crate) fn engines<const N: usize>(broker: &Broker, prefix: &str) -> [Place; N] {
    let places = std::array::from_fn(|_| Place::with(broker, prefix, SHARED));
    places.first().unwrap().heng(&["topics", "create"]).expect(0);
    places
}

pub(crate) fn publish(broker: &Broker, place: &Place, events: std::ops::Range<u32>) {
    let messages: Vec<Sent> = events.map(|number| binary(&listed(number))).collect();
    send(&broker.brokers, &place.topic("inbox.a"), None, &messages);
}

/// How many events of departments a copy of the log holds.
pub(crate) fn events(place: &Place) -> usize {
    crate::faults::ids(place).len()
}

/// Both copies hold the same bytes, events and decisions alike, and the topic of decisions those of both.
pub(crate) fn same(brokers: &str, one: &Place, other: &Place) -> usize {
    assert!(one.journal(Stream::Events) == other.journal(Stream::Events), "one log");
    assert!(one.journal(Stream::Decisions) == other.journal(Stream::Decisions), "the same decisions");
    let mut replay = Command::new(env!("CARGO_BIN_EXE_heng"));
    let replayed = replay.args(["replay", "--verify", "--data"]).arg(one.data()).output().expect("the program starts");
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stdout));
    compare(brokers, one)
}

pub(crate) fn is_published(served: &[&Served]) -> bool {
    served.iter().all(|it| it.metric("heng_kafka_decisions_behind") == 0)
}

/// The partitions that a process owns.
pub(crate) fn owned(served: &Served) -> u64 {
    served.metric("heng_kafka_log_owned")
}

#[test]
fn two_engines_share_a_log_and_what_one_leaves_the_other_goes_on_with() {
    let Some(broker) = shared() else { return };
    let [one, other] = engines(broker, "twins");
    let first = one.serve();
    until("one engine alone owns everything", || owned(&first) == u64::from(PARTITIONS));
    publish(broker, &one, 0..300);
    let second = other.serve();
    until("each owns a part", || owned(&first) == 1 && owned(&second) == 1);
    publish(broker, &one, 300..600);
    until("both have everything", || events(&one) == 600 && events(&other) == 600);
    until("it is published", || is_published(&[&first, &second]));
    first.stop();
    until("what it owned is the other's", || owned(&second) == u64::from(PARTITIONS));
    publish(broker, &one, 600..700);
    until("it goes on", || events(&other) == 700);
    // It comes back with its copy, and a third one with none.
    let first = one.serve();
    until("it has caught up", || events(&one) == 700);
    first.stop();
    std::fs::remove_dir_all(one.data()).unwrap();
    let first = one.serve();
    until("a new copy is whole", || events(&one) == 700 && is_published(&[&second]));
    first.stop();
    second.stop();
    assert!(same(&broker.brokers, &one, &other) >= 700);
}

#[test]
fn a_killed_engines_partitions_go_on_elsewhere() {
    let Some(broker) = shared() else { return };
    let [one, other] = engines(broker, "heirs");
    let (first, second) = (one.serve(), other.serve());
    until("each owns a part", || owned(&first) == 1 && owned(&second) == 1);
    publish(broker, &one, 0..400);
    until("some have come", || events(&other) > 100);
    first.kill();
    publish(broker, &one, 400..800);
    until("everything is the other's", || owned(&second) == u64::from(PARTITIONS));
    until("everything has come", || events(&other) == 800 && is_published(&[&second]));
    let first = one.serve();
    until("it has caught up", || events(&one) == 800);
    first.stop();
    second.stop();
    assert!(same(&broker.brokers, &one, &other) >= 800);
}

#[test]
fn a_stopped_and_continued_owner_says_nothing_twice() {
    let Some(broker) = shared() else { return };
    let [one, other] = engines(broker, "revenant");
    let (first, second) = (one.serve(), other.serve());
    until("each owns a part", || owned(&first) == 1 && owned(&second) == 1);
    publish(broker, &one, 0..200);
    until("some have come", || events(&other) > 50);
    first.signal("STOP");
    until("everything is the other's", || owned(&second) == u64::from(PARTITIONS));
    publish(broker, &one, 200..500);
    until("everything has come", || events(&other) == 500);
    first.signal("CONT");
    until("it has caught up", || events(&one) == 500);
    publish(broker, &one, 500..600);
    until("both have everything", || events(&one) == 600 && events(&other) == 600);
    until("it is published", || is_published(&[&first, &second]));
    first.stop();
    second.stop();
    assert!(same(&broker.brokers, &one, &other) >= 600);
}

/// A department that publishes without a pause.
struct Publishing {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<u32>>,
}

impl Publishing {
    fn start(broker: &Broker, place: &Place) -> Self {
        let (producer, topic, stop) = (producer(&broker.brokers), place.topic("inbox.a"), Arc::default());
        let thread = thread::spawn(publish_until(producer, topic, Arc::clone(&stop)));
        Self { stop, thread: Some(thread) }
    }

    /// How many events it has published.
    fn end(mut self) -> usize {
        self.stop.store(true, Ordering::Release);
        self.thread.take().unwrap().join().unwrap() as usize
    }
}

impl Drop for Publishing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

fn publish_until(producer: BaseProducer, topic: String, stop: Arc<AtomicBool>) -> impl FnOnce() -> u32 {
    move || {
        let mut sent = 0;
        while !stop.load(Ordering::Acquire) {
            for number in sent..sent + 4 {
                hand_over(&producer, &topic, None, &binary(&listed(number)));
            }
            sent += 4;
            producer.poll(Duration::from_millis(20));
        }
        producer.flush(Duration::from_secs(30)).expect("all are written");
        sent
    }
}

#[test]
fn reading_rests_while_one_engine_alone_writes() {
    let Some(broker) = shared() else { return };
    let [one, other] = engines(broker, "rests");
    let rests = |it: &Served| it.metric("heng_kafka_log_rests") == 1;
    let first = one.serve();
    until("one engine alone owns everything", || owned(&first) == u64::from(PARTITIONS));
    let publishing = Publishing::start(broker, &one);
    until("what it wrote itself is not read", || rests(&first));
    let second = other.serve();
    until("what the other one writes is read", || second.metric("heng_kafka_log_appended_total") > 0 && !rests(&first));
    second.stop();
    until("it writes alone again", || rests(&first));
    let published = publishing.end();
    until("nothing comes, and it is read", || !rests(&first) && events(&one) == published);
    let second = other.serve();
    until("both have everything", || events(&other) == published && is_published(&[&first, &second]));
    first.stop();
    second.stop();
    assert!(same(&broker.brokers, &one, &other) >= published);
}

#[test]
fn a_replica_answers_what_the_engines_decided_and_takes_nothing() {
    let Some(broker) = shared() else { return };
    let [one, replica] = engines(broker, "replica");
    let served = one.serve();
    publish(broker, &one, 0..300);
    until("everything has come", || events(&one) == 300 && is_published(&[&served]));
    let reading = replica.serve_as(&["--role", "check"]);
    until("the replica has everything", || events(&replica) == 300);
    assert_eq!(owned(&reading), 0);
    reading.stop();
    served.stop();
    let verdict = |place: &Place| -> Value {
        let mut check = Command::new(env!("CARGO_BIN_EXE_heng"));
        check.args(["check", &firm(7), "tender", "--on", "2025-06-01", "--json", "--data"]).arg(place.data());
        serde_json::from_slice(&check.output().expect("the program starts").stdout).expect("JSON")
    };
    assert_eq!(verdict(&one), verdict(&replica));
    assert!(same(&broker.brokers, &one, &replica) >= 300);
}

#[test]
fn a_log_that_lost_its_end_or_is_another_one_is_refused() {
    let Some(broker) = shared() else { return };
    let [one] = engines(broker, "cut");
    let served = one.serve();
    publish(broker, &one, 0..50);
    until("everything has come", || events(&one) == 50);
    served.stop();
    delete_topic(&broker.brokers, &one.topic("events"));
    one.heng(&["topics", "create"]).expect(0);
    let status = one.start().ended();
    assert_eq!(status.code(), Some(1));
    assert!(one.log().contains("the log lost its end, or is another one"), "{}", one.log());

    let [other] = engines(broker, "another");
    other.serve().stop();
    std::fs::remove_dir_all(other.data()).unwrap();
    let copied = Command::new("cp").arg("-r").arg(one.data()).arg(other.data()).status();
    assert!(copied.expect("cp runs").success());
    let status = other.start().ended();
    assert_eq!(status.code(), Some(1));
    assert!(other.log().contains("the data directory is of log"), "{}", other.log());
}

#[test]
fn brokers_that_go_away_are_waited_for() {
    let Some(broker) = own() else { return };
    let [one] = engines(&broker, "away");
    let served = one.serve();
    publish(&broker, &one, 0..50);
    until("everything has come", || events(&one) == 50);
    broker.kill();
    until("it is known", || served.metric("heng_kafka_up") == 0);
    broker.again();
    publish(&broker, &one, 50..100);
    until("it goes on", || events(&one) == 100 && is_published(&[&served]));
    broker.kill();
    // Asked to stop while nobody answers, it does not wait for ever.
    served.stop();
    broker.again();
    let served = one.serve();
    until("it goes on", || is_published(&[&served]));
    served.stop();
    assert!(compare(&broker.brokers, &one) >= 100);
}
