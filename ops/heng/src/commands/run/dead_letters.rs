//! Refused lines, each with its reason: nothing is dropped silently.

use anyhow::Context;
use heng_model::Position;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// The dead-letter file: one JSON object a line.
pub(super) struct DeadLetters {
    path: PathBuf,
    file: Option<File>,
    /// Positions written before: what the fold refuses is written once, whatever is folded again.
    positions: BTreeSet<String>,
}

impl DeadLetters {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let mut positions = BTreeSet::new();
        if let Ok(file) = File::open(path) {
            for line in BufReader::new(file).split(b'\n') {
                // A line torn by a crash names no position: its letter is written again.
                let Ok(letter) = serde_json::from_slice::<Value>(&line?) else { continue };
                positions.extend(letter.get("position").and_then(Value::as_str).map(str::to_owned));
            }
        }
        Ok(Self { path: path.to_owned(), file: None, positions })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn put(
        &mut self,
        place: Option<(&str, u64)>,
        position: Option<Position>,
        bytes: &[u8],
        reason: &str,
    ) -> anyhow::Result<()> {
        if position.is_some_and(|position| !self.positions.insert(position.to_string())) {
            return Ok(());
        }
        let letter = json!({
            "file": place.map(|(file, _)| file),
            "line": place.map(|(_, line)| line),
            "position": position.map(|position| position.to_string()),
            "reason": reason,
            "event": String::from_utf8_lossy(bytes),
        });
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let opened = OpenOptions::new().create(true).append(true).open(&self.path);
                self.file.insert(opened.with_context(|| format!("cannot write `{}`", self.path.display()))?)
            }
        };
        writeln!(file, "{letter}").with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}
