//! The runner on a small pack, and the cases of the packs in the tree.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::*;
use std::path::Path;

pub(crate) fn bundled(name: &str) -> PackFiles {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/packs").join(name);
    let mut files = PackFiles::new();
    for folder in ["", "sectors/", "tests/"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        for entry in entries {
            let path = format!("{folder}{}", entry.unwrap().file_name().to_str().unwrap());
            if PackFiles::is_pack_path(&path) {
                files.add(&path, std::fs::read(root.join(&path)).unwrap()).unwrap();
            }
        }
    }
    files
}

fn every_case_passes(name: &str) {
    let report = run_cases(&bundled(name), None).unwrap();
    let failures: Vec<String> = report
        .runs
        .iter()
        .flat_map(|run| run.failures.iter().map(move |it| (run, it)))
        .map(|(run, it)| {
            format!("{}: {}: {:?}: expected {}, found {}", it.place, run.case.name, it.on, it.expected, it.found)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(!report.runs.is_empty());
    let lacking: Vec<String> = report.coverage.findings(&report.pack).iter().map(ToString::to_string).collect();
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn every_case_of_hubei_passes() {
    every_case_passes("cn-hubei");
}

#[test]
fn every_case_of_the_published_list_passes() {
    every_case_passes("ofac-sdn");
}

#[test]
fn every_case_of_the_banks_passes() {
    every_case_passes("mdb-debarment");
}

/// The published list's pack with other cases.
fn with_cases(text: &str) -> PackFiles {
    let mut files = PackFiles::new();
    for (path, bytes) in bundled("ofac-sdn").iter().filter(|(path, _)| !path.starts_with("tests/")) {
        files.add(path, bytes.to_vec()).unwrap();
    }
    files.add("tests/x.yaml", text.as_bytes().to_vec()).unwrap();
    files
}

fn failures(text: &str) -> Vec<String> {
    let report = run_cases(&with_cases(text), None).unwrap();
    let failures = report.runs.iter().flat_map(|run| &run.failures);
    failures
        .map(|it| {
            let on = it.on.map_or_else(|| "-".to_owned(), |day| day.to_string());
            format!("{} {on} expected {} found {}", it.place, it.expected, it.found)
        })
        .collect()
}

const LISTED: &str = r#"
- name: listed
  subject: {id: "ofac:1", kind: institution}
  events:
    - {record: a, item: ofac.listing, decided_on: 2021-08-20}
    - {repair: a, on: 2021-09-03}
  expect:
"#;

#[test]
fn what_does_not_hold_is_told_with_place_day_and_what_was_found() {
    let expectations = r#"    - {on: 2021-08-19, in_force: [list/ofac.sdn], check: {counterparty.review: clear}}
    - {on: 2021-09-02, in_force: [], check: {counterparty.review: bar, no.such: clear}}
    - {on: 2021-09-02, in_force: [list/ofac.sdn, measure/sdn.shown]}
    - {on: 2021-09-02, in_force: [list/ofac.sdn, measure/other]}
"#;
    assert_eq!(
        failures(&format!("{LISTED}{expectations}")),
        [
            "tests/x.yaml:8:7 2021-08-19 expected in force: list/ofac.sdn found nothing",
            "tests/x.yaml:9:7 2021-09-02 expected in force: nothing found list/ofac.sdn",
            "tests/x.yaml:9:7 2021-09-02 expected counterparty.review: bar found caution",
            "tests/x.yaml:9:7 2021-09-02 expected no.such: clear found no such matter in the pack",
            "tests/x.yaml:11:7 2021-09-02 expected in force: list/ofac.sdn, measure/other found list/ofac.sdn, measure/sdn.shown",
        ]
    );
}

#[test]
fn an_event_that_cannot_be_folded_fails_the_case_at_its_place() {
    let case =
        |event: &str| format!("- name: x\n  subject: {{id: \"ofac:1\"}}\n  events:\n    - {event}\n  expect: []\n");
    let found = |event: &str| failures(&case(event)).join("; ");
    let record = "{record: a, item: ofac.listing, decided_on: 2021-08-20, fields: {nam: X}}";
    let refused = "tests/x.yaml:4:7 - expected the event is folded found refused: data.fields.nam: item `ofac.listing` has no such \
                   field; its fields are name, programs";
    assert_eq!(found(record), refused);
    assert!(found("{repair: b, on: 2021-08-20}").ends_with("the case records no `b` about this subject"));
    assert!(
        found("{confirm: ofac.sdn, on: 2021-08-20}").ends_with("rule `ofac.sdn` proposes nothing here on that day")
    );
    assert!(found("{suspend: {from: 2021-08-20}}").contains("no authority of the pack may suspend"));
    assert!(
        found("{record: a, item: ofac.listin, decided_on: 2021-08-20}")
            .contains("`ofac.listin` is no item of the pack")
    );
}

#[test]
fn an_event_may_have_to_be_refused_for_a_field() {
    let case = |events: &str| {
        failures(&format!(
            "- name: x\n  subject: {{id: \"ofac:1\"}}\n  events:\n{events}  expect:\n    - {{on: 2021-08-20, in_force: []}}\n"
        ))
    };
    let wrong = "    - {record: a, item: ofac.listing, decided_on: 2021-08-20, fields: {nam: X}, refused: REFUSED}\n";
    assert_eq!(case(&wrong.replace("REFUSED", "nam")), [""; 0]);
    let [other] = case(&wrong.replace("REFUSED", "name")).try_into().unwrap();
    assert!(
        other.starts_with(
            "tests/x.yaml:4:7 - expected the event is refused for `name` found refused: data.fields.nam: item"
        ),
        "{other}"
    );
    let right = "    - {record: a, item: ofac.listing, decided_on: 2021-08-20, refused: name}\n";
    assert_eq!(case(right), ["tests/x.yaml:4:7 - expected the event is refused for `name` found the event is folded"]);
    let ahead =
        "    - {record: a, item: ofac.listing, known: 2021-08-19, decided_on: 2021-08-20, refused: decided_on}\n";
    assert_eq!(case(ahead), [""; 0]);
}

#[test]
fn a_rule_needs_a_case_that_fires_it_and_one_that_does_not() {
    let finding = |expectation: &str| {
        let report = run_cases(&with_cases(&format!("{LISTED}    - {expectation}\n")), None).unwrap();
        report.coverage.findings(&report.pack).iter().map(|it| it.message.clone()).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(
        finding("{on: 2021-08-21, in_force: [list/ofac.sdn]}"),
        "rule `ofac.sdn` has no case that does not fire it"
    );
    assert_eq!(finding("{on: 2021-08-19, in_force: []}"), "rule `ofac.sdn` has no case that fires it");
    // A record that must be refused is nothing that the rule could have fired for.
    let refused = r#"{on: 2021-08-21, in_force: [list/ofac.sdn]}
- name: refused
  subject: {id: "ofac:2", kind: institution}
  events:
    - {record: b, item: ofac.listing, decided_on: 2021-08-20, fields: {nam: X}, refused: nam}
  expect:
    - {on: 2021-08-21, in_force: []}"#;
    assert_eq!(finding(refused), "rule `ofac.sdn` has no case that does not fire it");
    let none = run_cases(&with_cases("[]"), None).unwrap();
    assert_eq!(none.coverage.findings(&none.pack).len(), 1);
    let whole = run_cases(&bundled("ofac-sdn"), None).unwrap();
    assert_eq!(whole.coverage.findings(&whole.pack), []);
}

#[test]
fn cases_are_chosen_by_a_part_of_their_name() {
    let report = run_cases(&bundled("ofac-sdn"), Some("listed again")).unwrap();
    assert_eq!(report.runs.len(), 1);
    assert_eq!(report.runs[0].decisions.len(), 2);
}
