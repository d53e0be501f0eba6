//! Durable subscriptions: up to where each name has acknowledged.
//!
//! # Invariants
//!
//! One small file a name, replaced whole and synced before an acknowledgement is answered: a crash leaves the old or the
//! new one. Engines that share a log tell each other first; what one of them cannot ask for it does not guess. What was acknowledged goes back only for who says so. A file that cannot be believed stops the start: a wrong
//! place would hide decisions from whoever relies on the name. Beside the place stands what the name was last subscribed with,
//! and with what before: what it acknowledged under a filter is what has reached those whom that filter names.

use super::deliveries::Deliveries;
use super::known::{Known, Place, parse, text};
use super::wanted::Wanted;
use heng_log::{Disk as _, Meta, RealDisk};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

/// The directory, in the data directory.
const DIR: &str = "subscriptions";
const EXTENSION: &str = ".cursor";
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 64;
/// How often it is tried to put what no other engine comes between.
const TRIES: usize = 5;
/// What durable subscriptions have acknowledged.
#[derive(Debug)]
pub struct Names {
    disk: RealDisk,
    log_id: [u8; 32],
    partitions: usize,
    names_max: usize,
    /// Held while a file is written: acknowledgements are seldom, and none overtakes another.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: BTreeMap<String, Known>,
    /// Where the engines of a shared log keep them for each other.
    shared: Option<Box<dyn SharedNames>>,
    /// Names that are known here and not there yet.
    joining: BTreeSet<String>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("known", &self.known).field("joining", &self.joining).finish_non_exhaustive()
    }
}

/// Where the engines of a shared log keep for each other what is known of names.
pub trait SharedNames: Send {
    /// Hands over what others put since the last call, in order: a name, and the bytes kept of it. What was put before the call is
    /// among it. True where that is everything that is kept. May block.
    ///
    /// # Errors
    /// [`SharedNamesError`].
    fn news(&mut self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool, SharedNamesError>;

    /// Keeps bytes of a name, durably. False where others put something, of whatever name, between the last news and this. May
    /// block.
    ///
    /// # Errors
    /// [`SharedNamesError`]; they may be kept all the same.
    fn put(&mut self, name: &str, known: &[u8]) -> Result<bool, SharedNamesError>;
}

/// Why names are not shared just now.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SharedNamesError(pub String);

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
    /// What other engines know of it is not to be had.
    #[error(
        "what the engines of this log know of names cannot be asked for just now: try again, or go on from a cursor"
    )]
    Away,
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
        let state = Mutex::new(State { known, ..State::default() });
        Ok(Self { disk, log_id, partitions, names_max, state })
    }

    /// The same, of an engine that shares its log: what one of them acknowledged is known to all. The files are a copy.
    #[must_use]
    pub fn shared_by(self, shared: Box<dyn SharedNames>) -> Self {
        self.lock().shared = Some(shared);
        self
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns what other engines were told.
    fn catch_up(&self, state: &mut State) -> Result<(), NameError> {
        let State { known, shared: Some(shared), joining } = state else { return Ok(()) };
        // Of a name what was put last counts.
        let mut news = BTreeMap::new();
        let is_all = shared.news(&mut |name, bytes| {
            let name = String::from_utf8_lossy(name).into_owned();
            match parse(bytes, &self.log_id, self.partitions).filter(|_| check(&name).is_ok()) {
                Some(read) => drop(news.insert(name, read)),
                None => {
                    tracing::error!(name, "what is kept of this name for all engines was altered: it is passed over")
                }
            }
        });
        if is_all.map_err(away)? {
            joining.extend(known.keys().cloned());
        }
        for (name, read) in news {
            joining.remove(&name);
            if known.get(&name) != Some(&read) {
                // A copy, which the next start has from there again; that it failed is told.
                let _ = self.write(&name, &text(&self.log_id, &read));
                known.insert(name, read);
            }
        }
        while let Some(name) = joining.first().cloned() {
            if let Some(known) = known.get(&name) {
                shared.put(&name, text(&self.log_id, known).as_bytes()).map_err(away)?;
            }
            joining.remove(&name);
        }
        Ok(())
    }

    /// Where a name has acknowledged; one that is new begins at the beginning. Notes what it is subscribed with; may write a
    /// file.
    ///
    /// # Errors
    /// [`NameError`].
    pub(crate) fn begin(&self, name: &str, wanted: &Wanted) -> Result<Place, NameError> {
        self.change(name, |known, names| {
            let before = match known {
                Some(it) if it.filter.as_ref().is_some_and(|(filter, _)| filter == wanted) => return Ok(it.clone()),
                Some(it) => it.clone(),
                None if names >= self.names_max => return Err(NameError::Full(names)),
                None => Known { place: vec![0; self.partitions].into(), filter: None, before: Vec::new() },
            };
            Ok(before.under(wanted))
        })
    }

    /// What has reached whom by what names have acknowledged up to now, or as far as that is known where other engines cannot be
    /// asked. May block.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        let mut state = self.lock();
        // Told there, and what is not known counts as not delivered.
        let _ = self.catch_up(&mut state);
        Deliveries::of(state.known.values())
    }

    /// Notes up to where a name has acknowledged, and says where it now stands; of partitions with none nothing changes.
    /// Writes a file.
    ///
    /// # Errors
    /// [`NameError`].
    pub(crate) fn acknowledge(&self, name: &str, upto: &[Option<u64>], may_go_back: bool) -> Result<Place, NameError> {
        self.change(name, |known, _| {
            let known = known.ok_or_else(|| NameError::Unknown(name.to_owned()))?;
            let next = |(known, upto): (&u64, &Option<u64>)| match upto {
                Some(upto) if may_go_back => *upto,
                Some(upto) => *known.max(upto),
                None => *known,
            };
            let acknowledged: Place = known.place.iter().zip(upto).map(next).collect();
            Ok(if acknowledged == known.place { known.clone() } else { known.clone().moved(acknowledged) })
        })
    }

    /// Changes what is known of a name, of which nothing may be known, among so many; where it is then.
    fn change(
        &self,
        name: &str,
        next: impl Fn(Option<&Known>, usize) -> Result<Known, NameError>,
    ) -> Result<Place, NameError> {
        check(name)?;
        let mut state = self.lock();
        self.catch_up(&mut state)?;
        let mut is_overwritten = false;
        for _ in 0..TRIES {
            let before = state.known.get(name).cloned();
            let changed = next(before.as_ref(), state.known.len())?;
            if before.as_ref() != Some(&changed) || is_overwritten {
                // First for all: whoever goes to another engine after the answer finds it there.
                let text = text(&self.log_id, &changed);
                let Some(shared) = &mut state.shared else {
                    self.write(name, &text)?;
                    state.known.insert(name.to_owned(), changed.clone());
                    return Ok(changed.place);
                };
                let is_next = shared.put(name, text.as_bytes()).map_err(away)?;
                state.joining.remove(name);
                if !is_next {
                    self.catch_up(&mut state)?;
                    if state.known.get(name) != before.as_ref() {
                        // What another engine put in between is under this now, and must not be lost.
                        is_overwritten = true;
                        continue;
                    }
                }
                // A copy; that it failed is told.
                let _ = self.write(name, &text);
                state.known.insert(name.to_owned(), changed.clone());
            }
            return Ok(changed.place);
        }
        Err(NameError::Away)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), NameError> {
        let path = format!("{DIR}/{name}{EXTENSION}");
        self.disk.write_atomically(&path, text.as_bytes()).map_err(|error| {
            tracing::error!(%error, path, "an acknowledgement was not written");
            NameError::NotKept
        })
    }
}

fn away(error: SharedNamesError) -> NameError {
    tracing::warn!("what engines know of durable names is not to be had: {error}");
    NameError::Away
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

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
        let kept = |names: &Names| names.lock().known.get("tax").cloned().unwrap();
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
        assert_eq!(names.lock().known["desk"].before.len(), STRETCHES_MAX);
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

    type Puts = Vec<(Vec<u8>, Vec<u8>)>;

    /// What two engines keep for each other, and whether they can.
    #[derive(Clone, Default)]
    struct Shared {
        puts: Arc<Mutex<Puts>>,
        is_away: Arc<AtomicBool>,
        next: usize,
        own: BTreeSet<usize>,
        began: bool,
        /// What another engine puts before the next of this one.
        between: Arc<Mutex<Puts>>,
    }

    impl SharedNames for Shared {
        fn news(&mut self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool, SharedNamesError> {
            if self.is_away.load(Ordering::Relaxed) {
                return Err(SharedNamesError("away".to_owned()));
            }
            let puts = self.puts.lock().unwrap();
            for at in self.next..puts.len() {
                if !self.own.contains(&at) {
                    visit(&puts[at].0, &puts[at].1);
                }
            }
            self.next = puts.len();
            Ok(!std::mem::replace(&mut self.began, true))
        }

        fn put(&mut self, name: &str, known: &[u8]) -> Result<bool, SharedNamesError> {
            if self.is_away.load(Ordering::Relaxed) {
                return Err(SharedNamesError("away".to_owned()));
            }
            let mut puts = self.puts.lock().unwrap();
            puts.append(&mut self.between.lock().unwrap());
            self.own.insert(puts.len());
            puts.push((name.as_bytes().to_vec(), known.to_vec()));
            let is_next = puts.len() == self.next + 1;
            self.next += usize::from(is_next);
            Ok(is_next)
        }
    }

    #[test]
    fn what_one_engine_is_told_another_knows() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let open = |at: usize| Names::open(RealDisk::new(folders[at].path()), &meta(), 9).unwrap();
        let shared = Shared::default();
        let tax = Wanted { kinds: vec![], ..of("tax") };
        // From before they shared anything.
        open(0).begin("old", &all()).unwrap();
        open(0).acknowledge("old", &[Some(4), None], false).unwrap();
        let [one, other] = [0, 1].map(|at| open(at).shared_by(Box::new(shared.clone())));
        assert_eq!(*one.begin("tax", &tax).unwrap(), [0, 0]);
        assert_eq!(*other.begin("old", &all()).unwrap(), [4, 0]);
        assert_eq!(*other.acknowledge("tax", &[Some(5), None], false).unwrap(), [5, 0]);
        assert_eq!(*one.acknowledge("tax", &[Some(3), Some(2)], false).unwrap(), [5, 2]);
        assert_eq!(*other.begin("tax", &tax).unwrap(), [5, 2]);
        assert_eq!(*one.acknowledge("tax", &[Some(1), None], true).unwrap(), [1, 2]);
        assert_eq!(*other.begin("tax", &tax).unwrap(), [1, 2]);
        assert!(other.deliveries().has_reached_all("tax", 1, 2) && !other.deliveries().has_reached_all("tax", 0, 2));
        // Its own copy tells a program that only reads, and an engine that begins.
        assert_eq!(*open(1).begin("tax", &tax).unwrap(), [1, 2]);
        // While they cannot be asked nothing is guessed, and nothing acknowledged alone.
        shared.is_away.store(true, Ordering::Relaxed);
        assert_eq!(other.begin("tax", &tax), Err(NameError::Away));
        assert_eq!(one.acknowledge("tax", &[Some(9), None], false), Err(NameError::Away));
        assert!(other.deliveries().has_reached_all("tax", 1, 2));
        shared.is_away.store(false, Ordering::Relaxed);
        assert_eq!(*other.acknowledge("tax", &[Some(2), None], false).unwrap(), [2, 2]);
        // What another engine puts at the same moment is not undone by this one.
        assert_eq!(*other.acknowledge("tax", &[Some(8), None], false).unwrap(), [8, 2]);
        let further = shared.puts.lock().unwrap().pop().unwrap();
        shared.between.lock().unwrap().push(further);
        assert_eq!(*one.acknowledge("tax", &[Some(6), Some(3)], false).unwrap(), [8, 3]);
        assert_eq!(*other.begin("tax", &tax).unwrap(), [8, 3]);
        // What was altered there counts for nothing.
        let altered = |(name, mut known): (Vec<u8>, Vec<u8>)| {
            known[80] ^= 1;
            (name, known)
        };
        let last = shared.puts.lock().unwrap().last().cloned().unwrap();
        shared.puts.lock().unwrap().push(altered(last));
        assert_eq!(*one.begin("tax", &tax).unwrap(), [8, 3]);
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
