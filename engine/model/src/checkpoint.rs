//! The port of the checkpoint store: what a partition has become so far, to be believed only after proof.
//!
//! # Invariants
//!
//! The log is the state; a checkpoint only spares folding it again. So a store may lose everything and may refuse
//! anything, but it may never hand out as valid a state that was not written. Checksums, count and sum protect against
//! damage, not against an adversary: whoever can write the folder can forge them all.

use crate::{Day, PartitionId};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;

/// What a checkpoint says about its partition as a whole; the part that the fold provides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Partition.
    pub partition: PartitionId,
    /// Number of the checkpoint, rising by any step.
    pub number: u64,
    /// Offset of the next entry to fold.
    pub position: u64,
    /// Sequence number of the next decision.
    pub seq: u64,
    /// Last day opened; none before the first.
    pub day: Option<Day>,
    /// Version of the fold that made the state.
    pub fold_version: u32,
    /// State of the partition that belongs to no subject, opaque to the store.
    pub header: Vec<u8>,
}

/// What is synced last and makes a checkpoint one: the progress, and the proof over its values, kept by the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// What the fold provided.
    pub progress: Progress,
    /// Number of live values.
    pub count: u64,
    /// Sum over the live values.
    pub sum: StateSum,
}

/// Sum over (key, value) pairs, whatever their order: SHA-256 of each pair, added modulo 2^256.
///
/// A changed value costs one subtraction and one addition, never a reading of the others. It depends on the pairs alone:
/// a state rebuilt from the log has the sum of the state that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct StateSum([u64; 4]);

/// A key and its new value; none deletes the key.
pub type Change<'a> = (Cow<'a, [u8]>, Option<Cow<'a, [u8]>>);

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the checkpoint of partition {partition} is rejected: {damage}; nothing is lost, its state is rebuilt from the log"
)]
pub struct Rejected {
    /// Partition.
    pub partition: PartitionId,
    /// What is wrong.
    pub damage: Damage,
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Values were committed, but the manifest is gone.
    #[error("its manifest is gone, though checkpoint {number} was completed")]
    ManifestLost {
        /// Checkpoint that the store remembers.
        number: u64,
    },
    /// The manifest cannot be read as one.
    #[error("its manifest is damaged: {detail}")]
    ManifestDamaged {
        /// What is wrong with it.
        detail: String,
    },
    /// The manifest is older than the values.
    #[error("its manifest is that of checkpoint {manifest}, though checkpoint {store} was completed")]
    ManifestStale {
        /// Number in the manifest.
        manifest: u64,
        /// Number that the store remembers.
        store: u64,
    },
    /// Some of its values are not there, or fail their checksum.
    #[error("its values are damaged, in block {block} of those that checkpoint {written} wrote: {detail}")]
    BlockDamaged {
        /// Checkpoint that wrote them.
        written: u64,
        /// Which block of it, from 0.
        block: u32,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// Values are missing, or there are too many.
    #[error("it should hold {expected} values and holds {found}")]
    CountDiffers {
        /// According to the manifest.
        expected: u64,
        /// According to the values.
        found: u64,
    },
    /// Each value is sound, but together they are another state.
    #[error("its values add up to {found}, not to {expected}")]
    SumDiffers {
        /// According to the manifest.
        expected: StateSum,
        /// According to the values.
        found: StateSum,
    },
    /// Somebody else has it open.
    #[error("another program, or another part of this one, has it open")]
    InUse,
    /// The storage engine gave up.
    #[error("the storage engine panicked while {action}: {message}")]
    Panicked {
        /// What was being done.
        action: &'static str,
        /// What the engine said.
        message: String,
    },
    /// The storage engine or the file system refused.
    #[error("{action} failed: {message}")]
    Failed {
        /// What was being done.
        action: &'static str,
        /// What it said.
        message: String,
    },
}

/// Why a checkpoint was not written. The next one is given the whole state, since what this one was given may be lacking.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteCheckpointError {
    /// Numbers only rise.
    #[error("checkpoint {number} of partition {partition} cannot follow checkpoint {last}")]
    NotNewer {
        /// Partition.
        partition: PartitionId,
        /// Number offered.
        number: u64,
        /// Number of the last checkpoint.
        last: u64,
    },
    /// Something exceeds a limit of the store.
    #[error("a {what} of {bytes} bytes is more than a checkpoint takes ({bytes_max})")]
    TooLarge {
        /// Key, value or header.
        what: &'static str,
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Changes must come in the order of their keys, of each key one.
    #[error("the changes of partition {partition} do not come in the order of their keys, of each key one")]
    Unsorted {
        /// Partition.
        partition: PartitionId,
    },
    /// The checkpoint that this one would build on is damaged: clear it and write the whole state.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// Writing failed. If it failed after the manifest was written, the new checkpoint may be in force: load tells.
    #[error("checkpoint {number} of partition {partition} was not completed: {cause}; the one before stays in force")]
    Failed {
        /// Partition.
        partition: PartitionId,
        /// Number of the checkpoint.
        number: u64,
        /// What went wrong.
        cause: Damage,
    },
}

/// Why a checkpoint could not be thrown away; until it is, no other can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the checkpoint of partition {partition} cannot be thrown away: {cause}")]
pub struct ClearCheckpointError {
    /// Partition.
    pub partition: PartitionId,
    /// What went wrong.
    pub cause: Damage,
}

/// Keeps, for each partition, the last complete checkpoint of its subjects' state.
///
/// Checkpoints are incremental. Until a new one is complete the one before stays whole: a crash at any moment leaves
/// one of the two, or something that [`load`](Self::load) refuses.
pub trait CheckpointStore {
    /// Hands every live `(key, value)` to `visit` in the order of keys and returns the manifest, having verified each
    /// checksum, the count and the sum; none if no checkpoint was ever completed.
    ///
    /// # Errors
    ///
    /// On an error the caller throws away what it was given, calls [`clear`](Self::clear) and folds the log again.
    fn load(
        &mut self,
        partition: PartitionId,
        visit: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<Option<Manifest>, Rejected>;

    /// Completes a checkpoint that differs from the last by `changed`, in the order of keys and of each key one, and returns its
    /// manifest. Call it only when all outputs up to `progress.position` are durable.
    ///
    /// # Errors
    ///
    /// If it was not completed; the one before stays in force.
    fn write(
        &mut self,
        progress: Progress,
        changed: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<Manifest, WriteCheckpointError>;

    /// Completes a checkpoint whose manifest is known, of a partition that has none: a copy of one that another store has, in the
    /// order of keys. The values count only where they are, together, what the manifest says.
    ///
    /// # Errors
    ///
    /// If it was not completed, [`Damage::CountDiffers`] or [`Damage::SumDiffers`] where other values came: then what came
    /// of them is no checkpoint, and is to be cleared.
    fn copy(
        &mut self,
        manifest: &Manifest,
        values: &mut dyn Iterator<Item = Change<'_>>,
    ) -> Result<(), WriteCheckpointError>;

    /// Throws away what was handed out of a partition. A store that has another copy of it elsewhere hands that out at the
    /// next [`load`](Self::load); one that has not then knows no checkpoint.
    ///
    /// # Errors
    ///
    /// If something of it remains.
    fn clear(&mut self, partition: PartitionId) -> Result<(), ClearCheckpointError>;
}

impl Manifest {
    /// Are values of such a count and sum the checkpoint's?
    ///
    /// # Errors
    ///
    /// What differs.
    pub fn check(&self, count: u64, sum: StateSum) -> Result<(), Damage> {
        if count != self.count {
            return Err(Damage::CountDiffers { expected: self.count, found: count });
        }
        if sum != self.sum {
            return Err(Damage::SumDiffers { expected: self.sum, found: sum });
        }
        Ok(())
    }
}

impl StateSum {
    /// The sum from its 32 bytes, little-endian.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut limbs = [0_u64; 4];
        for (limb, part) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*part);
        }
        Self(limbs)
    }

    /// Its 32 bytes, little-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0_u8; 32];
        for (part, limb) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *part = limb.to_le_bytes();
        }
        bytes
    }

    /// The sum over one pair.
    #[must_use]
    pub fn of(key: &[u8], value: &[u8]) -> Self {
        let mut hasher = Sha256::new();
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hasher.update((key.len() as u64).to_le_bytes());
        hasher.update(key);
        hasher.update(value);
        Self::from_bytes(&hasher.finalize().into())
    }

    /// Puts a pair in.
    pub fn add(&mut self, key: &[u8], value: &[u8]) {
        self.plus(Self::of(key, value));
    }

    /// Takes a pair out that was put in.
    pub fn remove(&mut self, key: &[u8], value: &[u8]) {
        self.minus(Self::of(key, value));
    }

    /// Puts in the pairs of another sum.
    pub fn plus(&mut self, other: Self) {
        let mut carry = false;
        for (limb, term) in self.0.iter_mut().zip(other.0) {
            let (partial, over) = limb.overflowing_add(term);
            let (total, over_again) = partial.overflowing_add(u64::from(carry));
            (*limb, carry) = (total, over || over_again);
        }
    }

    /// Takes out the pairs of another sum, which were put in.
    pub fn minus(&mut self, other: Self) {
        let mut borrow = false;
        for (limb, term) in self.0.iter_mut().zip(other.0) {
            let (partial, under) = limb.overflowing_sub(term);
            let (rest, under_again) = partial.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (rest, under || under_again);
        }
    }
}

impl fmt::Display for StateSum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_boundary_between_key_and_value_counts() {
        assert_ne!(StateSum::of(b"ab", b"c"), StateSum::of(b"a", b"bc"));
    }

    #[test]
    fn carries_and_borrows_pass_through_all_limbs() {
        let mut sum = StateSum([u64::MAX; 4]);
        sum.add(b"k", b"v");
        sum.remove(b"k", b"v");
        assert_eq!(sum, StateSum([u64::MAX; 4]));
    }

    #[test]
    fn a_rejection_says_what_happens_next() {
        let rejected = Rejected { partition: 3, damage: Damage::CountDiffers { expected: 10, found: 0 } };
        assert_eq!(
            rejected.to_string(),
            "the checkpoint of partition 3 is rejected: it should hold 10 values and holds 0; \
             nothing is lost, its state is rebuilt from the log"
        );
    }

    proptest! {
        #[test]
        fn order_and_detours_do_not_count(pairs: Vec<(Vec<u8>, Vec<u8>)>, gone: Vec<(Vec<u8>, Vec<u8>)>) {
            let mut forth = StateSum::default();
            pairs.iter().for_each(|(key, value)| forth.add(key, value));
            let mut back = StateSum::default();
            gone.iter().for_each(|(key, value)| back.add(key, value));
            pairs.iter().rev().for_each(|(key, value)| back.add(key, value));
            gone.iter().for_each(|(key, value)| back.remove(key, value));
            prop_assert_eq!(forth, back);
            prop_assert_eq!(StateSum::from_bytes(&forth.to_bytes()), forth);
        }
    }
}
