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

/// Fewer entries of a partition are folded sooner than another thread is woken.
const ENTRIES_MIN: usize = 64;

/// Threads that fold, where there are processors for several partitions at once.
#[derive(Debug, Default)]
pub(super) struct Folders(Option<ThreadPool>);

impl Folders {
    /// Starts the threads that some partitions have use for.
    pub(super) fn start(partitions: u16) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let threads = processors.min(usize::from(partitions));
        let named = ThreadPoolBuilder::new().num_threads(threads).thread_name(|number| format!("fold-{number}"));
        // Where there are none to be had, the engine's own does it.
        Self((threads > 1).then(|| named.build().ok()).flatten())
    }

    /// Makes durable and folds what waits.
    pub(super) fn fold<D: Disk>(&self, lanes: &mut [Lane<D>], packs: &Shelf) -> Result<Vec<Folded>, LaneError> {
        let has_many = |lane: &&Lane<D>| lane.waiting_len() >= ENTRIES_MIN;
        // A day or a pack may take seconds: the other processors are left to who waits for an answer meanwhile.
        let is_long = lanes.iter().any(|lane| lane.has_control);
        match &self.0 {
            Some(pool) if !is_long && lanes.iter().filter(has_many).count() > 1 => {
                pool.install(|| lanes.par_iter_mut().map(|lane| lane.settle(packs)).collect())
            }
            _ => lanes.iter_mut().map(|lane| lane.settle(packs)).collect(),
        }
    }
}
