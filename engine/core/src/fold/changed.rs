//! What changed in a partition, on its way to a checkpoint.
//!
//! # Invariants
//!
//! It is what the partition was at one moment, and shares its bytes, which never change: the thread that folds only takes them along.
//! Whoever writes them puts them in order and forms keys and values.

use crate::subject::{More, codec};
use heng_model::SubjectId;
use std::borrow::Cow;
use std::sync::Arc;

/// Bytes of a key that are compared without going where it lies: of most keys all that tells them apart.
const HEAD_BYTES: usize = 16;

/// The subjects that changed, each once.
#[derive(Debug, Default)]
pub struct Changed(Vec<Taken>);

/// A subject as it was.
#[derive(Debug)]
struct Taken {
    id: SubjectId,
    packed: Arc<[u8]>,
    rare: Option<Arc<More>>,
}

impl Changed {
    /// None yet, with room for so many.
    pub(super) fn of(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    pub(super) fn push(&mut self, id: SubjectId, packed: Arc<[u8]>, rare: Option<Arc<More>>) {
        self.0.push(Taken { id, packed, rare });
    }

    /// Keys and values, in the order of keys.
    pub fn pairs(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        let mut order: Vec<(u128, &Taken)> =
            self.0.iter().map(|taken| (head(taken.id.text().as_bytes()), taken)).collect();
        order.sort_unstable_by(|(head, one), (other_head, other)| {
            head.cmp(other_head).then_with(|| one.id.text().cmp(&other.id.text()))
        });
        order.into_iter().map(|(_, taken)| (key(&taken.id), taken.value()))
    }
}

impl Taken {
    fn value(&self) -> Cow<'_, [u8]> {
        let Some(rare) = &self.rare else { return Cow::Borrowed(&self.packed) };
        let mut bytes = self.packed.to_vec();
        codec::append_rare(&mut bytes, Some(rare));
        Cow::Owned(bytes)
    }
}

fn key(id: &SubjectId) -> Cow<'_, [u8]> {
    match id.text() {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// The first bytes of a key, zeros behind it where it is shorter: they lie as the keys do.
fn head(key: &[u8]) -> u128 {
    let mut head = [0; HEAD_BYTES];
    head.iter_mut().zip(key).for_each(|(head, byte)| *head = *byte);
    u128::from_be_bytes(head)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn pairs_come_in_the_order_of_keys(pairs in prop::collection::btree_map("(file|q):[ab0]{1,20}|P-[0a]{32}", prop::collection::vec(any::<u8>(), 0..9), 0..40)
            .prop_flat_map(|pairs| Just(pairs.into_iter().collect::<Vec<_>>()).prop_shuffle())) {
            let mut changed = Changed::of(0);
            for (key, value) in &pairs {
                changed.push(key.parse().unwrap(), value.as_slice().into(), None);
            }
            let expected: BTreeMap<&[u8], &[u8]> =
                pairs.iter().map(|(key, value)| (key.as_bytes(), value.as_slice())).collect();
            let found: Vec<_> = changed.pairs().collect();
            prop_assert!(found.iter().map(|(key, value)| (&key[..], &value[..])).eq(expected));
        }
    }

    #[test]
    fn what_is_rare_comes_behind_the_rest() {
        let (mut changed, rare) = (Changed::of(1), Arc::new(More::default()));
        changed.push("file:a".parse().unwrap(), Arc::new([7]), Some(Arc::clone(&rare)));
        let mut expected = vec![7];
        codec::append_rare(&mut expected, Some(&rare));
        assert!(changed.pairs().eq([(Cow::from(&b"file:a"[..]), Cow::from(expected))]));
    }
}
