//! A pack that uses every clause is accepted, the same each time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use support::*;

#[test]
fn a_pack_with_every_clause_is_accepted() {
    let (loaded, _) = load_texts(&texts()).unwrap_or_else(|errors| panic!("{errors}"));
    let findings: Vec<String> = loaded.findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings, [""; 0]);
}
