//! The runner in this process, under a clock that the test sets: days, packs, feed, drain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod checks;
mod days;
mod feed;
mod merged;
mod office;
mod shared;
mod together;
