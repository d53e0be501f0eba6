//! One round: whole files made, objects sent that are not there, the manifest last.

use super::{Journals, PublishError, Round, Work, clean};
use crate::chain::Whole;
use crate::chunk::{ChunkWriter, is_full};
use crate::fields::hex;
use crate::manifest::{Chunk, Object, SharedManifest, SharedPart, checkpoint_name, chunk_name, folder, pack_name};
use crate::objects::{Listed, Objects};
use heng_log::Stream;
use heng_model::PartitionId;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Bytes hashed at once.
const HASH_BYTES: usize = 1 << 20;

/// What is at the place, and what was sent to it.
struct Sent<'a> {
    objects: &'a Objects,
    there: BTreeMap<String, Listed>,
    bytes: u64,
}

impl<J: Journals> Work<J> {
    /// Shares the newest checkpoint, where there is one that is not shared.
    pub(super) fn round(&mut self, now_ms: i64) -> Result<Round, PublishError> {
        let Some(number) = self.chain.newest_common() else { return Ok(Round::Nothing) };
        let partitions = 0..self.options.meta.partitions;
        let wholes: Option<Vec<Whole>> =
            partitions.map(|partition| self.chain.whole(partition, number)).collect::<Result<_, _>>()?;
        // The engine, or who gave up, was faster.
        let Some(wholes) = wholes else { return Ok(Round::Nothing) };
        let entries: u64 = wholes.iter().map(|whole| whole.end.position).sum();
        if entries <= self.last {
            return Ok(Round::Nothing);
        }
        let objects = match self.open.take() {
            Some(objects) => objects,
            None => Objects::open(&self.options.location)?,
        };
        let round = self.share(&objects, &wholes, now_ms);
        self.open = Some(objects);
        if let Ok(Round::Shared { .. } | Round::Others) = round {
            self.last = entries;
        }
        round
    }

    fn share(&mut self, objects: &Objects, wholes: &[Whole], now_ms: i64) -> Result<Round, PublishError> {
        let log_id = hex(&self.options.meta.log_id);
        let listed = objects.list(&log_id)?;
        let manifests = folder(&log_id);
        let newest = listed.iter().rfind(|it| it.name.starts_with(&manifests));
        let entries: u64 = wholes.iter().map(|whole| whole.end.position).sum();
        let half_ms = i64::try_from(self.options.every.as_millis() / 2).unwrap_or(i64::MAX);
        if newest.is_some_and(|it| covers(&it.name) >= entries) {
            return Ok(Round::Others);
        }
        if newest.is_some_and(|it| now_ms.saturating_sub(it.modified_ms) < half_ms) {
            return Ok(Round::TooSoon);
        }
        // Where it cannot be read, all parts are made anew, and those that are there are not sent again.
        let before = newest.and_then(|it| SharedManifest::decode(&it.name, &objects.get(&it.name).ok()?, &log_id).ok());
        let there = listed.into_iter().map(|it| (it.name.clone(), it)).collect();
        let mut sent = Sent { objects, there, bytes: 0 };
        let fold_version = wholes.iter().map(|whole| whole.end.fold_version).max().unwrap_or_default();
        let mut manifest = SharedManifest::new(&self.options.meta.log_id, fold_version);
        let days = wholes.iter().map(|whole| whole.end.day).min().flatten();
        manifest.day = days.map(|day| day.to_string());
        manifest.packs = self.packs(&log_id, &mut sent)?;
        for (partition, whole) in (0..).zip(wholes) {
            let known = before.as_ref().and_then(|before| before.partitions.get(usize::from(partition)));
            let (position, seq) = (whole.end.position, whole.end.seq);
            manifest.partitions.push(SharedPart {
                position,
                seq,
                subjects: whole.end.count,
                events: self.chunks(&mut sent, (Stream::Events, partition), position, known.map(|it| &it.events))?,
                decisions: self.chunks(
                    &mut sent,
                    (Stream::Decisions, partition),
                    seq,
                    known.map(|it| &it.decisions),
                )?,
                checkpoint: self.checkpoint(&log_id, partition, whole, &mut sent)?,
            });
        }
        self.check_stop()?;
        let (name, text) = manifest.encode();
        sent.bytes += text.len() as u64;
        objects.create(&name, text)?;
        self.confirm(objects, &log_id, &manifest, &name)?;
        // The checkpoint is shared: what is too old goes in another round.
        if let Err(error) = clean::clean(objects, &log_id, self.options.keep, now_ms) {
            tracing::warn!("old shared checkpoints cannot be removed: {error}");
        }
        Ok(Round::Shared { name, entries, bytes: sent.bytes })
    }

    fn check_stop(&self) -> Result<(), PublishError> {
        if self.stop.load(Ordering::Acquire) { Err(PublishError::Stopped) } else { Ok(()) }
    }

    fn packs(&self, log_id: &str, sent: &mut Sent<'_>) -> Result<Vec<Object>, PublishError> {
        let folder = &self.options.packs;
        let bad = |path: &Path| {
            let path = path.to_owned();
            move |cause| PublishError::Pack { path, cause }
        };
        let mut packs = Vec::new();
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(bad(folder))? {
            paths.push(entry.map_err(bad(folder))?.path());
        }
        paths.sort_unstable();
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "pack")) {
            let bytes = fs::read(&path).map_err(bad(&path))?;
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            packs.push(sent.put(pack_name(log_id, &file), bytes)?);
        }
        Ok(packs)
    }

    /// The parts of a journal up to an offset: those known before that nothing is added to, and new ones.
    fn chunks(
        &mut self,
        sent: &mut Sent<'_>,
        (stream, partition): (Stream, PartitionId),
        until: u64,
        known: Option<&Vec<Chunk>>,
    ) -> Result<Vec<Chunk>, PublishError> {
        let what = match stream {
            Stream::Events => "entries",
            Stream::Decisions => "decisions",
        };
        let (log_id, stamp) = (hex(&self.options.meta.log_id), self.options.meta.stamp(stream, partition));
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut next = 0;
        for chunk in known.into_iter().flatten() {
            let is_whole = is_full((chunk.from, chunk.until), chunk.object.bytes) && chunk.until <= until;
            if chunk.from != next || !is_whole || !sent.has(&chunk.object.name, chunk.object.bytes) {
                break;
            }
            next = chunk.until;
            chunks.push(chunk.clone());
        }
        while next < until {
            self.check_stop()?;
            let mut writer = ChunkWriter::new(&stamp, next);
            let mut left = until - next;
            let read = self.journals.read(stream, partition, next, &mut |frame| {
                left -= 1;
                !writer.put(&frame) && left > 0
            });
            read.map_err(|cause| PublishError::Journal { what, partition, cause })?;
            if writer.is_empty() {
                return Err(PublishError::Short { what, partition, found: next, wanted: until });
            }
            let (place, bytes) = writer.finish();
            let object = sent.put(chunk_name(&log_id, stream, partition, place), bytes)?;
            chunks.push(Chunk { from: place.0, until: place.1, object });
            next = place.1;
        }
        Ok(chunks)
    }

    fn checkpoint(
        &self,
        log_id: &str,
        partition: PartitionId,
        whole: &Whole,
        sent: &mut Sent<'_>,
    ) -> Result<Object, PublishError> {
        let bad = |cause: io::Error| PublishError::Chain(crate::chain::at(&whole.path)(cause));
        let open = || File::open(&whole.path).map(|file| BufReader::with_capacity(HASH_BYTES, file));
        let (mut hasher, mut bytes, mut part) = (Sha256::new(), 0_u64, vec![0; HASH_BYTES]);
        let mut input = open().map_err(bad)?;
        loop {
            let read = input.read(&mut part).map_err(bad)?;
            if read == 0 {
                break;
            }
            hasher.update(part.get(..read).unwrap_or_default());
            bytes += read as u64;
        }
        let sha256 = hex(&hasher.finalize());
        let name = checkpoint_name(log_id, partition, (whole.end.position, whole.end.seq), &sha256);
        self.check_stop()?;
        if !sent.has(&name, bytes) {
            let mut input = open().map_err(bad)?;
            sent.objects.write(&name, &mut input, &mut |part| sent.bytes += part.len() as u64)?;
        }
        Ok(Object { name, bytes, sha256 })
    }

    /// Another engine may have removed, with a checkpoint of its own that was too old, what this one needs.
    fn confirm(
        &self,
        objects: &Objects,
        log_id: &str,
        manifest: &SharedManifest,
        name: &str,
    ) -> Result<(), PublishError> {
        let there: BTreeMap<String, u64> = objects.list(log_id)?.into_iter().map(|it| (it.name, it.bytes)).collect();
        let gone = manifest.objects().find(|object| there.get(&object.name) != Some(&object.bytes));
        let Some(gone) = gone else { return Ok(()) };
        objects.remove(name)?;
        Err(PublishError::Gone { object: objects.full(&gone.name) })
    }
}

impl Sent<'_> {
    fn has(&self, name: &str, bytes: u64) -> bool {
        self.there.get(name).is_some_and(|it| it.bytes == bytes)
    }

    /// Sends an object whose name says what is in it, unless it is there.
    fn put(&mut self, name: String, content: Vec<u8>) -> Result<Object, PublishError> {
        let (bytes, sha256) = (content.len() as u64, hex(&Sha256::digest(&content)));
        if !self.has(&name, bytes) {
            if self.there.contains_key(&name) {
                // Cut short, or written by something else.
                self.objects.remove(&name)?;
            }
            self.objects.create(&name, content)?;
            self.bytes += bytes;
        }
        Ok(Object { name, bytes, sha256 })
    }
}

/// The entries that a manifest's name says it covers.
fn covers(name: &str) -> u64 {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.split('-').next().and_then(|digits| digits.parse().ok()).unwrap_or_default()
}
