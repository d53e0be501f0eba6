//! A journal: one append-only sequence of frames, in segment files under a directory.
//!
//! # Invariants
//!
//! **Nothing acknowledged is lost.** [`Journal::sync`] writes the frames appended since the last one as one *batch*, behind a
//! *sync mark*, and returns after a sync of the file. A mark says: when I was written, all before me in this segment had been
//! synced. A segment is begun only after the one before it was synced to its end. Between [`Journal::begin_sync`] and
//! [`Journal::end_sync`] a batch is written, and may be read, but is not durable: none is written behind it meanwhile.
//!
//! **A torn tail is cut, damage is refused.** At open every byte is checked. A bad item is *damage*, and the journal is
//! not opened and not changed, if anything after it proves that it had been synced: a later segment, a later mark, or a
//! byte a mark's length beyond the end of its batch (the mark before the batch says how long it is). Otherwise it lies in
//! the last batch of the last segment, and all from there on is cut and reported: a crash may leave any part of an
//! unsynced batch, in any order.
//!
//! **What cannot be told from a tear** is damage to the last batch itself, as long as no mark follows it, or the loss of the
//! file's end. So [`Journal::close`] and [`Journal::witness`] write a mark after it, opening writes one after a batch that has
//! none, and a caller who knows from elsewhere (a decision log, a checkpoint) how many frames were synced says so in
//! [`JournalOptions::at_least`]: fewer is an error and nothing is cut. Whole frames exchanged for other whole frames show
//! only in the Merkle root. An entry that carries the bytes of a mark for the very byte at which it comes to stand could
//! turn a tear before it into an alarm, never into a loss.
//!
//! **A failed sync is final.** It is not known what it wrote, so the journal takes nothing more until it is opened anew, and
//! opening writes again whatever no mark proves. A failed write (a full disk) is undone and may be tried again.

mod blocks;
mod cached;
mod error;
mod examine;
mod format;
mod reader;
mod repair;
mod scanner;
mod segment;
#[cfg(test)]
mod tests;

use std::io;
use std::ops::Range;
use std::sync::Arc;

pub use error::{AppendError, Damage, OpenError, ReadError, SyncError, Torn};
pub use format::{Defect, ENTRY_BYTES_MAX, Frame, SEALED_BYTES_MAX, SEGMENT_FORMAT};
pub use reader::JournalReader;
pub use scanner::Scanner;

use self::cached::Cached;
use self::format::{FRAME_BYTES_MAX, MARK_BYTES, Mark};
use self::reader::Segments;
use self::segment::{INDEX_EVERY, Segment};
use crate::disk::{Disk, DiskFile, OpenMode, is_full};

/// Size of a segment beyond which a batch goes to the next one, unless told otherwise.
pub const SEGMENT_BYTES: u64 = 256 * 1024 * 1024;
/// Most bytes that wait for a sync.
pub const BATCH_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How a journal is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalOptions {
    /// Identity of the journal (log, kind, partition): a segment with another is refused.
    pub stamp: [u8; 32],
    /// Size of a segment beyond which a batch goes to the next one.
    pub segment_bytes: u64,
    /// How many frames are known from elsewhere to have been synced.
    pub at_least: u64,
    /// How many bytes at its end, of those written since the opening, the operating system is to keep in memory; where there is none it
    /// is told nothing.
    pub cached_bytes: Option<u64>,
}

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Frames in the journal.
    pub frames: u64,
    /// The incomplete tail that was cut: to be reported loudly, though it was never acknowledged.
    pub torn: Option<Torn>,
}

/// A journal that is written; the caller sees to it that there is one writer.
#[derive(Debug)]
pub struct Journal<D: Disk> {
    disk: D,
    dir: String,
    options: JournalOptions,
    /// Never empty.
    segments: Segments<D::File>,
    /// Room for a mark, then the frames that wait for a sync.
    batch: Vec<u8>,
    batch_frames: u64,
    /// Frames and bytes of the batch that is written, and whose sync was begun and has not ended.
    unsynced: Option<(u64, u64)>,
    /// Places in the batch of the frames that go to the index.
    batch_index: Vec<u64>,
    cached: Option<Cached>,
    broken: bool,
}

/// What was written and is not durable yet; the journal waits to be told how its sync went.
#[derive(Debug)]
#[must_use = "the journal takes no other sync before this one"]
pub struct Unsynced<F> {
    file: Arc<F>,
    path: String,
    /// Bytes of a segment that memory need not hold any more.
    behind: Option<(Arc<F>, Range<u64>)>,
}

/// How a sync went.
#[derive(Debug)]
#[must_use = "the journal waits to be told"]
pub struct Synced(Result<(), SyncError>);

impl From<SyncError> for Synced {
    fn from(error: SyncError) -> Self {
        Self(Err(error))
    }
}

impl JournalOptions {
    /// The usual options.
    #[must_use]
    pub fn new(stamp: [u8; 32]) -> Self {
        Self { stamp, segment_bytes: SEGMENT_BYTES, at_least: 0, cached_bytes: None }
    }
}

impl<D: Disk> Journal<D> {
    /// Opens or begins the journal in a directory: checks all of it, cuts a torn tail, refuses damage.
    pub fn open(disk: &D, dir: &str, options: JournalOptions) -> Result<(Self, Recovery), OpenError> {
        let mut found = examine::examine(disk, dir, &options.stamp, OpenMode::Write)?;
        let frames = found.frames();
        if frames < options.at_least {
            let (dir, torn) = (dir.to_owned(), found.torn.or(found.stub));
            return Err(OpenError::Fewer { dir, found: frames, at_least: options.at_least, torn });
        }
        repair::repair(disk, dir, &options.stamp, &mut found)?;
        let journal = Self {
            disk: disk.clone(),
            dir: dir.to_owned(),
            cached: options.cached_bytes.map(|kept| Cached::new(kept, &found.segments)),
            options,
            segments: Segments { list: found.segments },
            batch: vec![0; MARK_BYTES],
            batch_frames: 0,
            unsynced: None,
            batch_index: Vec::new(),
            broken: false,
        };
        Ok((journal, Recovery { frames, torn: found.torn.or(found.stub) }))
    }

    /// Takes a frame into the batch and gives its offset; it is durable after [`Journal::sync`].
    pub fn append(&mut self, entry: &[u8], sealed: &[u8]) -> Result<u64, AppendError> {
        if self.broken {
            return Err(AppendError::Broken);
        }
        if entry.len() > ENTRY_BYTES_MAX {
            return Err(AppendError::EntryTooLong { bytes: entry.len(), max: ENTRY_BYTES_MAX });
        }
        if sealed.len() > SEALED_BYTES_MAX {
            return Err(AppendError::SealedTooLong { bytes: sealed.len(), max: SEALED_BYTES_MAX });
        }
        if self.batch.len() + FRAME_BYTES_MAX > BATCH_BYTES_MAX {
            return Err(AppendError::BatchFull { bytes: self.batch.len() });
        }
        let offset = self.len();
        if offset.is_multiple_of(INDEX_EVERY) {
            self.batch_index.push(self.batch.len() as u64);
        }
        format::encode_frame(&mut self.batch, entry, sealed);
        self.batch_frames += 1;
        Ok(offset)
    }

    /// Makes everything appended so far durable.
    pub fn sync(&mut self) -> Result<(), SyncError> {
        match self.begin_sync()? {
            Some(unsynced) => self.end_sync(unsynced.sync()),
            None => Ok(()),
        }
    }

    /// Writes everything appended so far. It can be read, and is durable once what this gives was synced, on whatever thread, and
    /// [`Journal::end_sync`] told of it. Until then more may be appended, and no other sync begun. None where there is nothing to
    /// sync.
    pub fn begin_sync(&mut self) -> Result<Option<Unsynced<D::File>>, SyncError> {
        if self.broken {
            return Err(SyncError::Broken);
        }
        if self.unsynced.is_some() {
            return Err(SyncError::UnderWay);
        }
        if self.batch_frames == 0 {
            return Ok(None);
        }
        self.roll_if_full()?;
        let Some(last) = self.segments.list.last_mut() else { return Err(SyncError::Broken) };
        let batch_bytes = (self.batch.len() - MARK_BYTES) as u64;
        let mark = Mark { byte: last.bytes, offset: last.end(), batch_bytes };
        if let Some(place) = self.batch.first_chunk_mut() {
            *place = format::encode_mark(mark, last.seed);
        }
        let mut unsynced = write_out(last, &self.batch, &mut self.broken)?;
        if !self.batch_index.is_empty() {
            Arc::make_mut(&mut last.index).extend(self.batch_index.iter().map(|place| last.bytes + place));
        }
        last.bytes += self.batch.len() as u64;
        last.frames += self.batch_frames;
        self.unsynced = Some((self.batch_frames, self.batch.len() as u64));
        self.batch.truncate(MARK_BYTES);
        self.batch_index.clear();
        self.batch_frames = 0;
        unsynced.behind = self.cached.as_mut().and_then(|cached| cached.behind(&self.segments.list));
        Ok(Some(unsynced))
    }

    /// Notes how the sync went that was begun: after a success all that was written is durable; after a failure what was written since
    /// the last one is not read any more.
    pub fn end_sync(&mut self, synced: Synced) -> Result<(), SyncError> {
        let unsynced = self.unsynced.take();
        if synced.0.is_err() {
            self.broken = true;
            if let (Some(last), Some((frames, bytes))) = (self.segments.list.last_mut(), unsynced) {
                last.forget(frames, bytes);
            }
        }
        synced.0
    }

    /// Syncs, and adds a mark: damage to what was synced last is from now on told from a tear. For when nothing else
    /// is to do; it costs one more sync.
    pub fn witness(&mut self) -> Result<(), SyncError> {
        self.sync()?;
        let Some(last) = self.segments.list.last_mut() else { return Err(SyncError::Broken) };
        if last.frames == 0 {
            return Ok(());
        }
        let mark = format::encode_mark(Mark { byte: last.bytes, offset: last.end(), batch_bytes: 0 }, last.seed);
        let synced = write_out(last, &mark, &mut self.broken)?.sync();
        if synced.0.is_ok() {
            last.bytes += mark.len() as u64;
        }
        self.end_sync(synced)
    }

    /// Syncs and ends the journal with a mark.
    pub fn close(mut self) -> Result<(), SyncError> {
        self.witness()
    }

    /// How many frames were appended, synced or not: the next one's offset.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.segments.end() + self.batch_frames
    }

    /// Whether nothing was ever appended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many frames are durable.
    #[must_use]
    pub fn synced_len(&self) -> u64 {
        self.segments.end() - self.unsynced.map_or(0, |(frames, _)| frames)
    }

    /// Whether a failed sync has ended the use of this journal for writing.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// Reads one frame that is written into a buffer, which is used again from call to call.
    pub fn read<'b>(&self, offset: u64, buffer: &'b mut Vec<u8>) -> Result<Frame<'b>, ReadError> {
        self.segments.read(offset, buffer)
    }

    /// Reads all frames from an offset on that are written by now.
    #[must_use]
    pub fn scan(&self, from: u64) -> Scanner<D::File> {
        Scanner::new(&self.segments.list, from)
    }

    /// A reader of what is written by now, of its own: it may be moved to another thread while the journal goes on.
    ///
    /// Nothing is read or checked, and where frames are is shared.
    #[must_use]
    pub fn reader(&self) -> JournalReader<D> {
        JournalReader::of(self.segments.list.clone())
    }

    /// Begins a segment where the batch would make the last one too long.
    fn roll_if_full(&mut self) -> Result<(), SyncError> {
        let Some(last) = self.segments.list.last() else { return Err(SyncError::Broken) };
        if last.frames == 0 || last.bytes + self.batch.len() as u64 <= self.options.segment_bytes {
            return Ok(());
        }
        let first = last.end();
        match Segment::create(&self.disk, &self.dir, first, &self.options.stamp) {
            Ok(segment) => {
                self.segments.list.push(segment);
                Ok(())
            }
            Err(error) => {
                let path = format!("{}/{}", self.dir, segment::file_name(first));
                let undone = self.disk.remove(&path).and_then(|()| self.disk.sync_dir(&self.dir));
                self.broken = undone.is_err() || !is_full(&error);
                Err(write_error(&path, error))
            }
        }
    }
}

impl<F: DiskFile> Unsynced<F> {
    /// Waits until it is durable.
    pub fn sync(self) -> Synced {
        let synced = self.file.sync().map_err(|source| SyncError::Sync { file: self.path, source });
        if let (Ok(()), Some((file, bytes))) = (&synced, self.behind) {
            file.give_up_cached(bytes);
        }
        Synced(synced)
    }
}

/// Writes behind the end of a segment; to be synced.
fn write_out<F: DiskFile>(segment: &Segment<F>, bytes: &[u8], broken: &mut bool) -> Result<Unsynced<F>, SyncError> {
    if let Err(error) = segment.file.write_at(segment.bytes, bytes) {
        // No sync was asked for yet: once what was written is cut off again, it may be written anew.
        *broken = segment.file.truncate(segment.bytes).is_err();
        return Err(write_error(&segment.path, error));
    }
    Ok(Unsynced { file: Arc::clone(&segment.file), path: segment.path.clone(), behind: None })
}

fn write_error(file: &str, source: io::Error) -> SyncError {
    let file = file.to_owned();
    if is_full(&source) { SyncError::DiskFull { file } } else { SyncError::Write { file, source } }
}
