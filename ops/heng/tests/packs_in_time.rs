//! One pack after another on the same log: what is said when only the law has changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const SUBJECT: &str = "91420100MA49XK7P6T";

/// A copy of the stories' pack, with replacements in its files.
fn pack(folder: &Path, name: &str, changes: &[(&str, &str, &str)]) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories/pack");
    let to = folder.join(name);
    fs::create_dir_all(to.join("sectors")).expect("a folder");
    for file in ["pack.yaml", "laws.yaml", "measures.yaml", "matters.yaml", "sectors/s.yaml"] {
        let mut text = fs::read_to_string(from.join(file)).expect("a file of the pack");
        for (_, old, new) in changes.iter().filter(|(of, _, _)| *of == file) {
            assert!(text.contains(old), "{file} has `{old}`");
            text = text.replace(old, new);
        }
        fs::write(to.join(file), text).expect("a file");
    }
    to
}

fn event(id: &str, kind: &str, day: &str, data: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/gov/a","type":"{kind}","subject":"{SUBJECT}","time":"{day}T10:00:00+08:00","data":{data}}}"#
    )
}

fn listed(record: &str, day: &str) -> String {
    let data = format!(
        r#"{{"record":"{record}","item":"s.listed","decided_on":"{day}","fields":{{"amount":"100","starts":"{day}"}}}}"#
    );
    event(record, "credit.recorded", day, &data)
}

fn heng(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_heng")).args(arguments).output().expect("heng runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Runs each pack over one event of its own, and returns every decision event.
fn decisions(folder: &Path, runs: &[(PathBuf, String, &str)]) -> Vec<Value> {
    let data = folder.join("data").display().to_string();
    for (at, (pack, line, until)) in runs.iter().enumerate() {
        let file = folder.join(format!("{at}.jsonl"));
        fs::write(&file, line).expect("events");
        let pack = pack.display().to_string();
        let (code, _, error) =
            heng(&["run", "--pack", &pack, "--data", &data, "--until", until, &file.display().to_string()]);
        assert_eq!(code, Some(0), "{error}");
    }
    let (_, lines, _) = heng(&["decisions", "--data", &data, "--json"]);
    assert_eq!(heng(&["replay", "--data", &data]).0, Some(0), "the replay proves it");
    lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn last<'a>(events: &'a [Value], rule: &str) -> &'a Value {
    events.iter().rfind(|event| event["data"]["rule"] == rule).expect("a decision of the rule")
}

#[test]
fn a_measure_that_a_pack_takes_away_is_told_though_no_day_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = pack(folder.path(), "old", &[]);
    let change = (
        "sectors/s.yaml",
        "outcome: {list: s.listed, measures: [tender.bar]}",
        "outcome: {list: s.listed, measures: []}",
    );
    let new = pack(folder.path(), "new", &[change, ("pack.yaml", "version: \"1\"", "version: \"2\"")]);
    let events = decisions(
        folder.path(),
        &[(old, listed("1", "2023-01-10"), "2023-02-01"), (new, listed("2", "2023-02-05"), "2023-03-01")],
    );
    let amended = events.iter().find(|event| event["type"] == "decision.amended").expect("an amended decision");
    assert_eq!(amended["data"]["measures"], serde_json::json!([]));
    assert_eq!(amended["data"]["in_force"], serde_json::json!([["2023-01-10", "2024-01-10"]]));
}

#[test]
fn a_withdrawn_rule_tells_those_who_acted_on_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = pack(folder.path(), "old", &[]);
    let text = fs::read_to_string(old.join("sectors/s.yaml")).expect("the sector");
    let start = text.find("  - id: s.listed").expect("the rule");
    let end = text.find("  - id: s.fines").expect("the next rule");
    let rule = &text[start..end];
    let withdraw = "version: \"2\"\nwithdraw: [{rule: s.listed, reason: 依据已废止}]";
    let changes = [
        ("sectors/s.yaml", rule, ""),
        ("sectors/s.yaml", "  listed: {outcome: list/s.listed}\n", ""),
        ("sectors/s.yaml", "    unless: \"listed\"\n", ""),
        ("pack.yaml", "version: \"1\"", withdraw),
    ];
    let new = pack(folder.path(), "new", &changes);
    let events = decisions(
        folder.path(),
        &[(old, listed("1", "2023-01-10"), "2023-02-01"), (new, listed("2", "2023-02-05"), "2023-03-01")],
    );
    let revoked = last(&events, "s.listed");
    assert_eq!(revoked["type"], "decision.revoked");
    assert_eq!(revoked["data"]["void"], true);
    assert_eq!(revoked["data"]["measures"], serde_json::json!(["tender.bar"]));
    assert_eq!(revoked["data"]["authorities"], serde_json::json!(["b"]));
}

#[test]
fn a_rule_may_not_vanish_without_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = pack(folder.path(), "old", &[]);
    let change = ("sectors/s.yaml", "id: s.fines", "id: s.other");
    let new = pack(folder.path(), "new", &[change, ("pack.yaml", "version: \"1\"", "version: \"2\"")]);
    let data = folder.path().join("data").display().to_string();
    let (first, second) = (folder.path().join("1.jsonl"), folder.path().join("2.jsonl"));
    fs::write(&first, listed("1", "2023-01-10")).expect("events");
    fs::write(&second, listed("2", "2023-02-10")).expect("events");
    let run = |pack: &Path, file: &Path| {
        let (pack, file) = (pack.display().to_string(), file.display().to_string());
        heng(&["run", "--pack", &pack, "--data", &data, "--until", "2023-03-01", &file])
    };
    assert_eq!(run(&old, &first).0, Some(0));
    let (code, _, error) = run(&new, &second);
    assert_eq!(code, Some(1));
    assert!(error.contains("rule `s.fines` of version 1 is missing"), "{error}");
    assert!(error.contains("withdraw"), "{error}");
}
