//! The files themselves: what lies in the inbox, what of it is whole, and where it goes.
//!
//! # Invariants
//!
//! A file is taken when it has not changed for a while; one whose name begins with a dot or ends in `.part` or `.tmp` is
//! still being written and is left alone, so whoever renames into place is never read too early. A file that is moved takes
//! no other's place; one that was written to until it was moved comes back.

use anyhow::Context;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Which file of its name: its size, and when it was last written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    bytes: u64,
    changed: Option<SystemTime>,
}

impl FileId {
    pub(super) fn of(meta: &Metadata) -> Self {
        Self { bytes: meta.len(), changed: meta.modified().ok() }
    }

    /// Its size.
    pub(super) fn bytes(self) -> u64 {
        self.bytes
    }
}

impl fmt::Display for FileId {
    /// The size, and nanoseconds since 1970.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = self.changed.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()).unwrap_or_default();
        write!(f, "{}-{}", self.bytes, since.as_nanos())
    }
}

/// The three folders.
pub(super) struct Inbox {
    inbox: PathBuf,
    done: PathBuf,
    refused: PathBuf,
    settle: Duration,
    /// What each file was when it was last looked at, and since when it is so.
    seen: BTreeMap<String, (FileId, Instant)>,
}

impl Inbox {
    /// Opens the folders, or makes them.
    pub(super) fn open(dir: &Path, settle: Duration) -> anyhow::Result<Self> {
        let folder = |name: &str| {
            let path = dir.join(name);
            fs::create_dir_all(&path).with_context(|| format!("cannot make `{}`", path.display()))?;
            anyhow::Ok(path)
        };
        Ok(Self {
            inbox: folder("inbox")?,
            done: folder("done")?,
            refused: folder("refused")?,
            settle,
            seen: BTreeMap::new(),
        })
    }

    /// The files that lie there, whole or not.
    pub(super) fn names(&self) -> anyhow::Result<Vec<String>> {
        Ok(self.files()?.into_keys().collect())
    }

    /// Where a file lies.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.inbox.join(name)
    }

    /// The files that have settled, by name, and how many lie there in all.
    pub(super) fn settled(&mut self) -> anyhow::Result<(Vec<String>, u64)> {
        let now = Instant::now();
        let files = self.files()?;
        self.seen.retain(|name, _| files.contains_key(name));
        let waiting = u64::try_from(files.len()).unwrap_or(u64::MAX);
        let mut settled = Vec::new();
        for (name, id) in files {
            let seen = self.seen.entry(name.clone()).or_insert((id, now));
            if seen.0 != id {
                *seen = (id, now);
            }
            if now.duration_since(seen.1) >= self.settle {
                settled.push(name);
            }
        }
        Ok((settled, waiting))
    }

    fn files(&self) -> anyhow::Result<BTreeMap<String, FileId>> {
        let cannot = || format!("cannot read `{}`", self.inbox.display());
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(&self.inbox).with_context(cannot)? {
            let entry = entry.with_context(cannot)?;
            // A name that is no text could not be written into a letter.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_unfinished = name.starts_with('.') || name.ends_with(".part") || name.ends_with(".tmp");
            // What was there a moment ago may have been taken away.
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_file() && !is_unfinished {
                files.insert(name, FileId::of(&meta));
            }
        }
        Ok(files)
    }

    /// Moves a file whose lines were all answered; false where it was written to meanwhile, and came back.
    pub(super) fn done(&self, name: &str, id: FileId) -> anyhow::Result<bool> {
        self.put_away(name, id, &self.done)
    }

    /// Moves a file that cannot be read; false where it was written to meanwhile, and came back.
    pub(super) fn refused(&self, name: &str, id: FileId) -> anyhow::Result<bool> {
        self.put_away(name, id, &self.refused)
    }

    fn put_away(&self, name: &str, id: FileId, to: &Path) -> anyhow::Result<bool> {
        let names = std::iter::once(name.to_owned()).chain((2_u64..).map(|number| format!("{name}.{number}")));
        let mut free = names.map(|name| to.join(name)).filter(|path| !path.exists());
        let (from, to_path) = (self.path(name), free.next().context("no name is free")?);
        rename(&from, &to_path)?;
        // Who had it open may have written until now: under its old name nobody opens it any more.
        let is_whole = FileId::of(&fs::metadata(&to_path).with_context(|| format!("`{}`", to_path.display()))?) == id;
        if !is_whole {
            // Its beginning says by which mapping it is read, and its end in which form it is.
            let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
            let names =
                std::iter::once(name.to_owned()).chain((2_u64..).map(|number| format!("{stem}.{number}.{ending}")));
            let mut free = names.map(|name| self.inbox.join(name)).filter(|path| !path.exists());
            rename(&to_path, &free.next().context("no name is free")?)?;
        }
        // A move that a crash undoes would have the file taken once more: no harm, but needless.
        for folder in [to, &self.inbox] {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .with_context(|| format!("`{}`", folder.display()))?;
        }
        Ok(is_whole)
    }
}

fn rename(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot move `{}` to `{}`", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn files_are_taken_whole_and_never_overwrite_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut inbox = Inbox::open(folder.path(), Duration::ZERO).unwrap();
        for name in ["b.jsonl", "a.jsonl", ".hidden", "c.jsonl.part", "d.tmp"] {
            fs::write(inbox.path(name), name).unwrap();
        }
        fs::create_dir(inbox.path("folder")).unwrap();
        assert_eq!(inbox.settled().unwrap(), (vec!["a.jsonl".to_owned(), "b.jsonl".to_owned()], 2));
        for _ in 0..3 {
            fs::write(inbox.path("a.jsonl"), "again").unwrap();
            let id = FileId::of(&fs::metadata(inbox.path("a.jsonl")).unwrap());
            assert!(inbox.done("a.jsonl", id).unwrap());
        }
        for name in ["a.jsonl", "a.jsonl.2", "a.jsonl.3"] {
            assert!(folder.path().join("done").join(name).exists(), "{name}");
        }
    }

    #[test]
    fn what_was_written_to_until_it_was_moved_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = Inbox::open(folder.path(), Duration::ZERO).unwrap();
        let path = inbox.path("fines.2026.csv");
        fs::write(&path, "one").unwrap();
        let id = FileId::of(&fs::metadata(&path).unwrap());
        // As long as before, and yet another.
        fs::write(&path, "two").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        assert!(!inbox.done("fines.2026.csv", id).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let id = FileId::of(&fs::metadata(&path).unwrap());
        assert!(inbox.refused("fines.2026.csv", id).unwrap());
        assert!(!path.exists() && !folder.path().join("done/fines.2026.csv").exists());
    }

    #[test]
    fn what_changes_has_not_settled() {
        let folder = tempfile::tempdir().unwrap();
        let mut inbox = Inbox::open(folder.path(), Duration::from_secs(3_600)).unwrap();
        fs::write(inbox.path("a.jsonl"), "half").unwrap();
        assert_eq!(inbox.settled().unwrap(), (vec![], 1));
        let long_ago = Instant::now().checked_sub(Duration::from_secs(7_200)).unwrap();
        inbox.seen.get_mut("a.jsonl").unwrap().1 = long_ago;
        fs::write(inbox.path("a.jsonl"), "half and more").unwrap();
        assert_eq!(inbox.settled().unwrap(), (vec![], 1));
        inbox.seen.get_mut("a.jsonl").unwrap().1 = long_ago;
        assert_eq!(inbox.settled().unwrap(), (vec!["a.jsonl".to_owned()], 1));
    }
}
