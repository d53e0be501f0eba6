//! The files of a pack as bytes, their hash, and the one byte string under which a pack is kept.
//!
//! # Invariants
//!
//! The hash is the SHA-256 of the bundle, so a kept bundle can be verified with any SHA-256 program. Tests are in
//! neither: adding a case changes no decision.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::ops::Range;

/// First bytes of a bundle.
const MAGIC: &[u8] = b"heng-pack-1\n";
/// Folder of the cases.
const TESTS: &str = "tests/";
/// Longest path inside a pack, in bytes.
const PATH_BYTES_MAX: usize = 256;
/// Largest file of a pack, in bytes.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// The files of a pack, by path inside it (`pack.yaml`, `sectors/tax.yaml`), always with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackFiles(BTreeMap<String, Vec<u8>>);

/// Why a file is no part of a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddFileError {
    /// A folder outside the pack, an absolute path, an empty or over-long one.
    #[error("`{0}` is not a path inside a pack")]
    Path(String),
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("`{0}` has more than {FILE_BYTES_MAX} bytes")]
    Large(String),
    /// Added before.
    #[error("`{0}` is there twice")]
    Twice(String),
}

/// Why bytes are no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadBundleError {
    /// It starts otherwise.
    #[error("not a pack bundle of version 1")]
    Magic,
    /// It ends inside a path or a file.
    #[error("the bundle is cut short at byte {0}")]
    Short(usize),
    /// Paths are not in order, or a path is not UTF-8, or a test: no bundle that Heng wrote.
    #[error("the bundle is not canonical at `{0}`")]
    NotCanonical(String),
    /// A file is no part of a pack.
    #[error(transparent)]
    File(#[from] AddFileError),
}

impl PackFiles {
    /// No file yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`AddFileError`] for a path that leads outside the pack, a file too large, or a path added before.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), AddFileError> {
        let odd = |part: &str| part.is_empty() || part == "." || part == "..";
        let control = path.chars().any(|c| c.is_control() || c == '\\');
        if path.len() > PATH_BYTES_MAX || control || path.split('/').any(odd) {
            return Err(AddFileError::Path(path.to_owned()));
        }
        if bytes.len() > FILE_BYTES_MAX {
            return Err(AddFileError::Large(path.to_owned()));
        }
        if self.0.contains_key(path) {
            return Err(AddFileError::Twice(path.to_owned()));
        }
        self.0.insert(path.to_owned(), bytes);
        Ok(())
    }

    /// Is this the path of a file that a pack may have? (A reader of folders skips what is no YAML.)
    #[must_use]
    pub fn is_pack_path(path: &str) -> bool {
        let inside = |folder: &str| {
            let stem = path.strip_prefix(folder).and_then(|name| name.strip_suffix(".yaml"));
            stem.is_some_and(|stem| !stem.is_empty() && !stem.contains('/'))
        };
        let shared = ["pack.yaml", "laws.yaml", "measures.yaml", "matters.yaml", "calendar.yaml"];
        shared.contains(&path) || inside("sectors/") || inside(TESTS)
    }

    /// One file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Replaces some bytes of a file, counted after its byte order mark.
    pub(crate) fn replace(&mut self, path: &str, bytes: Range<usize>, with: &str) {
        let Some(file) = self.0.get_mut(path) else { return };
        let mark = if file.starts_with("\u{feff}".as_bytes()) { '\u{feff}'.len_utf8() } else { 0 };
        let (start, end) = (bytes.start + mark, bytes.end + mark);
        if start <= end && end <= file.len() {
            file.splice(start..end, with.bytes());
        }
    }

    /// Files of a folder, such as `sectors/`, by path.
    pub(crate) fn under(&self, folder: &'static str) -> impl Iterator<Item = (&str, &[u8])> {
        self.iter().filter(move |(path, _)| path.starts_with(folder))
    }

    /// The pack's hash: SHA-256 of [`PackFiles::to_bundle`].
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.to_bundle()).into()
    }

    /// The canonical bytes: the line `heng-pack-1`, then for each file outside `tests/`, in the byte order of paths,
    /// the path's length, the path, the content's length, the content; lengths are 8 bytes, big-endian.
    #[must_use]
    pub fn to_bundle(&self) -> Vec<u8> {
        let mut bundle = MAGIC.to_vec();
        for (path, bytes) in self.iter().filter(|(path, _)| !path.starts_with(TESTS)) {
            for part in [path.as_bytes(), bytes] {
                bundle.extend_from_slice(&(part.len() as u64).to_be_bytes());
                bundle.extend_from_slice(part);
            }
        }
        bundle
    }

    /// The files in a bundle; writing them again gives the same bytes.
    ///
    /// # Errors
    /// [`ReadBundleError`] for anything [`PackFiles::to_bundle`] would not have written.
    pub fn from_bundle(bundle: &[u8]) -> Result<Self, ReadBundleError> {
        let mut rest = bundle.strip_prefix(MAGIC).ok_or(ReadBundleError::Magic)?;
        let mut files = Self::new();
        let mut previous = String::new();
        while !rest.is_empty() {
            let short = || ReadBundleError::Short(bundle.len());
            let (path, after) = part(rest).ok_or_else(short)?;
            let (bytes, after) = part(after).ok_or_else(short)?;
            let path = String::from_utf8_lossy(path).into_owned();
            if path <= previous || path.starts_with(TESTS) || path.contains(char::REPLACEMENT_CHARACTER) {
                return Err(ReadBundleError::NotCanonical(path));
            }
            files.add(&path, bytes.to_vec())?;
            previous = path;
            rest = after;
        }
        Ok(files)
    }
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    fn files(list: &[(&str, &str)]) -> PackFiles {
        let mut files = PackFiles::new();
        for (path, text) in list {
            files.add(path, text.as_bytes().to_vec()).unwrap();
        }
        files
    }

    #[test]
    fn tests_do_not_change_the_hash_and_everything_else_does() {
        let plain = files(&[("pack.yaml", "a"), ("sectors/x.yaml", "b")]);
        let tested = files(&[("pack.yaml", "a"), ("sectors/x.yaml", "b"), ("tests/x.yaml", "c")]);
        assert_eq!(plain.sha256(), tested.sha256());
        assert_ne!(plain.sha256(), files(&[("pack.yaml", "a"), ("sectors/x.yaml", "B")]).sha256());
        assert_ne!(plain.sha256(), files(&[("pack.yaml", "a"), ("sectors/y.yaml", "b")]).sha256());
        assert_ne!(files(&[("a", "bc")]).sha256(), files(&[("ab", "c")]).sha256());
    }

    #[test]
    fn odd_paths_are_refused() {
        for path in ["", "/pack.yaml", "../pack.yaml", "a//b", "a\\b", "sectors/"] {
            assert_eq!(PackFiles::new().add(path, vec![]), Err(AddFileError::Path(path.into())));
        }
        for (path, known) in [
            ("pack.yaml", true),
            ("sectors/tax.yaml", true),
            ("sectors/a/b.yaml", false),
            ("rules.yaml", false),
            ("tests/.yaml", false),
        ] {
            assert_eq!(PackFiles::is_pack_path(path), known, "{path}");
        }
    }

    #[test]
    fn a_cut_or_reordered_bundle_is_refused() {
        let bundle = files(&[("a", "1"), ("b", "2")]).to_bundle();
        for length in 0..bundle.len() {
            let read = PackFiles::from_bundle(bundle.get(..length).unwrap());
            let whole = read.as_ref().is_ok_and(|files| files.to_bundle().len() == length);
            assert!(read.is_err() || whole, "{length}");
        }
        let one = files(&[("a", "1")]).to_bundle();
        let twice = [&one[..], one.strip_prefix(MAGIC).unwrap()].concat();
        assert_eq!(PackFiles::from_bundle(&twice), Err(ReadBundleError::NotCanonical("a".into())));
    }

    proptest! {
        #[test]
        fn a_bundle_gives_back_its_files(
            list in proptest::collection::btree_map("[a-z]{1,8}(/[a-z]{1,8})?", any::<Vec<u8>>(), 0..6),
        ) {
            let files = PackFiles(list.into_iter().filter(|(path, _)| !path.starts_with(TESTS)).collect());
            let read = PackFiles::from_bundle(&files.to_bundle()).unwrap();
            prop_assert_eq!(read.sha256(), files.sha256());
            prop_assert_eq!(read, files);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bundle = [MAGIC, &bytes].concat();
            if let Ok(files) = PackFiles::from_bundle(&bundle) {
                prop_assert_eq!(files.to_bundle(), bundle);
            }
        }
    }
}
