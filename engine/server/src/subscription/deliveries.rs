//! What has reached which authority: by what durable subscriptions have acknowledged.
//!
//! # Invariants
//!
//! A name counts for the authorities that its filter names, and for nobody else: one without authorities says not whose it
//! is. It counts for what the filter lets pass, from where the filter began: earlier decisions may have been held back.

use super::names::{Known, Place};
use super::wanted::Wanted;
use heng_log::codec::sift;
use heng_model::PartitionId;

/// What has reached whom.
#[derive(Debug, Clone, Default)]
pub struct Deliveries(Vec<(Wanted, Place, Place)>);

impl Deliveries {
    pub(super) fn of<'k>(known: impl Iterator<Item = &'k Known>) -> Self {
        let told = known.filter_map(|it| {
            let (filter, since) = it.filter.clone().filter(|(filter, _)| !filter.authorities.is_empty())?;
            Some((filter, since, it.place.clone()))
        });
        Self(told.collect())
    }

    /// Has an authority acknowledged a revision: its partition, its `seq`, its bytes?
    #[must_use]
    pub fn has_reached(&self, authority: &str, partition: PartitionId, seq: u64, decision: &[u8]) -> bool {
        let at = usize::from(partition);
        let covers = |(filter, since, place): &&(Wanted, Place, Place)| {
            filter.authorities.contains(authority.as_bytes())
                && since.get(at).is_some_and(|since| *since <= seq)
                && place.get(at).is_some_and(|place| *place > seq)
        };
        let mut covering = self.0.iter().filter(covers).peekable();
        // Few decisions are looked into: most authorities have one name.
        covering.peek().is_some()
            && sift(decision).is_ok_and(|sifted| covering.any(|(filter, ..)| filter.takes(&sifted, decision)))
    }

    /// Has an authority acknowledged everything of a partition below a mark, with nothing but authorities in its filter?
    #[must_use]
    pub fn has_reached_all(&self, authority: &str, partition: PartitionId, mark: u64) -> bool {
        let at = usize::from(partition);
        self.0.iter().any(|(filter, since, place)| {
            let only_authorities = Wanted { authorities: filter.authorities.clone(), ..Wanted::default() };
            filter.authorities.contains(authority.as_bytes())
                && *filter == only_authorities
                && since.get(at) == Some(&0)
                && place.get(at).is_some_and(|place| *place >= mark)
        })
    }
}
