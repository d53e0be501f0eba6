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
    /// May anybody be shown a decision?
    pub(crate) fn may_be_shown(sifted: &Sifted) -> bool {
        sifted.kind != DecisionKind::Scheduled
    }

    /// Is a decision wanted?
    pub(crate) fn takes(&self, sifted: &Sifted, bytes: &[u8]) -> bool {
        Self::may_be_shown(sifted)
            && (self.kinds.is_empty() || self.kinds.contains(&sifted.kind))
            && (self.outcomes.is_empty() || self.outcomes.contains(sifted.outcome(bytes)))
            && (self.authorities.is_empty() || sifted.authorities(bytes).any(|code| self.authorities.contains(code)))
            && (self.measures.is_empty() || sifted.measures(bytes).any(|code| self.measures.contains(code)))
            && (self.region_prefixes.is_empty() || {
                let region = sifted.region(bytes);
                self.region_prefixes.iter().any(|prefix| region.starts_with(prefix))
            })
    }

    /// One line that says the same.
    pub(crate) fn text(&self) -> String {
        let sorted = |codes: &FxHashSet<Box<[u8]>>| {
            let mut codes: Vec<String> = codes.iter().map(|code| String::from_utf8_lossy(code).into_owned()).collect();
            codes.sort_unstable();
            codes
        };
        let regions = self.region_prefixes.iter().map(|code| String::from_utf8_lossy(code).into_owned());
        let kinds = self.kinds.iter().map(|kind| kind.word());
        serde_json::json!({
            "authorities": sorted(&self.authorities), "measures": sorted(&self.measures),
            "outcomes": sorted(&self.outcomes), "kinds": kinds.collect::<Vec<_>>(),
            "regions": regions.collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// What a line says.
    pub(super) fn read(line: &str) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_str(line).ok()?;
        let texts =
            |key: &str| -> Option<Vec<&str>> { value.get(key)?.as_array()?.iter().map(|it| it.as_str()).collect() };
        let codes = |key: &str| Some(texts(key)?.into_iter().map(|code| code.as_bytes().into()).collect());
        let kind = |word: &str| DecisionKind::ALL.into_iter().find(|kind| kind.word() == word);
        Some(Self {
            authorities: codes("authorities")?,
            measures: codes("measures")?,
            outcomes: codes("outcomes")?,
            kinds: texts("kinds")?.into_iter().map(kind).collect::<Option<_>>()?,
            region_prefixes: texts("regions")?.into_iter().map(|code| code.as_bytes().into()).collect(),
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

impl Codes {
    /// Does a pack of the log have an authority? `pack` is that in force, for the message.
    ///
    /// # Errors
    /// [`UnknownCode`].
    pub(crate) fn check_authority(&self, field: &'static str, given: &str, pack: &str) -> Result<(), UnknownCode> {
        if self.has_authority(given) {
            return Ok(());
        }
        Err(UnknownCode { field, given: given.to_owned(), pack: pack.to_owned() })
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
