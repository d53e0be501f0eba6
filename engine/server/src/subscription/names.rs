//! Durable subscriptions: up to where each name has acknowledged.
//!
//! # Invariants
//!
//! One small file a name, replaced whole and synced before an acknowledgement is answered: a crash leaves the old or the
//! new one. What was acknowledged goes back only for who says so. A file that cannot be believed stops the start: a wrong
//! place would hide decisions from whoever relies on the name. Beside the place stands what the name was last subscribed with,
//! and with what before: what it acknowledged under a filter is what has reached those whom that filter names.

use super::deliveries::Deliveries;
use super::known::{Known, Place, parse, text};
use super::wanted::Wanted;
use heng_log::{Disk as _, Meta, RealDisk};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// The directory, in the data directory.
const DIR: &str = "subscriptions";
const EXTENSION: &str = ".cursor";
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 64;
/// What durable subscriptions have acknowledged.
#[derive(Debug)]
pub struct Names {
    disk: RealDisk,
    log_id: [u8; 32],
    partitions: usize,
    names_max: usize,
    /// Held while a file is written: acknowledgements are seldom, and none overtakes another.
    known: Mutex<BTreeMap<String, Known>>,
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
        disk.create_dir(DIR).map_err(io_error(DIR))?;
        Self::read(disk, meta, names_max)
    }

    /// Reads what the data directory holds, beside whoever serves it; nothing where nothing was ever served.
    ///
    /// # Errors
    /// [`OpenNamesError`].
    pub fn read(disk: RealDisk, meta: &Meta, names_max: usize) -> Result<Self, OpenNamesError> {
        let mut known = BTreeMap::new();
        let files = match disk.list(DIR) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            files => files.map_err(io_error(DIR))?,
        };
        for file in files {
            // What a crash left of a replacement has another ending.
            let Some(name) = file.strip_suffix(EXTENSION) else { continue };
            let path = format!("{DIR}/{file}");
            let bytes = disk.read_whole(&path).map_err(io_error(&path))?;
            let read = parse(&bytes, &meta.log_id, usize::from(meta.partitions));
            known.insert(name.to_owned(), read.ok_or(OpenNamesError::Damaged { path })?);
        }
        let (log_id, partitions) = (meta.log_id, usize::from(meta.partitions));
        Ok(Self { disk, log_id, partitions, names_max, known: Mutex::new(known) })
    }

    /// Where a name has acknowledged; one that is new begins at the beginning. Notes what it is subscribed with; may write a
    /// file.
    ///
    /// # Errors
    /// [`NameError`].
    pub(crate) fn begin(&self, name: &str, wanted: &Wanted) -> Result<Place, NameError> {
        check(name)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match known.get(name) {
            Some(it) if it.filter.as_ref().is_some_and(|(filter, _)| filter == wanted) => return Ok(it.place.clone()),
            Some(it) => it.clone(),
            None if known.len() >= self.names_max => return Err(NameError::Full(known.len())),
            None => Known { place: vec![0; self.partitions].into(), filter: None, before: Vec::new() },
        };
        let begun = before.under(wanted);
        self.keep(name, &begun)?;
        let place = begun.place.clone();
        known.insert(name.to_owned(), begun);
        Ok(place)
    }

    /// What has reached whom by what names have acknowledged up to now.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Deliveries::of(known.values())
    }

    /// Notes up to where a name has acknowledged, and says where it now stands; of partitions with none nothing changes.
    /// Writes a file.
    ///
    /// # Errors
    /// [`NameError`].
    pub(crate) fn acknowledge(&self, name: &str, upto: &[Option<u64>], may_go_back: bool) -> Result<Place, NameError> {
        check(name)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_mut(name).ok_or_else(|| NameError::Unknown(name.to_owned()))?;
        let next = |(known, upto): (&u64, &Option<u64>)| match upto {
            Some(upto) if may_go_back => *upto,
            Some(upto) => *known.max(upto),
            None => *known,
        };
        let acknowledged: Place = known.place.iter().zip(upto).map(next).collect();
        if acknowledged != known.place {
            let moved = known.clone().moved(acknowledged.clone());
            self.keep(name, &moved)?;
            *known = moved;
        }
        Ok(acknowledged)
    }

    fn keep(&self, name: &str, known: &Known) -> Result<(), NameError> {
        let path = format!("{DIR}/{name}{EXTENSION}");
        self.disk.write_atomically(&path, text(&self.log_id, known).as_bytes()).map_err(|error| {
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

fn io_error(path: &str) -> impl FnOnce(io::Error) -> OpenNamesError {
    let path = path.to_owned();
    move |source| OpenNamesError::Io { path, source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::super::known::{HEAD_1, STRETCHES_MAX, Stretch, hex, summed};
    use super::*;

    fn meta() -> Meta {
        Meta { partitions: 2, simulated: false, log_id: [7; 32] }
    }

    fn all() -> Wanted {
        Wanted::default()
    }

    fn of(authority: &str) -> Wanted {
        let authorities = std::iter::once(authority.as_bytes().into()).collect();
        Wanted { authorities, kinds: vec![heng_core::DecisionKind::Issued], ..Wanted::default() }
    }

    #[test]
    fn a_filter_is_kept_with_the_place_where_it_began_and_older_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Names::open(RealDisk::new(folder.path()), &meta(), 9).unwrap();
        let kept = |names: &Names| names.known.lock().unwrap().get("tax").cloned().unwrap();
        let names = open();
        names.begin("tax", &of("tax")).unwrap();
        names.acknowledge("tax", &[Some(5), Some(1)], false).unwrap();
        let first = kept(&names);
        assert_eq!((first.filter.as_ref().unwrap().1.as_ref(), &*first.place), (&[0, 0][..], &[5, 1][..]));
        assert_eq!(kept(&open()), first);
        // The same filter goes on; another one begins where the name is.
        let names = open();
        names.begin("tax", &of("tax")).unwrap();
        assert_eq!(kept(&names), first);
        names.begin("tax", &of("finance")).unwrap();
        let earlier = Stretch { filter: of("tax"), since: [0, 0].into(), until: [5, 1].into() };
        let changed = kept(&open());
        assert_eq!((&changed.filter, &changed.before), (&Some((of("finance"), [5, 1].into())), &vec![earlier]));
        // Back before anything was acknowledged, nothing has happened.
        names.begin("tax", &of("tax")).unwrap();
        assert_eq!(kept(&open()), first);
        // As the release before wrote it.
        let file = folder.path().join("subscriptions/tax.cursor");
        std::fs::write(&file, summed(format!("{HEAD_1}\n{}\n7 8\n", hex(&[7; 32])))).unwrap();
        assert_eq!(kept(&open()), Known { place: [7, 8].into(), filter: None, before: vec![] });
        assert_eq!(*open().begin("tax", &of("tax")).unwrap(), [7, 8]);
        // Whoever only reads makes nothing.
        let empty = tempfile::tempdir().unwrap();
        Names::read(RealDisk::new(empty.path()), &meta(), 9).unwrap();
        assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0);
    }

    #[test]
    fn another_filter_undoes_no_delivery_and_going_back_does() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Names::open(RealDisk::new(folder.path()), &meta(), 9).unwrap();
        let only = |codes: &[&str]| Wanted {
            authorities: codes.iter().map(|code| code.as_bytes().into()).collect(),
            ..Wanted::default()
        };
        let names = open();
        names.begin("desk", &only(&["tax"])).unwrap();
        names.acknowledge("desk", &[Some(5), Some(1)], false).unwrap();
        names.begin("desk", &only(&["tax", "finance"])).unwrap();
        names.acknowledge("desk", &[Some(9), None], false).unwrap();
        let told = |code: &str, mark| open().deliveries().has_reached_all(code, 0, mark);
        assert!(told("tax", 9) && !told("tax", 10), "under the wider filter as under the narrower");
        assert!(!told("finance", 1), "it was not named from the beginning");
        names.acknowledge("desk", &[Some(3), None], true).unwrap();
        assert!(told("tax", 3) && !told("tax", 4));
        names.acknowledge("desk", &[Some(9), None], false).unwrap();
        assert!(told("tax", 9) && !told("finance", 1));
        // However often it changes, the file stays short.
        for at in 10..200 {
            names.begin("desk", &only(&[if at % 2 == 0 { "tax" } else { "finance" }])).unwrap();
            names.acknowledge("desk", &[Some(at), None], false).unwrap();
        }
        assert_eq!(names.known.lock().unwrap()["desk"].before.len(), STRETCHES_MAX);
        assert_eq!(*open().begin("desk", &all()).unwrap(), [199, 1]);
    }

    #[test]
    fn what_was_acknowledged_is_there_after_a_start_and_goes_back_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Names::open(RealDisk::new(folder.path()), &meta(), 2).unwrap();
        let names = open();
        assert_eq!(names.acknowledge("tax", &[Some(1), None], false), Err(NameError::Unknown("tax".to_owned())));
        assert_eq!(*names.begin("tax", &all()).unwrap(), [0, 0]);
        assert_eq!(*names.acknowledge("tax", &[Some(5), None], false).unwrap(), [5, 0]);
        assert_eq!(*open().begin("tax", &all()).unwrap(), [5, 0]);
        assert_eq!(*names.acknowledge("tax", &[Some(3), Some(2)], false).unwrap(), [5, 2]);
        assert_eq!(*names.acknowledge("tax", &[Some(3), None], true).unwrap(), [3, 2]);
        assert_eq!(*open().begin("tax", &all()).unwrap(), [3, 2]);
        names.begin("b", &all()).unwrap();
        assert_eq!(names.begin("c", &all()), Err(NameError::Full(2)));
        for bad in ["", "../x", "A", ".x", "x/y", &"x".repeat(65)] {
            assert_eq!(names.begin(bad, &all()), Err(NameError::Form), "{bad}");
        }
    }

    #[test]
    fn an_altered_file_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::open(RealDisk::new(folder.path()), &meta(), 9).unwrap();
        names.begin("tax", &all()).unwrap();
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
