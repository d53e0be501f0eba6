//! What lies at a place, for people: which checkpoints, and whether they are whole.

use crate::manifest::{Object, SharedManifest, folder};
use crate::objects::{Listed, ObjectError, Objects, PART_BYTES};
use crate::sorted::{SortedReader, merge};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::io::{self, Read};

/// A checkpoint at a place.
#[derive(Debug)]
pub struct Found {
    /// Identity of its log.
    pub log_id: String,
    /// Its manifest.
    pub listed: Listed,
    /// What the manifest says, or why it cannot be believed.
    pub manifest: Result<SharedManifest, String>,
}

/// The checkpoints at a place, by log, the oldest first.
///
/// # Errors
/// [`ObjectError`].
pub fn list(objects: &Objects) -> Result<Vec<Found>, ObjectError> {
    let mut all = Vec::new();
    for log_id in objects.folders("")? {
        for listed in objects.list(&folder(&log_id))? {
            let text = match objects.get(&listed.name) {
                // Too old, and removed since it was listed.
                Err(ObjectError::Store { cause: object_store::Error::NotFound { .. }, .. }) => continue,
                text => text?,
            };
            let manifest = SharedManifest::decode(&listed.name, &text, &log_id).map_err(|error| error.to_string());
            all.push(Found { log_id: log_id.clone(), listed, manifest });
        }
    }
    Ok(all)
}

/// Reads an object whole and says what is wrong with it, if anything is; of a state, whether it is what it says.
///
/// # Errors
/// [`ObjectError`] where the place fails; that an object is not there is something wrong with it.
pub fn verify(
    objects: &Objects,
    object: &Object,
    is_state: bool,
    read: &mut dyn FnMut(u64),
) -> Result<Option<String>, ObjectError> {
    let mut input = Hashed { objects, object, at: 0, part: Bytes::new(), hasher: Sha256::new(), failed: None, read };
    let mut wrong = None;
    if is_state {
        let merged = SortedReader::new(&mut input).and_then(|file| merge(vec![file], &mut |_, _| Ok(())));
        wrong = merged.err().map(|error| error.to_string());
    }
    // The rest, which is all of it where it is no state.
    let rest = io::copy(&mut input, &mut io::sink());
    match (input.failed.take(), rest) {
        (Some(ObjectError::Store { cause: object_store::Error::NotFound { .. }, .. }), _) => {
            return Ok(Some("it is not there".to_owned()));
        }
        (Some(failed), _) => return Err(failed),
        (None, rest) => rest?,
    };
    let sha256 = input.hasher.finalize().into();
    Ok(wrong.or_else(|| object.check(input.at, &sha256).err()))
}

/// An object as it is read, with its SHA-256.
struct Hashed<'a> {
    objects: &'a Objects,
    object: &'a Object,
    at: u64,
    part: Bytes,
    hasher: Sha256,
    failed: Option<ObjectError>,
    read: &'a mut dyn FnMut(u64),
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.part.is_empty() && self.at < self.object.bytes {
            let until = self.object.bytes.min(self.at.saturating_add(PART_BYTES as u64));
            match self.objects.range(&self.object.name, self.at..until) {
                Ok(part) => self.part = part,
                Err(error) => {
                    let told = io::Error::other(error.to_string());
                    self.failed = Some(error);
                    return Err(told);
                }
            }
            self.at += self.part.len() as u64;
            self.hasher.update(&self.part);
            (self.read)(self.part.len() as u64);
        }
        let taken = self.part.split_to(self.part.len().min(buffer.len()));
        if let Some(place) = buffer.get_mut(..taken.len()) {
            place.copy_from_slice(&taken);
        }
        Ok(taken.len())
    }
}
