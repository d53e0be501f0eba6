//! Decisions on their topic: what a partition's log has beyond its topic is appended, once, in order.
//!
//! # Invariants
//!
//! Exactly once without a second truth: progress is the last `seq` on the topic, read back by whoever has just fenced every
//! other writer of the partition; what is there is compared with the log, byte for byte, and the first difference ends it.
//! A decision is read from the log only after it was durable and shown. After a failed or unknown commit the producer is
//! dropped and the partition taken over anew.

mod error;
mod progress;
mod publish;
mod read_back;
mod remembered;
mod run;
mod send;
mod take_over;
mod verify;
mod write;

pub use error::{Differs, PublishError, ReadLogError};
pub use progress::Reflects;
pub(crate) use publish::{Publisher, Publishers, Told};
pub(crate) use read_back::{Ended, ReadBack};
pub use verify::{Verified, verify};

use std::time::Duration;

/// A partition's decisions as the log has them.
pub trait DecisionLog {
    /// Hands over the decisions from `from` on and before `until`, as they are on the log, until told to stop.
    ///
    /// # Errors
    /// Where the log cannot be read, or ends before `until`.
    fn read(&mut self, from: u64, until: u64, visit: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), ReadLogError>;
}

/// A partition's decisions as the log goes on; used on one thread, which may block.
pub trait Decisions: DecisionLog + Send + 'static {
    /// Waits until more is shown than before, or `wait` has passed; none where the engine has stopped.
    fn shown(&mut self, wait: Duration) -> Option<Shown>;

    /// What is asked for the trace that a decision belongs to when it goes to its topic.
    fn tracer(&self) -> Tracer;
}

/// Begins the trace of a decision's way to the topic named; none where the entry that caused it is not traced.
pub type Tracer = Box<dyn Fn(&[u8], &str) -> Option<Trace> + Send>;

/// The trace of a decision on its way to the topic; where it is dropped uncalled, the decision did not come there.
pub struct Trace {
    /// The header that goes along.
    pub traceparent: String,
    /// Notes that it is committed.
    pub committed: Box<dyn FnOnce() + Send>,
}

/// How far a partition's decisions are durable and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// The `seq` of the first that is not.
    pub next_seq: u64,
    /// What those before it reflect.
    pub reflects: Reflects,
}
