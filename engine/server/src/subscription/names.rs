//! Durable subscriptions: up to where each name has acknowledged.
//!
//! # Invariants
//!
//! One small file a name, replaced whole and synced before an acknowledgement is answered: a crash leaves the old or the
//! new one. What was acknowledged goes back only for who says so. A file that cannot be believed stops the start: a wrong
//! place would hide decisions from whoever relies on the name.

use heng_log::{Disk as _, Meta, RealDisk};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, PoisonError};

/// The directory, in the data directory.
const DIR: &str = "subscriptions";
const EXTENSION: &str = ".cursor";
const HEAD: &str = "heng-subscription 1";
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 64;

/// For each partition the `seq` of the next decision.
pub(crate) type Place = Box<[u64]>;

/// What durable subscriptions have acknowledged.
#[derive(Debug)]
pub struct Names {
    disk: RealDisk,
    log_id: [u8; 32],
    partitions: usize,
    names_max: usize,
    /// Held while a file is written: acknowledgements are seldom, and none overtakes another.
    known: Mutex<BTreeMap<String, Place>>,
}

/// Why durable subscriptions cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpenNamesError {
    /// The file system failed.
    #[error("`{path}`: {source}")]
    Io {
        /// File or directory, in the data directory.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file was altered, or is of another log.
    #[error(
        "`{path}` is no place in this log: restore it from a copy, or remove it, and its subscriber begins at the beginning"
    )]
    Damaged {
        /// File, in the data directory.
        path: String,
    },
}

/// Why a durable subscription cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a name's form.
    #[error("a name has 1 to {NAME_BYTES_MAX} of a-z, 0-9, `-`, `_` and `.`, the first a letter or a digit")]
    Form,
    /// Nobody has subscribed by it.
    #[error("nobody has subscribed as `{0}`: subscribe by the name first, or mend it")]
    Unknown(String),
    /// As many as may be are known.
    #[error("{0} names are known, as many as may be: ask whoever runs the engine")]
    Full(usize),
    /// It could not be made durable.
    #[error("it could not be written down: what was acknowledged before stands, try again")]
    NotKept,
}

impl Names {
    /// Reads what the data directory holds.
    ///
    /// # Errors
    /// [`OpenNamesError`].
    pub fn open(disk: RealDisk, meta: &Meta, names_max: usize) -> Result<Self, OpenNamesError> {
        let io_error = |path: &str| {
            let path = path.to_owned();
            move |source| OpenNamesError::Io { path, source }
        };
        disk.create_dir(DIR).map_err(io_error(DIR))?;
        let mut known = BTreeMap::new();
        for file in disk.list(DIR).map_err(io_error(DIR))? {
            // What a crash left of a replacement has another ending.
            let Some(name) = file.strip_suffix(EXTENSION) else { continue };
            let path = format!("{DIR}/{file}");
            let bytes = disk.read_whole(&path).map_err(io_error(&path))?;
            let place = parse(&bytes, &meta.log_id, usize::from(meta.partitions));
            known.insert(name.to_owned(), place.ok_or(OpenNamesError::Damaged { path })?);
        }
        let (log_id, partitions) = (meta.log_id, usize::from(meta.partitions));
        Ok(Self { disk, log_id, partitions, names_max, known: Mutex::new(known) })
    }

    /// Where a name has acknowledged; one that is new begins at the beginning. May write a file.
    ///
    /// # Errors
    /// [`NameError`].
    pub(crate) fn begin(&self, name: &str) -> Result<Place, NameError> {
        check(name)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = known.get(name) {
            return Ok(place.clone());
        }
        if known.len() >= self.names_max {
            return Err(NameError::Full(known.len()));
        }
        let place: Place = vec![0; self.partitions].into();
        self.keep(name, &place)?;
        known.insert(name.to_owned(), place.clone());
        Ok(place)
    }

    /// Notes up to where a name has acknowledged, and says where it now stands; of partitions with none nothing changes.
    /// Writes a file.
    ///
    /// # Errors
    /// [`NameError`].
    pub(crate) fn acknowledge(&self, name: &str, upto: &[Option<u64>], may_go_back: bool) -> Result<Place, NameError> {
        check(name)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let place = known.get_mut(name).ok_or_else(|| NameError::Unknown(name.to_owned()))?;
        let next = |(known, upto): (&u64, &Option<u64>)| match upto {
            Some(upto) if may_go_back => *upto,
            Some(upto) => *known.max(upto),
            None => *known,
        };
        let acknowledged: Place = place.iter().zip(upto).map(next).collect();
        if acknowledged != *place {
            self.keep(name, &acknowledged)?;
            place.clone_from(&acknowledged);
        }
        Ok(acknowledged)
    }

    fn keep(&self, name: &str, place: &[u64]) -> Result<(), NameError> {
        let path = format!("{DIR}/{name}{EXTENSION}");
        self.disk.write_atomically(&path, text(&self.log_id, place).as_bytes()).map_err(|error| {
            tracing::error!(%error, path, "an acknowledgement was not written");
            NameError::NotKept
        })
    }
}

fn check(name: &str) -> Result<(), NameError> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_name = name.len() <= NAME_BYTES_MAX
        && name.bytes().next().is_some_and(is_plain)
        && name.bytes().all(|byte| is_plain(byte) || matches!(byte, b'-' | b'_' | b'.'));
    if is_name { Ok(()) } else { Err(NameError::Form) }
}

/// Four lines: form, log, numbers, checksum of what stands before.
fn text(log_id: &[u8; 32], place: &[u64]) -> String {
    let numbers: Vec<String> = place.iter().map(u64::to_string).collect();
    let mut text = format!("{HEAD}\n{}\n{}\n", hex(log_id), numbers.join(" "));
    let sum: [u8; 32] = Sha256::digest(&text).into();
    text.push_str(&hex(&sum));
    text.push('\n');
    text
}

fn parse(bytes: &[u8], log_id: &[u8; 32], partitions: usize) -> Option<Place> {
    let given = str::from_utf8(bytes).ok()?;
    let numbers = given.lines().nth(2)?.split(' ').map(|number| number.parse().ok());
    let place: Place = numbers.collect::<Option<_>>()?;
    // Written as it would be written now, with its log and its checksum, or not at all.
    (place.len() == partitions && text(log_id, &place) == given).then_some(place)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    fn meta() -> Meta {
        Meta { partitions: 2, simulated: false, log_id: [7; 32] }
    }

    #[test]
    fn what_was_acknowledged_is_there_after_a_start_and_goes_back_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Names::open(RealDisk::new(folder.path()), &meta(), 2).unwrap();
        let names = open();
        assert_eq!(names.acknowledge("tax", &[Some(1), None], false), Err(NameError::Unknown("tax".to_owned())));
        assert_eq!(*names.begin("tax").unwrap(), [0, 0]);
        assert_eq!(*names.acknowledge("tax", &[Some(5), None], false).unwrap(), [5, 0]);
        assert_eq!(*open().begin("tax").unwrap(), [5, 0]);
        assert_eq!(*names.acknowledge("tax", &[Some(3), Some(2)], false).unwrap(), [5, 2]);
        assert_eq!(*names.acknowledge("tax", &[Some(3), None], true).unwrap(), [3, 2]);
        assert_eq!(*open().begin("tax").unwrap(), [3, 2]);
        names.begin("b").unwrap();
        assert_eq!(names.begin("c"), Err(NameError::Full(2)));
        for bad in ["", "../x", "A", ".x", "x/y", &"x".repeat(65)] {
            assert_eq!(names.begin(bad), Err(NameError::Form), "{bad}");
        }
    }

    #[test]
    fn an_altered_file_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::open(RealDisk::new(folder.path()), &meta(), 9).unwrap();
        names.begin("tax").unwrap();
        names.acknowledge("tax", &[Some(15), Some(27)], false).unwrap();
        let file = folder.path().join("subscriptions/tax.cursor");
        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            std::fs::write(&file, &altered).unwrap();
            assert!(Names::open(RealDisk::new(folder.path()), &meta(), 9).is_err(), "byte {at}");
        }
        std::fs::write(&file, &whole).unwrap();
        let other = Meta { log_id: [8; 32], ..meta() };
        assert!(Names::open(RealDisk::new(folder.path()), &other, 9).is_err());
    }
}
