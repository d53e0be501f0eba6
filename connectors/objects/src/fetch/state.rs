//! One partition's state, where an engine has its log but lost its checkpoint.

use super::{FETCHED, Meter, Wanted, file};
use crate::chain::{Chain, Fallback};
use crate::manifest::SharedPart;
use crate::objects::Objects;
use heng_log::{DataDirView, JournalReader, OpenError, RealDisk, Stream};
use heng_model::PartitionId;

/// Shared states, for an engine that has its log.
#[derive(Debug)]
pub struct SharedState {
    wanted: Wanted,
    disk: RealDisk,
    /// The place did not answer: it is not asked again for each partition.
    is_away: bool,
}

impl SharedState {
    /// States for the log on a disk.
    #[must_use]
    pub fn new(wanted: Wanted, disk: RealDisk) -> Self {
        Self { wanted, disk, is_away: false }
    }

    fn len(&self, stream: Stream, partition: PartitionId) -> Result<u64, OpenError> {
        let stamp = self.wanted.meta.stamp(stream, partition);
        Ok(JournalReader::open(&self.disk, &DataDirView::journal_dir(stream, partition), &stamp)?.len())
    }

    fn get(&self, objects: &Objects, part: &SharedPart, partition: PartitionId, chain: &Chain) -> bool {
        let path = chain.folder(partition).join(Chain::whole_name(FETCHED));
        let mut meter = Meter::new(objects.place(), part.checkpoint.bytes);
        match file(objects, &part.checkpoint, &path, &mut meter) {
            Ok(()) => {
                meter.done();
                chain.adopt(partition, FETCHED);
                true
            }
            Err(error) => {
                tracing::warn!(partition, "this shared state is not used: {error}; an older one, or the log, is");
                false
            }
        }
    }
}

impl Fallback for SharedState {
    fn fetch(&mut self, partition: PartitionId, chain: &Chain) -> bool {
        let lens = self
            .len(Stream::Events, partition)
            .and_then(|events| Ok((events, self.len(Stream::Decisions, partition)?)));
        let (events, decisions) = match lens {
            // There is no log to go with a state.
            Ok((0, _)) => return false,
            Ok(lens) => lens,
            // Told by whoever opens it next.
            Err(_) => return false,
        };
        if self.is_away {
            return false;
        }
        let Some((objects, candidates)) = self.wanted.candidates() else {
            self.is_away = true;
            return false;
        };
        let parts = candidates.iter().filter_map(|(_, manifest)| manifest.partitions.get(usize::from(partition)));
        let mut fitting = parts.filter(|part| part.position <= events && part.seq <= decisions);
        fitting.any(|part| self.get(&objects, part, partition, chain))
    }
}
