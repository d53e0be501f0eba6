//! The built program, its data directories, and what they hold.
#![allow(dead_code, reason = "each test program uses a part")]

use heng_log::{DataDirView, JournalReader, Stream};
use heng_sim::province::{Options, generate};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program, without input and with its output kept.
pub(crate) fn heng() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command.stdin(Stdio::null()).env_remove("HENG_LOG");
    command
}

/// What a finished program said.
#[derive(Debug)]
pub(crate) struct Said {
    /// None where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// Runs a command to its end.
pub(crate) fn said(command: &mut Command) -> Said {
    command.output().expect("the program starts").into()
}

/// `heng run` over one file.
pub(crate) fn run(pack: &Path, data: &Path, until: &str, file: &Path) -> Command {
    let mut command = heng();
    command
        .arg("run")
        .arg("--pack")
        .arg(pack)
        .arg("--data")
        .arg(data)
        .args(["--until", until, "--json", "--quiet"])
        .arg(file);
    command
}

/// The rule pack of a province.
pub(crate) fn province_pack() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../rules/packs/cn-hubei")
}

/// A synthetic province's events, a line each.
pub(crate) fn province(seed: u64, subjects: u64, years: u32) -> Vec<String> {
    let mut bytes = Vec::new();
    generate(&Options::new(seed, subjects, years), &mut bytes, &mut |_| {}).expect("a province");
    String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect()
}

/// Every entry of a partition's journal, as bytes; none where there is no data directory yet.
pub(crate) fn entries(data: &Path, stream: Stream, partition: u16) -> Vec<Vec<u8>> {
    let Ok(view) = DataDirView::open(data) else { return Vec::new() };
    let dir = DataDirView::journal_dir(stream, partition);
    let reader = JournalReader::open(&view.disk(), &dir, &view.meta().stamp(stream, partition));
    let reader = reader.expect("a journal opens, whenever its writer was killed");
    let mut scanner = reader.scan(0);
    let mut entries = Vec::new();
    while let Some(frame) = scanner.next_frame() {
        entries.push(frame.expect("a frame").1.entry.to_vec());
    }
    entries
}

/// Lines of JSON.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Asserts that the figures of a summary add up, and gives them: read, accepted, duplicate, refused.
pub(crate) fn totals(out: &str) -> [u64; 4] {
    let summary = json_lines(out).pop().expect("a summary");
    let figures = ["read", "accepted", "duplicate", "refused"].map(|name| summary[name].as_u64().expect("a figure"));
    let [read, accepted, duplicate, refused] = figures;
    assert_eq!(read, accepted + duplicate + refused, "{summary}");
    let late = summary["refused_late"].as_u64().expect("a figure");
    assert_eq!(summary["dead_letters"].is_string(), refused + late > 0, "{summary}");
    figures
}
