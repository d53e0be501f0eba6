//! Which files a partition has.

use super::files::{CHANGE, WHOLE, name, numbers, remove};
use super::{BUFFER_BYTES, ChainError, at};
use crate::sorted::{End, SortedReader, read_end};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// The numbers of a partition's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) whole: Option<u64>,
    /// Rising.
    pub(super) changes: Vec<u64>,
    /// They were fetched, and nothing was written since.
    pub(super) is_fetched: bool,
    /// What the whole file says, once its values were read and are that.
    pub(super) proved: Option<End>,
}

impl Part {
    pub(super) fn read(folder: &Path) -> Result<Self, ChainError> {
        let (mut wholes, mut changes) = numbers(folder)?;
        let whole = wholes.pop();
        for number in wholes {
            remove(&folder.join(name(WHOLE, number)))?;
        }
        let mut part = Self { whole, ..Self::default() };
        changes.retain(|number| {
            let path = folder.join(name(CHANGE, *number));
            let end = File::open(&path).ok().and_then(|file| read_end(&mut BufReader::new(file)).ok());
            let follows = part.last().map(|(_, number)| number);
            let fits = end.is_some_and(|end| Some(end.builds_on) == follows);
            if fits {
                part.changes.push(*number);
            }
            fits
        });
        for number in numbers(folder)?.1.into_iter().filter(|number| !part.changes.contains(number)) {
            remove(&folder.join(name(CHANGE, number)))?;
        }
        Ok(part)
    }

    pub(super) fn last(&self) -> Option<(&'static str, u64)> {
        let whole = self.whole?;
        Some(self.changes.last().map_or((WHOLE, whole), |change| (CHANGE, *change)))
    }

    /// Has it the state at a checkpoint?
    pub(super) fn has(&self, number: u64) -> bool {
        self.whole == Some(number) || self.changes.contains(&number)
    }

    /// The number of the last checkpoint; 0 where there is none.
    pub(super) fn last_number(&self) -> u64 {
        self.last().map_or(0, |(_, number)| number)
    }

    /// The files up to a checkpoint, open: once they are, they may be removed.
    pub(super) fn files(&self, folder: &Path, until: u64) -> Result<Vec<SortedReader<BufReader<File>>>, ChainError> {
        let changes = self.changes.iter().filter(|number| **number <= until).map(|number| (CHANGE, *number));
        let mut files = Vec::new();
        for (kind, number) in self.whole.map(|number| (WHOLE, number)).into_iter().chain(changes) {
            let path = folder.join(name(kind, number));
            let file = File::open(&path).map_err(at::<io::Error>(&path))?;
            files.push(SortedReader::new(BufReader::with_capacity(BUFFER_BYTES, file)).map_err(at(&path))?);
        }
        Ok(files)
    }
}
