//! Damages a real sled folder in many ways: what loads afterwards is the last checkpoint, or is rejected.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use crate::conformance::{Content, change, load, progress};
use crate::sled_store::Step;
use crate::{DiscardError, SledStore};
use heng_model::checkpoint::{CheckpointStore, Damage, Manifest, WriteCheckpointError};
use std::fs;
use std::path::{Path, PathBuf};

const SUBJECTS: u32 = 400;
const FLIPS_MAX: usize = 130;
const CUTS: usize = 20;

struct Sample {
    root: tempfile::TempDir,
    manifest: Manifest,
    content: Content,
}

fn key(subject: u32) -> String {
    format!("person:{subject:08}")
}

/// Three checkpoints, with deletions; and the leftovers of a fourth, if it is to have crashed.
fn sample(crashed: bool) -> Sample {
    let root = tempfile::tempdir().unwrap();
    let mut store = SledStore::new(root.path());
    let value = |subject: u32, number: u32| format!("state of {subject} at {number} ").repeat(6);
    for number in 1..=3 {
        let changed = (0..SUBJECTS).filter(|subject| subject % number == 0);
        let changed = changed.map(|n| change(key(n), Some(value(n, number).as_str()).filter(|_| n % 10 != number)));
        store.write(progress(0, number.into()), &mut changed.into_iter()).unwrap();
    }
    if crashed {
        store.crash_before = Some(Step::Manifest);
        let changed = (0..SUBJECTS).map(|n| change(key(n), Some(&value(n, 4))));
        assert!(store.write(progress(0, 4), &mut changed.into_iter()).is_err());
    }
    drop(store);
    // An opened copy, since opening removes leftovers.
    let copy = tempfile::tempdir().unwrap();
    copy_tree(root.path(), copy.path());
    let (manifest, content) = load(&mut SledStore::new(copy.path()), 0);
    Sample { root, manifest: manifest.unwrap(), content }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found.sort();
    found
}

/// The files that matter, relative to the root.
fn files_of(sample: &Sample) -> Vec<PathBuf> {
    let root = sample.root.path();
    files(&root.join("p00000")).iter().map(|path| path.strip_prefix(root).unwrap().to_owned()).collect()
}

/// Damages a copy and opens it; tells why it was rejected.
fn check(sample: &Sample, name: &str, damage: impl FnOnce(&Path)) -> Option<Damage> {
    let copy = tempfile::tempdir().unwrap();
    copy_tree(sample.root.path(), copy.path());
    damage(copy.path());
    let mut store = SledStore::new(copy.path());
    let mut content = Content::new();
    let loaded = store.load(0, &mut |key, value| drop(content.insert(key.to_vec(), value.to_vec())));
    match loaded {
        Ok(manifest) => {
            assert_eq!(manifest.as_ref(), Some(&sample.manifest), "{name}");
            assert_eq!(content, sample.content, "{name}");
            None
        }
        Err(rejected) => {
            assert!(rejected.to_string().ends_with("nothing is lost, its state is rebuilt from the log"));
            store.clear(0).unwrap();
            assert_eq!(load(&mut store, 0), (None, Content::new()), "{name}");
            Some(rejected.damage)
        }
    }
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_flipped_byte_changes_nothing_or_is_rejected() {
    for crashed in [false, true] {
        let sample = sample(crashed);
        let mut rejected = 0;
        for file in files_of(&sample) {
            let length = fs::metadata(sample.root.path().join(&file)).unwrap().len() as usize;
            let samples = length.min(FLIPS_MAX);
            for n in 0..samples {
                let at = n * length / samples + (n * 7) % (length / samples);
                let mask = [0x01, 0x80, 0xFF][n % 3];
                let name = format!("{} ^ {mask:#x} at {at}", file.display());
                let damage = check(&sample, &name, |root| edit(&root.join(&file), |bytes| bytes[at] ^= mask));
                assert!(damage.is_some() || !file.ends_with("manifest"), "{name}: every byte of a manifest counts");
                rejected += usize::from(damage.is_some());
            }
        }
        assert!(rejected > FLIPS_MAX, "{rejected}: most of them must have hit something");
    }
}

#[test]
fn a_truncated_file_changes_nothing_or_is_rejected() {
    for crashed in [false, true] {
        let sample = sample(crashed);
        let bytes: usize = sample.content.iter().map(|(key, value)| key.len() + value.len()).sum();
        for file in files_of(&sample) {
            let length = fs::metadata(sample.root.path().join(&file)).unwrap().len() as usize;
            let lengths = (0..CUTS).map(|n| n * length / CUTS).chain((1..=4).map(|less| length.saturating_sub(less)));
            for kept in lengths {
                let name = format!("{} cut at {kept}", file.display());
                let damage = check(&sample, &name, |root| edit(&root.join(&file), |bytes| bytes.truncate(kept)));
                // What is left of the log may still hold all that counts; not where it has fewer bytes than the values.
                let must = file.ends_with("manifest") || (file.ends_with("db") && kept < bytes);
                assert!(damage.is_some() || !must, "{name}");
            }
        }
    }
}

#[test]
fn a_block_of_zeros_changes_nothing_or_is_rejected() {
    let sample = sample(false);
    let db = Path::new("p00000/sled/db");
    let length = fs::metadata(sample.root.path().join(db)).unwrap().len() as usize;
    for start in (0..length).step_by(4096 * 5) {
        let end = length.min(start + 4096);
        check(&sample, &format!("zeros from {start}"), |root| edit(&root.join(db), |bytes| bytes[start..end].fill(0)));
    }
}

#[test]
fn a_missing_file_changes_nothing_or_is_rejected() {
    for crashed in [false, true] {
        let sample = sample(crashed);
        for file in files_of(&sample) {
            let damage = check(&sample, &file.display().to_string(), |root| fs::remove_file(root.join(&file)).unwrap());
            match file.file_name().and_then(|name| name.to_str()).unwrap() {
                "manifest" => assert_eq!(damage, Some(Damage::ManifestLost { number: 3 })),
                "db" => assert!(matches!(damage, Some(Damage::BlockDamaged { block: 0, .. })), "{damage:?}"),
                _ => {}
            }
        }
    }
}

#[test]
fn a_sled_that_is_gone_is_a_loss_and_not_a_beginning() {
    let damage = check(&sample(false), "no sled", |root| fs::remove_dir_all(root.join("p00000/sled")).unwrap());
    assert!(matches!(damage, Some(Damage::BlockDamaged { block: 0, .. })), "{damage:?}");
}

#[test]
fn a_manifest_of_another_time_or_place_is_rejected() {
    let sample = sample(false);
    let other = |partition, number| {
        let root = tempfile::tempdir().unwrap();
        SledStore::new(root.path()).write(progress(partition, number), &mut std::iter::empty()).unwrap();
        fs::read(root.path().join(format!("p{partition:05}/manifest"))).unwrap()
    };
    let with =
        |bytes: Vec<u8>| check(&sample, "manifest", |root| fs::write(root.join("p00000/manifest"), bytes).unwrap());
    assert_eq!(with(other(0, 2)), Some(Damage::ManifestStale { manifest: 2, store: 3 }));
    assert!(matches!(with(other(0, 3)), Some(Damage::ManifestDamaged { .. })));
    assert!(matches!(with(other(0, 4)), Some(Damage::ManifestDamaged { .. })), "it follows nothing");
    assert!(matches!(with(other(1, 3)), Some(Damage::ManifestDamaged { .. })));
}

#[test]
fn a_crash_right_after_the_manifest_leaves_the_new_checkpoint() {
    let root = tempfile::tempdir().unwrap();
    // After the witness it is what was merged that remains.
    let steps = [[Step::Witness; 4], [Step::Removal; 4], [Step::Witness, Step::Removal, Step::Removal, Step::Witness]];
    for (number, step) in (1..).zip(steps.into_iter().flatten()) {
        let mut store = SledStore::new(root.path());
        store.crash_before = Some(step);
        let changed = change(key(1), Some(&number.to_string()));
        assert!(store.write(progress(0, number), &mut [changed].into_iter()).is_err());
        drop(store);
        let (manifest, content) = load(&mut SledStore::new(root.path()), 0);
        assert_eq!(manifest.unwrap().progress.number, number);
        assert_eq!(content[key(1).as_bytes()], number.to_string().as_bytes());
    }
}

#[test]
fn damage_met_while_writing_rejects_and_a_rebuild_follows() {
    let sample = sample(false);
    edit(&sample.root.path().join("p00000/manifest"), |bytes| bytes[40] ^= 1);
    let mut store = SledStore::new(sample.root.path());
    let written = store.write(progress(0, 4), &mut std::iter::empty());
    assert!(matches!(written, Err(WriteCheckpointError::Rejected(_))));
    assert!(store.load(0, &mut |_, _| ()).is_err());
    store.clear(0).unwrap();
    let all = sample.content.iter().map(|(key, value)| (key.into(), Some(value.into())));
    let rebuilt = store.write(progress(0, 3), &mut all.into_iter()).unwrap();
    assert_eq!(rebuilt, sample.manifest);
    drop(store);
    assert_eq!(load(&mut SledStore::new(sample.root.path()), 0), (Some(rebuilt), sample.content));
}

#[test]
fn two_stores_cannot_have_one_partition_open() {
    let root = tempfile::tempdir().unwrap();
    let (mut one, mut two) = (SledStore::new(root.path()), SledStore::new(root.path()));
    one.write(progress(0, 1), &mut std::iter::empty()).unwrap();
    two.write(progress(1, 1), &mut std::iter::empty()).unwrap();
    assert_eq!(two.load(0, &mut |_, _| ()).unwrap_err().damage, Damage::InUse);
    assert_eq!(two.clear(0).unwrap_err().cause, Damage::InUse);
    assert!(matches!(SledStore::discard(root.path()), Err(DiscardError::InUse(_))));
    drop((one, two));
    SledStore::discard(root.path()).unwrap();
    assert!(!root.path().exists());
    SledStore::discard(root.path()).unwrap();
}

#[test]
fn only_a_store_is_discarded() {
    let root = tempfile::tempdir().unwrap();
    SledStore::new(root.path()).write(progress(0, 1), &mut std::iter::empty()).unwrap();
    fs::write(root.path().join("thesis.txt"), "ten years of work").unwrap();
    assert!(matches!(SledStore::discard(root.path()), Err(DiscardError::NotOurs(_))));
    assert!(load(&mut SledStore::new(root.path()), 0).0.is_some());
}
