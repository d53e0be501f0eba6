//! Every code that a decision of the log may name: those of the pack in force, and of each pack before it.
//!
//! # Invariants
//!
//! Codes are only added: decisions under an older pack are on the log for ever, and filters may look for them.

use heng_core::entry_name;
use heng_model::Symbols;
use heng_rules::Pack;
use rustc_hash::FxHashSet;

/// Codes by what they name.
#[derive(Debug, Clone, Default)]
pub struct Codes {
    authorities: FxHashSet<Box<str>>,
    measures: FxHashSet<Box<str>>,
    outcomes: FxHashSet<Box<str>>,
}

impl Codes {
    /// Adds a pack's, whose names are known by these symbols.
    pub fn add(&mut self, pack: &Pack, symbols: &Symbols) {
        self.authorities.extend(pack.authorities.iter().map(|authority| Box::from(authority.code.as_str())));
        self.measures.extend(pack.measures.iter().map(|measure| Box::from(measure.code.as_str())));
        let outcomes = pack.rules.iter().map(|rule| entry_name(pack, symbols, rule.outcome.entry));
        self.outcomes.extend(outcomes.map(String::into_boxed_str));
    }

    pub(crate) fn has_authority(&self, code: &str) -> bool {
        self.authorities.contains(code)
    }

    pub(crate) fn has_measure(&self, code: &str) -> bool {
        self.measures.contains(code)
    }

    pub(crate) fn has_outcome(&self, code: &str) -> bool {
        self.outcomes.contains(code)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use heng_rules::PackFiles;
    use std::path::Path;

    #[test]
    fn codes_of_every_pack_are_known_each_by_its_own_names() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/packs");
        let mut codes = Codes::default();
        for pack in ["cn-hubei", "ofac-sdn"] {
            let mut symbols = Symbols::default();
            let mut files = PackFiles::new();
            for folder in ["", "sectors"] {
                for entry in std::fs::read_dir(root.join(pack).join(folder)).unwrap() {
                    let path = entry.unwrap().path();
                    let name = Path::new(folder).join(path.file_name().unwrap());
                    if path.is_file() {
                        files.add(name.to_str().unwrap(), std::fs::read(&path).unwrap()).unwrap();
                    }
                }
            }
            codes.add(&heng_rules::load(&files, &mut symbols).unwrap().pack, &symbols);
        }
        assert!(codes.has_measure("procurement.ineligible") && codes.has_outcome("grade/tax:D"));
        assert!(codes.has_outcome("list/ofac.sdn"), "{codes:?}");
        assert!(!codes.has_measure("procurement.nothing") && !codes.has_authority("nobody"));
    }
}
