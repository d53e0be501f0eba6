//! `heng serve` as a program: real ports on the loopback, a real client, real kills.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test"
)]

mod access;
mod audits;
mod bad_input;
mod checks;
#[path = "../support/collector.rs"]
mod collector;
mod folder;
#[path = "../support/follower.rs"]
mod follower;
mod full_state;
mod intake;
mod kill;
mod reports;
mod responses;
mod scorecards;
mod served;
#[path = "../support/small_disk.rs"]
mod small_disk;
mod subscriber;
mod subscription;
mod subscription_kill;
mod supervisor;
mod traces;
mod watching;
