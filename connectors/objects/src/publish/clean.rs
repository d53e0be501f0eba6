//! Removes checkpoints that are too old, and what was left of those that were never completed.
//!
//! # Invariants
//!
//! A manifest goes before what it names. What a manifest names that stays is never removed; where one of those cannot be
//! read, nothing is.

use crate::manifest::{SharedManifest, folder};
use crate::objects::{Listed, ObjectError, Objects};
use std::collections::BTreeSet;

/// What no manifest names may belong to a checkpoint that is being shared; after so long it does not.
const ORPHAN_MS: i64 = 24 * 3_600_000;

/// Leaves the newest checkpoints of a log.
pub(super) fn clean(objects: &Objects, log_id: &str, keep: usize, now_ms: i64) -> Result<(), ObjectError> {
    let manifests = objects.list(&folder(log_id))?;
    let (gone, kept) = manifests.split_at(manifests.len().saturating_sub(keep.max(1)));
    let mut needed = BTreeSet::new();
    for it in kept {
        match read(objects, it, log_id) {
            Some(manifest) => needed.extend(manifest.objects().map(|object| object.name.clone())),
            None => {
                let object = objects.full(&it.name);
                tracing::warn!(%object, "it cannot be read: no older checkpoint is removed while it is there");
                return Ok(());
            }
        }
    }
    let mut unneeded = BTreeSet::new();
    for it in gone {
        unneeded.extend(read(objects, it, log_id).iter().flat_map(|it| it.objects()).map(|it| it.name.clone()));
        objects.remove(&it.name)?;
    }
    let kept: BTreeSet<&str> = kept.iter().map(|it| it.name.as_str()).collect();
    let manifests = folder(log_id);
    for it in objects.list(log_id)? {
        let is_needed = needed.contains(&it.name) || kept.contains(it.name.as_str()) || it.name.starts_with(&manifests);
        let is_old = now_ms.saturating_sub(it.modified_ms) > ORPHAN_MS;
        if !is_needed && (is_old || unneeded.contains(&it.name)) {
            objects.remove(&it.name)?;
        }
    }
    Ok(())
}

fn read(objects: &Objects, it: &Listed, log_id: &str) -> Option<SharedManifest> {
    SharedManifest::decode(&it.name, &objects.get(&it.name).ok()?, log_id).ok()
}
