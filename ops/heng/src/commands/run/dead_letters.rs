//! Refused lines, each with its reason: nothing is dropped silently.

use anyhow::Context;
use heng_model::Position;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A letter about a line of a file.
pub(crate) struct Placed<'l> {
    pub(crate) file: &'l str,
    /// Which file of that name; empty where the letter does not say.
    pub(crate) file_id: &'l str,
    pub(crate) line: u64,
    pub(crate) event: &'l str,
    pub(crate) reason: &'l str,
}

/// The dead-letter file: one JSON object a line.
pub(crate) struct DeadLetters {
    path: PathBuf,
    file: Option<File>,
    /// Positions written before: what the fold refuses is written once, whatever is folded again.
    positions: BTreeSet<String>,
}

impl DeadLetters {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
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

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Is there a letter for what stands at a position?
    pub(crate) fn has(&self, position: Position) -> bool {
        self.positions.contains(&position.to_string())
    }

    /// The letters that are there about lines of files.
    pub(crate) fn each_placed(&self, mut visit: impl FnMut(&Placed<'_>)) -> anyhow::Result<()> {
        let cannot = || format!("cannot read `{}`", self.path.display());
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened.with_context(cannot)?,
        };
        for line in BufReader::new(file).split(b'\n') {
            // One torn by a crash is written again.
            let Ok(letter) = serde_json::from_slice::<Value>(&line.with_context(cannot)?) else { continue };
            let text = |key: &str| letter.get(key).and_then(Value::as_str);
            if let (Some(file), Some(line), Some(event)) =
                (text("file"), letter.get("line").and_then(Value::as_u64), text("event"))
            {
                let (file_id, reason) = (text("file_id").unwrap_or_default(), text("reason").unwrap_or_default());
                visit(&Placed { file, file_id, line, event, reason });
            }
        }
        Ok(())
    }

    /// Writes a letter; `place` is a file, which file of that name, and a line.
    pub(crate) fn put(
        &mut self,
        place: Option<(&str, &str, u64)>,
        position: Option<Position>,
        bytes: &[u8],
        reason: &str,
    ) -> anyhow::Result<()> {
        if position.is_some_and(|position| !self.positions.insert(position.to_string())) {
            return Ok(());
        }
        let mut letter = json!({
            "file": place.map(|(file, ..)| file),
            "line": place.map(|(.., line)| line),
            "position": position.map(|position| position.to_string()),
            "reason": reason,
            "event": String::from_utf8_lossy(bytes),
        });
        if let (Some((_, id, _)), Some(fields)) = (place.filter(|(_, id, _)| !id.is_empty()), letter.as_object_mut()) {
            fields.insert("file_id".to_owned(), id.into());
        }
        self.write(&format!("{letter}\n")).with_context(|| format!("cannot write `{}`", self.path.display()))
    }

    /// Writes a line whole; one that a crash left torn is ended first, so that it takes no other with it.
    fn write(&mut self, line: &str) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.path)?;
                if ends_torn(&mut file)? {
                    file.write_all(b"\n")?;
                }
                self.file.insert(file)
            }
        };
        file.write_all(line.as_bytes())
    }

    /// Makes what was written durable.
    pub(crate) fn sync(&self) -> anyhow::Result<()> {
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_all);
        synced.with_context(|| format!("cannot write `{}`", self.path.display()))
    }
}

fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
