//! What each live value adds to the sum over all: so that a changed value is taken out of it without being read.

use heng_model::checkpoint::StateSum;
use rustc_hash::FxBuildHasher;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// More than so many are made room for as they come: what a manifest counts asks for no memory before it is proved.
const ROOM_MAX: u64 = 1 << 20;

/// The terms by key, 50 to 110 bytes each. A key stands by 128 bits of its SHA-256: two that share them are not met with.
#[derive(Debug, Default)]
pub(crate) struct Terms {
    by_key: HashMap<u128, StateSum, FxBuildHasher>,
    sum: StateSum,
}

impl Terms {
    /// None yet, with room for as many as are expected.
    pub(crate) fn of(count: u64) -> Self {
        let room = usize::try_from(count.min(ROOM_MAX)).unwrap_or_default();
        Self { by_key: HashMap::with_capacity_and_hasher(room, FxBuildHasher), sum: StateSum::default() }
    }

    /// Puts a value in the place of the one that the key had; none removes it.
    pub(crate) fn put(&mut self, key: &[u8], value: Option<&[u8]>) {
        let short = Sha256::digest(key).first_chunk().map_or(0, |short| u128::from_le_bytes(*short));
        let before = match value.map(|value| StateSum::of(key, value)) {
            Some(term) => {
                self.sum.plus(term);
                self.by_key.insert(short, term)
            }
            None => self.by_key.remove(&short),
        };
        if let Some(before) = before {
            self.sum.minus(before);
        }
    }

    /// Number of live values.
    pub(crate) fn count(&self) -> u64 {
        self.by_key.len() as u64
    }

    /// Sum over them.
    pub(crate) fn sum(&self) -> StateSum {
        self.sum
    }
}
