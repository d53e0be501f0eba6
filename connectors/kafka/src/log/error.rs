//! Why the log on Kafka cannot be gone on with.

use super::LogIdentity;
use rdkafka::error::KafkaError;
use std::io;

/// Why the log on Kafka cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Told to stop while the brokers did not answer.
    #[error("told to stop while Kafka did not answer")]
    Stopped,
    /// The client library, or the brokers for good.
    #[error("`{topic}`: {source}; `heng topics check` says whether the topic is as it must be")]
    Kafka {
        /// The topic.
        topic: String,
        /// What it said.
        source: KafkaError,
    },
    /// The brokers say that they have an entry, and not where.
    #[error(
        "`{topic}` has an entry of this process at a place that Kafka does not tell: started again, it finds it there"
    )]
    Unplaced {
        /// The topic.
        topic: String,
    },
    /// The first entries are gone.
    #[error(
        "`{topic}` partition {partition} begins with offset {low}: its first entries were deleted; its retention must be \
         without end, see `heng topics check`"
    )]
    Beginning {
        /// The topic.
        topic: String,
        /// Partition.
        partition: u16,
        /// The first offset there is.
        low: i64,
    },
    /// The topic does not have what was read from it, or what it was said to have.
    #[error("`{topic}` partition {partition} no longer has offset {offset}: it was cut or made anew")]
    Cut {
        /// The topic.
        topic: String,
        /// Partition.
        partition: u16,
        /// The offset that is gone.
        offset: u64,
    },
    /// Something that Heng did not write.
    #[error("`{topic}` partition {partition} offset {offset}: {what}; only Heng's intake may write this topic")]
    Foreign {
        /// The topic.
        topic: String,
        /// Partition.
        partition: i32,
        /// Where.
        offset: i64,
        /// What is wrong with it.
        what: String,
    },
    /// Kafka holds another log.
    #[error(
        "the topics `{prefix}.…` are those of log {} with {} partitions, the data directory is of log {} with {}: name the \
         data directory of that log, or an empty one",
        known.log_id, known.partitions, own.log_id, own.partitions
    )]
    OtherLog {
        /// What the topics begin with.
        prefix: String,
        /// What Kafka holds.
        known: Box<LogIdentity>,
        /// What the data directory is.
        own: Box<LogIdentity>,
    },
    /// Kafka holds no log, and the data directory does.
    #[error(
        "`{prefix}.packs` names no log, and the data directory holds one: the topics were made anew, or the directory is that \
         of an engine with a log of its own, which cannot be carried over to Kafka yet; name an empty data directory"
    )]
    NoLog {
        /// What the topics begin with.
        prefix: String,
    },
    /// A pack that the log names is not there.
    #[error(
        "pack {sha256} is named by the log and is not in `{topic}`: put it back from the data directory of an engine"
    )]
    PackMissing {
        /// Its hash.
        sha256: String,
        /// The topic.
        topic: String,
    },
    /// The clocks of this machine and of the brokers.
    #[error(
        "the clock of this machine and the brokers' differ by {differs_ms} ms, more than kafka.clock_differs_ms_max \
         ({limit_ms}): days would be opened and events stamped at the wrong time; set both by one time service (NTP)"
    )]
    Clocks {
        /// By how much; positive where this machine's is ahead.
        differs_ms: i64,
        /// By how much they may.
        limit_ms: i64,
    },
    /// Another process has this one's name.
    #[error("another process has the name `{0}` in the group: give each its own kafka.instance")]
    SameName(String),
    /// A file that the settings name.
    #[error("a file that [kafka] names cannot be read: {0}")]
    File(#[from] io::Error),
    /// A thread cannot be started, or is gone.
    #[error("a thread of the log on Kafka: {0}")]
    Thread(#[source] io::Error),
}

impl LogError {
    pub(super) fn kafka(topic: &str) -> impl FnOnce(KafkaError) -> Self {
        let topic = topic.to_owned();
        move |source| Self::Kafka { topic, source }
    }
}
