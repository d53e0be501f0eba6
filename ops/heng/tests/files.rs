//! Files in and out: a department's CSV becomes events, a synthetic province is generated and taken in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop with a panic")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn here(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_str().unwrap().to_owned()
}

fn heng(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heng")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn file(folder: &tempfile::TempDir, name: &str) -> (PathBuf, String) {
    let path = folder.path().join(name);
    let name = path.to_str().unwrap().to_owned();
    (path, name)
}

#[test]
fn refused_rows_are_told_and_the_rest_is_written() {
    let mapping = here("../../connectors/files/mappings/worldbank-debarred.yaml");
    let input = here("../../connectors/files/samples/worldbank-debarred.csv");
    let expected = std::fs::read_to_string(here("../../connectors/files/samples/worldbank-debarred.jsonl")).unwrap();
    let printed = heng(&["convert", "--mapping", &mapping, &input]);
    assert_eq!(printed.status.code(), Some(3));
    assert_eq!(text(&printed.stdout), expected);
    let told = text(&printed.stderr);
    assert!(told.contains("row 15: column `from_date` is `29/02/2020`: expected a date with the year first"), "{told}");
    assert!(told.contains("15 rows = 10 events + 3 skipped + 2 refused"), "{told}");

    let folder = tempfile::tempdir().unwrap();
    let (path, out) = file(&folder, "events.jsonl");
    let written = heng(&["convert", "--mapping", &mapping, &input, "--out", &out, "--json"]);
    assert_eq!(written.status.code(), Some(3));
    assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
    let summary: Value = serde_json::from_slice(&written.stdout).unwrap();
    assert_eq!((&summary["rows"], &summary["events"], &summary["refused"]), (&15.into(), &10.into(), &2.into()));
    let refused: Vec<Value> = text(&written.stderr).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&refused[1]["row"], &refused[1]["column"]), (&15.into(), &"from_date".into()));
    assert_eq!(refused[1]["value"], "29/02/2020");
}

#[test]
fn an_explained_conversion_writes_nothing() {
    let mapping = here("../../connectors/files/mappings/ofac-sdn.yaml");
    let input = here("../../connectors/files/samples/ofac-sdn.csv");
    let explained = heng(&["convert", "--mapping", &mapping, &input, "--explain"]);
    let said = text(&explained.stdout);
    assert!(said.starts_with("mapping ofac-sdn reads the columns "), "{said}");
    assert!(!said.contains("specversion"), "{said}");
}

#[test]
fn the_input_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (path, input) = file(&folder, "in.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let mapping = here("../../connectors/files/mappings/ofac-sdn.yaml");
    let ran = heng(&["convert", "--mapping", &mapping, &input, "--out", &input]);
    assert_eq!(ran.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "a,b\n1,2\n");
}

#[test]
fn a_generated_province_is_the_same_again_and_replays() {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = file(&folder, "events.jsonl");
    let options = ["generate", "--seed", "7", "--subjects", "200", "--years", "3"];
    let written = heng(&[&options[..], &["--out", &out, "--json"]].concat());
    assert!(written.status.success(), "{}", text(&written.stderr));
    let printed = heng(&options);
    assert_eq!(std::fs::read(&path).unwrap(), printed.stdout);
    let totals: Value = serde_json::from_slice(&written.stdout).unwrap();
    let lines = u64::try_from(text(&printed.stdout).lines().count()).unwrap();
    assert_eq!((totals["events"].as_u64(), totals["bytes"].as_u64()), (Some(lines), Some(printed.stdout.len() as u64)));

    let (_, data) = file(&folder, "data");
    let pack = here("../../rules/packs/cn-hubei");
    let run = ["run", "--json", "--partitions", "2", "--pack", &pack, "--data", &data, "--until", "2026-10-31", &out];
    let ran = heng(&run);
    let summary: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!((&summary["refused"], &summary["read"]), (&0.into(), &lines.into()), "{summary}");
    let replayed = heng(&["replay", "--json", "--data", &data]);
    let report: Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(report["same"], true, "{report}");
    assert_eq!(report["decisions"], summary["decisions"]);
}

#[test]
fn more_years_than_there_are_is_bad_usage() {
    let ran = heng(&["generate", "--seed", "1", "--subjects", "1", "--years", "99"]);
    assert_eq!(ran.status.code(), Some(2));
}
