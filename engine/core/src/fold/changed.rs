//! What changed in a partition, on its way to a checkpoint.
//!
//! # Invariants
//!
//! Keys rise, each is there once. Keys and values lie one after another in a few pieces of memory: made on the thread that folds,
//! let go by the one that writes, hundreds of thousands of small ones would cost both of them more than their bytes do.

/// Bytes of a piece of memory; a pair that is longer than the rest of one begins the next.
const PIECE_BYTES: usize = 1 << 20;

/// Bytes of a key that are compared without going where it lies: of most keys all that tells them apart.
const HEAD_BYTES: usize = 16;

/// Keys and values of the subjects that changed, in the order of keys.
#[derive(Debug, Default)]
pub struct Changed {
    pieces: Vec<Vec<u8>>,
    pairs: Vec<Pair>,
}

#[derive(Debug)]
struct Pair {
    /// The first bytes of the key, zeros behind it where it is shorter: they lie as the keys do.
    head: u128,
    piece: usize,
    at: usize,
    value_at: usize,
    end: usize,
}

impl Changed {
    /// None yet, with room for so many.
    pub(super) fn of(count: usize) -> Self {
        Self { pieces: Vec::new(), pairs: Vec::with_capacity(count) }
    }

    /// Adds a key and the value that is appended to its bytes. It should have so many at most: where it has more, its piece grows.
    pub(super) fn push(&mut self, key: &[u8], value_bytes: usize, value: impl FnOnce(&mut Vec<u8>)) {
        let bytes = key.len().saturating_add(value_bytes);
        let fits = |piece: &Vec<u8>| piece.capacity().saturating_sub(piece.len()) >= bytes;
        if !self.pieces.last().is_some_and(fits) {
            self.pieces.push(Vec::with_capacity(PIECE_BYTES.max(bytes)));
        }
        let number = self.pieces.len().saturating_sub(1);
        let Some(piece) = self.pieces.last_mut() else { return };
        let at = piece.len();
        piece.extend_from_slice(key);
        let value_at = piece.len();
        value(piece);
        self.pairs.push(Pair { head: head(key), piece: number, at, value_at, end: piece.len() });
    }

    /// Puts the pairs in the order of their keys.
    pub(super) fn sort(&mut self) {
        let Self { pieces, pairs } = self;
        pairs.sort_unstable_by(|one, other| {
            one.head.cmp(&other.head).then_with(|| one.split(pieces).0.cmp(other.split(pieces).0))
        });
    }

    /// Keys and values, in the order of keys.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.pairs.iter().map(|pair| pair.split(&self.pieces))
    }
}

impl Pair {
    /// Key and value.
    fn split<'a>(&self, pieces: &'a [Vec<u8>]) -> (&'a [u8], &'a [u8]) {
        let part = |from, to| pieces.get(self.piece).and_then(|piece| piece.get(from..to)).unwrap_or_default();
        (part(self.at, self.value_at), part(self.value_at, self.end))
    }
}

fn head(key: &[u8]) -> u128 {
    let mut head = [0; HEAD_BYTES];
    head.iter_mut().zip(key).for_each(|(head, byte)| *head = *byte);
    u128::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn pairs_come_in_the_order_of_keys(pairs in prop::collection::btree_map("[ab]{1,20}", prop::collection::vec(any::<u8>(), 0..9), 0..40)
            .prop_flat_map(|pairs| Just(pairs.into_iter().collect::<Vec<_>>()).prop_shuffle())) {
            let mut changed = Changed::of(0);
            for (key, value) in &pairs {
                changed.push(key.as_bytes(), value.len(), |bytes| bytes.extend_from_slice(value));
            }
            changed.sort();
            let expected: BTreeMap<&[u8], &[u8]> =
                pairs.iter().map(|(key, value)| (key.as_bytes(), value.as_slice())).collect();
            prop_assert!(changed.iter().eq(expected));
        }
    }

    #[test]
    fn a_long_value_has_a_piece_of_its_own() {
        let mut changed = Changed::of(3);
        for (key, bytes) in [("b", 1), ("a", 2 * PIECE_BYTES), ("c", 2)] {
            changed.push(key.as_bytes(), bytes, |value| value.resize(value.len() + bytes, 7));
        }
        changed.sort();
        let lengths: Vec<_> = changed.iter().map(|(key, value)| (key, value.len())).collect();
        assert_eq!(lengths, [(&b"a"[..], 2 * PIECE_BYTES), (b"b", 1), (b"c", 2)]);
        assert_eq!(changed.pieces.len(), 3);
    }
}
