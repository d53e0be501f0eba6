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
use std::sync::OnceLock;

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
            let mut settled: Vec<Option<Result<Folded, LaneError>>> = lanes.iter().map(|_| None).collect();
            pool.in_place_scope(|scope| {
                let mut work = lanes.iter_mut().zip(&mut settled);
                let own = work.next();
                for (lane, settled) in work {
                    scope.spawn(move |_| *settled = Some(lane.settle(packs)));
                }
                // By the engine's thread itself, which has to wait for the others.
                if let Some((lane, settled)) = own {
                    *settled = Some(lane.settle(packs));
                }
            });
            // Of several errors the first partition's is told.
            return settled.into_iter().flatten().collect();
        }
        lanes.iter_mut().map(|lane| lane.settle(packs)).collect()
    }
}

/// The threads that some partitions have use for beside the engine's own. Where there are none to be had, that one does it all.
fn start(partitions: usize) -> Option<ThreadPool> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(partitions).saturating_sub(1);
    let named = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("fold-{number}"));
    (threads > 0).then(|| named.build().ok()).flatten()
}
