//! Merkle tree hashes as RFC 6962 defines them, kept incrementally.
//!
//! # Invariants
//!
//! A leaf is hashed after a byte 0x00, an inner node after 0x01, so neither passes for the other. The accumulator holds
//! one hash for each set bit of the count of leaves hashed, the largest subtree first. Leaves wait for one another, since
//! several hash faster together; no answer tells how many wait.

use crate::sha256::{Hash, Messages, digest};

const LEAF: u8 = 0x00;
const NODE: u8 = 0x01;

/// SHA-256(0x00 | entry): the leaf of an entry.
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    digest([&[LEAF], entry])
}

/// SHA-256(0x01 | left | right): the node above two subtrees.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    digest([&[NODE], left, right])
}

/// The root of a growing list of leaves, in space logarithmic in their number.
#[derive(Debug, Clone, Default)]
pub struct MerkleRoot {
    subtrees: Vec<Hash>,
    hashed: u64,
    waiting: Messages,
}

impl MerkleRoot {
    /// The tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many leaves were pushed.
    #[must_use]
    pub fn leaves(&self) -> u64 {
        self.hashed + self.waiting.len() as u64
    }

    /// Adds the leaf of an entry.
    pub fn push_entry(&mut self, entry: &[u8]) {
        self.waiting.push([&[LEAF], entry]);
        if self.waiting.is_full() {
            self.hash_waiting();
        }
    }

    /// Hashes the leaves that wait, then level by level the nodes that are full with them.
    fn hash_waiting(&mut self) {
        let mut nodes = self.waiting.digests();
        let mut before = self.hashed;
        self.hashed += nodes.len() as u64;
        let mut without_sibling = Vec::new();
        while !nodes.is_empty() {
            // An odd number before: the last of them is a full subtree, and the left sibling of the first new node.
            if before % 2 == 1 {
                nodes.splice(..0, self.subtrees.pop());
            }
            let (pairs, last) = nodes.as_chunks::<2>();
            for [left, right] in pairs {
                self.waiting.push([&[NODE], left, right]);
            }
            without_sibling.extend_from_slice(last);
            nodes = self.waiting.digests();
            before /= 2;
        }
        self.subtrees.extend(without_sibling.into_iter().rev());
    }

    /// The root over all leaves so far; of none, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut whole = self.clone();
        whole.hash_waiting();
        let mut from_right = whole.subtrees.into_iter().rev();
        let Some(last) = from_right.next() else { return digest([]) };
        from_right.fold(last, |right, left| node_hash(&left, &right))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests may stop with a panic")]

    use proptest::prelude::*;

    use super::*;

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 6962, section 2.1, word for word.
    fn by_definition(entries: &[Vec<u8>]) -> Hash {
        match entries {
            [] => digest([]),
            [one] => leaf_hash(one),
            many => {
                let split = many.len().next_power_of_two() / 2;
                node_hash(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn roots_of_the_published_test_vectors() {
        let leaves: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = MerkleRoot::new();
        assert_eq!(hex(&tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (leaf, root) in leaves.iter().zip(roots) {
            tree.push_entry(leaf);
            assert_eq!(hex(&tree.root()), root, "{} leaves", tree.leaves());
        }
    }

    proptest! {
        #[test]
        fn incremental_is_the_definition(entries in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..200)) {
            let mut tree = MerkleRoot::new();
            for (pushed, entry) in entries.iter().enumerate() {
                if pushed < 70 || pushed.is_multiple_of(13) {
                    prop_assert_eq!(tree.root(), by_definition(&entries[..pushed]));
                }
                tree.push_entry(entry);
            }
            prop_assert_eq!(tree.leaves(), entries.len() as u64);
            prop_assert_eq!(tree.root(), by_definition(&entries));
        }
    }
}
