//! Packs, kept by hash beside the log.

use heng_core::PackSource;
use heng_log::Disk;
use heng_rules::PackFiles;
use std::collections::BTreeMap;
use std::io;

/// Every pack that the log names.
#[derive(Debug, Default)]
pub struct Shelf(BTreeMap<[u8; 32], PackFiles>);

/// Why packs cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum ShelfError {
    /// The disk refused.
    #[error("pack file `{file}`: {source}")]
    Io {
        /// Path below the data directory.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The content is not what its name says.
    #[error("pack file `{0}` is not the pack whose hash it is named by: restore it from a copy, the log names it")]
    Altered(String),
}

const DIR: &str = "packs";

impl Shelf {
    /// Reads every pack of a data directory.
    ///
    /// # Errors
    /// [`ShelfError`] where a file cannot be read or was altered.
    pub fn open<D: Disk>(disk: &D) -> Result<Self, ShelfError> {
        let names = match disk.list(DIR) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(ShelfError::Io { file: DIR.to_owned(), source }),
        };
        let mut shelf = Self::default();
        for name in names.iter().filter(|name| name.ends_with(".pack")) {
            let file = format!("{DIR}/{name}");
            let bytes = disk.read_whole(&file).map_err(|source| ShelfError::Io { file: file.clone(), source })?;
            let files = PackFiles::from_bundle(&bytes).map_err(|_| ShelfError::Altered(file.clone()))?;
            let sha256 = files.sha256();
            if *name != file_name(&sha256) {
                return Err(ShelfError::Altered(file));
            }
            shelf.0.insert(sha256, files);
        }
        Ok(shelf)
    }

    /// Keeps a pack durably; returns its hash.
    ///
    /// # Errors
    /// [`ShelfError::Io`].
    pub fn keep<D: Disk>(&mut self, disk: &D, files: &PackFiles) -> Result<[u8; 32], ShelfError> {
        let sha256 = files.sha256();
        let file = format!("{DIR}/{}", file_name(&sha256));
        let io = |source| ShelfError::Io { file: file.clone(), source };
        if let std::collections::btree_map::Entry::Vacant(place) = self.0.entry(sha256) {
            let bundle = files.to_bundle();
            disk.create_dir(DIR).map_err(io)?;
            disk.write_atomically(&file, &bundle).map_err(io)?;
            // What replay will load is what was kept, not what was given: tests are left out of both.
            let kept = PackFiles::from_bundle(&bundle).map_err(|_| ShelfError::Altered(file))?;
            place.insert(kept);
        }
        Ok(sha256)
    }

    /// The hashes kept.
    pub fn hashes(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.0.keys()
    }
}

impl PackSource for Shelf {
    fn pack(&self, sha256: &[u8; 32]) -> Option<PackFiles> {
        self.0.get(sha256).cloned()
    }
}

fn file_name(sha256: &[u8; 32]) -> String {
    let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex}.pack")
}
