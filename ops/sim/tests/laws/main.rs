//! The laws of the fold on random packs and random histories, through the real intake, log and codec.
//!
//! The number of seeds is 60 by default; `HENG_SEEDS=FROM..TO` runs others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test"
)]

mod engine;
mod index;
mod laws;
mod merges;
mod parts;
mod shared;
