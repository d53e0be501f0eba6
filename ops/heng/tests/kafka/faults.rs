//! Faults under load: the service is killed, the broker is killed, messages come twice. Every acknowledged message becomes
//! one entry, every decision appears once on its topic in order, and both are what an embedded run of the same events gives.

use crate::broker::{Broker, own};
use crate::client::{binary, producer};
use crate::decisions::compare;
use crate::events::listed;
use crate::place::{Place, pack, until};
use heng_log::Stream;
use heng_log::codec::{EntryKind, decode_head};
use heng_sim::random::Rng;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Publishes event after event, some of them again, until told to stop; how many events there are, all acknowledged.
pub(crate) fn publisher(
    brokers: &str,
    topic: String,
    seed: u64,
    sent: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
) -> JoinHandle<u32> {
    let (producer, mut rng) = (producer(brokers), Rng::new(seed));
    thread::spawn(move || {
        let mut next = 0_u32;
        while !stop.load(Ordering::Acquire) {
            // An idempotent producer keeps the order of one partition; what is sent again comes much later.
            let again = (next > 0 && rng.below(5) == 0).then(|| u32::try_from(rng.below(next as usize)).unwrap());
            let message = binary(&listed(again.unwrap_or(next)));
            let headers = message.headers.iter().fold(OwnedHeaders::new(), |headers, (key, text)| {
                headers.insert(Header { key, value: Some(text.as_str()) })
            });
            let mut record = BaseRecord::<[u8], [u8]>::to(&topic).payload(&message.value).headers(headers);
            record.key = message.key.as_deref();
            if producer.send(record).is_ok() && again.is_none() {
                next += 1;
                sent.store(next, Ordering::Release);
            }
            // A steady stream of a hundred or two a second, so that a slow machine keeps up with it.
            producer.poll(Duration::from_millis(5));
        }
        producer.flush(Duration::from_secs(300)).expect("all are acknowledged");
        next
    })
}

/// The ids of the events on the log, as often as they stand there.
pub(crate) fn ids(place: &Place) -> BTreeMap<String, u32> {
    let mut ids = BTreeMap::new();
    for entry in place.journal(Stream::Events).into_iter().flatten() {
        let head = decode_head(&entry).unwrap();
        if head.kind == EntryKind::Event {
            *ids.entry(head.id.to_owned()).or_default() += 1;
        }
    }
    ids
}

/// The truth about each decision: its last revision, as far as it does not depend on when it was learnt.
pub(crate) fn truth(data: &std::path::Path) -> BTreeMap<String, Value> {
    let listed =
        Command::new(env!("CARGO_BIN_EXE_heng")).args(["decisions", "--json", "--all", "--data"]).arg(data).output();
    let listed = listed.expect("the program starts");
    assert!(listed.status.success());
    let lines = String::from_utf8(listed.stdout).unwrap();
    let mut last = BTreeMap::new();
    for line in lines.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let data = &event["data"];
        let told =
            serde_json::json!([event["subject"], data["outcome"], data["in_force"], data["measures"], data["void"]]);
        last.insert(data["decision"].as_str().unwrap().to_owned(), told);
    }
    last
}

/// `heng run` over the same events.
pub(crate) fn embedded(place: &Place, events: u32) -> std::path::PathBuf {
    let (file, data) = (place.file("events.jsonl"), place.file("embedded"));
    let lines: Vec<String> = (0..events).map(|number| listed(number).to_string() + "\n").collect();
    std::fs::write(&file, lines.concat()).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_heng"));
    run.args(["run", "--quiet", "--until", "2026-01-02", "--pack"]).arg(pack()).arg("--data").arg(&data).arg(file);
    assert!(run.output().expect("the program starts").status.success());
    data
}

fn round(broker: &Broker, place: &Place, rng: &mut Rng, sent: &AtomicU32) -> &'static str {
    let served = place.serve();
    // A moment in the midst of what is under way.
    let moment = sent.load(Ordering::Acquire) + 50 + u32::try_from(rng.below(500)).unwrap();
    until("more is published", || sent.load(Ordering::Acquire) >= moment);
    match rng.below(3) {
        0 => {
            broker.kill();
            broker.again();
            let taken = served.metric("heng_kafka_inbox_consumed_total");
            until("it goes on", || served.metric("heng_kafka_inbox_consumed_total") > taken);
            served.kill();
            "the broker, then the service"
        }
        1 => {
            broker.kill();
            served.kill();
            broker.again();
            "both at once"
        }
        _ => {
            served.kill();
            "the service"
        }
    }
}

#[test]
fn nothing_is_lost_and_nothing_comes_twice() {
    let Some(broker) = own() else { return };
    let (rounds, seed) = (number("HENG_KAFKA_ROUNDS", 2), number("HENG_SEED", 1));
    let place = Place::made(&broker, "faults");
    let (sent, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let publishing = publisher(&broker.brokers, place.topic("inbox.a"), seed, Arc::clone(&sent), Arc::clone(&stop));
    let mut rng = Rng::new(seed);
    for number in 0..rounds {
        let killed = round(&broker, &place, &mut rng, &sent);
        eprintln!("round {number}: {killed} killed after {} events", sent.load(Ordering::Acquire));
    }
    stop.store(true, Ordering::Release);
    let events = publishing.join().expect("a publisher");
    let wanted: BTreeSet<String> = (0..events).map(|number| format!("e-{number}")).collect();
    let served = place.serve();
    until("everything acknowledged is on the log", || ids(&place).len() >= wanted.len());
    until("no message waits", || served.metric("heng_kafka_inbox_lag") == 0);
    served.stop();

    let found = ids(&place);
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), wanted, "each acknowledged message is an entry");
    assert!(found.values().all(|times| *times == 1), "no message is two entries");
    let decisions = compare(&broker.brokers, &place);
    place.heng(&["topics", "verify"]).expect(0);
    let mut replay = Command::new(env!("CARGO_BIN_EXE_heng"));
    let replayed =
        replay.args(["replay", "--verify", "--data"]).arg(place.data()).output().expect("the program starts");
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stdout));
    assert_eq!(truth(&place.data()), truth(&embedded(&place, events)), "as an embedded run of the same events");
    eprintln!("{rounds} rounds, {events} events, {decisions} decisions: none lost, none twice");
}
