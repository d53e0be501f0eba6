//! Random rule packs and random histories for them, from a seed.
//!
//! # Invariants
//!
//! The same seed and options give the same bytes; there is no other source of chance. Every pack compiles; every history
//! is one that the fold accepts, duplicates and second records apart.

mod condition;
mod fact;
mod history;
mod options;
mod pack;
mod record_event;
mod rng;
mod rule;
mod shrink;
mod subject_event;
#[cfg(test)]
mod tests;

pub use history::history;
pub use options::Options;
pub use pack::{RandomPack, pack};
pub use rng::Rng;
pub use shrink::shrink;

/// Periods that random packs use; histories put their days at the boundaries of these.
pub(crate) const PERIODS: [&str; 8] = ["P1D", "P10D", "P30D", "P1M", "P3M", "P6M", "P1Y", "P2Y"];
/// Periods in months and years, shorter ones first.
pub(crate) const MONTHS: [&str; 5] = ["P1M", "P3M", "P6M", "P1Y", "P2Y"];
/// Values of the enum field `nature`.
pub(crate) const NATURES: [&str; 3] = ["a", "b", "c"];
/// Values of the enum field `grade`, best first.
pub(crate) const GRADES: [&str; 4] = ["A", "B", "C", "D"];
/// Amounts of money.
pub(crate) const AMOUNTS: [&str; 4] = ["500", "1000.00", "1000.01", "2000"];
/// Regions of subjects.
pub(crate) const REGIONS: [&str; 3] = ["420100", "420500", "421000"];
/// Industries of subjects.
pub(crate) const INDUSTRIES: [&str; 2] = ["C39", "E47"];
/// Kinds that subjects may be registered with.
pub(crate) const KINDS: [&str; 3] = ["enterprise", "individual_business", "institution"];
/// Roles of links.
pub(crate) const ROLES: [&str; 2] = ["controller", "branch"];
