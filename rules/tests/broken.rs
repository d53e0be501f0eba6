//! Broken packs: bytes that no editor writes, and a pack damaged at random.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod support;

use heng_model::Symbols;
use heng_rules::{PackFiles, load};
use proptest::prelude::*;
use support::*;

fn errors(files: &PackFiles) -> String {
    let errors = load(files, &mut Symbols::default()).err().unwrap_or_default();
    errors.iter().map(|error| format!("{error}\n")).collect()
}

#[test]
fn files_that_are_missing_strange_or_unreadable_are_named() {
    let mut files = PackFiles::new();
    files.add("pack.yaml", "zh: 包\npack: \u{7532}".as_bytes().iter().copied().chain([0xff]).collect()).unwrap();
    files.add("laws.yaml", Vec::new()).unwrap();
    files.add("measures.yml", Vec::new()).unwrap();
    assert_eq!(
        errors(&files),
        "laws.yaml:1:1: the file is empty\n\
         matters.yaml:1:1: the file is missing\n  hint: every pack has it\n\
         measures.yaml:1:1: the file is missing\n  hint: every pack has it\n\
         measures.yml:1:1: not a file of a pack\n  hint: a pack has pack.yaml, laws.yaml, measures.yaml, matters.yaml, \
         calendar.yaml, sectors/*.yaml and tests/*.yaml\n\
         pack.yaml:2:8: the file is not UTF-8\n  hint: save it as UTF-8\n\
         sectors:1:1: the pack has no sector\n  hint: add a file such as `sectors/tax.yaml`\n"
    );
}

#[test]
fn one_code_in_two_sectors_is_one_too_many() {
    let mut two = texts();
    two.insert(
        "sectors/more.yaml",
        "sector: more\nitems: {tax.officer: {source: tax, subjects: [person], category: list}}\n".into(),
    );
    two.insert("sectors/same.yaml", "sector: tax\n".into());
    assert_eq!(
        load_texts(&two).err().unwrap_or_default(),
        "sectors/tax.yaml:1:9: sector `tax` has a second file\n  hint: the first is sectors/same.yaml; a sector is one file\n\
         sectors/tax.yaml:38:3: `tax.officer` is declared twice\n  hint: first in sectors/more.yaml:2:9\n"
    );
}

#[test]
fn the_place_in_a_condition_is_found_in_every_style() {
    let styles = [
        ("when: \"quiet >= 3\"", "when: quite >= 3", "99:11"),
        ("when: \"quiet >= 3\"", "when: 'true && kind == ''person'' && quite >= 3'", "99:42"),
        ("when: \"quiet >= 3\"", "when: \"true &&\\\n      \\ quite >= 3\"", "100:9"),
        ("when: \"quiet >= 3\"", "when: >-\n      quiet >= 3 &&\n      quite >= 3", "101:7"),
        ("when: \"quiet >= 3\"", "when: |\n      quiet >= 3 &&\n        quite >= 3", "101:9"),
    ];
    for (old, new, place) in styles {
        let errors = errors_with("sectors/tax.yaml", old, new);
        let expected = format!("sectors/tax.yaml:{place}: unknown fact `quite`\n  hint: did you mean `quiet`?\n");
        assert_eq!(errors, expected, "{new}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_pack_is_accepted_or_refused_the_same_each_time(
        file in prop::sample::select(vec!["pack.yaml", "laws.yaml", "measures.yaml", "matters.yaml", "sectors/tax.yaml"]),
        at in any::<prop::sample::Index>(),
        length in 0_usize..40,
        put in "[\\PC\n]{0,6}",
    ) {
        let mut damaged = texts();
        let text: Vec<char> = damaged[file].chars().collect();
        let at = at.index(text.len());
        let kept = text[..at].iter().copied().chain(put.chars());
        let text: String = kept.chain(text[(at + length).min(text.len())..].iter().copied()).collect();
        damaged.insert(file, text);
        let told = |result: Result<(heng_rules::Loaded, Symbols), String>| match result {
            Ok((loaded, symbols)) => format!("{loaded:?} {symbols:?}"),
            Err(errors) => errors,
        };
        prop_assert_eq!(told(load_texts(&damaged)), told(load_texts(&damaged)));
    }
}
