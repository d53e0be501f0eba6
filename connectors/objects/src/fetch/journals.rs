//! The packs and journals of a fetched checkpoint.

use super::{FetchError, Meter, check, io_error};
use crate::chunk;
use crate::manifest::{Chunk, SharedManifest};
use crate::objects::Objects;
use heng_log::{DataDir, DataDirView, Disk as _, Journal, JournalOptions, Stream};
use heng_model::PartitionId;
use sha2::{Digest, Sha256};

/// Keeps the packs where the log's are kept.
pub(super) fn packs(
    objects: &Objects,
    manifest: &SharedManifest,
    dir: &DataDir,
    meter: &mut Meter,
) -> Result<(), FetchError> {
    let disk = dir.disk();
    disk.create_dir("packs").map_err(io_error(&dir.packs()))?;
    for object in &manifest.packs {
        let bytes = objects.get(&object.name)?;
        meter.add(bytes.len());
        check(objects, object, bytes.len() as u64, Sha256::new_with_prefix(&bytes))?;
        let file = object.name.rsplit('/').next().unwrap_or_default();
        let path = format!("packs/{file}");
        disk.write_atomically(&path, &bytes).map_err(io_error(&dir.root().join(&path)))?;
    }
    Ok(())
}

/// Writes a journal from its parts.
pub(super) fn journal(
    objects: &Objects,
    (stream, partition): (Stream, PartitionId),
    chunks: &[Chunk],
    dir: &DataDir,
    meter: &mut Meter,
) -> Result<(), FetchError> {
    let (disk, stamp) = (dir.disk(), dir.meta().stamp(stream, partition));
    let folder = DataDirView::journal_dir(stream, partition);
    let (mut journal, _) = Journal::open(&disk, &folder, JournalOptions::new(stamp))?;
    let mut bytes = Vec::new();
    for Chunk { from, until, object } in chunks {
        bytes.clear();
        objects.read(&object.name, object.bytes, &mut |part| {
            meter.add(part.len());
            bytes.extend_from_slice(part);
            Ok::<(), FetchError>(())
        })?;
        check(objects, object, bytes.len() as u64, Sha256::new_with_prefix(&bytes))?;
        let is_whole = chunk::read(&bytes, &stamp, (*from, *until), &mut |frame| {
            journal.append(frame.entry, frame.sealed).map(drop).map_err(FetchError::from)
        })?;
        if !is_whole {
            let detail = format!("it does not hold the frames {from} to {until} of this journal");
            return Err(FetchError::Damaged { object: objects.full(&object.name), detail });
        }
        journal.sync()?;
    }
    Ok(journal.close()?)
}
