//! What a data directory says of itself, in `meta.json`.
//!
//! # Invariants
//!
//! `format` and `needs` mean the same in every format, so that an older release can say which one is needed. Nothing else is
//! looked at before the format is known.

use std::path::Path;

use heng_model::PartitionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::DataDirError;

/// The format that this program writes, and the newest that it reads.
pub const DATA_FORMAT: u64 = 1;
/// The oldest release that reads [`DATA_FORMAT`].
const NEEDS: &str = "0.1.0";

/// What a data directory is fixed to when it is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// How many partitions.
    pub partitions: PartitionId,
    /// Whether known time comes from the events instead of a clock.
    pub simulated: bool,
    /// Identity of the log, derived by its creator from what it is created with.
    pub log_id: [u8; 32],
}

/// Which of a partition's two journals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Events, as intake took them.
    Events,
    /// Decisions, as the fold made them.
    Decisions,
}

#[derive(Deserialize)]
struct FormatText {
    format: u64,
    needs: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MetaText {
    format: u64,
    needs: String,
    partitions: PartitionId,
    simulated: bool,
    log_id: String,
}

impl Stream {
    /// The directory of the stream's journals.
    pub(super) fn dir(self) -> &'static str {
        match self {
            Self::Events => "log",
            Self::Decisions => "decisions",
        }
    }
}

impl Meta {
    /// The stamp of a partition's journal, for [`JournalOptions`](crate::JournalOptions).
    #[must_use]
    pub fn stamp(&self, stream: Stream, partition: PartitionId) -> [u8; 32] {
        let hash = Sha256::new().chain_update(b"heng-journal-1").chain_update(self.log_id);
        hash.chain_update(partition.to_le_bytes()).chain_update(stream.dir()).finalize().into()
    }

    /// The stamp of a journal of the access log, by its folder's name: of another name or log it is another.
    #[must_use]
    pub fn access_stamp(&self, name: &str) -> [u8; 32] {
        let hash = Sha256::new().chain_update(b"heng-access-1").chain_update(self.log_id);
        hash.chain_update(name).finalize().into()
    }

    pub(super) fn to_text(&self) -> String {
        let text = MetaText {
            format: DATA_FORMAT,
            needs: NEEDS.to_owned(),
            partitions: self.partitions,
            simulated: self.simulated,
            log_id: self.log_id.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        // A struct of numbers and strings has a JSON text always; an empty file would be refused at open.
        serde_json::to_string_pretty(&text).unwrap_or_default() + "\n"
    }

    pub(super) fn parse(root: &Path, file: &Path, bytes: &[u8]) -> Result<Self, DataDirError> {
        let bad = |reason: String| DataDirError::BadMeta { path: file.to_owned(), reason };
        let FormatText { format, needs } = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
        if format > DATA_FORMAT {
            return Err(DataDirError::NewerFormat { path: root.to_owned(), found: format, known: DATA_FORMAT, needs });
        }
        if format < DATA_FORMAT {
            return Err(bad(format!("there is no format `{format}`")));
        }
        let text: MetaText = serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
        if text.partitions == 0 {
            return Err(bad("it names no partition".to_owned()));
        }
        let log_id = parse_hex(&text.log_id).ok_or_else(|| bad(format!("`{}` is not a log id", text.log_id)))?;
        Ok(Self { partitions: text.partitions, simulated: text.simulated, log_id })
    }
}

fn parse_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (place, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *place = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}
