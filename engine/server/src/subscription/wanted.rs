//! Which decisions a subscriber wants.
//!
//! # Invariants
//!
//! Decisions whose first day is ahead are never wanted: departments learn of them when they are issued. Each revision is
//! judged by itself.

use crate::index::Codes;
use heng_core::DecisionKind;
use heng_log::codec::Sifted;
use rustc_hash::FxHashSet;

/// Which decisions are wanted: of each kind of condition one must hold; where none is given, every decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) authorities: FxHashSet<Box<[u8]>>,
    pub(crate) measures: FxHashSet<Box<[u8]>>,
    pub(crate) outcomes: FxHashSet<Box<[u8]>>,
    pub(crate) kinds: Vec<DecisionKind>,
    pub(crate) region_prefixes: Vec<Box<[u8]>>,
}

/// A code that no pack of the log has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "neither pack {pack} nor one before it has `{given}`: with a code that is none the filter could hold back what you look for"
)]
pub struct UnknownCode {
    /// Field of the request.
    pub field: &'static str,
    /// As given.
    pub given: String,
    /// Pack in force.
    pub pack: String,
}

impl Wanted {
    /// Is a decision wanted?
    pub(crate) fn takes(&self, sifted: &Sifted, bytes: &[u8]) -> bool {
        sifted.kind != DecisionKind::Scheduled
            && (self.kinds.is_empty() || self.kinds.contains(&sifted.kind))
            && (self.outcomes.is_empty() || self.outcomes.contains(sifted.outcome(bytes)))
            && (self.authorities.is_empty() || sifted.authorities(bytes).any(|code| self.authorities.contains(code)))
            && (self.measures.is_empty() || sifted.measures(bytes).any(|code| self.measures.contains(code)))
            && (self.region_prefixes.is_empty() || {
                let region = sifted.region(bytes);
                self.region_prefixes.iter().any(|prefix| region.starts_with(prefix))
            })
    }

    /// Does a pack of the log have every code that is named? `pack` is that in force, for the message.
    ///
    /// # Errors
    /// The first that none has.
    pub(crate) fn check(&self, codes: &Codes, pack: &str) -> Result<(), UnknownCode> {
        known("filter.authorities", &self.authorities, pack, |code| codes.has_authority(code))?;
        known("filter.measures", &self.measures, pack, |code| codes.has_measure(code))?;
        known("filter.outcomes", &self.outcomes, pack, |code| codes.has_outcome(code))
    }
}

fn known(
    field: &'static str,
    codes: &FxHashSet<Box<[u8]>>,
    pack: &str,
    has: impl Fn(&str) -> bool,
) -> Result<(), UnknownCode> {
    let unknown = codes.iter().map(|code| String::from_utf8_lossy(code)).filter(|code| !has(code)).min();
    match unknown {
        Some(given) => Err(UnknownCode { field, given: given.into_owned(), pack: pack.to_owned() }),
        None => Ok(()),
    }
}
