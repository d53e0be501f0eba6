//! Makes whole files of those that change them, for whoever shares them.
//!
//! # Invariants
//!
//! A whole file is handed out when its values were read and are what it says: by the merge that made it, or once in this
//! process where it was there before. Whoever writes checkpoints, and whoever gives up, may go on meanwhile: a file takes the
//! place of others only where they are still those that it was made of.

use super::files::{CHANGE, WHOLE, name, remove, sync_folder};
use super::{Chain, ChainError, Whole, at};
use crate::sorted::{SortedError, merge};
use heng_model::PartitionId;
use std::fs::{self, File};
use std::io;

impl Chain {
    /// The whole file of a partition at a checkpoint, made where changes follow an older one; none where there is nothing
    /// more of that checkpoint. Where one is damaged, all are removed, and shared no more until the next start writes them anew.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn whole(&self, partition: PartitionId, number: u64) -> Result<Option<Whole>, ChainError> {
        self.whole_after(partition, number, || ())
    }

    /// The same, where something happens after a file is written and before it is put in its place.
    pub(super) fn whole_after(
        &self,
        partition: PartitionId,
        number: u64,
        meanwhile: impl FnOnce(),
    ) -> Result<Option<Whole>, ChainError> {
        let made = self.make_whole(partition, number, meanwhile);
        if let Err(ChainError { cause: SortedError::Damaged { .. } | SortedError::Differs { .. }, .. }) = &made {
            self.give_up()?;
        }
        made
    }

    fn make_whole(
        &self,
        partition: PartitionId,
        number: u64,
        meanwhile: impl FnOnce(),
    ) -> Result<Option<Whole>, ChainError> {
        let folder = self.folder(partition);
        let path = folder.join(name(WHOLE, number));
        let (files, opened) = match self.part(partition) {
            Some(part) if part.whole == Some(number) && part.proved.is_some() => {
                return Ok(part.proved.clone().map(|end| Whole { path, end }));
            }
            Some(part) if part.has(number) => (part.files(&folder, number)?, part.clone()),
            _ => return Ok(None),
        };
        if opened.whole == Some(number) {
            let end = merge(files, &mut |_, _| Ok(())).map_err(at(&path))?;
            let Some(mut now) = self.part(partition).filter(|now| now.whole == Some(number)) else { return Ok(None) };
            now.proved = Some(end.clone());
            return Ok(Some(Whole { path, end }));
        }
        let mut draft = self.draft_on(partition, 0, "whole.tmp")?;
        let merged = merge(files, &mut |key, value| draft.writer.put(key, Some(value)));
        let end = match merged {
            Ok(end) => end,
            Err(error) => {
                remove(&draft.path)?;
                return Err(at(&folder)(error));
            }
        };
        let (drafted, end) = self.complete(draft, &end.manifest(number))?;
        // It takes the place of several: it must not be lost with the power after they are removed.
        File::open(&drafted).and_then(|file| file.sync_all()).map_err(at::<io::Error>(&drafted))?;
        meanwhile();
        let Some(mut now) = self.part(partition).filter(|now| now.whole == opened.whole && now.has(number)) else {
            remove(&drafted)?;
            return Ok(None);
        };
        fs::rename(&drafted, &path).and_then(|()| sync_folder(&folder)).map_err(at::<io::Error>(&path))?;
        let (gone, left) = now.changes.iter().partition(|change| **change <= number);
        let gone: Vec<u64> = gone;
        let old = now.whole.replace(number);
        (now.changes, now.proved) = (left, Some(end.clone()));
        for (kind, number) in old.map(|old| (WHOLE, old)).into_iter().chain(gone.into_iter().map(|it| (CHANGE, it))) {
            remove(&folder.join(name(kind, number)))?;
        }
        Ok(Some(Whole { path, end }))
    }
}
