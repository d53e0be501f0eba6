//! What has reached which authority: by what durable subscriptions have acknowledged.
//!
//! # Invariants
//!
//! A name counts for the authorities that its filter names, and for nobody else: one without authorities says not whose it
//! is. It counts for what the filter lets pass, from where the filter began to where another one followed: what was acknowledged
//! under an earlier filter stays delivered.

use super::known::{Known, Stretch};
use super::wanted::Wanted;
use heng_log::codec::sift;
use heng_model::PartitionId;

/// What has reached whom.
#[derive(Debug, Clone, Default)]
pub struct Deliveries(Vec<Stretch>);

impl Deliveries {
    pub(super) fn of<'k>(known: impl Iterator<Item = &'k Known>) -> Self {
        let told = known.flat_map(|it| {
            let last = it.filter.clone();
            let last = last.map(|(filter, since)| Stretch { filter, since, until: it.place.clone() });
            it.before.iter().cloned().chain(last)
        });
        Self(told.filter(|stretch| !stretch.filter.authorities.is_empty()).collect())
    }

    /// Has an authority acknowledged a revision: its partition, its `seq`, its bytes?
    #[must_use]
    pub fn has_reached(&self, authority: &str, partition: PartitionId, seq: u64, decision: &[u8]) -> bool {
        let at = usize::from(partition);
        let covers = |it: &&Stretch| {
            it.since.get(at).is_some_and(|since| *since <= seq)
                && it.until.get(at).is_some_and(|until| *until > seq)
                && it.filter.authorities.contains(authority.as_bytes())
        };
        let mut covering = self.0.iter().filter(covers).peekable();
        // Few decisions are looked into: most authorities have one name.
        covering.peek().is_some()
            && sift(decision).is_ok_and(|sifted| covering.any(|it| it.filter.takes(&sifted, decision)))
    }

    /// Has an authority acknowledged everything of a partition below a mark, with nothing but authorities in its filters?
    #[must_use]
    pub fn has_reached_all(&self, authority: &str, partition: PartitionId, mark: u64) -> bool {
        let at = usize::from(partition);
        let is_whole = |it: &&Stretch| {
            let only_authorities = Wanted { authorities: it.filter.authorities.clone(), ..Wanted::default() };
            it.filter.authorities.contains(authority.as_bytes()) && it.filter == only_authorities
        };
        let whole = self.0.iter().filter(is_whole);
        let mut runs: Vec<(u64, u64)> = whole.filter_map(|it| Some((*it.since.get(at)?, *it.until.get(at)?))).collect();
        runs.sort_unstable();
        // One run after another, without a hole.
        let upto = runs.iter().fold(None, |upto, (since, until)| match upto {
            None if *since == 0 => Some(*until),
            Some(upto) if *since <= upto => Some(upto.max(*until)),
            upto => upto,
        });
        upto.is_some_and(|upto| upto >= mark)
    }
}
