//! Settings of the client library that an operator may set, and those that nobody may.

use crate::message::Form;
use serde::{Deserialize, Deserializer, de};
use std::collections::BTreeMap;

/// A free table of settings, by the names of the client library. Dotted keys may be written as TOML has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides(pub(super) BTreeMap<String, String>);

/// A value, or a table of further parts of a dotted key.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Text(String),
    Number(i64),
    Flag(bool),
    Table(BTreeMap<String, Part>),
}

impl<'de> Deserialize<'de> for Overrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flat = BTreeMap::new();
        flatten("", BTreeMap::<String, Part>::deserialize(deserializer)?, &mut flat);
        Ok(Self(flat))
    }
}

fn flatten(prefix: &str, table: BTreeMap<String, Part>, flat: &mut BTreeMap<String, String>) {
    for (name, part) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match part {
            Part::Text(text) => drop(flat.insert(key, text)),
            Part::Number(number) => drop(flat.insert(key, number.to_string())),
            Part::Flag(flag) => drop(flat.insert(key, flag.to_string())),
            Part::Table(table) => flatten(&key, table, flat),
        }
    }
}

/// Schemas by number: TOML's keys are texts.
pub(super) fn numbered<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<u32, Form>, D::Error> {
    let named = BTreeMap::<String, Form>::deserialize(deserializer)?;
    let number = |name: &str| {
        name.parse::<u32>().map_err(|_| de::Error::custom(format!("`{name}` is no schema number: write \"17\"")))
    };
    named.into_iter().map(|(name, form)| Ok((number(&name)?, form))).collect()
}

const BY_KEYS: &str = "it follows from the keys of [kafka]";
const AFTER_ANSWERS: &str = "an offset is stored when its message has been answered durably, and not before";
const EXACTLY_ONCE: &str = "decisions are written once by idempotent, fenced transactions";
const EVERYTHING: &str = "an inbox is read from its beginning, and no message is passed over";

/// What consumers may not be told, and why.
const CONSUMER: [(&str, &str); 9] = [
    ("auto.offset.reset", EVERYTHING),
    ("check.crcs", "what was damaged on its way must not be read"),
    ("enable.auto.commit", AFTER_ANSWERS),
    ("enable.auto.offset.store", AFTER_ANSWERS),
    ("group.id", "it is kafka.group"),
    ("group.instance.id", "it is kafka.instance"),
    ("group.protocol", "members go over one by one by the cooperative-sticky protocol"),
    ("isolation.level", "nothing that was aborted is read"),
    ("partition.assignment.strategy", "members go over one by one by the cooperative-sticky protocol"),
];

/// What producers may not be told, and why.
const PRODUCER: [(&str, &str); 11] = [
    ("acks", "a message counts as written when every copy in step has it"),
    ("enable.gapless.guarantee", EXACTLY_ONCE),
    ("enable.idempotence", EXACTLY_ONCE),
    ("max.in.flight", EXACTLY_ONCE),
    ("max.in.flight.requests.per.connection", EXACTLY_ONCE),
    ("delivery.report.only.error", "what was written is waited for where it must be"),
    ("delivery.timeout.ms", "an entry is handed over again for as long as it takes"),
    ("message.timeout.ms", "an entry is handed over again for as long as it takes"),
    ("message.max.bytes", "a dead letter is longer than the message that it holds"),
    ("request.required.acks", "a message counts as written when every copy in step has it"),
    ("transactional.id", "it is made of the log and the partition, so that a zombie is fenced"),
];

/// What neither may be told, and why.
const BOTH: [(&str, &str); 13] = [
    ("bootstrap.servers", "it is kafka.brokers"),
    ("metadata.broker.list", "it is kafka.brokers"),
    ("sasl.mechanism", BY_KEYS),
    ("sasl.mechanisms", BY_KEYS),
    ("sasl.password", "it is read from kafka.password_file"),
    ("sasl.username", "it is kafka.username"),
    ("security.protocol", BY_KEYS),
    ("ssl.ca.location", "it is kafka.ca_file"),
    ("ssl.certificate.location", "it is kafka.certificate_file"),
    ("ssl.key.location", "it is kafka.key_file"),
    ("allow.auto.create.topics", "topics are made by `heng topics create`, with their settings"),
    ("enable.partition.eof", "the end of a topic is told where it is asked for"),
    ("statistics.interval.ms", "lag and state are measured by it"),
];

/// What is wrong with the free tables, a line each.
pub(super) fn wrong(consumer: &Overrides, producer: &Overrides) -> Vec<String> {
    let tables = [("consumer", consumer, &CONSUMER[..]), ("producer", producer, &PRODUCER[..])];
    let mut wrong = Vec::new();
    for (table, overrides, fixed) in tables {
        for name in overrides.0.keys() {
            if let Some((_, why)) = fixed.iter().chain(&BOTH).find(|(known, _)| known == name) {
                wrong.push(format!("kafka.{table}.\"{name}\" cannot be set: {why}"));
            }
        }
    }
    wrong
}
