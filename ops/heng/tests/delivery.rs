//! In which order and how often events come makes no difference: an event sent again after a merge, a record that comes
//! after what is said about it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::{heng, json_lines, province_pack, run, said, totals};

const FIRM: &str = "91420100MA49XK7P6T";
const FORMER: &str = "91420100MADEM0A15F";
const HEAD: &str = "P-00000000000000000000000000000001";
const TAX: &str = "/gov/420000/tax";
const REGISTRY: &str = "/gov/420000/market_regulation";

fn event((id, source, kind): (&str, &str, &str), subject: &str, time: &str, data: Value) -> String {
    let event = json!({
        "specversion": "1.0", "id": id, "source": source, "type": kind, "subject": subject, "time": time, "data": data,
    });
    event.to_string()
}

fn ingest(data: &Path, file: &Path, lines: &[String]) -> [u64; 4] {
    ingest_under(&province_pack(), data, file, lines)
}

fn ingest_under(pack: &Path, data: &Path, file: &Path, lines: &[String]) -> [u64; 4] {
    fs::write(file, lines.join("\n")).expect("a file");
    let ran = said(run(pack, data, "2024-06-01", file).args(["--partitions", "3"]));
    totals(&ran.out)
}

/// The days in force of every decision in the end, by its id.
fn in_the_end(data: &Path) -> BTreeMap<String, Value> {
    let said = said(heng().args(["decisions", "--json", "--data"]).arg(data));
    let decisions = json_lines(&said.out).into_iter();
    decisions.map(|event| (event["data"]["decision"].to_string(), event["data"]["in_force"].clone())).collect()
}

#[test]
fn what_names_a_subject_that_was_merged_meanwhile_is_still_a_duplicate() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, file) = (folder.path().join("data"), folder.path().join("events.jsonl"));
    let link = |id, kind, to| {
        let data = json!({"role": "legal_representative", "to": to, "on": "2023-01-05"});
        event((id, REGISTRY, kind), HEAD, "2023-02-01T09:30:00+08:00", data)
    };
    let merge = |id, from, into| {
        event((id, REGISTRY, "subject.merged"), from, "2023-03-01T09:30:00+08:00", json!({"into": into}))
    };
    let other = "91420100MADEM0B2XG";
    let lines = [
        link("linked", "subject.linked", FORMER),
        link("unlinked", "subject.unlinked", FORMER),
        merge("first merge", FORMER, FIRM),
        merge("second merge", FIRM, other),
    ];
    assert_eq!(ingest(&data, &file, &lines), [4, 4, 0, 0]);
    assert_eq!(ingest(&data, &file, &lines), [4, 0, 4, 0], "the same lines say nothing new");
    let another = link("linked", "subject.linked", "91420100MADEM0C37C");
    assert_eq!(ingest(&data, &file, &[another]), [1, 0, 0, 1], "another content under the same id is refused");
}

#[test]
fn a_correction_before_an_objection_was_upheld_ends_no_pause_whenever_the_record_comes() {
    let id = |id| (id, TAX);
    let told = |(id, source), kind, time: &str, data| event((id, source, kind), FIRM, time, data);
    let recorded = told(
        id("recorded"),
        "credit.recorded",
        "2024-04-10T09:30:00+08:00",
        json!({
            "record": "one", "item": "tax.penalty", "decided_on": "2024-01-01",
            "fields": {"amount": "9000000.00", "nature": "evasion", "tier": "serious"},
        }),
    );
    let about = [
        told(
            id("filed"),
            "objection.filed",
            "2024-04-10T09:31:00+08:00",
            json!({"objection": "o", "record": "one", "on": "2024-01-31", "reason": "not ours"}),
        ),
        told(
            id("corrected"),
            "credit.corrected",
            "2024-04-10T09:32:00+08:00",
            json!({"record": "one", "fields": {"amount": "8000000.00"}, "reason": "typing"}),
        ),
        told(
            id("resolved"),
            "objection.resolved",
            "2024-04-10T09:33:00+08:00",
            json!({"objection": "o", "record": "one", "on": "2024-03-31", "outcome": "upheld", "reason": "it was not"}),
        ),
    ];
    let in_force = |lines: &[String]| -> Vec<Value> {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, file) = (folder.path().join("data"), folder.path().join("events.jsonl"));
        assert_eq!(ingest(&data, &file, lines), [4, 4, 0, 0]);
        in_the_end(&data).into_values().collect()
    };
    let first = in_force(&[&[recorded.clone()][..], &about].concat());
    assert_eq!(first[0][0][1], json!("2024-03-30"), "paused from the day on which it was upheld: {first:?}");
    assert_eq!(in_force(&[&about[..], &[recorded]].concat()), first);
}

#[test]
fn one_objection_to_two_records_is_resolved_for_each_whenever_it_comes() {
    let told =
        |id: &str, kind, day: &str, data| event((id, "/gov/a", kind), FIRM, &format!("{day}T10:00:00+08:00"), data);
    let recorded = |name: &str| {
        let fields = json!({"amount": "100.00", "starts": "2023-01-10"});
        let data = json!({"record": name, "item": "s.listed", "decided_on": "2023-01-10", "fields": fields});
        told(&format!("recorded {name}"), "credit.recorded", "2023-01-11", data)
    };
    let filed = |name: &str| {
        let data = json!({"objection": "o", "record": name, "on": "2023-02-01", "reason": "not ours"});
        told(&format!("filed {name}"), "objection.filed", "2023-02-01", data)
    };
    let resolved = |record: Option<&str>, outcome| {
        let mut data = json!({"objection": "o", "on": "2023-03-01", "outcome": outcome, "reason": "seen"});
        record.into_iter().for_each(|record| data["record"] = record.into());
        told("resolved", "objection.resolved", "2023-03-01", data)
    };
    let corrected = || {
        let data = json!({"record": "two", "fields": {"amount": "200.00"}, "reason": "typing"});
        told("corrected", "credit.corrected", "2023-03-10", data)
    };
    let pack = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stories/pack");
    let stories = [resolved(None, "rejected"), resolved(Some("two"), "upheld"), resolved(None, "upheld")];
    for story in stories {
        let about = [filed("one"), filed("two"), story, corrected()];
        let mut expected = None;
        for (one, two) in (0..=about.len()).flat_map(|one| (one..=about.len()).map(move |two| (one, two))) {
            for (first, second) in [("one", "two"), ("two", "one")] {
                let mut lines = about.to_vec();
                lines.insert(two, recorded(second));
                lines.insert(one, recorded(first));
                let folder = tempfile::tempdir().expect("a folder");
                let (data, file) = (folder.path().join("data"), folder.path().join("events.jsonl"));
                assert_eq!(ingest_under(&pack, &data, &file, &lines), [6, 6, 0, 0]);
                let days = in_the_end(&data);
                assert_eq!(days.len(), 2, "{days:?}");
                assert_eq!(*expected.get_or_insert(days.clone()), days, "{lines:#?}");
            }
        }
    }
}
