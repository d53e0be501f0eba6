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
mod intake;
mod kill;
mod reports;
mod responses;
mod scorecards;
mod served;
mod subscriber;
mod subscription;
mod subscription_kill;
mod supervisor;
mod traces;
mod watching;
