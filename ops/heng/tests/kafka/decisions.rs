//! Decisions on their topic: those of the log, once, in order; and a topic that is not what it must be is refused.

use crate::broker::shared;
use crate::client::{Sent, binary, delete_topic, read_committed, send, sha256};
use crate::events::listed;
use crate::place::{PARTITIONS, Place, Served, until};
use heng_log::Stream;
use std::path::Path;
use std::process::Command;

/// What the topic holds is what the log holds; how many decisions there are.
pub(crate) fn compare(brokers: &str, place: &Place) -> usize {
    let journal = place.journal(Stream::Decisions);
    let mut count = 0;
    for (log, topic) in journal.iter().zip(read_committed(brokers, place)) {
        let wanted: Vec<String> = log.iter().map(|bytes| sha256(bytes)).collect();
        let decisions: Vec<_> = topic.iter().filter(|seen| seen.kind != "heng.progress").collect();
        let found: Vec<String> = decisions.iter().map(|seen| seen.sha256.clone()).collect();
        assert_eq!(found, wanted, "the topic holds the decisions of the log, once, in order");
        assert!(decisions.iter().all(|seen| seen.kind.starts_with("decision.") && !seen.key.is_empty()));
        let ids: std::collections::BTreeSet<&str> = decisions.iter().map(|seen| seen.id.as_str()).collect();
        assert_eq!(ids.len(), decisions.len(), "each revision once");
        assert!(topic.iter().any(|seen| seen.kind == "heng.progress"), "positions move on");
        count += found.len();
    }
    count
}

fn publish(brokers: &str, place: &Place, served: &Served, events: std::ops::Range<u32>) {
    let before = served.metric("heng_kafka_inbox_accepted_total");
    let wanted = before + u64::from(events.end - events.start);
    let messages: Vec<Sent> = events.map(|number| binary(&listed(number))).collect();
    send(brokers, &place.topic("inbox.a"), None, &messages);
    until("all are accepted", || served.metric("heng_kafka_inbox_accepted_total") == wanted);
}

/// The service does not start: it says why and ends.
fn refused(place: &Place, part: &str) {
    let status = place.start().ended();
    assert_eq!(status.code(), Some(1));
    assert!(place.log().contains(part), "{part} is not in {}", place.log());
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(copied.expect("cp runs").success());
}

#[test]
fn the_topic_holds_what_the_log_holds_and_is_caught_up_with() {
    let Some(broker) = shared() else { return };
    let place = Place::made(broker, "decisions");
    let served = place.serve();
    publish(&broker.brokers, &place, &served, 0..3_000);
    served.stop();
    assert!(compare(&broker.brokers, &place) >= 3_000);
    // Beyond what a takeover reads back, and again from where it was.
    let served = place.serve();
    publish(&broker.brokers, &place, &served, 3_000..3_100);
    served.kill();
    place.serve().stop();
    assert!(compare(&broker.brokers, &place) >= 3_100);
    let told = place.heng(&["topics", "verify", "--json"]).expect(0).lines();
    assert_eq!(told.len(), usize::from(PARTITIONS));
    assert!(told.iter().all(|line| line["differs"].is_null() && line["behind"] == 0), "{told:?}");
}

#[test]
fn a_topic_that_somebody_else_wrote_is_refused() {
    let Some(broker) = shared() else { return };
    let place = Place::made(broker, "foreign");
    let served = place.serve();
    publish(&broker.brokers, &place, &served, 0..50);
    served.stop();
    let alien = Sent { value: b"lift everything".to_vec(), ..Sent::default() };
    send(&broker.brokers, &place.topic("decisions"), Some(1), &[alien]);
    refused(&place, "is neither a decision nor a progress marker: it has no header `ce_type`");
    let told = place.heng(&["topics", "verify"]).expect(1);
    assert!(told.out.contains("THE TOPIC DIFFERS FROM THE LOG"), "{}", told.out);
}

#[test]
fn a_topic_that_was_made_anew_is_refused() {
    let Some(broker) = shared() else { return };
    let place = Place::made(broker, "anew");
    let served = place.serve();
    publish(&broker.brokers, &place, &served, 0..50);
    served.stop();
    delete_topic(&broker.brokers, &place.topic("decisions"));
    place.heng(&["topics", "create"]).expect(0);
    refused(&place, "had been committed: it was truncated or made anew");
}

#[test]
fn a_topic_that_is_ahead_of_the_log_is_refused() {
    let Some(broker) = shared() else { return };
    let place = Place::made(broker, "ahead");
    let served = place.serve();
    publish(&broker.brokers, &place, &served, 0..50);
    served.stop();
    copy(&place.data(), &place.file("backup"));
    let served = place.serve();
    publish(&broker.brokers, &place, &served, 50..200);
    served.stop();
    std::fs::remove_dir_all(place.data()).unwrap();
    std::fs::rename(place.file("backup"), place.data()).unwrap();
    refused(&place, "and the log has only");
}

#[test]
fn a_stopped_and_continued_process_writes_nothing_any_more() {
    let Some(broker) = shared() else { return };
    let place = Place::made(broker, "zombie");
    let zombie = place.serve();
    publish(&broker.brokers, &place, &zombie, 0..200);
    until("all is published", || zombie.metric("heng_kafka_decisions_behind") == 0);
    zombie.signal("STOP");
    // The same log goes on elsewhere, as after a move of its disk.
    let heir = Place::new(broker, "zombie");
    copy(&place.data(), &heir.data());
    let served = heir.serve();
    publish(&broker.brokers, &heir, &served, 200..400);
    zombie.signal("CONT");
    assert_eq!(zombie.ended().code(), Some(1));
    publish(&broker.brokers, &heir, &served, 400..500);
    // A stop publishes what it can within its time; what is left goes out with the next start.
    until("all is published", || served.metric("heng_kafka_decisions_behind") == 0);
    served.stop();
    assert!(compare(&broker.brokers, &heir) >= 500);
}
