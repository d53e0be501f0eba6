//! Checkpoints that engines of a log share: in a folder that all of them see, or in an S3-compatible object store.
//!
//! # Invariants
//!
//! The log is the state; what is here only spares reading and folding it. So whatever is missing, damaged or unreachable
//! is said and done without. An engine that works waits for none of it: a start waits for what it fetches, and the first
//! checkpoint after one that loaded files until sled has them. What is fetched is compared with its manifest, and proved
//! again by whoever opens it; against somebody who may write the place nothing here protects: the log does, which every
//! engine compares its copy with, and the topic of decisions, which it compares with what it folds.

pub mod chain;
mod chunk;
pub mod fetch;
mod fields;
pub mod inspect;
pub mod location;
pub mod manifest;
pub mod objects;
pub mod publish;
#[cfg(test)]
mod s3_tests;
pub mod sorted;
pub mod status;
#[cfg(test)]
mod testing;

pub use chain::{Chain, TeedStore};
pub use location::{BucketAccess, Location, LocationError};
pub use publish::{PublishOptions, Publisher};
pub use status::{Source, Status};
