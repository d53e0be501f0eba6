//! What an engine becomes after whatever may happen to it: checkpoints kept, lost, refused; power cut; disk full or
//! failing. Always what it would have become if nothing had happened.
//!
//! A few seeds by default; `HENG_SEEDS=FROM..TO` runs others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod checkpoints;
#[path = "../../../../ops/sim/tests/laws/engine.rs"]
#[allow(dead_code, reason = "the laws of the fold use the rest")]
mod engine;
mod faults;
mod history;
mod intake;
mod lost_tail;
mod power;
