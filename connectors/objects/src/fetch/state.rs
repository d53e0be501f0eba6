//! One partition's state, where an engine has its log but lost its checkpoint.

use super::{FETCHED, FetchError, Meter, Wanted, file, io_error};
use crate::chain::{Chain, Fallback};
use crate::manifest::SharedPart;
use crate::objects::Objects;
use crate::sorted::read_end;
use heng_log::{DataDirView, JournalReader, OpenError, RealDisk, Stream};
use heng_model::PartitionId;
use heng_model::checkpoint::{Manifest, Progress};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;

/// Shared states, for an engine that has its log.
#[derive(Debug)]
pub struct SharedState {
    wanted: Wanted,
    disk: RealDisk,
    /// The place did not answer: it is not asked again for each partition.
    is_away: bool,
    /// States handed out: who asks again did not believe them.
    handed_out: BTreeSet<String>,
}

impl SharedState {
    /// States for the log on a disk.
    #[must_use]
    pub fn new(wanted: Wanted, disk: RealDisk) -> Self {
        Self { wanted, disk, is_away: false, handed_out: BTreeSet::new() }
    }

    fn len(&self, stream: Stream, partition: PartitionId) -> Result<u64, OpenError> {
        let stamp = self.wanted.meta.stamp(stream, partition);
        Ok(JournalReader::open(&self.disk, &DataDirView::journal_dir(stream, partition), &stamp)?.len())
    }

    fn get(&self, objects: &Objects, part: &SharedPart, partition: PartitionId, chain: &Chain) -> bool {
        let path = chain.folder(partition).join(Chain::whole_name(FETCHED));
        let mut meter = Meter::new(objects.place(), part.checkpoint.bytes);
        match fetch(objects, (partition, part), &path, &mut meter) {
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

/// Fetches a state into a file, which has its name when it is the one that the manifest says.
pub(super) fn fetch(
    objects: &Objects,
    (partition, part): (PartitionId, &SharedPart),
    path: &Path,
    meter: &mut Meter,
) -> Result<(), FetchError> {
    file(objects, &part.checkpoint, path, meter)?;
    let end = File::open(path).map_err(io_error(path)).map(|file| read_end(&mut BufReader::new(file)))?;
    let detail = match end {
        Ok(end) => {
            let says = (end.partition, end.builds_on, end.position, end.seq, end.count);
            if says == (partition, 0, part.position, part.seq, part.subjects) {
                return Ok(());
            }
            let (of, position, seq) = (end.partition, end.position, end.seq);
            format!("it is the state of partition {of} at {position} and decision {seq}, the manifest says another one")
        }
        Err(error) => error.to_string(),
    };
    fs::remove_file(path).map_err(io_error(path))?;
    Err(FetchError::Damaged { object: objects.full(&part.checkpoint.name), detail })
}

impl Fallback for SharedState {
    fn is_beyond(&self, checkpoint: &Manifest) -> bool {
        let Progress { partition, position, seq, .. } = checkpoint.progress;
        // A journal that cannot be read is told by whoever opens it next.
        let is_beyond = |stream, at| self.len(stream, partition).is_ok_and(|len| at > len);
        is_beyond(Stream::Events, position) || is_beyond(Stream::Decisions, seq)
    }

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
        let Some((objects, candidates)) = self.wanted.candidates(&mut BTreeSet::new()) else {
            self.is_away = true;
            return false;
        };
        let parts = candidates.iter().filter_map(|(_, manifest)| manifest.partitions.get(usize::from(partition)));
        let fitting = parts.filter(|part| part.position <= events && part.seq <= decisions);
        let mut untried = fitting.filter(|part| !self.handed_out.contains(&part.checkpoint.name));
        let Some(part) = untried.find(|part| self.get(&objects, part, partition, chain)) else { return false };
        self.handed_out.insert(part.checkpoint.name.clone());
        true
    }
}
