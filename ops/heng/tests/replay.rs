//! Replay, end to end: what `heng run` decided is proved, asked about the past, explained, and found out when altered.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop with a panic")]

use heng_core::DecisionEvent;
use heng_log::codec::{decode_decision, encode_decision};
use heng_log::{DataDirView, Journal, JournalOptions, JournalReader, Stream};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const LISTED: &str = "91420100MA49XK7P6T";
const MERGED_INTO: &str = "51420100501012341D";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn heng(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heng")).args(args).output().unwrap()
}

/// A data directory in a temporary folder, filled by `heng run`.
struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn filled(partitions: &str) -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap() };
        let (pack, events) = (here("../../rules/packs/cn-hubei"), here("tests/data/replay.jsonl"));
        let (pack, events) = (pack.to_str().unwrap(), events.to_str().unwrap());
        let data = folder.path();
        let run = ["run", "--pack", pack, "--until", "2025-12-31", "--partitions", partitions, "--data", &data, events];
        let ran = heng(&run);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        folder
    }

    fn path(&self) -> String {
        self.dir.path().join("data").to_str().unwrap().to_owned()
    }

    /// Runs a command on the directory: exit code, standard output, standard error.
    fn ask(&self, args: &[&str]) -> (i32, String, String) {
        let data = self.path();
        let output = heng(&[args, &["--data", &data]].concat());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    fn json(&self, args: &[&str]) -> Value {
        let (_, out, err) = self.ask(&[args, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"))
    }

    /// Writes the decision log of partition 0 anew, every frame whole, with other decisions on it.
    fn rewrite_decisions(&self, change: impl FnOnce(&mut Vec<DecisionEvent>)) {
        let view = DataDirView::open(self.path()).unwrap();
        let (disk, dir) = (view.disk(), DataDirView::journal_dir(Stream::Decisions, 0));
        let stamp = view.meta().stamp(Stream::Decisions, 0);
        let mut decisions = Vec::new();
        let mut scanner = JournalReader::open(&disk, &dir, &stamp).unwrap().scan(0);
        while let Some(frame) = scanner.next_frame() {
            decisions.push(decode_decision(frame.unwrap().1.entry).unwrap());
        }
        change(&mut decisions);
        std::fs::remove_dir_all(view.root().join(&dir)).unwrap();
        let (mut journal, _) = Journal::open(&disk, &dir, JournalOptions::new(stamp)).unwrap();
        let mut bytes = Vec::new();
        for event in &decisions {
            encode_decision(&mut bytes, &event.into()).unwrap();
            journal.append(&bytes, &[]).unwrap();
        }
        journal.close().unwrap();
    }
}

#[test]
fn what_was_decided_is_proved_in_any_number_of_partitions() {
    for partitions in ["1", "3"] {
        let folder = Folder::filled(partitions);
        let (code, out, err) = folder.ask(&["replay", "--verify"]);
        assert_eq!(code, 0, "{out}{err}");
        assert!(out.contains("the same: "), "{out}");
        let report = folder.json(&["replay"]);
        assert_eq!(report["same"], true);
        assert!(report["decisions"].as_u64().unwrap() > 10, "{report}");
        let of = |field| {
            report["partitions"].as_array().unwrap().iter().map(move |it| it[field].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!((of("same"), of("differing"), of("not_given"), of("pending")), (of("decisions"), 0, 0, 0));
        let log = folder.json(&["log", "verify"]);
        assert_eq!(log["whole"], true);
        for (replayed, read) in
            report["partitions"].as_array().unwrap().iter().zip(log["partitions"].as_array().unwrap())
        {
            assert_eq!(replayed["events_root"], read["journals"][0]["root"]);
            assert_eq!(replayed["decisions_root"], read["journals"][1]["root"]);
        }
    }
}

#[test]
fn a_flipped_byte_of_an_event_is_found_and_named() {
    let folder = Folder::filled("1");
    let dir = Path::new(&folder.path()).join("log/p0");
    let segment = std::fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x20;
    std::fs::write(&segment, bytes).unwrap();
    let (code, _, err) = folder.ask(&["replay", "--verify"]);
    assert_eq!(code, 1);
    assert!(err.contains("because: `log/p0/") && err.contains("is damaged at byte"), "{err}");
    let (code, out, _) = folder.ask(&["log", "verify"]);
    assert_eq!(code, 1);
    assert!(out.contains("is damaged at byte") && out.contains("THE LOG IS DAMAGED"), "{out}");
}

#[test]
fn a_decision_altered_under_a_valid_checksum_is_found_field_by_field() {
    let folder = Folder::filled("1");
    let mut altered = String::new();
    folder.rewrite_decisions(|decisions| {
        let event = decisions.iter_mut().find(|event| event.rule == "tax.major_violation").unwrap();
        event.measures.pop();
        altered = event.decision.to_string();
    });
    // The log is whole, frame by frame: only the fold can tell.
    assert_eq!(folder.ask(&["log", "verify"]).0, 0);
    let (code, out, _) = folder.ask(&["replay"]);
    assert_eq!(code, 1);
    assert!(out.contains("1 decisions differ, 0 are not given"), "{out}");
    assert!(out.contains(&format!("decision {altered} ")) && out.contains("/gov/420000/tax#tax-2023-000871"), "{out}");
    assert!(
        out.contains(
            "measures: `publication.tax_list` on the decision log, `publication.tax_list, procurement.check` from"
        ),
        "{out}"
    );
    let first = folder.json(&["replay"])["partitions"][0]["first_difference"].clone();
    assert_eq!(first["fields"].as_array().unwrap().len(), 1, "{first}");
    assert_eq!(first["fields"][0]["field"], "measures");
}

#[test]
fn a_decision_too_many_is_a_difference_and_a_missing_tail_is_not() {
    let folder = Folder::filled("1");
    folder.rewrite_decisions(|decisions| {
        decisions.pop();
    });
    let (code, out, _) = folder.ask(&["replay"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 decisions are not folded yet"), "{out}");

    let folder = Folder::filled("1");
    folder.rewrite_decisions(|decisions| {
        let mut invented = decisions.last().unwrap().clone();
        (invented.seq, invented.revision) = (invented.seq + 1, invented.revision + 1);
        decisions.push(invented);
    });
    let (code, out, _) = folder.ask(&["replay"]);
    assert_eq!(code, 1);
    assert!(out.contains("the events do not give it"), "{out}");

    let folder = Folder::filled("1");
    folder.rewrite_decisions(|decisions| {
        decisions.remove(0);
    });
    assert_eq!(folder.ask(&["replay"]).0, 1);
    let (code, out, _) = folder.ask(&["log", "verify"]);
    assert_eq!(code, 1);
    assert!(out.contains("decision 0 of partition 0 says that it is number 1"), "{out}");
}

/// The rules of the subject's decisions in an answer, and the position that it reflects.
fn rules(answer: &Value) -> Vec<&str> {
    let decisions = answer["decisions"].as_array().unwrap().iter();
    decisions.filter(|it| it["subject"] == LISTED).map(|it| it["data"]["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_day_is_judged_as_it_was_known_before_and_after_a_correction() {
    for partitions in ["1", "3"] {
        let folder = Folder::filled(partitions);
        let (_, out, _) = folder.ask(&["history", LISTED, "--json"]);
        let mut entries = out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let corrected = entries.rfind(|entry| entry["type"] == "credit.corrected").unwrap();
        let corrected = corrected["position"].as_str().unwrap();
        let (partition, offset) = corrected.split_once(':').unwrap();
        let before = format!("{partition}:{}", offset.parse::<u64>().unwrap() - 1);

        let then = folder.json(&["replay", "--as-of", "2023-06-01", "--known-at", &before]);
        assert_eq!(rules(&then), ["tax.d_listed_2014", "tax.major_violation"]);
        assert!(then["known_at"].as_array().unwrap().contains(&before.as_str().into()), "{then}");
        let after = folder.json(&["replay", "--as-of", "2023-06-01", "--known-at", corrected]);
        assert!(rules(&after).is_empty(), "{after}");
        let now = folder.json(&["replay", "--as-of", "2023-06-01"]);
        assert!(rules(&now).is_empty(), "{now}");
        assert_eq!(rules(&folder.json(&["replay", "--as-of", "2025-08-01"])), ["tax.grade_d"]);
        // Without a day, the one that was current at the position.
        assert_eq!(folder.json(&["replay", "--known-at", &before])["as_of"], "2023-09-04");
    }
    let (code, _, err) = Folder::filled("1").ask(&["replay", "--known-at", "0:999999"]);
    assert_eq!(code, 1);
    assert!(err.contains("position 0:999999 is not on the log"), "{err}");
}

/// Compares with a file under `tests/data`; `HENG_BLESS=1` writes it.
fn golden(name: &str, text: &str) {
    let path = here("tests/data").join(name);
    if std::env::var_os("HENG_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, expected, "differs from {}", path.display());
}

#[test]
fn the_history_of_a_subject_reads_like_this() {
    let folder = Folder::filled("1");
    golden("history.txt", &folder.ask(&["history", LISTED]).1);
    golden("history-merged.txt", &folder.ask(&["history", MERGED_INTO]).1);
}

#[test]
fn the_explanation_of_a_decision_reads_like_this() {
    let folder = Folder::filled("1");
    let (_, out, _) = folder.ask(&["decisions", "--subject", LISTED, "--json"]);
    let decisions: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_rule = |rule: &str| {
        let found = decisions.iter().find(|it| it["data"]["rule"] == rule).unwrap();
        found["data"]["decision"].as_str().unwrap().to_owned()
    };
    let listed = of_rule("tax.major_violation");
    golden("explain.txt", &folder.ask(&["explain", &listed[..12]]).1);
    golden("explain-standing.txt", &folder.ask(&["explain", &of_rule("tax.grade_a_2014")]).1);

    let (code, _, err) = folder.ask(&["explain", "zz"]);
    assert_eq!(code, 1);
    assert!(err.contains("`zz` is no decision id"), "{err}");
    let (code, _, err) = folder.ask(&["explain", &"0".repeat(64)]);
    assert_eq!(code, 1);
    assert!(err.contains("no decision on the log"), "{err}");
}

#[test]
fn what_is_exported_can_be_taken_in_again() {
    let folder = Folder::filled("1");
    let (code, out, err) = folder.ask(&["log", "export"]);
    assert_eq!(code, 0, "{err}");
    let entries: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<String> =
        entries.iter().filter(|it| it["event"].is_object()).map(|it| it["event"].to_string()).collect();
    assert_eq!(events.len(), 9, "ten lines, one of them a duplicate");
    let again = tempfile::tempdir().unwrap();
    let (file, data) = (again.path().join("events.jsonl"), again.path().join("data"));
    std::fs::write(&file, events.join("\n")).unwrap();
    let pack = here("../../rules/packs/cn-hubei");
    let ran = heng(&[
        "run",
        "--json",
        "--pack",
        pack.to_str().unwrap(),
        "--until",
        "2025-12-31",
        "--data",
        data.to_str().unwrap(),
        file.to_str().unwrap(),
    ]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let decisions = |data: &str| heng(&["decisions", "--all", "--json", "--data", data]).stdout;
    assert_eq!(decisions(data.to_str().unwrap()), decisions(&folder.path()));
}
