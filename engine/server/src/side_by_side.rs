//! Several pieces of work at once, each of a partition of its own.
//!
//! # Invariants
//!
//! Partitions share nothing that work on them changes. What comes of it is told in their order, whoever was done first.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Fewer entries or subjects of a partition are dealt with sooner than another thread is woken.
pub(crate) const SIDE_BY_SIDE_MIN: usize = 64;

/// Threads for work on partitions, once there was use for them; none where there are no processors for them.
#[derive(Debug, Default)]
pub struct SideBySide(OnceLock<Option<ThreadPool>>);

impl SideBySide {
    /// Does all of it, on the caller's thread and others where more than one piece is worth waking one: whoever calls knows how many
    /// are.
    pub(crate) fn each<I: Send, T: Send>(
        &self,
        pieces: Vec<I>,
        worth_it: usize,
        work: impl Fn(I) -> T + Sync,
    ) -> Vec<T> {
        if worth_it > 1
            && let Some(pool) = self.0.get_or_init(|| start(pieces.len()))
        {
            return together(pool, pieces, work);
        }
        pieces.into_iter().map(work).collect()
    }
}

/// Does it on the caller's thread, which would have to wait for the others, and on those: each has a piece of its own, since one
/// that is woken late must not leave two to be done one after another; and whoever is done takes the next.
fn together<I: Send, T: Send>(pool: &ThreadPool, pieces: Vec<I>, work: impl Fn(I) -> T + Sync) -> Vec<T> {
    let done: Mutex<Vec<(usize, T)>> = Mutex::default();
    let mut left = pieces.into_iter().enumerate();
    let own = left.next();
    let others: Vec<_> = left.by_ref().take(pool.current_num_threads()).collect();
    let left = Mutex::new(left);
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = &|first: Option<(usize, I)>| {
        let mut piece = first;
        while let Some((at, it)) = piece {
            let result = work(it);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            piece = next();
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
    let named = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("fold-{number}"));
    (threads > 0).then(|| named.build().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_it_is_told_in_order() {
        let beside = SideBySide::default();
        for (pieces, worth_it) in [(5, 5), (2, 2), (1, 1), (0, 2)] {
            let done = beside.each((0..pieces).collect(), worth_it, |piece| {
                std::thread::sleep(std::time::Duration::from_millis(3 * (5 - piece)));
                piece * 10
            });
            assert_eq!(done, (0..pieces).map(|piece| piece * 10).collect::<Vec<_>>());
        }
    }
}
