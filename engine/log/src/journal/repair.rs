//! Makes what [`examine`](super::examine) found fit to be written on: cuts what is torn, makes sure of what is not proven.
//!
//! # Invariants
//!
//! Every step may be the last before a power cut: the next open finds a journal that it can judge as well as this one.
//! Afterwards the last segment ends with a complete batch or with a mark that witnesses all before it.

use std::io;

use super::blocks::SCAN_BYTES;
use super::error::OpenError;
use super::examine::Found;
use super::format::{Mark, encode_mark};
use super::segment::Segment;
use crate::disk::{Disk, DiskFile, is_full};

fn write_error(file: &str) -> impl FnOnce(io::Error) -> OpenError {
    let file = file.to_owned();
    move |source| if is_full(&source) { OpenError::DiskFull { file } } else { OpenError::Io { file, source } }
}

/// Cuts what is torn and begins the journal where there is none yet.
pub(super) fn repair<D: Disk>(
    disk: &D,
    dir: &str,
    stamp: &[u8; 32],
    found: &mut Found<D::File>,
) -> Result<(), OpenError> {
    if let Some(stub) = &found.stub {
        disk.remove(&stub.file).and_then(|()| disk.sync_dir(dir)).map_err(write_error(&stub.file))?;
    }
    let Some(last) = found.segments.last_mut() else {
        disk.create_dir(dir).map_err(write_error(dir))?;
        found.segments.push(Segment::create(disk, dir, 0, stamp).map_err(write_error(dir))?);
        return Ok(());
    };
    // The name of the segment may have been seen by nobody but this process.
    disk.sync_dir(dir).map_err(write_error(dir))?;
    if found.torn.is_some() {
        last.file.truncate(last.bytes).map_err(write_error(&last.path))?;
    }
    if let Some(unproven) = found.unproven {
        rewrite(last, unproven.from).map_err(write_error(&last.path))?;
        if unproven.has_frames {
            witness(last).map_err(write_error(&last.path))?;
        }
    }
    Ok(())
}

/// Writes the bytes from a place on once more, the same ones, and syncs them.
///
/// They were read, but perhaps from a cache: if a sync of an earlier process failed, the system holds them clean and would
/// not write them for the asking.
fn rewrite<F: DiskFile>(segment: &Segment<F>, from: u64) -> io::Result<()> {
    let mut block = vec![0; SCAN_BYTES];
    let mut at = from;
    while at < segment.bytes {
        let room = usize::try_from(segment.bytes - at).unwrap_or(usize::MAX).min(block.len());
        let target = block.get_mut(..room).unwrap_or_default();
        if segment.file.read_at(at, target)? < target.len() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        segment.file.write_at(at, target)?;
        at += target.len() as u64;
    }
    segment.file.sync()
}

/// Ends a segment with a mark, which says that all before it is synced, as it is.
fn witness<F: DiskFile>(segment: &mut Segment<F>) -> io::Result<()> {
    let mark = encode_mark(Mark { byte: segment.bytes, offset: segment.end(), batch_bytes: 0 }, segment.seed);
    segment.file.write_at(segment.bytes, &mark)?;
    segment.file.sync()?;
    segment.bytes += mark.len() as u64;
    Ok(())
}
