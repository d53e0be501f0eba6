//! Several pieces of work at once, each of a partition of its own.
//!
//! # Invariants
//!
//! Partitions share nothing that work on them changes. What comes of it is told in their order, whoever was done first.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Fewer entries or subjects of a partition are dealt with sooner than another thread is woken.
const LENGTH_MIN: usize = 64;

/// Threads for work on partitions, once there was use for them; none where there are no processors for them.
#[derive(Debug)]
pub struct SideBySide {
    partitions: usize,
    pool: OnceLock<Option<ThreadPool>>,
}

/// A piece of work.
pub(crate) struct Piece<I> {
    /// On what.
    pub(crate) it: I,
    /// How many entries or subjects it is about.
    pub(crate) length: usize,
}

impl SideBySide {
    /// For so many partitions.
    pub(crate) fn new(partitions: u16) -> Self {
        Self { partitions: partitions.into(), pool: OnceLock::new() }
    }

    /// Does all of it, on the caller's thread alone or on others too where several pieces are worth waking one. One that fails keeps
    /// none of the others from being done.
    pub(crate) fn each<I: Send, T: Send>(
        &self,
        may_share: bool,
        pieces: Vec<Piece<I>>,
        work: impl Fn(I) -> T + Sync,
    ) -> Vec<T> {
        let are_many = || pieces.iter().filter(|piece| piece.length >= LENGTH_MIN).count() > 1;
        if may_share
            && are_many()
            && let Some(pool) = self.pool.get_or_init(|| start(self.partitions))
        {
            return together(pool, pieces, work);
        }
        pieces.into_iter().map(|piece| work(piece.it)).collect()
    }
}

/// Does it on the caller's thread, which would have to wait for the others, and on those: each has a piece of its own, since one
/// that is woken late must not leave two to be done one after another; and whoever is done takes the next.
fn together<I: Send, T: Send>(pool: &ThreadPool, pieces: Vec<Piece<I>>, work: impl Fn(I) -> T + Sync) -> Vec<T> {
    let done: Mutex<Vec<(usize, T)>> = Mutex::default();
    let mut left = pieces.into_iter().enumerate();
    let own = left.next();
    let others: Vec<_> = left.by_ref().take(pool.current_num_threads()).collect();
    let left = Mutex::new(left);
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = &|first: Option<(usize, Piece<I>)>| {
        let mut next_one = first;
        while let Some((at, piece)) = next_one {
            let result = work(piece.it);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            next_one = next();
        }
    };
    pool.in_place_scope(|scope| {
        others.into_iter().for_each(|other| scope.spawn(move |_| work(Some(other))));
        work(own);
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The threads that so many partitions have use for beside the caller's own. Where there are none to be had, that one does it all.
fn start(partitions: usize) -> Option<ThreadPool> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(partitions).saturating_sub(1);
    let named = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("partition-{number}"));
    (threads > 0).then(|| named.build().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_comes_of_it_is_told_in_order() {
        let beside = SideBySide::new(5);
        for (may_share, pieces, length) in [(true, 5, 64), (true, 2, 64), (true, 5, 1), (false, 3, 64), (true, 0, 64)] {
            let all = (0..pieces).map(|it| Piece { it, length }).collect();
            let done = beside.each(may_share, all, |piece| {
                std::thread::sleep(Duration::from_millis(3 * (5 - piece)));
                piece * 10
            });
            assert_eq!(done, (0..pieces).map(|piece| piece * 10).collect::<Vec<_>>());
        }
    }
}
