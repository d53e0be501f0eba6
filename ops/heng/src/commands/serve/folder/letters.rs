//! Dead letters of lines: each once, however often a crash has its file taken again.

use crate::commands::serve::letters::SharedLetters;
use rustc_hash::FxHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::PoisonError;

/// Which lines of the files that lie there have a letter.
pub(super) struct Places {
    letters: SharedLetters,
    written: BTreeMap<String, BTreeSet<(u64, u64)>>,
}

impl Places {
    /// Looks for letters about files that were being taken when the program ended.
    pub(super) fn open(letters: SharedLetters, names: &[String]) -> anyhow::Result<Self> {
        let mut written: BTreeMap<String, BTreeSet<(u64, u64)>> = BTreeMap::new();
        if !names.is_empty() {
            letters.lock().unwrap_or_else(PoisonError::into_inner).each_placed(|file, line, event| {
                if names.iter().any(|name| name == file) {
                    written.entry(file.to_owned()).or_default().insert((line, content(event.as_bytes())));
                }
            })?;
        }
        Ok(Self { letters, written })
    }

    /// Writes a letter, unless it was written.
    pub(super) fn put(&mut self, file: &str, line: u64, bytes: &[u8], reason: &str) -> anyhow::Result<()> {
        let of_file = self.written.entry(file.to_owned()).or_default();
        // As it is read back: what is no text is replaced.
        if !of_file.insert((line, content(String::from_utf8_lossy(bytes).as_bytes()))) {
            return Ok(());
        }
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.put(Some((file, line)), None, bytes, reason)
    }

    /// Makes them durable.
    pub(super) fn sync(&self) -> anyhow::Result<()> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).sync()
    }

    /// A file has left: another of its name is another.
    pub(super) fn forget(&mut self, file: &str) {
        self.written.remove(file);
    }
}

fn content(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    bytes.hash(&mut hasher);
    hasher.finish()
}
