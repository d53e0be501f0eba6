//! Dead letters of lines: each once, however often a crash has its file taken again.

use super::inbox::FileId;
use crate::commands::serve::letters::SharedLetters;
use rustc_hash::FxHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::PoisonError;

/// A line with a letter: the file it is of, its number, and a hash of its text and reason.
type Written = (String, u64, u64);

/// Which lines of the files that lie there have a letter.
pub(super) struct Places {
    letters: SharedLetters,
    written: BTreeMap<String, BTreeSet<Written>>,
}

impl Places {
    /// Looks for letters about files that were being taken when the program ended. Another file may have had the same name
    /// before: only what was written about this very file counts.
    pub(super) fn open(letters: SharedLetters, names: &[String]) -> anyhow::Result<Self> {
        let mut written: BTreeMap<String, BTreeSet<Written>> = BTreeMap::new();
        if !names.is_empty() {
            letters.lock().unwrap_or_else(PoisonError::into_inner).each_placed(|placed| {
                if names.iter().any(|name| name == placed.file) {
                    let key = (placed.file_id.to_owned(), placed.line, content(placed.event, placed.reason));
                    written.entry(placed.file.to_owned()).or_default().insert(key);
                }
            })?;
        }
        Ok(Self { letters, written })
    }

    /// Writes a letter, unless it was written.
    pub(super) fn put(
        &mut self,
        (file, id): (&str, FileId),
        line: u64,
        bytes: &[u8],
        reason: &str,
    ) -> anyhow::Result<()> {
        let id = id.to_string();
        // As it is read back: what is no text is replaced.
        let key = (id.clone(), line, content(&String::from_utf8_lossy(bytes), reason));
        let of_file = self.written.entry(file.to_owned()).or_default();
        if of_file.contains(&key) {
            return Ok(());
        }
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        letters.put(Some((file, &id, line)), None, bytes, reason)?;
        of_file.insert(key);
        Ok(())
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

fn content(event: &str, reason: &str) -> u64 {
    let mut hasher = FxHasher::default();
    (event, reason).hash(&mut hasher);
    hasher.finish()
}
