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
    println!("{}", lacking.join("\n"));
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
