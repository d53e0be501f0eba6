//! What can go wrong with a journal, by operation.

use std::io;

use super::format::Defect;

/// A place in a journal whose bytes are not those that were written and synced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{file}` is damaged at byte {byte}, in the frame with offset {offset}: {defect}; nothing was changed: \
     restore the file from a copy (a replica or a backup), and look at the disk"
)]
pub struct Damage {
    /// The segment's path on the disk.
    pub file: String,
    /// The byte at which the damaged item begins.
    pub byte: u64,
    /// The offset of the frame there, or of the next one.
    pub offset: u64,
    /// What is wrong.
    pub defect: Defect,
}

/// A tail that a crash left incomplete: never acknowledged, and cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}` had an incomplete tail: cut {cut_bytes} bytes at byte {byte}, from offset {offset} on: {defect}")]
pub struct Torn {
    /// The segment's path on the disk.
    pub file: String,
    /// The byte from which on the file was cut.
    pub byte: u64,
    /// The offset of the first frame that is no more.
    pub offset: u64,
    /// How many bytes were cut; 0 where the file ended between two frames of the batch.
    pub cut_bytes: u64,
    /// What was wrong with the first item that was cut.
    pub defect: Defect,
}

/// Why a journal could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Synced bytes are not what they were.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// Fewer frames than are known to have been synced.
    #[error(
        "`{dir}` holds {found} frames, but {at_least} are known to have been synced: the end of the log is lost or \
         damaged; nothing was changed: restore it from a copy (a replica or a backup), and look at the disk"
    )]
    Fewer {
        /// The journal's directory.
        dir: String,
        /// Frames that are whole.
        found: u64,
        /// Frames that the caller knows of.
        at_least: u64,
        /// Where the frames end, if that place is bad.
        torn: Option<Torn>,
    },
    /// Written by a newer release.
    #[error(
        "`{file}` has segment format {found}, this release reads up to {known}: open it with the release that wrote it"
    )]
    NewerFormat {
        /// The segment's path.
        file: String,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// A segment of another log or partition.
    #[error("`{file}` belongs to another log or partition: put it back where it came from")]
    Foreign {
        /// The segment's path.
        file: String,
    },
    /// No space to repair or begin the journal.
    #[error("the disk is full: `{file}` could not be written; free some space and start again")]
    DiskFull {
        /// The file.
        file: String,
    },
    /// The disk failed.
    #[error("could not open `{file}`: {source}")]
    Io {
        /// The file or directory.
        file: String,
        /// The error.
        source: io::Error,
    },
}

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The entry is too long.
    #[error("an entry of {bytes} bytes is longer than {max}")]
    EntryTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The sealed part is too long.
    #[error("a sealed part of {bytes} bytes is longer than {max}")]
    SealedTooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// The batch is full: sync, then append again.
    #[error("the batch holds {bytes} bytes and takes no more before it is synced")]
    BatchFull {
        /// Bytes that wait for a sync.
        bytes: usize,
    },
    /// An earlier sync failed.
    #[error("an earlier sync of the journal failed: open it anew")]
    Broken,
}

/// Why appended frames are not durable.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// No space. The batch is kept and the journal whole: free some space and sync again.
    #[error("the disk is full: `{file}` could not be written; nothing is lost, free some space and sync again")]
    DiskFull {
        /// The file.
        file: String,
    },
    /// A write failed. The batch is kept and the journal whole: it may be synced again.
    #[error("could not write `{file}`: {source}")]
    Write {
        /// The file.
        file: String,
        /// The error.
        source: io::Error,
    },
    /// A sync failed, so that it is not known what reached the disk: the journal must be opened anew.
    #[error(
        "could not sync `{file}`: {source}; what reached the disk is not known, so the journal must be opened anew"
    )]
    Sync {
        /// The file.
        file: String,
        /// The error.
        source: io::Error,
    },
    /// A sync was begun and has not ended: the caller's mistake.
    #[error("a sync of the journal is under way")]
    UnderWay,
    /// An earlier sync failed.
    #[error("an earlier sync of the journal failed: open it anew")]
    Broken,
}

/// Why a frame could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// No such frame, or not written yet.
    #[error("offset {offset} is not in the journal, which ends at {end}")]
    NotThere {
        /// The offset asked for.
        offset: u64,
        /// The offset after the last frame.
        end: u64,
    },
    /// The bytes are not what they were when the journal was opened.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The disk failed.
    #[error("could not read `{file}`: {source}")]
    Io {
        /// The file.
        file: String,
        /// The error.
        source: io::Error,
    },
}
