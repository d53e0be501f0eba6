//! Document numbers of records, for decisions that name their grounds.
//!
//! # Invariants
//!
//! A number that is on a log but cannot be read is a failure, never an absence.

use super::LaneError;
use heng_core::{Documents, Entry, document_of};
use heng_log::codec;
use heng_log::{Disk, Journal};
use heng_model::Position;
use std::cell::RefCell;

/// Document numbers, from the entry being folded or from the log.
pub(super) struct LogDocuments<'a, D: Disk> {
    events: &'a Journal<D>,
    entry: &'a Entry<'a>,
    buffer: RefCell<Vec<u8>>,
    /// Why a number could not be read, if one could not.
    pub(super) failure: RefCell<Option<LaneError>>,
}

impl<'a, D: Disk> LogDocuments<'a, D> {
    pub(super) fn new(events: &'a Journal<D>, entry: &'a Entry<'a>) -> Self {
        Self { events, entry, buffer: RefCell::default(), failure: RefCell::default() }
    }
}

impl<D: Disk> LogDocuments<'_, D> {
    fn read(&self, position: Position) -> Result<Option<String>, LaneError> {
        let mut buffer = self.buffer.borrow_mut();
        let frame = self.events.read(position.offset, &mut buffer)?;
        Ok(document_of(&codec::decode_entry(position, frame.entry)?))
    }
}

impl<D: Disk> Documents for LogDocuments<'_, D> {
    fn document_no(&self, position: Position) -> Option<String> {
        if position == self.entry.position {
            return document_of(self.entry);
        }
        // Records that a merge brought from another partition stand on a log that this lane does not read.
        if position.partition != self.entry.position.partition {
            return None;
        }
        self.read(position).unwrap_or_else(|error| {
            self.failure.replace(Some(error));
            None
        })
    }
}
