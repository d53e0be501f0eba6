#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::cases::tests::bundled;

/// The published list's pack with a rule that asks for three deeds, and cases.
fn pack(cases: &str) -> PackFiles {
    let mut files = PackFiles::new();
    let shared = [
        (
            "pack.yaml",
            "pack: small\nversion: '1'\nzh: 小\ntime_zone: Asia/Shanghai\nregion: '420000'\ncurrency: CNY\n\
             identifiers: [uscc]\nauthorities: {office: {zh: 机关, source: /office}}\n",
        ),
        ("laws.yaml", "laws: {law: {zh: 某法, in_force: {from: 2020-01-01}, max: P5Y}}\n"),
        (
            "measures.yaml",
            "measures: {m: {kind: sanction, zh: 措施, authorities: [office], subjects: [enterprise], basis: [law], \
             max: P1Y}}\n",
        ),
        ("matters.yaml", "matters: {t: {zh: 事项, authority: office, effects: {m: restrict}}}\n"),
        (
            "sectors/x.yaml",
            "sector: x\nzh: 领域\nitems:\n  deed:\n    zh: 行为\n    source: [office]\n    subjects: [enterprise]\n    \
             category: penalty\n    basis: [law]\n    fields: {fine: {type: money, required: true}}\nrules:\n  - id: big\n    \
             basis: [law]\n    for_each: deed\n    where: \"record.fine >= money('100')\"\n    lasts: P1Y\n    \
             outcome: {list: big, measures: [m]}\n",
        ),
        ("tests/x.yaml", cases),
    ];
    for (path, text) in shared {
        files.add(path, text.as_bytes().to_vec()).unwrap();
    }
    files
}

const LOOSE: &str = "
- name: a large fine
  events: [{record: r, item: deed, decided_on: 2023-01-31, fields: {fine: '500'}}]
  expect: [{on: 2023-06-01, in_force: [list/big]}, {on: 2025-01-01, in_force: []}]
";
const TIGHT: &str = "
- name: a hundred to the last day
  events: [{record: r, item: deed, decided_on: 2023-01-31, fields: {fine: '100'}}]
  expect: [{on: 2024-01-31, in_force: [list/big]}, {on: 2024-02-01, in_force: []}]
- name: a fen less
  events: [{record: r, item: deed, decided_on: 2023-01-31, fields: {fine: '99.99'}}]
  expect: [{on: 2023-01-31, in_force: []}]
";

fn fates(cases: &str) -> Vec<String> {
    let tried = Mutants::plan(&pack(cases), None).unwrap().run(2, &|| ());
    let line = |it: Tried| {
        format!("{} {} -> {}: {:?} {}", it.mutation.clause, it.mutation.from, it.mutation.to, it.fate, it.advice)
    };
    tried.into_iter().map(line).collect()
}

#[test]
fn a_boundary_that_no_case_tests_is_told_with_a_case_that_would() {
    assert_eq!(
        fates(LOOSE),
        [
            "where 100 -> 99.99: Survived a case of `big` in which record.fine is exactly 99.99 and everything else is \
             fulfilled: it must not apply",
            "where 100 -> 100.01: Survived a case of `big` in which record.fine is exactly 100 and everything else is \
             fulfilled: it must apply",
            "lasts P1Y -> P364D: Survived in `a large fine` (tests/x.yaml:2): expect that list/big is still in force on \
             2024-01-31",
            "lasts P1Y -> P367D: Survived in `a large fine` (tests/x.yaml:2): expect that list/big is no longer in force \
             on 2024-02-01",
        ]
    );
}

#[test]
fn boundaries_that_are_tested_are_noticed() {
    assert_eq!(
        fates(TIGHT),
        [
            "where 100 -> 99.99: Killed ",
            "where 100 -> 100.01: Killed ",
            "lasts P1Y -> P364D: Killed ",
            "lasts P1Y -> P367D: Killed ",
        ]
    );
}

#[test]
fn what_cannot_be_tried_is_said() {
    let failing = LOOSE.replace("2023-06-01", "2020-06-01");
    assert!(matches!(Mutants::plan(&pack(&failing), None), Err(MutateError::Failing(1))));
    assert!(matches!(Mutants::plan(&pack(TIGHT), Some("large")), Err(MutateError::Rule(id)) if id == "large"));
}

#[test]
fn only_what_touches_the_rule_is_tried() {
    let mutants = Mutants::plan(&bundled("cn-hubei"), Some("tax.grade_d")).unwrap();
    assert!(!mutants.is_empty());
    assert!(mutants.planned.iter().all(|it| it.rules.iter().any(|rule| rule == "tax.grade_d")));
}
