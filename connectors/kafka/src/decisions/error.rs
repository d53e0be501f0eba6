//! Why decisions cannot go to their topic.

use crate::topics::TopicsError;
use rdkafka::error::KafkaError;
use std::io;
use std::path::PathBuf;

/// The log's decisions cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the decision log cannot be read: {0}")]
pub struct ReadLogError(pub Box<dyn std::error::Error + Send + Sync>);

/// The topic does not hold what the log says it must: somebody else wrote it, or something of it is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Differs {
    /// Bytes differ.
    #[error("decision {seq} on the topic, at offset {offset}, is not the one that the log has")]
    Bytes {
        /// Which.
        seq: u64,
        /// Where on the topic.
        offset: i64,
    },
    /// There are decisions that the log has not.
    #[error("the topic holds decision {seq}, at offset {offset}, and the log has only {log} of them")]
    Ahead {
        /// Which.
        seq: u64,
        /// Where on the topic.
        offset: i64,
        /// How many the log has.
        log: u64,
    },
    /// Decisions are missing in between, or stand twice.
    #[error("decision {wanted} is missing on the topic: {found} stands at offset {offset}")]
    Order {
        /// What must be there.
        wanted: u64,
        /// What is there.
        found: u64,
        /// Where on the topic.
        offset: i64,
    },
    /// The first decisions are gone.
    #[error(
        "the topic begins with offset {low}: its first messages were deleted; its retention must be without end, see \
         `heng topics check`"
    )]
    Beginning {
        /// The first offset there is.
        low: i64,
    },
    /// The last decisions are gone.
    #[error("the topic ends with {found} decisions, and {committed} had been committed: it was truncated or made anew")]
    Truncated {
        /// How many are there.
        found: u64,
        /// How many there were.
        committed: u64,
    },
    /// Another topic than before.
    #[error(
        "the decisions of this log went to topic `{before}` of cluster {cluster_before}, and now `{now}` of cluster {cluster_now} is \
         configured"
    )]
    OtherTopic {
        /// The topic before.
        before: String,
        /// Its cluster.
        cluster_before: String,
        /// The topic now.
        now: String,
        /// Its cluster.
        cluster_now: String,
    },
    /// Decisions of another log.
    #[error("the message at offset {offset} was written for log {found}, and this is log {wanted}")]
    OtherLog {
        /// Where on the topic.
        offset: i64,
        /// Whose it is.
        found: String,
        /// Whose it must be.
        wanted: String,
    },
    /// Something that Heng did not write.
    #[error("the message at offset {offset} is neither a decision nor a progress marker: {what}")]
    Foreign {
        /// Where on the topic.
        offset: i64,
        /// What it is.
        what: String,
    },
}

/// Why decisions cannot go to their topic.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The log cannot be read.
    #[error("partition {partition}: {source}")]
    Log {
        /// Of which partition.
        partition: u16,
        /// Why.
        source: ReadLogError,
    },
    /// The topic is not what it must be; nothing was written to it.
    #[error(
        "`{topic}`, partition {partition}: {differs}. Nothing more is written to it. `heng topics verify` says all that \
         differs; if another topic is meant from now on, delete `{remembered}` and name a kafka.prefix whose topics are new"
    )]
    Differs {
        /// The topic.
        topic: String,
        /// Which partition.
        partition: u16,
        /// What differs.
        differs: Box<Differs>,
        /// The file that says what was committed.
        remembered: String,
    },
    /// Another process has the partition.
    #[error(
        "partition {partition} was taken over by another process with the same log, time and again: one log has one engine; \
         stop the other"
    )]
    Fenced {
        /// Which.
        partition: u16,
    },
    /// The client library refuses its configuration, or cannot go on.
    #[error("partition {partition}: {source}")]
    Kafka {
        /// Which.
        partition: u16,
        /// Why.
        source: KafkaError,
    },
    /// The topics.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// What was committed cannot be remembered.
    #[error("`{}`: {source}", .path.display())]
    Remember {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("a thread for partition {partition}: {source}")]
    Thread {
        /// Which partition.
        partition: u16,
        /// Why.
        source: io::Error,
    },
    /// A thread ended without a word.
    #[error("the thread of a partition ended by a panic")]
    Panicked,
}
