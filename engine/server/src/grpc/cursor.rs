//! Cursors of subscriptions as they are sent, and as places in the decision logs.
//!
//! # Invariants
//!
//! A cursor of another log, past the end or of another form is refused, never mended: a wrong place hides decisions.

use crate::index::View;
use heng_proto::subscription::v1::{Cursor, PartitionCursor};

/// Why a cursor is no place in this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Not a cursor's form.
    #[error("{0}: give back a cursor as it was sent")]
    Form(&'static str),
    /// Of another log.
    #[error("it is of another log: begin at the beginning, or ask the engine that gave it")]
    OtherLog,
    /// Further than the log is long.
    #[error(
        "partition {partition} has {end} decisions, the cursor wants {next_seq} next: the log is shorter than when it was given"
    )]
    PastEnd {
        /// Partition.
        partition: usize,
        /// As given.
        next_seq: u64,
        /// How many there are.
        end: u64,
    },
}

/// For each of so many partitions the `seq` that comes next, where the cursor says anything of it.
pub(super) fn read(cursor: &Cursor, view: &View, partitions: usize) -> Result<Vec<Option<u64>>, CursorError> {
    if cursor.log.len() != view.log().len() {
        return Err(CursorError::Form("it names no log"));
    }
    if cursor.log != view.log() {
        return Err(CursorError::OtherLog);
    }
    let mut places = vec![None; partitions];
    for PartitionCursor { partition, next_seq } in &cursor.partitions {
        let partition = usize::try_from(*partition).unwrap_or(usize::MAX);
        let place = places.get_mut(partition).ok_or(CursorError::Form("it names a partition that the log has not"))?;
        if place.replace(*next_seq).is_some() {
            return Err(CursorError::Form("it names a partition twice"));
        }
    }
    Ok(places)
}

/// Does the log reach as far as a place?
pub(super) fn within(place: &[u64], marks: &[u64]) -> Result<(), CursorError> {
    let past = place.iter().zip(marks).enumerate().find(|(_, (next_seq, end))| next_seq > end);
    match past {
        Some((partition, (next_seq, end))) => Err(CursorError::PastEnd { partition, next_seq: *next_seq, end: *end }),
        None => Ok(()),
    }
}

/// A place as it is sent.
pub(super) fn write(place: &[u64], log: &[u8]) -> Cursor {
    let partitions =
        (0..).zip(place).map(|(partition, next_seq)| PartitionCursor { partition, next_seq: *next_seq }).collect();
    Cursor { partitions, log: log.to_vec() }
}
