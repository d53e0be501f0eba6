//! What waits in the lanes, made durable and folded, of several partitions side by side.
//!
//! # Invariants
//!
//! Partitions share nothing while they are folded. What comes of it is put together in their order, whoever was done first.

use crate::lane::{Folded, Lane, LaneError};
use crate::shelf::Shelf;
use heng_log::Disk;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Fewer entries of a partition are folded sooner than another thread is woken.
const ENTRIES_MIN: usize = 64;

/// Threads that fold, once there was use for them; none where there are no processors for them.
#[derive(Debug, Default)]
pub(super) struct Folders(OnceLock<Option<ThreadPool>>);

impl Folders {
    /// Makes durable and folds what waits.
    pub(super) fn fold<D: Disk>(&self, lanes: &mut [Lane<D>], packs: &Shelf) -> Result<Vec<Folded>, LaneError> {
        let has_many = |lane: &&Lane<D>| lane.waiting_len() >= ENTRIES_MIN;
        // A day or a pack may take seconds: the other processors are left to who waits for an answer meanwhile.
        let is_short = lanes.iter().all(|lane| !lane.has_control);
        if is_short
            && lanes.iter().filter(has_many).count() > 1
            && let Some(pool) = self.0.get_or_init(|| start(lanes.len()))
        {
            return together(pool, lanes, packs);
        }
        lanes.iter_mut().map(|lane| lane.settle(packs)).collect()
    }
}

/// Does it on the engine's thread, which would have to wait for the others, and on those: each has a partition of its own, since one
/// that is woken late must not leave two to be synced one after another; and whoever is done takes the next.
fn together<'l, D: Disk>(pool: &ThreadPool, lanes: &'l mut [Lane<D>], packs: &Shelf) -> Result<Vec<Folded>, LaneError> {
    let folded: Mutex<Vec<(usize, Result<Folded, LaneError>)>> = Mutex::default();
    let mut left = lanes.iter_mut().enumerate();
    let own = left.next();
    let others: Vec<_> = left.by_ref().take(pool.current_num_threads()).collect();
    let left = Mutex::new(left);
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = &|first: Option<(usize, &'l mut Lane<D>)>| {
        let mut work = first;
        while let Some((at, lane)) = work {
            let settled = lane.settle(packs);
            folded.lock().unwrap_or_else(PoisonError::into_inner).push((at, settled));
            work = next();
        }
    };
    pool.in_place_scope(|scope| {
        others.into_iter().for_each(|other| scope.spawn(move |_| work(Some(other))));
        work(own);
    });
    let mut folded = folded.into_inner().unwrap_or_else(PoisonError::into_inner);
    folded.sort_by_key(|(at, _)| *at);
    // Of several errors the first partition's is told.
    folded.into_iter().map(|(_, settled)| settled).collect()
}

/// The threads that some partitions have use for beside the engine's own. Where there are none to be had, that one does it all.
fn start(partitions: usize) -> Option<ThreadPool> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(partitions).saturating_sub(1);
    let named = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("fold-{number}"));
    (threads > 0).then(|| named.build().ok()).flatten()
}
