//! What waits in the lanes, made durable and folded, of several partitions side by side.
//!
//! # Invariants
//!
//! Partitions share nothing while they are folded. What comes of it is put together in their order, whoever was done first.

use crate::lane::{Folded, Lane, LaneError};
use crate::shelf::Shelf;
use heng_log::Disk;
use rayon::iter::{IntoParallelRefMutIterator as _, ParallelIterator as _};
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
            let settled: Vec<_> = pool.install(|| lanes.par_iter_mut().map(|lane| lane.settle(packs)).collect());
            // Of several errors the first partition's is told.
            return settled.into_iter().collect();
        }
        lanes.iter_mut().map(|lane| lane.settle(packs)).collect()
    }
}

/// The threads that some partitions have use for. Where there are none to be had, the engine's own does it.
fn start(partitions: usize) -> Option<ThreadPool> {
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = processors.min(partitions);
    let named = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("fold-{number}"));
    (threads > 1).then(|| named.build().ok()).flatten()
}
