//! Stories: one history each through the real program, and every revision that came of it, as a golden file.
//!
//! `stories/NAME.jsonl` are the events, `NAME.until` the last day, `NAME.expected` what `heng decisions --all` shows;
//! `HENG_BLESS=1` writes the expected files anew, to be read before they are committed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories")
}

fn heng(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_heng")).args(arguments).output().expect("heng runs");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "heng {arguments:?} failed: {error}");
    String::from_utf8(output.stdout).expect("text")
}

/// One line a revision: day, kind, rule, decision, days, and what it names.
fn told(line: &str) -> String {
    let event: Value = serde_json::from_str(line).expect("JSON");
    let data = &event["data"];
    let short = |id: &Value| id.as_str().expect("an id").get(..6).expect("long enough").to_owned();
    let kind = event["type"].as_str().expect("a type").trim_start_matches("decision.").to_owned();
    let mut text = format!("{} {kind}", data["cause"].as_str().expect("a cause"));
    let decision = short(&data["decision"]);
    write!(text, " {} {decision}/{} {}", data["rule"].as_str().expect("a rule"), data["revision"], data["in_force"])
        .expect("text");
    if data.get("void").is_some() {
        text.push_str(" void");
    }
    if let Some(proposal) = data.get("proposal") {
        write!(text, " proposed {}", proposal["in_force"]).expect("text");
    }
    for name in ["replaces", "also"] {
        if let Some(ids) = data.get(name).and_then(Value::as_array) {
            let ids: Vec<String> = ids.iter().map(short).collect();
            write!(text, " {name} {}", ids.join(" ")).expect("text");
        }
    }
    text
}

fn tell(name: &str) -> String {
    let data = tempfile::tempdir().expect("a folder");
    let data = data.path().join("data");
    let path = |end: &str| folder().join(format!("{name}.{end}")).display().to_string();
    let until = std::fs::read_to_string(path("until")).expect("a day");
    let pack = folder().join("pack").display().to_string();
    let data = data.display().to_string();
    heng(&["run", "--pack", &pack, "--data", &data, "--until", until.trim(), &path("jsonl")]);
    let lines = heng(&["decisions", "--data", &data, "--all", "--json"]);
    heng(&["replay", "--data", &data, "--verify"]);
    lines.lines().map(|line| told(line) + "\n").collect()
}

#[test]
fn every_story_ends_as_it_should() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("stories")
        .filter_map(|entry| entry.expect("an entry").file_name().to_str()?.strip_suffix(".jsonl").map(str::to_owned))
        .collect();
    names.sort();
    assert!(names.len() > 10, "the stories are there");
    for name in names {
        let (found, path) = (tell(&name), folder().join(format!("{name}.expected")));
        if std::env::var_os("HENG_BLESS").is_some() {
            std::fs::write(&path, &found).expect("the expected file");
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, expected, "{name}: not as in {}", path.display());
    }
}
