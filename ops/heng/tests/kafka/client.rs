//! Departments: who publishes to inboxes, and who reads decisions.

use crate::place::Place;
use heng_files::parse_line;
use heng_log::codec::{Envelope, decode_head, encode_event};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const WAIT: Duration = Duration::from_secs(30);

pub(crate) fn producer(brokers: &str) -> BaseProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("enable.idempotence", "true");
    config.create().expect("a producer")
}

/// A message of a test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

/// An event in structured mode, its subject the key.
pub(crate) fn structured(event: &Value) -> Sent {
    Sent {
        key: Some(event["subject"].as_str().unwrap().as_bytes().to_vec()),
        value: event.to_string().into_bytes(),
        headers: vec![("content-type".to_owned(), "application/cloudevents+json".to_owned())],
    }
}

/// An event in binary mode.
pub(crate) fn binary(event: &Value) -> Sent {
    let attributes = event.as_object().unwrap().iter().filter(|(name, _)| *name != "data");
    let attributes = attributes.map(|(name, value)| (format!("ce_{name}"), value.as_str().unwrap().to_owned()));
    let content_type = ("content-type".to_owned(), "application/json".to_owned());
    Sent {
        value: event["data"].to_string().into_bytes(),
        headers: attributes.chain([content_type]).collect(),
        ..structured(event)
    }
}

/// An event in binary mode, its data in Protobuf.
pub(crate) fn protobuf(event: &Value) -> Sent {
    let line = event.to_string();
    let parsed = parse_line(line.as_bytes()).expect("an event");
    let mut entry = Vec::new();
    encode_event(&mut entry, &Envelope::default(), &parsed.event_without_aliases().expect("an event")).expect("room");
    let mut sent = Sent { value: decode_head(&entry).expect("an entry").body.to_vec(), ..binary(event) };
    sent.headers.retain(|(name, _)| name != "content-type");
    sent.headers.push(("content-type".to_owned(), "application/protobuf".to_owned()));
    sent
}

/// Hands a message over.
pub(crate) fn hand_over(producer: &BaseProducer, topic: &str, partition: Option<i32>, sent: &Sent) {
    let headers = sent
        .headers
        .iter()
        .fold(OwnedHeaders::new(), |headers, (key, text)| headers.insert(Header { key, value: Some(text.as_str()) }));
    let mut record = BaseRecord::<[u8], [u8]>::to(topic).payload(&sent.value).headers(headers);
    (record.key, record.partition) = (sent.key.as_deref(), partition);
    producer.send(record).map_err(|(error, _)| error).expect("room");
}

/// Hands messages over and waits until the broker has them.
pub(crate) fn send(brokers: &str, topic: &str, partition: Option<i32>, messages: &[Sent]) {
    let producer = producer(brokers);
    for sent in messages {
        hand_over(&producer, topic, partition, sent);
        producer.poll(Duration::ZERO);
    }
    producer.flush(WAIT).expect("all are written");
}

/// A topic of a department's own.
pub(crate) fn create_topic(brokers: &str, topic: &str) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let new = NewTopic::new(topic, 1, TopicReplication::Fixed(1));
    let created = runtime.block_on(admin.create_topics(&[new], &AdminOptions::new())).expect("an answer");
    assert!(created.iter().all(Result::is_ok), "{created:?}");
}

pub(crate) fn delete_topic(brokers: &str, topic: &str) {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a client");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let deleted = runtime.block_on(admin.delete_topics(&[topic], &AdminOptions::new())).expect("an answer");
    assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    crate::place::until("the topic is gone", || {
        let metadata = admin.inner().fetch_metadata(None, WAIT).expect("an answer");
        !metadata.topics().iter().any(|it| it.name() == topic)
    });
}

/// A message of the decisions topic, as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) kind: String,
    pub(crate) key: String,
    pub(crate) id: String,
    pub(crate) sha256: String,
    pub(crate) traceparent: String,
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The decisions topic read committed, by partition: by a Python client where `HENG_KAFKA_PYTHON` names one, else by this one.
pub(crate) fn read_committed(brokers: &str, place: &Place) -> Vec<Vec<Seen>> {
    let topic = place.topic("decisions");
    match std::env::var_os("HENG_KAFKA_PYTHON") {
        Some(python) => by_python(Path::new(&python), brokers, &topic),
        None => by_rust(brokers, &topic),
    }
}

fn by_python(python: &Path, brokers: &str, topic: &str) -> Vec<Vec<Seen>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kafka/read_committed.py");
    let ran = Command::new(python).arg(script).args([brokers, topic]).output().expect("Python runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut seen = vec![Vec::new(); usize::from(crate::place::PARTITIONS)];
    for line in String::from_utf8(ran.stdout).unwrap().lines() {
        let told: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
        let partition = usize::try_from(told["partition"].as_u64().unwrap()).unwrap();
        let (kind, key, id) = (text("type"), text("key"), text("id"));
        seen[partition].push(Seen { kind, key, id, sha256: text("sha256"), traceparent: text("traceparent") });
    }
    seen
}

/// A topic read committed by this client.
pub(crate) fn by_rust(brokers: &str, topic: &str) -> Vec<Vec<Seen>> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", "another-department").set("enable.partition.eof", "true");
    config.set("isolation.level", "read_committed");
    let read = |partition: u16| {
        let consumer: BaseConsumer = config.create().expect("a consumer");
        let mut place = TopicPartitionList::new();
        place.add_partition_offset(topic, i32::from(partition), Offset::Beginning).unwrap();
        consumer.assign(&place).unwrap();
        let (mut seen, began) = (Vec::new(), Instant::now());
        loop {
            let message = match consumer.poll(Duration::from_millis(200)) {
                Some(Ok(message)) => message,
                Some(Err(KafkaError::PartitionEOF(_))) => return seen,
                Some(Err(error)) => panic!("{error}"),
                None => {
                    assert!(began.elapsed() < 2 * WAIT, "the topic has no end");
                    continue;
                }
            };
            let header = |name: &str| {
                let found = message.headers().into_iter().flat_map(|all| all.iter()).find(|it| it.key == name);
                String::from_utf8(found.and_then(|it| it.value).unwrap_or_default().to_vec()).unwrap()
            };
            seen.push(Seen {
                kind: header("ce_type"),
                key: String::from_utf8(message.key().unwrap_or_default().to_vec()).unwrap(),
                id: header("ce_id"),
                sha256: sha256(message.payload().unwrap_or_default()),
                traceparent: header("traceparent"),
            });
        }
    };
    (0..crate::place::PARTITIONS).map(read).collect()
}
