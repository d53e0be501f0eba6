//! Why inboxes are no longer read.

use crate::letters::WriteLetterError;
use rdkafka::error::KafkaError;

/// Why inboxes are no longer read.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// The client library refuses its configuration, or cannot go on.
    #[error("the inboxes cannot be read: {0}")]
    Kafka(#[from] KafkaError),
    /// Another member has this one's name.
    #[error(
        "another process reads the inboxes under the name `{instance}`: give each its own kafka.instance, or stop the other"
    )]
    SameName {
        /// The name.
        instance: String,
    },
    /// Dead letters cannot be written.
    #[error(transparent)]
    Letter(#[from] WriteLetterError),
}
