//! The blocks of runs in one sled.
//!
//! # Invariants
//!
//! A block is written once, and never changed. Runs that the manifest does not list are leftovers, of a write that was not
//! completed or of one that merged them; no write begins before they are gone, or one of them could pass for a run of the next
//! checkpoint with the same number.

use super::guard::{drop_quietly, guarded};
use crate::fields::Fields;
use crate::manifest_file::Witness;
use crate::run::{Filling, Place, Records, Run};
use heng_model::checkpoint::Damage;
use heng_model::{PartitionId, Sorted};
use sled::IVec;

const BLOCK: u8 = 0;
const WITNESS: u8 = 2;
const WITNESS_KEY: [u8; 1] = [WITNESS];

/// One sled, of one partition. Its keys are the run, then the block, big-endian: a run lies in its order.
pub(super) struct Blocks {
    db: Option<sled::Db>,
    partition: PartitionId,
}

impl Drop for Blocks {
    fn drop(&mut self) {
        drop_quietly(self.db.take());
    }
}

impl Blocks {
    pub(super) fn new(partition: PartitionId, db: sled::Db) -> Self {
        Self { db: Some(db), partition }
    }

    fn call<T>(&self, action: &'static str, call: impl FnOnce(&sled::Db) -> sled::Result<T>) -> Result<T, Damage> {
        match &self.db {
            Some(db) => guarded(action, || call(db)),
            None => Err(Damage::Failed { action, message: "the store is closed".to_owned() }),
        }
    }

    fn place(&self, run: u64, block: u32) -> Place {
        Place { partition: self.partition, run, block }
    }

    fn read(&self, place: Place) -> Result<Option<IVec>, Damage> {
        self.call("reading values", |db| db.get(key(place.run, place.block)))
    }

    /// Writes a block at its place.
    fn write(&self, place: Place, filling: &mut Filling) -> Result<(), Damage> {
        let block = filling.sealed(place);
        self.call("writing values", |db| db.insert(key(place.run, place.block), block)).map(drop)
    }

    /// Removes every run but those listed.
    pub(super) fn keep_only(&self, runs: &[Run]) -> Result<(), Damage> {
        let mut from = key(0, 0);
        while let Some(run) = self.first_from(&from)? {
            if !runs.iter().any(|kept| kept.number == run) {
                self.remove_leftover(run)?;
            }
            let Some(next) = run.checked_add(1) else { break };
            from = key(next, 0);
        }
        Ok(())
    }

    /// The run of the first block from a key on.
    fn first_from(&self, from: &[u8]) -> Result<Option<u64>, Damage> {
        let first = self.call("looking for runs", |db| db.range(from..&[WITNESS]).keys().next().transpose())?;
        Ok(first.map(|found| run_of(&found)))
    }

    /// Removes a run.
    pub(super) fn remove(&self, run: Run) -> Result<(), Damage> {
        (0..run.blocks).try_for_each(|block| {
            self.call("removing what was merged", |db| db.remove(key(run.number, block))).map(drop)
        })
    }

    /// Removes a run of which nothing is known.
    fn remove_leftover(&self, run: u64) -> Result<(), Damage> {
        while let Some(found) = self
            .call("looking for leftovers", |db| db.range(key(run, 0)..=key(run, u32::MAX)).keys().next().transpose())?
        {
            self.call("removing leftovers", |db| db.remove(found)).map(drop)?;
        }
        Ok(())
    }

    pub(super) fn flush(&self) -> Result<(), Damage> {
        self.call("flushing", |db| db.flush()).map(drop)
    }

    /// The manifest file that was in force when sled was last told.
    pub(super) fn witness(&self) -> Result<Option<Witness>, Damage> {
        let Some(bytes) = self.call("reading the last number", |db| db.get(WITNESS_KEY))? else { return Ok(None) };
        let damaged =
            || Damage::Failed { action: "reading the last number", message: "it is not what was written".to_owned() };
        let (body, checksum) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
        let mut fields = Fields(body);
        let (number, digest) = (fields.take_u64(), fields.take::<32>());
        match (number, digest) {
            (Some(number), Some(digest)) if *checksum == self.checksum(body) => Ok(Some(Witness { number, digest })),
            _ => Err(damaged()),
        }
    }

    pub(super) fn put_witness(&self, witness: Witness) -> Result<(), Damage> {
        let mut bytes = witness.number.to_le_bytes().to_vec();
        bytes.extend_from_slice(&witness.digest);
        let checksum = self.checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        self.call("writing the last number", |db| db.insert(WITNESS_KEY, bytes)).map(drop)
    }

    fn checksum(&self, witness: &[u8]) -> [u8; 4] {
        crc32c::crc32c_append(crc32c::crc32c(&self.partition.to_le_bytes()), witness).to_le_bytes()
    }
}

fn key(run: u64, block: u32) -> Vec<u8> {
    let mut bytes = vec![BLOCK];
    bytes.extend_from_slice(&run.to_be_bytes());
    bytes.extend_from_slice(&block.to_be_bytes());
    bytes
}

/// The run of a block's key.
fn run_of(key: &[u8]) -> u64 {
    let run = key.split_first().and_then(|(_, rest)| rest.first_chunk::<8>());
    run.map_or(u64::MAX, |run| u64::from_be_bytes(*run))
}

/// Writes a run.
pub(super) struct Writer<'a> {
    blocks: &'a Blocks,
    run: Run,
    filling: Filling,
}

impl<'a> Writer<'a> {
    pub(super) fn new(blocks: &'a Blocks, number: u64) -> Self {
        Self { blocks, run: Run { number, blocks: 0, bytes: 0 }, filling: Filling::default() }
    }

    /// Puts the next record.
    pub(super) fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), Damage> {
        let bytes = self.filling.put(key, value);
        self.run.bytes = self.run.bytes.saturating_add(bytes as u64);
        if self.filling.is_full() { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Damage> {
        let Run { number, blocks, .. } = self.run;
        self.blocks.write(self.blocks.place(number, blocks), &mut self.filling)?;
        self.run.blocks = blocks.saturating_add(1);
        Ok(())
    }

    /// The run, written; none where it is empty.
    pub(super) fn finish(mut self) -> Result<Option<Run>, Damage> {
        if !self.filling.is_empty() {
            self.write()?;
        }
        Ok((self.run.blocks > 0).then_some(self.run))
    }
}

/// Reads a run.
pub(super) struct Reader<'a> {
    blocks: &'a Blocks,
    run: Run,
    /// Where the block at hand lies.
    place: Place,
    /// None before the first.
    block: Option<IVec>,
    records: Records,
    last: Vec<u8>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(blocks: &'a Blocks, run: Run) -> Self {
        let place = blocks.place(run.number, 0);
        Self { blocks, run, place, block: None, records: Records::default(), last: Vec::new() }
    }

    fn bytes(&self) -> &[u8] {
        self.block.as_deref().unwrap_or_default()
    }

    /// Comes to the next block; false after the last.
    fn next_block(&mut self) -> Result<bool, Damage> {
        let next = if self.block.is_some() { self.place.block.saturating_add(1) } else { 0 };
        if next >= self.run.blocks {
            return Ok(false);
        }
        self.place = self.blocks.place(self.run.number, next);
        let block = self.blocks.read(self.place)?.ok_or_else(|| self.place.damaged("it is missing"))?;
        self.records = Records::begin(self.place, &block)?;
        self.block = Some(block);
        Ok(true)
    }
}

impl Sorted for Reader<'_> {
    type Error = Damage;

    fn advance(&mut self) -> Result<bool, Damage> {
        let is_first = self.block.is_none();
        self.last.clear();
        let last = self.records.key(self.block.as_deref().unwrap_or_default());
        self.last.extend_from_slice(last);
        while self.block.is_none() || !self.records.advance(self.place, self.block.as_deref().unwrap_or_default())? {
            if !self.next_block()? {
                return Ok(false);
            }
        }
        if !is_first && self.key() <= self.last.as_slice() {
            return Err(self.place.damaged("its keys do not rise"));
        }
        Ok(true)
    }

    fn key(&self) -> &[u8] {
        self.records.key(self.bytes())
    }

    fn value(&self) -> Option<&[u8]> {
        self.records.value(self.bytes())
    }
}
