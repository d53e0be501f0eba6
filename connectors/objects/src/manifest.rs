//! What a shared checkpoint consists of: one small object that names all the others, written last.
//!
//! # Invariants
//!
//! Without its manifest nothing of a checkpoint counts. A manifest's name says how far it reaches and what is in it, so
//! that the newest is found by name, two engines never write different bytes under one, and damage shows. Names of
//! objects come from a manifest only after they were checked: one that leads out of the log's folder is refused.
//!
//! ```text
//! LOG-ID/manifests/ENTRIES-SHA256[..16].json
//! LOG-ID/checkpoints/pNNNNN/POSITION-SEQ-SHA256[..16]
//! LOG-ID/events/pNNNNN/FROM-UNTIL  LOG-ID/decisions/pNNNNN/FROM-UNTIL
//! LOG-ID/packs/SHA256.pack
//! ```

use crate::fields::hex;
use heng_log::Stream;
use heng_model::PartitionId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The form that this program writes, and the newest that it reads.
pub const MANIFEST_FORMAT: u32 = 1;
/// The oldest release that reads it.
const NEEDS: &str = "0.1.0";

/// A shared checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedManifest {
    /// Form of this text.
    pub format: u32,
    /// Oldest release that reads it.
    pub needs: String,
    /// Release that wrote it.
    pub written_by: String,
    /// Identity of the log.
    pub log_id: String,
    /// Version of the fold that made the state.
    pub fold_version: u32,
    /// Last day opened in every partition.
    pub day: Option<String>,
    /// Each partition, in order.
    pub partitions: Vec<SharedPart>,
    /// Packs that the log names, by SHA-256.
    pub packs: Vec<Object>,
}

/// What there is of a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedPart {
    /// Entries that the checkpoint covers.
    pub position: u64,
    /// Decisions that it covers.
    pub seq: u64,
    /// Subjects.
    pub subjects: u64,
    /// The state, as one sorted file.
    pub checkpoint: Object,
    /// The entries, in their order.
    pub events: Vec<Chunk>,
    /// The decisions, in their order.
    pub decisions: Vec<Chunk>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its name, below the log's folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, in hexadecimal digits.
    pub sha256: String,
}

/// A part of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Offset of its first frame.
    pub from: u64,
    /// Offset after its last.
    pub until: u64,
    /// The object that holds it.
    #[serde(flatten)]
    pub object: Object,
}

/// Why a manifest is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Written by a newer release.
    #[error("its form is {found}, this release knows up to {MANIFEST_FORMAT}: use release {needs} or newer")]
    Newer {
        /// Its form.
        found: u32,
        /// Release that reads it.
        needs: String,
    },
    /// Of another log.
    #[error("it is of log {found}, not of {own}")]
    OtherLog {
        /// The log that it names.
        found: String,
        /// The log wanted.
        own: String,
    },
}

#[derive(Deserialize)]
struct Form {
    format: u32,
    needs: String,
}

impl SharedManifest {
    /// An empty one, of a log.
    pub(crate) fn new(log_id: &[u8; 32], fold_version: u32) -> Self {
        Self {
            format: MANIFEST_FORMAT,
            needs: NEEDS.to_owned(),
            written_by: env!("CARGO_PKG_VERSION").to_owned(),
            log_id: hex(log_id),
            fold_version,
            day: None,
            partitions: Vec::new(),
            packs: Vec::new(),
        }
    }

    /// Entries that it covers, over all partitions.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.partitions.iter().map(|part| part.position).sum()
    }

    /// Every object that it needs.
    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        let parts = self.partitions.iter().flat_map(|part| {
            let chunks = part.events.iter().chain(&part.decisions).map(|chunk| &chunk.object);
            std::iter::once(&part.checkpoint).chain(chunks)
        });
        self.packs.iter().chain(parts)
    }

    /// Bytes of every object that it needs.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.objects().map(|object| object.bytes).sum()
    }

    /// Its text, and the name under which it belongs.
    pub(crate) fn encode(&self) -> (String, Vec<u8>) {
        // A struct of numbers, strings and lists has a JSON text always.
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        let sum = hex(&Sha256::digest(&text));
        (format!("{}/{:020}-{}.json", folder(&self.log_id), self.entries(), first(&sum)), text)
    }

    /// The manifest in an object of a name.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub fn decode(name: &str, text: &[u8], log_id: &str) -> Result<Self, ManifestError> {
        let damaged = |detail: String| ManifestError::Damaged(detail);
        let sum = hex(&Sha256::digest(text));
        let says = name.strip_suffix(".json").and_then(|stem| stem.rsplit_once('-')).map(|(_, sum)| sum);
        if says != Some(first(&sum)) {
            return Err(damaged("its name says another SHA-256".to_owned()));
        }
        let form: Form = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
        if form.format > MANIFEST_FORMAT {
            return Err(ManifestError::Newer { found: form.format, needs: form.needs });
        }
        let manifest: Self = serde_json::from_slice(text).map_err(|error| damaged(error.to_string()))?;
        if manifest.log_id != log_id {
            return Err(ManifestError::OtherLog { found: manifest.log_id, own: log_id.to_owned() });
        }
        manifest.check().map_err(damaged)?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), String> {
        let own = format!("{}/", self.log_id);
        for object in self.objects() {
            let is_own = object.name.starts_with(&own) && object.name.split('/').all(|part| part != "..");
            if !is_own {
                return Err(format!("it names `{}`, which is not of its log", object.name));
            }
        }
        for (partition, part) in self.partitions.iter().enumerate() {
            for (chunks, until, what) in
                [(&part.events, part.position, "entries"), (&part.decisions, part.seq, "decisions")]
            {
                let mut next = 0;
                for chunk in chunks {
                    if chunk.from != next || chunk.until <= chunk.from {
                        return Err(format!("{what} of partition {partition} do not follow one another at {next}"));
                    }
                    next = chunk.until;
                }
                if next != until {
                    return Err(format!("{what} of partition {partition} end at {next}, not at {until}"));
                }
            }
        }
        Ok(())
    }
}

impl Object {
    /// Is it what it says, when these bytes were read with this SHA-256?
    pub(crate) fn check(&self, bytes: u64, sha256: &[u8; 32]) -> Result<(), String> {
        if bytes != self.bytes {
            return Err(format!("it has {bytes} bytes, the manifest says {}", self.bytes));
        }
        if hex(sha256) != self.sha256 {
            return Err("its SHA-256 is not the one that the manifest says".to_owned());
        }
        Ok(())
    }
}

/// The folder of a log's manifests.
pub(crate) fn folder(log_id: &str) -> String {
    format!("{log_id}/manifests")
}

/// The name of a part of a journal.
pub(crate) fn chunk_name(log_id: &str, stream: Stream, partition: PartitionId, (from, until): (u64, u64)) -> String {
    format!("{}/{from:020}-{until:020}", chunk_folder(log_id, stream, partition))
}

/// The folder of the parts of a journal.
pub(crate) fn chunk_folder(log_id: &str, stream: Stream, partition: PartitionId) -> String {
    let kind = match stream {
        Stream::Events => "events",
        Stream::Decisions => "decisions",
    };
    format!("{log_id}/{kind}/p{partition:05}")
}

/// The name of a partition's state.
pub(crate) fn checkpoint_name(log_id: &str, partition: PartitionId, stood: (u64, u64), sha256: &str) -> String {
    let (position, seq) = stood;
    format!("{log_id}/checkpoints/p{partition:05}/{position:020}-{seq:020}-{}", first(sha256))
}

/// The name of a pack.
pub(crate) fn pack_name(log_id: &str, file: &str) -> String {
    format!("{log_id}/packs/{file}")
}

/// As much of a SHA-256 as stands in a name.
fn first(sha256: &str) -> &str {
    sha256.get(..16).unwrap_or(sha256)
}
