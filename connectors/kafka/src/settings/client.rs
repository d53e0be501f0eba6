//! The client library's configurations that follow from the settings.

use super::{LogName, Settings};
use rdkafka::config::ClientConfig;
use std::io;

/// Statistics are asked for so often: lag is as old as that at most.
const STATISTICS_MS: &str = "1000";
/// After this time without a sign of life a process loses the partitions that it owns.
const OWNER_SESSION_MS: &str = "10000";
/// Signs of life; those who are left learn by the answer that partitions are free.
const HEARTBEAT_MS: &str = "500";
/// Messages of an inbox fetched ahead: more than an engine takes while the next request is answered.
const AHEAD_MESSAGES: &str = "10000";
/// Where so much is ahead no more is asked for during this time, in milliseconds; by the library's second it is used up long before.
const AHEAD_BACKOFF_MS: &str = "10";
/// So long, in milliseconds, the library waits for more messages before it sends the first: longer than it takes to hand it over
/// what goes out together, where no other thread holds that up. It sends a partition's next request after the answer to the one before, and while messages are
/// due that may not go yet its thread asks without a pause whether they may: on a machine that is busy the brokers come to
/// answer later and later for that.
const LINGER_MS: &str = "5";
/// An acknowledgement that is not kept by then is answered as such.
const NAME_TIMEOUT_MS: &str = "5000";
/// A dead letter holds a message that its inbox took, and says why in headers.
pub(crate) const LETTER_BYTES_MAX: usize = 2 << 20;

impl Settings {
    /// What every client has.
    fn client(&self, name: &str) -> io::Result<ClientConfig> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", name);
        self.secure(&mut config)?;
        Ok(config)
    }

    /// A client that asks about topics.
    ///
    /// # Errors
    /// Where a file with a secret cannot be read.
    pub(crate) fn asking(&self) -> io::Result<ClientConfig> {
        self.client("heng-topics")
    }

    /// The consumer of the inboxes.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn inbox_consumer(&self, log: &LogName) -> io::Result<ClientConfig> {
        let mut config = self.client("heng-inbox")?;
        // What is fetched ahead is thrown away by a pause, and fetched again: a tenth of the library's own number.
        config.set("queued.min.messages", AHEAD_MESSAGES).set("fetch.queue.backoff.ms", AHEAD_BACKOFF_MS);
        if self.shared_log {
            config.set("session.timeout.ms", OWNER_SESSION_MS).set("heartbeat.interval.ms", HEARTBEAT_MS);
        }
        self.consumer.lay(&mut config);
        config
            .set("group.id", self.group_of(log))
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("auto.offset.reset", "earliest")
            // Stored offsets are committed from time to time, when partitions go, and at the end.
            .set("enable.auto.commit", "true")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_committed")
            .set("check.crcs", "true")
            .set("statistics.interval.ms", STATISTICS_MS);
        self.name_member(log, &mut config);
        Ok(config)
    }

    fn name_member(&self, log: &LogName, config: &mut ClientConfig) {
        if let Some(instance) = self.instance_of(log) {
            config.set("group.instance.id", instance);
        }
    }

    /// A consumer that reads a topic from a place to its end and commits nothing.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn reader(&self) -> io::Result<ClientConfig> {
        let mut config = self.client("heng-reader")?;
        self.consumer.lay(&mut config);
        config
            // Wanted by the library even where no group is joined.
            .set("group.id", "heng-reader")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("check.crcs", "true");
        Ok(config)
    }

    /// A reader of the log's entries, each partition from its own place.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn log_consumer(&self) -> io::Result<ClientConfig> {
        let mut config = self.client("heng-log")?;
        self.consumer.lay(&mut config);
        config
            // Wanted by the library even where no group is joined.
            .set("group.id", "heng-log")
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error")
            .set("check.crcs", "true");
        Ok(config)
    }

    /// The member of the group that shares the log's partitions out.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn owner_consumer(&self, log: &LogName) -> io::Result<ClientConfig> {
        let mut config = self.client("heng-owners")?;
        // A process that is gone is missed after this time.
        config.set("session.timeout.ms", OWNER_SESSION_MS).set("heartbeat.interval.ms", HEARTBEAT_MS);
        self.consumer.lay(&mut config);
        config
            .set("group.id", format!("{}-owners", self.group_of(log)))
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("auto.offset.reset", "latest")
            .set("enable.auto.commit", "false");
        self.name_member(log, &mut config);
        Ok(config)
    }

    /// The producer of the log's entries: an entry is handed over again for as long as it takes.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn log_producer(&self) -> io::Result<ClientConfig> {
        let mut config = self.client("heng-log")?;
        config.set("linger.ms", LINGER_MS).set("compression.type", "lz4");
        self.producer.lay(&mut config);
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", LETTER_BYTES_MAX.to_string());
        Ok(config)
    }

    /// The producer of dead letters.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn letter_producer(&self) -> io::Result<ClientConfig> {
        let mut config = self.client("heng-letters")?;
        self.producer.lay(&mut config);
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.max.bytes", LETTER_BYTES_MAX.to_string());
        Ok(config)
    }

    /// The producer of what durable subscriptions acknowledged: whoever acknowledges waits, and is told where it takes long.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn name_producer(&self) -> io::Result<ClientConfig> {
        let mut config = self.client("heng-names")?;
        config.set("linger.ms", "0");
        self.producer.lay(&mut config);
        config.set("acks", "all").set("enable.idempotence", "true").set("message.timeout.ms", NAME_TIMEOUT_MS);
        Ok(config)
    }

    /// The producer of a partition's decisions.
    ///
    /// # Errors
    /// As [`Settings::asking`].
    pub(crate) fn decision_producer(&self, log: &LogName, partition: u16) -> io::Result<ClientConfig> {
        let mut config = self.client(&format!("heng-decisions-{partition}"))?;
        // Decisions are kept for ever, and say much the same: the fastest level leaves little more than the next ones do.
        config.set("linger.ms", LINGER_MS).set("compression.type", "zstd").set("compression.level", "1");
        self.producer.lay(&mut config);
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.max.bytes", LETTER_BYTES_MAX.to_string())
            // A message that fails makes its transaction fail, and of others nobody asks.
            .set("delivery.report.only.error", "true")
            .set("transactional.id", transactional_id(log, partition));
        Ok(config)
    }

    /// What the client library says to the settings, without connecting.
    pub(super) fn refused_by_the_library(&self) -> Vec<String> {
        let log = LogName::of(&[0; 32]);
        let made = [("consumer", self.inbox_consumer(&log)), ("producer", self.decision_producer(&log, 0))];
        let mut refused = Vec::new();
        for (table, config) in made {
            let tried = config.map_err(|error| error.to_string());
            let tried = tried.and_then(|config| config.create_native_config().map_err(|error| error.to_string()));
            if let Err(error) = tried {
                refused.push(format!("kafka.{table}: {error}"));
            }
        }
        refused
    }
}

impl super::Overrides {
    fn lay(&self, config: &mut ClientConfig) {
        for (name, value) in &self.0 {
            config.set(name, value);
        }
    }
}

/// Whoever takes a partition over fences whoever had it: by the log and the partition, whichever the process.
pub(crate) fn transactional_id(log: &LogName, partition: u16) -> String {
    format!("heng-{}-{partition}", log.as_str())
}
