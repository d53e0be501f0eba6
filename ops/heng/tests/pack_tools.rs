//! What rule authors work with: a pack to begin with, cases run with every save, boundaries that no case tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod support;

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use support::{Said, heng, json_lines, province_pack, said};

fn pack(command: &str, dir: &Path, more: &[&str]) -> Said {
    said(heng().args(["pack", command]).arg(dir).args(more))
}

fn begun() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("cn-new");
    let said = pack("new", &dir, &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    (folder, dir)
}

/// The whole of a pack passes: check, cases, and every boundary.
fn passes(dir: &Path) {
    for command in ["check", "test", "mutate"] {
        let said = pack(command, dir, &[]);
        assert_eq!(said.code, Some(0), "{command}: {said:?}");
    }
}

#[test]
fn a_new_pack_and_a_new_sector_pass_as_they_are() {
    let (_folder, dir) = begun();
    passes(&dir);
    let added = pack("new", &dir, &["--sector", "water"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    passes(&dir);
    // Each file names a schema that is there.
    for file in ["pack.yaml", "laws.yaml", "measures.yaml", "matters.yaml", "sectors/water.yaml", "tests/water.yaml"] {
        let file = dir.join(file);
        let text = fs::read_to_string(&file).unwrap();
        let named = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
        let schema = fs::read_to_string(file.parent().unwrap().join(named)).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        assert!(schema["definitions"].is_object());
    }
}

#[test]
fn a_sector_goes_into_the_pack_of_the_province() {
    let folder = tempfile::tempdir().unwrap();
    for sub in ["", "sectors", "tests"] {
        fs::create_dir_all(folder.path().join(sub)).unwrap();
        for file in fs::read_dir(province_pack().join(sub)).unwrap().map(|it| it.unwrap().path()) {
            if file.is_file() {
                fs::copy(&file, folder.path().join(sub).join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    let added = pack("new", folder.path(), &["--sector", "forestry"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    for command in ["check", "test"] {
        let said = pack(command, folder.path(), &[]);
        assert_eq!(said.code, Some(0), "{command}: {said:?}");
    }
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let (_folder, dir) = begun();
    let before = fs::read(dir.join("pack.yaml")).unwrap();
    for (more, expected) in [
        (vec![], "is not empty"),
        (vec!["--sector", "example"], "exists already: name another sector"),
        (vec!["--sector", "a b"], "cannot name a sector"),
    ] {
        let said = pack("new", &dir, &more);
        assert!(said.code == Some(1) && said.err.contains(expected), "{more:?}: {said:?}");
    }
    assert_eq!(fs::read(dir.join("pack.yaml")).unwrap(), before);
}

#[test]
fn a_boundary_that_no_case_tests_is_shown_and_costs_exit_code_3() {
    let (_folder, dir) = begun();
    let tests = dir.join("tests/example.yaml");
    let text = fs::read_to_string(&tests).unwrap();
    fs::write(&tests, text.replace("9999.99", "5000")).unwrap();
    let said = pack("mutate", &dir, &["--rule", "example.large_fine", "--json"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    let lines = json_lines(&said.out);
    let [survivor, total] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!(survivor["owner"], json!("rule example.large_fine"));
    assert_eq!((&survivor["from"], &survivor["to"]), (&json!("10000"), &json!("9999.99")));
    assert!(survivor["advice"].as_str().unwrap().contains("record.amount is exactly 9999.99"), "{survivor}");
    assert_eq!(total["unnoticed"], json!(1));
    let unknown = pack("mutate", &dir, &["--rule", "example.larg_fine"]);
    assert!(unknown.code == Some(1) && unknown.err.contains("no rule `example.larg_fine`"), "{unknown:?}");
}

#[test]
fn a_schema_is_printed_for_each_kind_of_file() {
    for kind in heng_rules::SCHEMA_KINDS {
        let said = said(heng().args(["pack", "schema", "--kind", kind]));
        let schema: Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(schema["anyOf"], json!([{"$ref": format!("#/definitions/{kind}")}]));
        assert!(schema["definitions"][kind].is_object(), "{kind}");
    }
    assert_eq!(said(heng().args(["pack", "schema", "--kind", "rule"])).code, Some(2));
}

/// Ends the program even where an assertion fails.
struct Watching(Child);

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pack's cases, watched.
struct Watch {
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    _running: Watching,
}

impl Watch {
    fn over(dir: &Path) -> Self {
        let mut running =
            Watching(heng().args(["pack", "test", "--watch"]).arg(dir).stdout(Stdio::piped()).spawn().unwrap());
        let lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
        Self { lines, _running: running }
    }

    /// What is told of a run, up to the line that says that it watches on.
    fn run(&mut self) -> Vec<String> {
        let told = self.lines.by_ref().map(|line| line.unwrap());
        told.take_while(|line| !line.starts_with("watching ")).collect()
    }
}

#[test]
fn with_every_save_what_changed_is_told() {
    let (_folder, dir) = begun();
    let mut watch = Watch::over(&dir);
    assert_eq!(watch.run(), ["4 passed, 0 failed"]);
    let sector = dir.join("sectors/example.yaml");
    let text = fs::read_to_string(&sector).unwrap();
    fs::write(&sector, text.replace("money('10000')", "money('9999')")).unwrap();
    let broken = watch.run().join("\n");
    assert!(broken.contains("a fen less") && broken.ends_with("3 passed, 1 failed"), "{broken}");
    fs::write(&sector, text.replace("money('10000')", "10000")).unwrap();
    let refused = watch.run().join("\n");
    assert!(refused.contains("money in CNY does not compare with int"), "{refused}");
    fs::write(&sector, &text).unwrap();
    let mended = watch.run().join("\n");
    assert!(mended.contains("passes now: ") && mended.ends_with("4 passed, 0 failed"), "{mended}");
}

#[test]
fn cases_of_one_name_in_two_files_and_in_one_are_told_apart() {
    let (_folder, dir) = begun();
    let added = pack("new", &dir, &["--sector", "water"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    let mut watch = Watch::over(&dir);
    assert_eq!(watch.run(), ["8 passed, 0 failed"]);
    // The cases of both files have the same names: a failure of the one does not hide behind the other.
    let broken = |sector: &str| {
        let sector = dir.join(sector);
        let text = fs::read_to_string(&sector).unwrap();
        fs::write(&sector, text.replace("money('10000')", "money('9999')")).unwrap();
    };
    broken("sectors/example.yaml");
    let one = watch.run().join("\n");
    assert!(one.contains("tests/example.yaml") && one.contains("a fen less"), "{one}");
    assert!(one.ends_with("7 passed, 1 failed"), "{one}");
    broken("sectors/water.yaml");
    let both = watch.run().join("\n");
    assert!(both.contains("still fails: ") && both.contains("tests/water.yaml"), "{both}");
    assert!(both.ends_with("6 passed, 2 failed"), "{both}");
    // Nor behind a later case of the same file.
    let cases = dir.join("tests/water.yaml");
    let text = fs::read_to_string(&cases).unwrap();
    let wrong = "- name: the third penalty a day later\n  events: []\n  expect: [{on: 2025-01-01, in_force: [list/water.repeated]}]\n\n";
    fs::write(&cases, text.replacen("- name: ", &format!("{wrong}- name: "), 1)).unwrap();
    let again = watch.run().join("\n");
    assert!(again.contains("expected") && again.contains("the third penalty a day later"), "{again}");
    assert!(again.ends_with("6 passed, 3 failed"), "{again}");
}
