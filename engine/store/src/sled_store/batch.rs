//! Puts the changed values of a checkpoint beside those of the one before.
//!
//! # Invariants
//!
//! Memory is bounded by one batch and sled's cache, however many subjects changed: `apply_batch` of thousands of records
//! was seen to hold ten times their bytes.

use super::values::{SLOTS, Values, sled_key};
use super::verify::{Total, Versions};
use crate::check_change;
use crate::record::{self, Record};
use heng_model::checkpoint::{Change, Damage, Manifest, Progress, Rejected, WriteCheckpointError};
use std::collections::BTreeSet;

/// Most records in one batch.
const BATCH_RECORDS_MAX: usize = 500;
/// Most bytes in one batch, its last record apart.
const BATCH_BYTES_MAX: usize = 256 << 10;

/// Writes the values of one checkpoint.
pub(super) struct Writer<'a> {
    values: &'a Values,
    progress: &'a Progress,
    /// Checkpoint that this one follows.
    base: Option<u64>,
    total: Total,
    batch: sled::Batch,
    batch_keys: BTreeSet<Vec<u8>>,
    batch_bytes: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(values: &'a Values, base: Option<&Manifest>, progress: &'a Progress) -> Self {
        let total = base.map(|base| Total { count: base.count, sum: base.sum }).unwrap_or_default();
        let base = base.map(|base| base.progress.number);
        let (batch, batch_keys) = (sled::Batch::default(), BTreeSet::new());
        Self { values, progress, base, total, batch, batch_keys, batch_bytes: 0 }
    }

    pub(super) fn put_all(mut self, changed: &mut dyn Iterator<Item = Change>) -> Result<Total, WriteCheckpointError> {
        for (key, value) in changed {
            check_change(&key, value.as_deref())?;
            if self.batch_keys.contains(&key) {
                self.apply()?;
            }
            self.put(key, value.as_deref())?;
            if self.batch_keys.len() >= BATCH_RECORDS_MAX || self.batch_bytes >= BATCH_BYTES_MAX {
                self.apply()?;
            }
        }
        self.apply()?;
        Ok(self.total)
    }

    fn put(&mut self, key: Vec<u8>, value: Option<&[u8]>) -> Result<(), WriteCheckpointError> {
        let Some(slot) = self.replace(&key, value).map_err(|damage| self.rejected(damage))? else { return Ok(()) };
        let record = record::encode(self.values.place(slot, &key), &Record { number: self.progress.number, value });
        self.batch_bytes = self.batch_bytes.saturating_add(key.len()).saturating_add(record.len());
        self.batch.insert(sled_key(slot, &key), record);
        self.batch_keys.insert(key);
        Ok(())
    }

    /// Takes the value that counted so far out of the total and puts the new one in; tells the slot to write to, none
    /// if a key is to be deleted that does not exist.
    fn replace(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<Option<u8>, Damage> {
        let [first, second] = SLOTS.map(|slot| self.values.read(slot, key));
        let (first, second) = (first?, second?);
        let versions = Versions::decode(self.values, key, [first.as_ref(), second.as_ref()])?;
        let committed = versions.as_of(self.base);
        let pending = versions.in_slots().find(|(_, record)| record.number == self.progress.number);
        let current = pending.or(committed);
        if let Some(old) = current.and_then(|(_, record)| record.value) {
            self.total.sum.remove(key, old);
            self.total.count = self.total.count.saturating_sub(1);
        }
        if let Some(new) = value {
            self.total.sum.add(key, new);
            self.total.count = self.total.count.saturating_add(1);
        }
        if value.is_none() && current.is_none_or(|(_, record)| record.value.is_none()) {
            return Ok(None);
        }
        let committed_slot = committed.map(|(slot, _)| slot);
        Ok(SLOTS.into_iter().find(|slot| Some(*slot) != committed_slot))
    }

    fn apply(&mut self) -> Result<(), WriteCheckpointError> {
        self.batch_keys.clear();
        self.batch_bytes = 0;
        let Progress { partition, number, .. } = *self.progress;
        let applied = self.values.apply(std::mem::take(&mut self.batch));
        applied.map_err(|cause| WriteCheckpointError::Failed { partition, number, cause })
    }

    fn rejected(&self, damage: Damage) -> WriteCheckpointError {
        Rejected { partition: self.progress.partition, damage }.into()
    }
}
