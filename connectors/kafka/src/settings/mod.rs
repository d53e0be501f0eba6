//! What an operator says about Kafka: brokers, names, security, and every setting of the client library.
//!
//! # Invariants
//!
//! What exactness rests on cannot be set otherwise: such a key in a free table is refused with the reason. Every key and
//! value is tried on the client library before anything is connected.

mod client;
mod overrides;
mod security;
#[cfg(test)]
mod tests;

pub(crate) use client::LETTER_BYTES_MAX;
pub use overrides::Overrides;
pub use security::Sasl;

use crate::inbox::{Authority, MappedTopic};
use crate::message::{Form, Keys, Reading};
use heng_files::Mapping;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The table `[kafka]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Host and port of brokers, comma-separated; empty where there is no Kafka.
    pub brokers: String,
    /// What the names of the topics begin with.
    pub prefix: String,
    /// Is the log on Kafka, shared by several processes? Else it is the data directory's own.
    pub shared_log: bool,
    /// Consumer group of the inboxes; empty for one named after the log.
    pub group: String,
    /// Name of this member in the group; empty for the group's.
    pub instance: String,
    /// What the key of a message must be.
    pub inbox_keys: Keys,
    /// Partitions of a new inbox.
    pub inbox_partitions: u16,
    /// Hours that an inbox keeps its messages.
    pub inbox_retention_h: u32,
    /// Copies of each partition.
    pub replication: u16,
    /// Copies that must have a message before it counts as written.
    pub min_insync: u16,
    /// Messages of the inboxes that are under way before no more are fetched.
    pub under_way_max: usize,
    /// By how much this machine's clock and the brokers' may differ before intake stops, in milliseconds.
    pub clock_differs_ms_max: u32,
    /// Encrypt, and verify the brokers' certificates.
    pub tls: bool,
    /// Certificates of the authorities that are believed.
    pub ca_file: PathBuf,
    /// This client's certificate.
    pub certificate_file: PathBuf,
    /// The key of this client's certificate.
    pub key_file: PathBuf,
    /// How this client says who it is.
    pub sasl: Sasl,
    /// User of SCRAM and PLAIN.
    pub username: String,
    /// File with the user's password.
    pub password_file: PathBuf,
    /// File with the token of OAUTHBEARER, read again whenever one is needed.
    pub token_file: PathBuf,
    /// Schemas of a registry that departments frame their events by.
    #[serde(deserialize_with = "overrides::numbered")]
    pub schemas: BTreeMap<u32, Form>,
    /// Topics of JSON that a mapping turns into events of an authority, change events of a database among them.
    pub mapped: BTreeMap<String, Mapped>,
    /// Settings of the client library for consumers.
    pub consumer: Overrides,
    /// Settings of the client library for producers.
    pub producer: Overrides,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            brokers: String::new(),
            prefix: "credit".to_owned(),
            shared_log: false,
            group: String::new(),
            instance: String::new(),
            inbox_keys: Keys::Subject,
            inbox_partitions: 4,
            inbox_retention_h: 168,
            replication: 3,
            min_insync: 2,
            under_way_max: 24_576,
            clock_differs_ms_max: 5_000,
            tls: false,
            ca_file: PathBuf::new(),
            certificate_file: PathBuf::new(),
            key_file: PathBuf::new(),
            sasl: Sasl::None,
            username: String::new(),
            password_file: PathBuf::new(),
            token_file: PathBuf::new(),
            schemas: BTreeMap::new(),
            mapped: BTreeMap::new(),
            consumer: Overrides::default(),
            producer: Overrides::default(),
        }
    }
}

/// A topic whose messages a mapping reads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapped {
    /// Code of the authority that speaks through the topic.
    pub authority: String,
    /// File of the mapping.
    pub mapping: PathBuf,
}

/// Who is at work: part of the names that other instances must not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogName(String);

impl LogName {
    /// The name of a log, by its id.
    #[must_use]
    pub fn of(log_id: &[u8; 32]) -> Self {
        Self(log_id.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Settings {
    /// Is Kafka used?
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.brokers.trim().is_empty()
    }

    /// Is the log on Kafka?
    #[must_use]
    pub fn has_log(&self) -> bool {
        self.is_used() && self.shared_log
    }

    /// Reads the mappings of the topics that have one, for the authorities that there are.
    ///
    /// # Errors
    /// What is wrong, with the topic and the file.
    pub fn read_mapped(&self, authorities: &[Authority]) -> Result<Vec<MappedTopic>, String> {
        let read = |(topic, mapped): (&String, &Mapped)| {
            let key = format!("kafka.mapped.\"{topic}\"");
            let authority = authorities.iter().find(|it| it.code == mapped.authority).ok_or_else(|| {
                let known: Vec<&str> = authorities.iter().map(|it| it.code.as_str()).collect();
                format!("{key}: `{}` is no authority of the pack; it has {}", mapped.authority, known.join(", "))
            })?;
            let file = mapped.mapping.display().to_string();
            let text = std::fs::read_to_string(&mapped.mapping).map_err(|error| format!("{key}: `{file}`: {error}"))?;
            let mapping = Mapping::parse(&file, &text).map_err(|error| format!("{key}: {error}"))?;
            if mapping.remembers() {
                return Err(format!(
                    "{key}: `{file}` has `once`, `unique` or `counters`, which need every message since the first: leave \
                     them out, an event that comes again under its id is a duplicate"
                ));
            }
            Ok(MappedTopic { topic: topic.clone(), source: authority.source.clone(), mapping })
        };
        self.mapped.iter().map(read).collect()
    }

    /// How messages are read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading { schemas: self.schemas.clone(), keys: self.inbox_keys }
    }

    /// The consumer group: two logs never share one unless they are told to.
    #[must_use]
    pub fn group_of(&self, log: &LogName) -> String {
        if self.group.is_empty() { format!("heng-{}", log.as_str()) } else { self.group.clone() }
    }

    /// The name of this member in its group, which a restart keeps. Of several processes each must have its own: where they
    /// are not told, they have none, and what one had goes to the others as soon as it ends.
    #[must_use]
    pub fn instance_of(&self, log: &LogName) -> Option<String> {
        match self.instance.is_empty() {
            true => (!self.shared_log).then(|| self.group_of(log)),
            false => Some(self.instance.clone()),
        }
    }

    /// Everything that is wrong, a line each.
    #[must_use]
    pub fn wrong(&self) -> Vec<String> {
        let numbers = [
            ("kafka.inbox_partitions", u64::from(self.inbox_partitions), 1, 1_024),
            ("kafka.inbox_retention_h", u64::from(self.inbox_retention_h), 1, 87_600),
            ("kafka.replication", u64::from(self.replication), 1, 9),
            ("kafka.min_insync", u64::from(self.min_insync), 1, 9),
            ("kafka.clock_differs_ms_max", u64::from(self.clock_differs_ms_max), 100, 3_600_000),
            ("kafka.under_way_max", u64::try_from(self.under_way_max).unwrap_or(u64::MAX), 1, 1_000_000),
        ];
        let out = numbers.into_iter().filter(|(_, value, least, most)| !(least..=most).contains(&value));
        let mut wrong: Vec<String> = out
            .map(|(key, value, least, most)| format!("{key} is {value}: write a number from {least} to {most}"))
            .collect();
        if self.shared_log && !self.is_used() {
            wrong.push(
                "kafka.shared_log is true and kafka.brokers names none: write host and port of brokers".to_owned(),
            );
        }
        if self.min_insync > self.replication {
            wrong.push(format!(
                "kafka.min_insync is {} and kafka.replication {}: no partition could ever be written",
                self.min_insync, self.replication
            ));
        }
        if !is_topic_name(&self.prefix) {
            wrong.push(format!(
                "kafka.prefix is `{}`: write letters, digits, dots, dashes and underscores, at most 100",
                self.prefix
            ));
        }
        wrong.extend(self.wrong_security());
        wrong.extend(overrides::wrong(&self.consumer, &self.producer));
        if wrong.is_empty() && self.is_used() {
            wrong.extend(self.refused_by_the_library());
        }
        wrong
    }
}

/// May topics begin so?
fn is_topic_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !text.is_empty() && text.len() <= 100 && text.bytes().all(is_part)
}
