//! When a pack becomes law and days are opened: not by a line that is refused, and without any line at all. What the
//! fold refuses late is told with the event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use support::{heng, json_lines, province_pack, run, said, totals};

const FIRM: &str = "91420100MA49XK7P6T";
const UNTIL: &str = "2024-01-01";

fn recorded(record: &str) -> Value {
    json!({
        "specversion": "1.0", "id": record, "source": "/gov/420000/tax", "type": "credit.recorded",
        "subject": FIRM, "time": "2023-05-11T09:30:00+08:00",
        "data": {
            "record": record, "item": "tax.major_violation", "decided_on": "2023-05-10", "document_no": "T-12",
            "fields": {"evaded": "1000000.00", "share": "0.10", "conduct": "evasion"},
        },
    })
}

/// A line of the year 2062 with one value replaced.
fn ahead(pointer: &str, value: Value) -> Value {
    let mut event = recorded("ahead");
    event["time"] = json!("2062-05-11T09:30:00+08:00");
    *event.pointer_mut(pointer).expect("a place") = value;
    event
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    /// Runs events until a day: exit code and summary.
    fn run(&self, pack: &Path, until: &str, events: &[Value]) -> (Option<i32>, Value) {
        let file = self.0.path().join("events.jsonl");
        let lines: Vec<String> = events.iter().map(Value::to_string).collect();
        fs::write(&file, lines.join("\n")).expect("a file");
        let said = said(&mut run(pack, &self.data(), until, &file));
        assert_eq!(said.err, "");
        totals(&said.out);
        (said.code, json_lines(&said.out).pop().expect("a summary"))
    }

    /// The province's pack under its next version.
    fn next_pack(&self) -> PathBuf {
        let (from, to) = (province_pack(), self.0.path().join("next"));
        fs::create_dir_all(to.join("sectors")).expect("a folder");
        let sectors = fs::read_dir(from.join("sectors")).expect("sectors").map(|file| file.expect("a file").path());
        let shared = ["laws.yaml", "matters.yaml", "measures.yaml"].map(|name| from.join(name));
        for file in sectors.chain(shared) {
            fs::copy(&file, to.join(file.strip_prefix(&from).expect("in the pack"))).expect("a copy");
        }
        let text = fs::read_to_string(from.join("pack.yaml")).expect("pack.yaml");
        let next = text.replacen("version: \"2026.11.1\"", "version: \"2026.12.0\"", 1);
        assert_ne!(text, next);
        fs::write(to.join("pack.yaml"), next).expect("a file");
        to
    }

    /// A check's answer.
    fn check(&self) -> Value {
        let said = said(heng().args(["check", FIRM, "procurement.bid", "--json", "--data"]).arg(self.data()));
        json_lines(&said.out).pop().unwrap_or_else(|| panic!("no answer: {}", said.err))
    }

    /// When the packs on the log were activated.
    fn activations(&self) -> Vec<String> {
        let exported = said(heng().args(["log", "export", "--data"]).arg(self.data()));
        let entries = json_lines(&exported.out);
        let known = entries.iter().filter(|entry| entry["type"] == "pack.activated").map(|entry| &entry["known"]);
        known.map(|known| known.as_str().expect("an instant").to_owned()).collect()
    }

    fn letters(&self) -> Vec<Value> {
        json_lines(&fs::read_to_string(self.data().join("deadletter.jsonl")).expect("dead letters"))
    }
}

#[test]
fn a_refused_line_opens_no_day() {
    let bad = [
        (
            "/source",
            json!("/gov/420000/moon"),
            "source: `/gov/420000/moon` is no authority of pack cn-hubei@2026.11.1; ",
        ),
        ("/source", json!("/gov/420000/hrss"), "source: `/gov/420000/hrss` may not publish `tax.major_violation`; "),
        ("/data/item", json!("tax.unheard"), "data.item: `tax.unheard` is no item of pack cn-hubei@2026.11.1; "),
        ("/subject", json!("91420100MA49XK7P6X"), "subject: the check character of `91420100MA49XK7P6X` should be `T`"),
        (
            "/subject",
            json!("lei:5493001KJTIIGC8Y1R12"),
            "subject: `lei:5493001KJTIIGC8Y1R12` is of scheme `lei`, which ",
        ),
        ("/data/fields/evaded", json!("much"), "data.fields.evaded: `much` is not a decimal number"),
        ("/data/decided_on", json!("2062-05-12"), "data.decided_on: 2062-05-12 lies after the current day 2062-05-11"),
    ];
    let folder = Folder::new();
    let mut events: Vec<Value> = bad.iter().map(|(pointer, value, _)| ahead(pointer, value.clone())).collect();
    events.push(recorded("one"));
    let (code, summary) = folder.run(&province_pack(), UNTIL, &events);
    assert_eq!((code, &summary["today"], &summary["accepted"]), (Some(3), &json!(UNTIL), &json!(1)), "{summary}");
    let letters = folder.letters();
    assert_eq!(letters.len(), bad.len());
    for ((_, _, reason), letter) in bad.iter().zip(&letters) {
        assert!(letter["reason"].as_str().is_some_and(|said| said.starts_with(reason)), "{reason}\n{letter}");
    }
    // Nor does it date the next pack.
    let (code, summary) = folder.run(&folder.next_pack(), UNTIL, &[ahead("/source", json!("/gov/420000/moon"))]);
    assert_eq!((code, &summary["today"]), (Some(3), &json!(UNTIL)), "{summary}");
    assert_eq!(folder.activations(), ["2023-05-11T01:30:00.000Z", "2023-12-31T16:00:00.000Z"]);
}

#[test]
fn a_pack_is_activated_without_a_line_and_judges_from_its_first_day_on() {
    let folder = Folder::new();
    let (code, summary) = folder.run(&province_pack(), UNTIL, &[]);
    assert_eq!((code, &summary["today"]), (Some(0), &json!(UNTIL)), "{summary}");
    let answer = folder.check();
    assert_eq!((&answer["verdict"], &answer["pack"]), (&json!("clear"), &json!("cn-hubei@2026.11.1")));
    let next = folder.next_pack();
    for (until, pack) in [(UNTIL, "cn-hubei@2026.11.1"), ("2024-01-02", "cn-hubei@2026.12.0")] {
        let (code, summary) = folder.run(&next, until, &[]);
        assert_eq!((code, &summary["today"]), (Some(0), &json!(until)), "{summary}");
        assert_eq!(folder.check()["pack"], json!(pack), "on {until}");
    }
    assert_eq!(folder.activations(), ["2023-12-31T16:00:00.000Z", "2023-12-31T16:00:00.000Z"]);
}

/// A repair that came before its record, from one who may not repair it: told when the record comes.
#[test]
fn a_late_refusal_is_told_with_its_event() {
    let folder = Folder::new();
    let repair = json!({
        "specversion": "1.0", "id": "repair", "source": "/gov/420000/court", "type": "credit.repaired",
        "subject": FIRM, "time": "2023-05-11T09:30:00+08:00",
        "data": {"record": "one", "record_source": "/gov/420000/tax", "on": "2023-05-11"},
    });
    let (code, summary) = folder.run(&province_pack(), UNTIL, std::slice::from_ref(&repair));
    assert_eq!((code, &summary["accepted"], &summary["refused_late"]), (Some(0), &json!(1), &json!(0)), "{summary}");
    let (code, summary) = folder.run(&province_pack(), UNTIL, &[recorded("one")]);
    assert_eq!((code, &summary["accepted"], &summary["refused_late"]), (Some(3), &json!(1), &json!(1)), "{summary}");
    let letters = folder.letters();
    assert_eq!(letters.len(), 1);
    let letter = &letters[0];
    assert!(letter["position"].is_string() && letter["file"].is_null() && letter["line"].is_null(), "{letter}");
    assert!(letter["reason"].as_str().is_some_and(|said| said.contains("may not repair records")), "{letter}");
    let event: Value = serde_json::from_str(letter["event"].as_str().expect("a line")).expect("an event");
    for key in ["id", "source", "type", "subject", "data"] {
        assert_eq!(event[key], repair[key], "{key}");
    }
    assert_eq!(event["time"], json!("2023-05-11T01:30:00.000Z"));
    // Told once.
    let (code, summary) = folder.run(&province_pack(), UNTIL, &[recorded("one")]);
    assert_eq!((code, &summary["duplicate"], &summary["refused_late"]), (Some(0), &json!(1), &json!(0)), "{summary}");
    // A crash may lose the letter and the checkpoint, not the event: it is told of anew.
    fs::remove_file(folder.data().join("deadletter.jsonl")).expect("removed");
    fs::remove_dir_all(folder.data().join("state")).expect("removed");
    let (code, summary) = folder.run(&province_pack(), UNTIL, &[]);
    assert_eq!((code, &summary["read"], &summary["refused_late"]), (Some(3), &json!(0), &json!(1)), "{summary}");
    assert_eq!(folder.letters(), letters);
}
