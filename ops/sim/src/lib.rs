//! What tests are made of: a second, brute-force meaning of the rule language, and random packs and histories for it.
//!
//! # Invariants
//!
//! The oracle shares no deciding code with the engine. Whatever is random comes from a seed: the same seed gives the
//! same bytes.

pub mod oracle;
pub mod province;
pub mod random;
