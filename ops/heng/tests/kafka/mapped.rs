//! A department with a database and no publisher: change events, as Debezium writes them, become events through a mapping.

use crate::broker::shared;
use crate::client::{Sent, create_topic, send};
use crate::events::firm;
use crate::place::{Place, until};
use std::fs;

const MAPPING: &str = r#"
mapping: listings
source: /gov/a
columns: [op, {name: after.id, optional: true}, {name: after.code, optional: true}, {name: after.listed, optional: true}, {name: after.amount, optional: true}]
skip:
  - {when: {value: "{op}", is: [d]}, reason: a row that was deleted is no retraction}
events:
  - when: {value: "{op}", is: [c, r]}
    type: credit.recorded
    id: "listing-{after.id | filled}"
    subject: "{after.code | filled | uscc}"
    time: "{after.listed | day}T00:00:00+08:00"
    data: {record: "listing-{after.id}", item: s.listed, decided_on: "{after.listed | day}", fields: {amount: "{after.amount | amount}", starts: "{after.listed | day}"}}
"#;

fn change(text: &str) -> Sent {
    Sent { key: Some(br#"{"id":1}"#.to_vec()), value: text.as_bytes().to_vec(), ..Sent::default() }
}

#[test]
fn change_events_of_a_database_become_events() {
    let Some(broker) = shared() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("listings.yaml");
    fs::write(&file, MAPPING).expect("a mapping");
    let more = format!("[kafka.mapped]\n\"mapped.erp.listing\" = {{ authority = \"a\", mapping = {file:?} }}\n");
    let place = Place::with(broker, "mapped", &more);
    place.heng(&["topics", "create"]).expect(0);
    create_topic(&broker.brokers, &place.topic("erp.listing"));
    let code = firm(1);
    let row = |op: &str, id: u32| {
        let row = format!(r#"{{"id":{id},"code":"{code}","listed":"2024-03-0{id}","amount":1200.5}}"#);
        change(&format!(r#"{{"before":null,"after":{row},"op":"{op}","ts_ms":1}}"#))
    };
    let deleted = change(r#"{"before":{"id":1},"after":null,"op":"d","ts_ms":3}"#);
    let gone = Sent { value: Vec::new(), ..deleted.clone() };
    let bad = change(r#"{"before":null,"after":{"id":9,"code":"O1420100MA49XK7P6T","listed":"2024-03-09"},"op":"c"}"#);
    let messages = [row("r", 1), row("c", 2), row("c", 2), deleted, gone, bad, change("no JSON")];
    send(&broker.brokers, &place.topic("erp.listing"), Some(0), &messages);
    let served = place.serve();
    until("all are answered", || served.metric("heng_kafka_inbox_consumed_total") == 7);
    until("the last is answered", || served.metric("heng_kafka_deadletters_total") == 2);
    assert_eq!(served.metric("heng_kafka_inbox_accepted_total"), 2);
    assert_eq!(served.metric("heng_kafka_inbox_duplicates_total"), 1);
    assert_eq!(served.metric("heng_kafka_inbox_skipped_total"), 2);
    served.stop();
    let letters = place.heng(&["deadletter", "list", "--json"]).expect(0).lines();
    let told: Vec<&str> = letters.iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(told, ["not_mapped", "not_mapped"], "{letters:?}");
}

#[test]
fn a_mapping_that_needs_every_message_is_refused() {
    let Some(broker) = shared() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("listings.yaml");
    fs::write(&file, MAPPING.replace("events:", "unique: \"{after.id}\"\nevents:")).expect("a mapping");
    let more = format!("[kafka.mapped]\n\"erp\" = {{ authority = \"a\", mapping = {file:?} }}\n");
    let place = Place::with(broker, "remembers", &more);
    let status = place.start_fails();
    assert!(status.contains("which need every message since the first"), "{status}");
}
