//! Inboxes: every form is taken, every bad message is a dead letter with its own reason, and can be mended and sent again.

use crate::broker::shared;
use crate::client::{Sent, binary, protobuf, send, structured};
use crate::events::{firm, listed};
use crate::place::{Place, until};
use heng_log::Stream;
use heng_log::codec::{EntryKind, decode_head};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

fn with(sent: &Sent, name: &str, text: &str) -> Sent {
    let mut sent = sent.clone();
    sent.headers.retain(|(known, _)| known != name);
    sent.headers.push((name.to_owned(), text.to_owned()));
    sent
}

/// The ids of the events on the log.
fn ids(place: &Place) -> Vec<String> {
    let entries = place.journal(Stream::Events).into_iter().flatten();
    let heads = entries.filter_map(|entry| {
        let head = decode_head(&entry).unwrap();
        (head.kind == EntryKind::Event).then(|| head.id.to_owned())
    });
    let mut ids: Vec<String> = heads.collect();
    ids.sort();
    ids
}

#[test]
fn every_form_is_taken_once() {
    let Some(broker) = shared() else { return };
    let place = Place::with(broker, "forms", "[kafka.schemas]\n\"7\" = \"json\"\n");
    place.heng(&["topics", "create"]).expect(0);
    let served = place.serve();
    let framed = {
        let sent = binary(&listed(3));
        Sent { value: [&b"\0\0\0\0\x07"[..], &sent.value].concat(), ..sent }
    };
    let bare = Sent { headers: Vec::new(), key: None, ..structured(&listed(4)) };
    let all = [structured(&listed(1)), binary(&listed(2)), framed, bare, protobuf(&listed(5))];
    // Each a second time, in another form: it says the same.
    let again = [binary(&listed(1)), protobuf(&listed(2)), structured(&listed(5))];
    let all: Vec<Sent> = all.into_iter().chain(again).collect();
    send(&broker.brokers, &place.topic("inbox.a"), None, &all);
    until("all are answered", || {
        served.metric("heng_kafka_inbox_accepted_total") + served.metric("heng_kafka_inbox_duplicates_total") == 8
    });
    assert_eq!(served.metric("heng_kafka_inbox_accepted_total"), 5);
    until("no message waits", || served.metric("heng_kafka_inbox_lag") == 0);
    served.stop();
    assert_eq!(ids(&place), ["e-1", "e-2", "e-3", "e-4", "e-5"]);
}

#[test]
fn each_bad_message_is_a_dead_letter_and_can_be_mended() {
    let Some(broker) = shared() else { return };
    let place = Place::made(broker, "letters");
    let served = place.serve();
    let good = binary(&listed(1));
    let bad = [
        (Sent { value: b"{nonsense".to_vec(), ..good.clone() }, "unparseable"),
        (with(&good, "ce_source", "/gov/b"), "not_its_source"),
        (Sent { value: b"\0\0\0\0\x2a{}".to_vec(), ..good.clone() }, "unknown_schema"),
        (Sent { value: vec![b'x'; 300_000], ..good.clone() }, "too_long"),
        (Sent { key: Some(firm(77).into_bytes()), ..good.clone() }, "key_not_subject"),
        (with(&good, "content-type", "text/xml"), "content_type"),
        (Sent { value: b"plain text".to_vec(), ..Sent::default() }, "no_envelope"),
        (Sent::default(), "empty"),
        (Sent { value: b"{\"specversion\":\"1.0\"".to_vec(), ..Sent::default() }, "unparseable"),
        (with(&with(&good, "ce_id", "x"), "ce_type", "credit.unheard_of"), "unparseable"),
    ];
    let messages: Vec<Sent> = bad.iter().map(|(sent, _)| sent.clone()).chain([good.clone()]).collect();
    // One partition: so the letters come in the order of the messages.
    send(&broker.brokers, &place.topic("inbox.a"), Some(0), &messages);
    until("all are answered", || served.metric("heng_kafka_deadletters_total") == 10);
    until("the good one is", || served.metric("heng_kafka_inbox_accepted_total") == 1);

    let letters = place.heng(&["deadletter", "list", "--json"]).expect(0).lines();
    let codes: Vec<&str> = letters.iter().map(|letter| letter["code"].as_str().unwrap()).collect();
    assert_eq!(codes, bad.iter().map(|(_, code)| *code).collect::<Vec<_>>());
    let from: Vec<Value> = letters.iter().map(|letter| letter["from"].clone()).collect();
    assert_eq!(from, (0..10).map(|at| json!(format!("0:{at}"))).collect::<Vec<_>>());
    assert!(letters.iter().all(|letter| letter["topic"] == place.topic("inbox.a")));
    let some = place.heng(&["deadletter", "list", "--json", "--code", "not_its_source"]).expect(0).lines();
    assert!(
        some.len() == 1 && some[0]["reason"].as_str().unwrap().contains("publish it to the inbox of that authority")
    );

    let shown = &place.heng(&["deadletter", "show", "0:4", "--json"]).expect(0).lines()[0];
    assert_eq!((shown["key"].as_str(), shown["field"].as_str()), (Some(firm(77).as_str()), Some("key")));
    let headers: BTreeMap<&str, &str> = shown["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it[0].as_str().unwrap(), it[1].as_str().unwrap()))
        .collect();
    assert!(headers.keys().all(|name| !name.starts_with("heng_")), "{headers:?}");
    assert_eq!(headers["ce_id"], "e-1");
    assert_eq!(shown["value"].as_str().unwrap().as_bytes(), good.value);

    // Mended: nonsense becomes the event that it was to be. It is the good one again, and so a duplicate.
    let file = place.file("mended.json");
    fs::write(&file, &good.value).unwrap();
    let sent = place.heng(&["deadletter", "requeue", "0:0", "--value", file.to_str().unwrap()]).expect(0);
    assert_eq!(sent.out.trim(), format!("0:0 sent to {}", place.topic("inbox.a")));
    until("it is answered", || served.metric("heng_kafka_inbox_duplicates_total") == 1);
    // As it came, but to the inbox of its source: the engine refuses what that source may not say.
    place.heng(&["deadletter", "requeue", "0:1", "--to", &place.topic("inbox.b")]).expect(0);
    until("it is refused", || served.metric("heng_kafka_deadletters_total") == 11);
    let last = place.heng(&["deadletter", "show", "0:10", "--json"]).expect(0).lines();
    assert_eq!((last[0]["code"].as_str(), last[0]["field"].as_str()), (Some("refused"), Some("source")));
    place.heng(&["deadletter", "show", "0:99"]).expect(1);
    place.heng(&["deadletter", "show", "nowhere"]).expect(2);
    served.stop();
    assert_eq!(ids(&place), ["e-1"]);
}
