//! What the files hold is what the store beside them holds, whatever happens to either.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::status::Status;
use crate::testing::{Content, PARTITIONS, World, files};
use heng_model::checkpoint::{CheckpointStore, WriteCheckpointError};
use heng_store::{Failure, MemoryStore, SledStore};
use std::cell::RefCell;
use std::sync::Arc;

fn load(store: &mut impl CheckpointStore, partition: PartitionId) -> (Option<Manifest>, Content) {
    let mut content = Content::new();
    let manifest = store.load(partition, &mut |key, value| drop(content.insert(key.to_vec(), value.to_vec())));
    (manifest.unwrap(), content)
}

/// A start: the chain as it is on the disk, beside a store.
fn started(world: &World, inner: MemoryStore) -> (TeedStore<MemoryStore>, Arc<Chain>, Arc<Status>) {
    let chain = Arc::new(Chain::open(world.folder.path().join("checkpoints"), PARTITIONS, true).unwrap());
    let status = Arc::new(Status::new(PARTITIONS));
    // The first that is made is what the folder has; another one over it begins with nothing.
    let first = RefCell::new(Some(inner));
    let another = Box::new(move || first.borrow_mut().take().unwrap_or_default());
    (TeedStore::new(another, Arc::clone(&chain), Arc::clone(&status), None), chain, status)
}

#[test]
fn the_files_hold_what_the_store_holds() {
    let mut world = World::new(1);
    for round in 1..6_u64 {
        world.advance(20);
        if round == 3 {
            // The thread that shares makes whole files between two checkpoints.
            assert_eq!(world.chain.newest_common(), Some(3));
            let whole = world.chain.whole(0, 3).unwrap().unwrap();
            assert_eq!(whole.end.count, world.states[0].len() as u64);
            assert_eq!(world.chain.whole(0, 3).unwrap(), Some(whole), "it is made once");
        }
        for partition in 0..PARTITIONS {
            let (own, content) = load(&mut world.store, partition);
            let mut shared = Content::new();
            let manifest = world.chain.load(partition, &mut |key, value| {
                shared.insert(key.to_vec(), value.to_vec());
            });
            assert_eq!(manifest.unwrap(), own);
            assert_eq!(shared, content);
            assert_eq!(content, world.states[usize::from(partition)]);
        }
    }
    let names: Vec<_> = files(&world.chain.folder(0)).into_keys().collect();
    assert_eq!(names.len(), 3, "a whole one and two changes: {names:?}");
}

#[test]
fn a_lost_store_is_filled_again_from_the_files() {
    let mut world = World::new(1);
    world.advance(50);
    world.advance(10);
    let (mut store, _, status) = started(&world, MemoryStore::new());
    let (manifest, content) = load(&mut store, 1);
    assert_eq!(content, world.states[1]);
    assert_eq!(status.from(Source::Own), 1);
    // The next checkpoint builds on it.
    let mut progress = manifest.unwrap().progress;
    progress.number += 1;
    let value = store.write(progress, &mut [(b"new"[..].into(), Some(b"1"[..].into()))].into_iter()).unwrap();
    assert_eq!(value.count, world.states[1].len() as u64 + 1);
}

#[test]
fn a_rejected_store_is_thrown_away_and_the_files_are_loaded_then() {
    let mut world = World::new(1);
    world.advance(50);
    let mut inner = MemoryStore::new();
    inner.fail(Failure::Load);
    let (mut store, _, _) = started(&world, inner);
    assert!(store.load(0, &mut |_, _| ()).is_err());
    store.clear(0).unwrap();
    assert_eq!(load(&mut store, 0).1, world.states[0]);
    // What came of the files was not believed either: nothing is left.
    store.clear(0).unwrap();
    assert_eq!(load(&mut store, 0), (None, Content::new()));
}

#[test]
fn damaged_files_are_no_state() {
    let mut world = World::new(1);
    world.advance(50);
    world.advance(5);
    for (name, bytes) in files(&world.chain.folder(0)) {
        for at in (0..bytes.len()).step_by(7) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            std::fs::write(world.chain.folder(0).join(&name), &altered).unwrap();
            let (mut store, chain, _) = started(&world, MemoryStore::new());
            let loaded = store.load(0, &mut |_, _| ());
            // A change that does not even say what it builds on was never there: the state before it is sound.
            let is_older = matches!(&loaded, Ok(Some(manifest)) if manifest.progress.number == 1);
            assert!(loaded.is_err() || loaded == Ok(None) || is_older, "byte {at} of {}: {loaded:?}", name.display());
            drop((store, chain));
            std::fs::write(world.chain.folder(0).join(&name), &bytes).unwrap();
        }
        // Opening removed what did not fit.
        std::fs::write(world.chain.folder(0).join(&name), &bytes).unwrap();
    }
}

#[test]
fn files_that_lag_behind_the_store_are_written_anew() {
    let mut world = World::new(1);
    world.advance(30);
    // A copy of the store that is one checkpoint ahead of the files.
    let (mut ahead, _, _) = started(&world, MemoryStore::new());
    let (manifest, _) = load(&mut ahead, 0);
    let mut inner = MemoryStore::new();
    let mut progress = manifest.unwrap().progress;
    progress.number += 1;
    let mut all = world.states[0].clone();
    all.insert(b"new".to_vec(), b"1".to_vec());
    inner.write(progress, &mut all.into_iter().map(|(key, value)| (key.into(), Some(value.into())))).unwrap();
    let (mut store, chain, status) = started(&world, inner);
    let (manifest, content) = load(&mut store, 0);
    assert_eq!(content.len(), world.states[0].len() + 1);
    assert_eq!(chain.last(0), manifest);
    assert_eq!(chain.whole(0, 2).unwrap().unwrap().end.count, content.len() as u64);
    assert_eq!(status.from(Source::Own), 1);
}

#[test]
fn who_does_not_share_keeps_what_was_fetched_until_the_store_has_it() {
    let mut world = World::new(1);
    world.advance(30);
    let chain = Arc::new(Chain::open(world.folder.path().join("checkpoints"), PARTITIONS, false).unwrap());
    let status = Arc::new(Status::new(PARTITIONS));
    let mut store = TeedStore::new(Box::new(MemoryStore::new), Arc::clone(&chain), status, None);
    let (manifest, content) = load(&mut store, 0);
    assert_eq!(content, world.states[0]);
    let mut progress = manifest.unwrap().progress;
    progress.number += 1;
    store.write(progress, &mut std::iter::empty()).unwrap();
    assert_eq!(files(&chain.folder(0)).len(), 0, "the store has it");
    assert_eq!(load(&mut store, 0).1, world.states[0]);
}

#[test]
fn what_is_given_up_is_shared_no_more_until_the_next_start() {
    let mut world = World::new(1);
    world.advance(30);
    world.advance(3);
    let damaged = world.chain.folder(0).join(name(CHANGE, 2));
    let mut bytes = std::fs::read(&damaged).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&damaged, bytes).unwrap();
    assert!(world.chain.whole(0, 2).is_err());
    assert_eq!(world.chain.newest_common(), None);
    world.advance(3);
    assert_eq!(world.chain.newest_common(), None, "a change without what it changes is nothing");
    assert_eq!(world.chain.last(0), None);
    // What lacks one partition cannot be shared: the others keep none either.
    for partition in 0..PARTITIONS {
        assert_eq!(files(&world.chain.folder(partition)).len(), 0, "of partition {partition}");
    }
}

#[test]
fn a_whole_file_that_was_there_is_proved_before_it_is_shared() {
    let mut world = World::new(1);
    world.advance(30);
    let path = world.chain.folder(0).join(name(WHOLE, 1));
    let sound = std::fs::read(&path).unwrap();
    let mut bytes = sound.clone();
    bytes[20] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(world.chain.whole(0, 1), Err(ChainError { cause: SortedError::Damaged { .. }, .. })));
    assert!(world.chain.is_given_up());
    // Where it is sound it is read once.
    let mut world = World::new(1);
    world.advance(30);
    let path = world.chain.folder(0).join(name(WHOLE, 1));
    let whole = world.chain.whole(0, 1).unwrap();
    assert!(whole.is_some());
    std::fs::remove_file(path).unwrap();
    assert_eq!(world.chain.whole(0, 1).unwrap(), whole);
}

#[test]
fn what_was_given_up_while_a_whole_file_was_made_does_not_return() {
    let mut world = World::new(1);
    world.advance(30);
    world.advance(3);
    let chain = Arc::clone(&world.chain);
    assert_eq!(chain.whole_after(0, 2, || chain.give_up().unwrap()).unwrap(), None);
    assert_eq!(files(&chain.folder(0)).len(), 0);
}

/// On sled too, whose folder is locked: what was loaded is filled in behind, and is there at the next start.
#[test]
fn sled_is_filled_behind_what_was_loaded() {
    let mut world = World::new(1);
    world.advance(50);
    let state = world.folder.path().join("state");
    let open = || {
        let chain = Arc::new(Chain::open(world.folder.path().join("checkpoints"), PARTITIONS, true).unwrap());
        let (status, state) = (Arc::new(Status::new(PARTITIONS)), state.clone());
        let another = Box::new(move || SledStore::new(state.clone()));
        (TeedStore::new(another, Arc::clone(&chain), Arc::clone(&status), None), status)
    };
    for _ in 0..2 {
        let (mut store, status) = open();
        let mut last = Vec::new();
        for partition in 0..PARTITIONS {
            let (manifest, content) = load(&mut store, partition);
            assert_eq!(content, world.states[usize::from(partition)]);
            last.extend(manifest);
        }
        assert_eq!(status.from(Source::Own), usize::from(PARTITIONS));
        for manifest in last {
            let mut progress = manifest.progress;
            progress.number += 1;
            assert_eq!(store.write(progress, &mut std::iter::empty()).unwrap().sum, manifest.sum);
        }
    }
    // The store alone has it all.
    for partition in 0..PARTITIONS {
        assert_eq!(load(&mut SledStore::new(&state), partition).1, world.states[usize::from(partition)]);
    }
}

/// What is written into sled behind a load is read a second time: other files than those that were loaded are no state.
#[test]
fn a_fill_of_sled_from_other_files_than_were_loaded_is_no_checkpoint() {
    let remove = |_: &Path, chain: &Path| std::fs::remove_dir_all(chain).unwrap();
    let cut = |path: &Path, _: &Path| File::options().write(true).open(path).unwrap().set_len(700).unwrap();
    let alter = |path: &Path, _: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    let harms: [fn(&Path, &Path); 3] = [remove, cut, alter];
    for harm in harms {
        let mut world = World::new(1);
        world.advance(50);
        let (state, files) = (world.folder.path().join("state"), world.folder.path().join("checkpoints"));
        let chain = Arc::new(Chain::open(&files, PARTITIONS, true).unwrap());
        let path = chain.folder(0).join(Chain::whole_name(1));
        let (made, place) = (std::cell::Cell::new(0), state.clone());
        let another = Box::new(move || {
            // The second one is made when the files were loaded, before they are read again.
            if made.replace(made.get() + 1) == 1 {
                harm(&path, &files);
            }
            SledStore::new(place.clone())
        });
        let mut store = TeedStore::new(another, chain, Arc::new(Status::new(PARTITIONS)), None);
        let (manifest, content) = load(&mut store, 0);
        assert_eq!(content, world.states[0]);
        let manifest = manifest.unwrap();
        let mut progress = manifest.progress.clone();
        progress.number += 1;
        let error = store.write(progress, &mut std::iter::empty()).unwrap_err();
        assert!(matches!(error, WriteCheckpointError::Rejected(_)), "{error}");
        assert_eq!(load(&mut SledStore::new(&state), 0), (None, Content::new()));
        // Whoever throws it away, as such an error says, can write the whole.
        store.clear(0).unwrap();
        let whole = content.iter().map(|(key, value)| (key.into(), Some(value.into())));
        store.write(manifest.progress, &mut whole.into_iter()).unwrap();
        drop(store);
        assert_eq!(load(&mut SledStore::new(&state), 0).1, content);
    }
}

#[test]
fn the_state_of_another_partition_is_refused() {
    let mut world = World::new(1);
    world.advance(30);
    let [own, other] = [0, 1].map(|partition| world.chain.folder(partition).join(name(WHOLE, 1)));
    std::fs::copy(other, own).unwrap();
    let error = world.chain.load(0, &mut |_, _| ()).unwrap_err();
    assert!(error.to_string().contains("another partition"), "{error}");
    let (mut store, chain, _) = started(&world, MemoryStore::new());
    assert_eq!(load(&mut store, 0), (None, Content::new()));
    assert_eq!(files(&chain.folder(0)).len(), 0, "nothing is built on it");
    assert_eq!(load(&mut store, 1).1, world.states[1]);
}
