//! Why a log cannot be replayed: it is damaged, or needs another program or a pack that is not kept.

use heng_core::StepError;
use heng_log::codec::{DecodeDecisionError, DecodeEntryError, DecodeError, EncodeError};
use heng_log::{OpenError, ReadDocumentError, ReadError};
use heng_model::Position;

/// Why a replay stopped. That a decision differs is no error: it is what a replay finds out.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A journal cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry cannot be decoded.
    #[error(transparent)]
    Entry(#[from] DecodeEntryError),
    /// A decision cannot be decoded.
    #[error("decision {seq} of partition {partition} cannot be read: {cause}")]
    Decision {
        /// Partition.
        partition: u16,
        /// Its `seq`.
        seq: u64,
        /// Why.
        cause: DecodeDecisionError,
    },
    /// The fold stopped.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A decision cannot be encoded.
    #[error("decision {seq} of partition {partition}: {cause}")]
    Encode {
        /// Partition.
        partition: u16,
        /// Its `seq`.
        seq: u64,
        /// Why.
        cause: EncodeError,
    },
    /// A position that the log does not have.
    #[error("position {position} is not on the log: partition {} ends before {end}", position.partition)]
    NoPosition {
        /// As asked for.
        position: Position,
        /// Offset after the last entry; 0 where there is no such partition.
        end: u64,
    },
    /// Nothing was decided about yet: no day was opened.
    #[error("no day was opened yet where the question is asked: name the day")]
    NoDay,
    /// The packs that the log names cannot be read.
    #[error("the packs beside the log cannot be read: {0}")]
    Packs(String),
    /// Nobody waits for it any more.
    #[error("the reading was stopped")]
    Stopped,
}

/// A head that cannot be read, with its place.
pub(crate) fn head_error(position: Position, cause: DecodeError) -> ReplayError {
    ReplayError::Entry(DecodeEntryError { position, cause })
}

impl From<ReadDocumentError> for ReplayError {
    fn from(error: ReadDocumentError) -> Self {
        match error {
            ReadDocumentError::Read(error) => error.into(),
            ReadDocumentError::Entry(error) => error.into(),
        }
    }
}
