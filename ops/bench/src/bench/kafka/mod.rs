//! Heng beside a Kafka, and with its log on it: throughput, latencies, and what a lost engine costs.
//!
//! # Invariants
//!
//! A real broker, a real `heng serve` and the clients of this process share the machine: figures are those of one machine
//! that does everything. Each turn has topics and a data directory of its own. An event that gets no answer, and a decision that
//! does not come, fail the benchmark; without a broker nothing is measured, and that is said.

mod bare;
mod broker;
mod client;
mod events;
mod form;
mod latency;
mod place;
mod takeover;
mod throughput;

pub(crate) use form::Form;
pub(crate) use latency::kafka_latency;
pub(crate) use takeover::kafka_takeover;
pub(crate) use throughput::kafka;

use std::time::Duration;

/// Partitions of the log and of the topic of decisions.
const PARTITIONS: u16 = 2;
/// How long anything is waited for that ought to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long it is waited for that so many events are worked on.
fn patience(events: u64) -> Duration {
    PATIENCE * 3 + Duration::from_micros(300 * events)
}

/// Where the log of an engine is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Log {
    /// In its data directory, Kafka beside it.
    Own,
    /// On the brokers.
    Shared,
}

impl Log {
    fn title(self) -> &'static str {
        match self {
            Self::Own => "own log",
            Self::Shared => "shared log",
        }
    }
}
