//! `heng serve` on a real Apache Kafka, which the tests start themselves: `ops/kafka/broker`, one broker on the loopback.
//!
//! Without Java or Maven nothing of this can run: each test then says so on standard error and passes, unless
//! `HENG_KAFKA_REQUIRED` is set, as `.ci/run` does. `HENG_KAFKA_PYTHON` names a Python that has confluent-kafka, which then reads
//! the decisions as a program in another language would. `HENG_KAFKA_ROUNDS` is the number of faults, 2 by default; `HENG_SEED`
//! draws others. With the feature `kafka-tls` SCRAM, TLS and OAUTHBEARER are tried too.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test"
)]

mod alarms;
mod broker;
mod brokers_away;
mod client;
#[path = "../support/collector.rs"]
mod collector;
#[cfg(feature = "kafka-tls")]
mod credentials;
mod decisions;
mod events;
mod faults;
#[path = "../support/follower.rs"]
mod follower;
mod inbox;
mod mapped;
mod names;
mod place;
mod rolling;
mod shared_checkpoints;
mod shared_faults;
mod shared_log;
#[path = "../support/small_disk.rs"]
mod small_disk;
mod topics;
mod traces;
