//! The versions of values in one sled: two slots a key.
//!
//! # Invariants
//!
//! A key has at most two versions, one a slot: the one in force at the manifest is never overwritten, a newer one goes
//! to the other slot. So the checkpoint before stays whole until the manifest is replaced, and nothing must be deleted
//! afterwards. Versions newer than the manifest are leftovers of a write that was not completed; no write begins
//! before they are gone, or one of them could pass for a version of the next checkpoint with the same number.

use super::guard::{drop_quietly, guarded};
use crate::fields::Fields;
use crate::record::{self, Place, Record};
use heng_model::PartitionId;
use heng_model::checkpoint::Damage;
use sled::IVec;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

pub(super) const SLOTS: [u8; 2] = [0, 1];
const WITNESS_KEY: [u8; 1] = [2];

/// One sled, of one partition. sled keys are the slot, then the key: each slot lies in the order of keys.
pub(super) struct Values {
    db: Option<sled::Db>,
    partition: PartitionId,
}

/// What sled remembers of the manifest beside it, written right after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Witness {
    pub(super) number: u64,
    pub(super) digest: [u8; 32],
}

impl Drop for Values {
    fn drop(&mut self) {
        drop_quietly(self.db.take());
    }
}

impl Values {
    pub(super) fn new(partition: PartitionId, db: sled::Db) -> Self {
        Self { db: Some(db), partition }
    }

    fn call<T>(&self, action: &'static str, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, Damage> {
        match &self.db {
            Some(db) => guarded(action, || call(db)),
            None => Err(Damage::Failed { action, message: "the store is closed".to_owned() }),
        }
    }

    pub(super) fn place<'a>(&self, slot: u8, key: &'a [u8]) -> Place<'a> {
        Place { partition: self.partition, slot, key }
    }

    /// The raw record of a key in a slot.
    pub(super) fn read(&self, slot: u8, key: &[u8]) -> Result<Option<IVec>, Damage> {
        self.call("reading a value", |db| db.get(sled_key(slot, key)))
    }

    pub(super) fn apply(&self, batch: sled::Batch) -> Result<(), Damage> {
        self.call("writing values", |db| db.apply_batch(batch))
    }

    pub(super) fn remove(&self, slot: u8, key: &[u8]) -> Result<(), Damage> {
        self.call("removing a leftover", |db| db.remove(sled_key(slot, key))).map(drop)
    }

    pub(super) fn flush(&self) -> Result<(), Damage> {
        self.call("flushing", |db| db.flush()).map(drop)
    }

    pub(super) fn witness(&self) -> Result<Option<Witness>, Damage> {
        let Some(bytes) = self.call("reading the last number", |db| db.get(WITNESS_KEY))? else { return Ok(None) };
        let place = self.place(2, &[]);
        let record = record::decode(place, &bytes)?;
        let digest = record.value.and_then(|value| Fields(value).take::<32>());
        let digest = digest.ok_or_else(|| place.damaged("it has another form"))?;
        Ok(Some(Witness { number: record.number, digest }))
    }

    pub(super) fn put_witness(&self, witness: Witness) -> Result<(), Damage> {
        let record = Record { number: witness.number, value: Some(&witness.digest) };
        let bytes = record::encode(self.place(2, &[]), &record);
        self.call("writing the last number", |db| db.insert(WITNESS_KEY, bytes)).map(drop)
    }

    /// The records of a slot in the order of keys, read ahead by a thread of its own.
    pub(super) fn scan<'scope>(&'scope self, slot: u8, scope: &'scope Scope<'scope, '_>) -> Result<Scan, Damage> {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        let read = move || self.read_ahead(slot, &sender);
        let started = std::thread::Builder::new().name("checkpoint".to_owned()).spawn_scoped(scope, read);
        started.map_err(|error| Damage::Failed { action: "beginning to read", message: error.to_string() })?;
        Ok(Scan { batches, now: Vec::new().into_iter(), head: None })
    }

    /// Hands over batch by batch, as long as somebody takes them.
    fn read_ahead(&self, slot: u8, batches: &SyncSender<Result<Batch, Damage>>) {
        let mut iter = match self.call("beginning to read", |db| Ok(db.scan_prefix([slot]))) {
            Ok(iter) => iter,
            Err(damage) => return drop(batches.send(Err(damage))),
        };
        let mut is_last = false;
        while !is_last {
            let next = || iter.by_ref().take(BATCH_RECORDS).collect::<sled::Result<Batch>>();
            let batch = guarded("reading values", next);
            is_last = batch.as_ref().map_or(true, |batch| batch.len() < BATCH_RECORDS);
            is_last |= batches.send(batch).is_err();
        }
        drop_quietly(iter);
    }
}

/// Records that a thread hands over at once.
const BATCH_RECORDS: usize = 1_024;
/// Batches that it reads ahead.
const BATCHES_AHEAD: usize = 4;

type Batch = Vec<(IVec, IVec)>;

/// Walks one slot, one record ahead.
pub(super) struct Scan {
    batches: Receiver<Result<Batch, Damage>>,
    now: std::vec::IntoIter<(IVec, IVec)>,
    head: Option<(IVec, IVec)>,
}

impl Scan {
    /// Reads the next record; at the end there is no head.
    pub(super) fn advance(&mut self) -> Result<(), Damage> {
        let mut next = self.now.next();
        if next.is_none() {
            // A thread that has ended has nothing more.
            self.now = self.batches.recv().unwrap_or_else(|_| Ok(Vec::new()))?.into_iter();
            next = self.now.next();
        }
        let before = std::mem::replace(&mut self.head, next);
        // A damaged index can lead sled back to where it was, for ever.
        match (before, &self.head) {
            (Some((before, _)), Some((after, _))) if *after <= before => {
                Err(Damage::Failed { action: "reading values", message: "keys are out of order".to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// The key, without its slot, and the record at which the walk stands.
    pub(super) fn head(&self) -> Option<(&[u8], &IVec)> {
        self.head.as_ref().and_then(|(key, bytes)| Some((key.split_first()?.1, bytes)))
    }
}

pub(super) fn sled_key(slot: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(key.len().saturating_add(1));
    bytes.push(slot);
    bytes.extend_from_slice(key);
    bytes
}
