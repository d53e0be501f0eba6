//! Removes a whole store.

use super::partition::lock_file;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Why a store could not be removed.
#[derive(Debug, thiserror::Error)]
pub enum DiscardError {
    /// It is open.
    #[error("the state in `{0}` is in use: stop the program that has it open")]
    InUse(PathBuf),
    /// It is something else.
    #[error("`{0}` is not part of a state store: nothing was removed")]
    NotOurs(PathBuf),
    /// The file system refused.
    #[error("the state in `{path}` cannot be removed: {cause}")]
    Io {
        /// Folder of the store.
        path: PathBuf,
        /// What the file system said.
        cause: io::Error,
    },
}

pub(super) fn discard(root: &Path) -> Result<(), DiscardError> {
    let failed = |cause| DiscardError::Io { path: root.to_owned(), cause };
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failed)?,
    };
    let mut locks = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if !is_ours(&path) {
            return Err(DiscardError::NotOurs(path));
        }
        if path.extension().is_some() {
            let lock = lock_file(&path).map_err(failed)?;
            locks.push(lock.ok_or_else(|| DiscardError::InUse(root.to_owned()))?);
        }
    }
    fs::remove_dir_all(root).map_err(failed)
}

/// `p` and five digits; a lock file has the extension `lock`.
fn is_ours(path: &Path) -> bool {
    let digits = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.strip_prefix('p'));
    let named = digits.is_some_and(|digits| digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    named && path.extension().is_none_or(|extension| extension == "lock") && path.extension().is_some() != path.is_dir()
}
