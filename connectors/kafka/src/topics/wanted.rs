//! What topics there must be, and their settings.

use crate::Settings;
use crate::settings::LETTER_BYTES_MAX;

/// The names of the topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names(String);

impl Names {
    /// Names that begin with a prefix.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self(settings.prefix.clone())
    }

    /// The inbox of an authority: whoever may write it may speak for the authority.
    #[must_use]
    pub fn inbox(&self, authority: &str) -> String {
        format!("{}.inbox.{authority}", self.0)
    }

    /// The events.
    #[must_use]
    pub fn events(&self) -> String {
        format!("{}.events", self.0)
    }

    /// The decisions.
    #[must_use]
    pub fn decisions(&self) -> String {
        format!("{}.decisions", self.0)
    }

    /// What was refused.
    #[must_use]
    pub fn deadletter(&self) -> String {
        format!("{}.deadletter", self.0)
    }

    /// The packs.
    #[must_use]
    pub fn packs(&self) -> String {
        format!("{}.packs", self.0)
    }

    /// What durable subscriptions have acknowledged.
    #[must_use]
    pub fn subscriptions(&self) -> String {
        format!("{}.subscriptions", self.0)
    }

    /// Who looked at what.
    #[must_use]
    pub fn access(&self) -> String {
        format!("{}.access", self.0)
    }
}

/// How a setting is compared with what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    /// It is this.
    Be,
    /// It is a number, and this or more; -1 is more than any.
    BeAtLeast,
}

/// A topic that must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// Partitions of a new one.
    pub partitions: u16,
    /// Must it have exactly as many?
    pub(super) is_partitions_fixed: bool,
    /// Copies of each partition.
    pub replication: u16,
    pub(super) settings: Vec<(&'static str, String, Must)>,
}

const FOR_EVER: &str = "-1";

/// The topics of a log with so many partitions, and of the authorities of its pack.
#[must_use]
pub fn wanted<'a>(settings: &Settings, partitions: u16, authorities: impl Iterator<Item = &'a str>) -> Vec<Wanted> {
    let names = Names::of(settings);
    let topic = |name, partitions, is_partitions_fixed, retention: String, bytes_max: Option<usize>| {
        let mut all = vec![
            ("cleanup.policy", "delete".to_owned(), Must::Be),
            ("min.insync.replicas", settings.min_insync.to_string(), Must::BeAtLeast),
            ("retention.bytes", FOR_EVER.to_owned(), Must::BeAtLeast),
            ("retention.ms", retention, Must::BeAtLeast),
            ("unclean.leader.election.enable", "false".to_owned(), Must::Be),
        ];
        all.extend(bytes_max.map(|bytes| ("max.message.bytes", bytes.to_string(), Must::BeAtLeast)));
        Wanted { name, partitions, is_partitions_fixed, replication: settings.replication, settings: all }
    };
    let for_ever = || FOR_EVER.to_owned();
    let hours = u64::from(settings.inbox_retention_h).saturating_mul(3_600_000);
    let mut topics: Vec<Wanted> = authorities
        .map(|it| topic(names.inbox(it), settings.inbox_partitions, false, hours.to_string(), None))
        .collect();
    let mut events = topic(names.events(), partitions, true, for_ever(), None);
    // The brokers' clock, by which that of an engine is judged.
    events.settings.push(("message.timestamp.type", "LogAppendTime".to_owned(), Must::Be));
    let mut packs = topic(names.packs(), 1, false, for_ever(), Some(LETTER_BYTES_MAX));
    packs.settings.push(("message.timestamp.type", "LogAppendTime".to_owned(), Must::Be));
    topics.extend([
        events,
        topic(names.decisions(), partitions, true, for_ever(), Some(LETTER_BYTES_MAX)),
        topic(names.deadletter(), 1, false, for_ever(), Some(LETTER_BYTES_MAX)),
        packs,
        topic(names.access(), partitions, false, for_ever(), None),
    ]);
    if settings.shared_log {
        let mut subscriptions = topic(names.subscriptions(), 1, true, for_ever(), None);
        // The last message of each name is all that counts.
        if let Some((_, policy, _)) = subscriptions.settings.iter_mut().find(|(name, ..)| *name == "cleanup.policy") {
            "compact".clone_into(policy);
        }
        topics.push(subscriptions);
    }
    topics
}
