//! Words that a response says once: what bears names their places.
//!
//! # Invariants
//!
//! Bytes are told apart by where they are, not by what they say: words of two packs that say the same stand there twice.
//! What a table holds is kept, so that a place never comes to mean other words.

use bytes::Bytes;
use smallvec::SmallVec;

/// The words of one kind.
#[derive(Debug, Default)]
pub(super) struct Table(SmallVec<[Bytes; 8]>);

/// The words of a response.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) measures: Table,
    pub(super) rules: Table,
}

impl Table {
    /// Where these words stand; from now on, if they did not.
    pub(super) fn place(&mut self, words: &Bytes) -> u64 {
        let known = self.0.iter().position(|it| std::ptr::eq(it.as_ptr(), words.as_ptr()) && it.len() == words.len());
        let place = known.unwrap_or_else(|| {
            self.0.push(words.clone());
            self.0.len() - 1
        });
        place as u64
    }

    /// All of them, in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Bytes> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_have_one_place() {
        let (one, other) = (Bytes::copy_from_slice(b"words"), Bytes::copy_from_slice(b"words"));
        let mut table = Table::default();
        assert_eq!([&one, &other, &one.clone(), &other].map(|words| table.place(words)), [0, 1, 0, 1]);
        assert_eq!(table.iter().count(), 2);
    }
}
