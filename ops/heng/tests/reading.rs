//! What the reading commands show of a subject after a merge, and of one decision with two measures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::{Value, json};
use std::fs;
use support::{heng, json_lines, province_pack, run, said, totals};

const FORMER: &str = "91420100MADEM0A15F";
const FIRM: &str = "91420100MA49XK7P6T";

fn event(id: &str, source: &str, kind: &str, time: &str, data: Value) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": source, "type": kind, "subject": FORMER, "time": time, "data": data,
    })
}

#[test]
fn what_was_issued_under_a_former_id_is_shown_once_and_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("events.jsonl"));
    let record = json!({
        "record": "one", "item": "tax.grade", "decided_on": "2023-05-10", "fields": {"grade": "D", "year": 2022},
    });
    let lines = [
        event("one", "/gov/420000/tax", "credit.recorded", "2023-05-11T09:30:00+08:00", record),
        event(
            "merge",
            "/gov/420000/market_regulation",
            "subject.merged",
            "2023-06-01T09:30:00+08:00",
            json!({"into": FIRM}),
        ),
    ];
    fs::write(&file, lines.map(|line| line.to_string()).join("\n")).expect("a file");
    let ran = said(run(&province_pack(), &data, "2024-01-01", &file).args(["--partitions", "2"]));
    assert_eq!(totals(&ran.out), [2, 2, 0, 0], "{}", ran.err);

    let decisions = |subject: &str| {
        json_lines(&said(heng().args(["decisions", "--subject", subject, "--json", "--data"]).arg(&data)).out)
    };
    let told = decisions(FIRM);
    for subject in [FORMER, FIRM] {
        assert!(told.iter().any(|event| event["subject"] == subject), "{subject} in {told:?}");
    }
    assert_eq!(decisions(FORMER), told, "both ids name the same subject");

    let check = |form: &[&str]| said(heng().args(["check", FIRM, "tax.refund", "--data"]).arg(&data).args(form));
    let answer = json_lines(&check(&["--json"]).out).pop().expect("an answer");
    assert_ne!(answer["verdict"], json!("clear"), "{answer}");
    assert!(answer["position"].is_string(), "{answer}");
    let text = check(&[]).out;
    let measures = answer["measures"].as_array().expect("measures");
    assert_eq!((measures.len(), &measures[0]["decision"]), (2, &measures[1]["decision"]), "one decision, two measures");
    for measure in measures {
        let explanation = measure["explanation"]["zh"].as_str().expect("an explanation");
        assert_eq!(text.matches(explanation).count(), 1, "{text}");
    }
}
