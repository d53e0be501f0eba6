//! Dead letters: what an inbox was sent and nothing could be made of, as it came, with the reason in headers.
//!
//! # Invariants
//!
//! Key, value and headers are those that came; what Heng adds are headers that begin with `heng_`. A letter counts as
//! written when every copy in step has it, and only then is the message's offset stored. After a crash a letter may
//! stand twice: topic, partition and offset of the message tell.

mod read;
mod write;

pub use read::{Letter, LettersError, Place, Reader, Requeued};
pub(crate) use write::{Letters, Why, WriteLetterError};

/// Every header that Heng adds begins so.
const ADDED: &str = "heng_";
const CODE: &str = "heng_code";
const FIELD: &str = "heng_field";
const OFFSET: &str = "heng_offset";
const PARTITION: &str = "heng_partition";
const POSITION: &str = "heng_position";
const REASON: &str = "heng_reason";
const TIME: &str = "heng_time";
const TOPIC: &str = "heng_topic";
