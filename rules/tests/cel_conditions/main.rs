//! Conditions from outside: what is accepted, what is refused in which words, what holds, and how that compares with CEL.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod conformance;
mod interpreter;
mod language;
mod property;
mod support;
