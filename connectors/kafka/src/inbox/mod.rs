//! Inboxes: what departments publish is handed to the engine, and its offset stored when it has been answered.
//!
//! # Invariants
//!
//! Messages go through four stages in the order in which they came: read, handed in, answered, stored. An offset is stored
//! after the answer to its message and to every one before it; a refused one lies in the dead letters first. So a crash
//! repeats messages, which the fold knows as duplicates, and loses none. While too many are under way the partitions are
//! paused, and the group still hears from this member.

mod error;
mod run;
mod stages;

pub use error::InboxError;
pub(crate) use run::Inbox;

use heng_files::{Mapping, OwnedEvent};
use std::future::Future;

/// Takes events: the engine, as a connector knows it.
pub trait Intake: Send + Sync + 'static {
    /// Can events of every partition be judged by now?
    fn is_open(&self) -> bool;

    /// Hands in events, in their order; waits while too many are under way. The answers, in the same order, come when the events are
    /// durable. Where they came from is for traces alone.
    fn hand_in(
        &self,
        events: Vec<(OwnedEvent, Whence<'_>)>,
    ) -> impl Future<Output = Result<impl Future<Output = Result<Vec<Answer>, Stopped>> + Send + 'static, Stopped>> + Send;
}

/// Where a message lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whence<'m> {
    /// Topic.
    pub topic: &'m str,
    /// Partition.
    pub partition: i32,
    /// Offset.
    pub offset: i64,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// On the log, durable.
    Accepted,
    /// On the log before.
    Duplicate,
    /// Not part of what is decided by.
    Refused {
        /// The field that is wrong; empty where none is.
        field: String,
        /// What is wrong, and what to do.
        message: String,
        /// Where it stands on the log, if it came as far.
        position: Option<String>,
    },
}

/// The engine has stopped: what became of events under way is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// A topic that a department writes in a form of its own.
#[derive(Debug)]
pub struct MappedTopic {
    /// The topic.
    pub topic: String,
    /// Source of the authority that speaks through it.
    pub source: String,
    /// What turns its messages into events.
    pub mapping: Mapping,
}

/// Who may publish, and under which source: an inbox each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Code, which the inbox is named by.
    pub code: String,
    /// Source of its events.
    pub source: String,
}
