//! The names of a chain's files.

use super::{ChainError, at};
use std::fs::{self, File};
use std::io;
use std::path::Path;

pub(super) const WHOLE: &str = "whole";
pub(super) const CHANGE: &str = "change";

pub(super) fn name(kind: &str, number: u64) -> String {
    format!("{kind}-{number:020}")
}

/// The numbers of the whole files and of those that change, rising; what was not completed is removed.
pub(super) fn numbers(folder: &Path) -> Result<(Vec<u64>, Vec<u64>), ChainError> {
    let (mut wholes, mut changes) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(at::<io::Error>(folder))? {
        let entry = entry.map_err(at::<io::Error>(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = |kind: &str| name.strip_prefix(kind)?.strip_prefix('-')?.parse().ok();
        if name.ends_with(".tmp") {
            remove(&entry.path())?;
        } else if let Some(number) = number(WHOLE) {
            wholes.push(number);
        } else if let Some(number) = number(CHANGE) {
            changes.push(number);
        }
    }
    wholes.sort_unstable();
    changes.sort_unstable();
    Ok((wholes, changes))
}

pub(super) fn remove(path: &Path) -> Result<(), ChainError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
