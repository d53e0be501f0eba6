//! The embedded log at the level of bytes: a data directory, journals of checksummed frames in it, their Merkle roots.
//!
//! # Invariants
//!
//! What [`Journal::sync`] has acknowledged is never lost and never cut: a tail that was not acknowledged is cut at open and
//! reported, damage anywhere else is refused. All file access goes through [`Disk`], so that the same code runs on a
//! simulated disk that loses power at any moment. Nothing here knows what an entry means.

pub mod codec;
pub mod data_dir;
pub mod disk;
mod documents;
pub mod journal;
pub mod merkle;
mod sha256;

pub use data_dir::{DataDir, DataDirError, DataDirView, INCOMING_DIR, Meta, Stream};
pub use disk::{CrashKeep, Disk, DiskFile, OpenMode, RealDisk, SimDisk};
pub use documents::{DocumentNumbers, Frames, LogDocuments, ReadDocumentError};
pub use journal::{
    AppendError, Damage, Defect, Frame, Journal, JournalOptions, JournalReader, OpenError, ReadError, Recovery,
    Scanner, SyncError, Synced, Torn, Unsynced,
};
pub use merkle::{MerkleRoot, leaf_hash, node_hash};
pub use sha256::Hash;
