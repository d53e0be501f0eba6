//! What is wrong at a place is never fetched; what was interrupted is gone on with.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::chain::Fallback;
use crate::publish::Round;
use crate::testing::{PARTITIONS, World, files, folder_of, held};
use heng_log::{DataDir, INCOMING_DIR, Journal, JournalOptions, Stream};

#[test]
fn an_object_that_is_damaged_or_missing_is_never_used() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let whole = files(&world.place());
    for (path, bytes) in &whole {
        for at in (0..bytes.len()).step_by(bytes.len() / 40 + 1).chain([bytes.len() - 1]) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let place = folder_of(whole.iter().filter(|(it, _)| *it != path).chain([(path, &altered)]));
            assert_eq!(world.fetch(place.path()), None, "byte {at} of {}", path.display());
        }
        let place = folder_of(whole.iter().filter(|(it, _)| *it != path));
        assert_eq!(world.fetch(place.path()), None, "without {}", path.display());
        let cut = bytes[..bytes.len() - 1].to_vec();
        let place = folder_of(whole.iter().filter(|(it, _)| *it != path).chain([(path, &cut)]));
        assert_eq!(world.fetch(place.path()), None, "cut: {}", path.display());
    }
}

#[test]
fn where_the_newest_is_damaged_the_one_before_is_used() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let (before, old) = (files(&world.place()), world.held());
    world.advance(10);
    world.share().unwrap();
    for (path, bytes) in files(&world.place()).iter().filter(|(path, _)| !before.contains_key(*path)) {
        let mut altered = bytes.clone();
        altered[bytes.len() / 2] ^= 1;
        std::fs::write(world.place().join(path), altered).unwrap();
        assert_eq!(world.fetch(&world.place()).unwrap().1, old, "{}", path.display());
        std::fs::write(world.place().join(path), bytes).unwrap();
    }
    assert_eq!(world.fetch(&world.place()).unwrap().1, world.held());
}

#[test]
fn what_another_log_a_newer_fold_or_form_has_is_let_be() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    assert_eq!(World::new(2).fetch(&world.place()), None);
    // The same under this log's name, as a copied folder would have it.
    let (own, other) = (crate::fields::hex(&[1; 32]), crate::fields::hex(&[2; 32]));
    std::fs::rename(world.place().join(&own), world.place().join(&other)).unwrap();
    assert_eq!(World::new(2).fetch(&world.place()), None);
    std::fs::rename(world.place().join(&other), world.place().join(&own)).unwrap();
    let older = Wanted { fold_version: 0, ..world.wanted(&world.place()) };
    assert_eq!(older.fetch_into(tempfile::tempdir().unwrap().path()), None);
    let mut fewer = world.wanted(&world.place());
    fewer.meta.partitions = 1;
    assert_eq!(fewer.fetch_into(tempfile::tempdir().unwrap().path()), None);
    assert!(world.fetch(&world.place()).is_some());
}

#[test]
fn manifests_say_why_they_are_not_believed() {
    use crate::manifest::{ManifestError, SharedManifest};
    let named = |text: &str| {
        let sum = crate::fields::hex(&Sha256::digest(text));
        SharedManifest::decode(&format!("l/manifests/0-{}.json", &sum[..16]), text.as_bytes(), "l")
    };
    let newer = named(r#"{"format": 9, "needs": "3.1.0", "more": 1}"#).unwrap_err();
    assert_eq!(newer.to_string(), "its form is 9, this release knows up to 1: use release 3.1.0 or newer");
    let text = |log: &str, pack: &str, until: u64| {
        let object = |name: &str| format!(r#""name": "{name}", "bytes": 1, "sha256": "00""#);
        format!(
            r#"{{"format": 1, "needs": "0.1.0", "written_by": "0.1.0", "log_id": "{log}", "fold_version": 1, "day": null,
                "packs": [{{{}}}], "partitions": [{{"position": {until}, "seq": 0, "subjects": 0, "checkpoint": {{{}}},
                "events": [{{"from": 0, "until": 3, {}}}], "decisions": []}}]}}"#,
            object(pack),
            object("l/c"),
            object("l/e"),
        )
    };
    assert!(named(&text("l", "l/packs/a.pack", 3)).is_ok());
    let other = ManifestError::OtherLog { found: "m".to_owned(), own: "l".to_owned() };
    assert_eq!(named(&text("m", "l/a", 3)).unwrap_err(), other);
    for (text, detail) in [
        (text("l", "m/a", 3), "it names `m/a`, which is not of its log"),
        (text("l", "l/../m/a", 3), "it names `l/../m/a`, which is not of its log"),
        (text("l", "l/a", 4), "entries of partition 0 end at 3, not at 4"),
    ] {
        assert_eq!(named(&text).unwrap_err(), ManifestError::Damaged(detail.to_owned()));
    }
}

#[test]
fn a_place_that_is_empty_or_does_not_answer_is_done_without() {
    let world = World::new(1);
    assert_eq!(world.fetch(tempfile::tempdir().unwrap().path()), None);
    let file = world.folder.path().join("a file");
    std::fs::write(&file, b"").unwrap();
    assert_eq!(world.fetch(&file), None);
}

#[test]
fn a_directory_that_was_put_in_its_place_by_half_is_gone_on_with() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let fetch = |data: &Path| world.wanted(&world.place()).fetch_into(data).unwrap();
    for moved in 0..=4 {
        let data = tempfile::tempdir().unwrap();
        fetch(data.path());
        assert!(is_incoming_complete(data.path()));
        assert!(DataDir::open(data.path()).is_err(), "it is none yet");
        if moved > 0 {
            DataDir::create(data.path(), world.meta.clone()).unwrap();
        }
        for part in ["packs", "log", "decisions", "checkpoints"].iter().take(moved) {
            std::fs::rename(data.path().join("incoming").join(part), data.path().join(part)).unwrap();
        }
        assert_eq!(held(data.path()), world.held());
    }
    // A folder of that name that is none of ours is let be, and told.
    let data = tempfile::tempdir().unwrap();
    std::fs::create_dir(data.path().join("incoming")).unwrap();
    std::fs::write(data.path().join("incoming/letters"), b"of somebody").unwrap();
    assert_eq!(world.wanted(&world.place()).fetch_into(data.path()), None);
    assert!(data.path().join("incoming/letters").exists());
    // Nor does anything else end the start that keeps it from being kept here.
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("incoming"), b"in the way").unwrap();
    assert_eq!(world.wanted(&world.place()).fetch_into(data.path()), None);
    DataDir::create(data.path(), world.meta.clone()).unwrap();
    // One that was not completed is begun anew.
    let data = tempfile::tempdir().unwrap();
    fetch(data.path());
    std::fs::remove_file(data.path().join("incoming/complete")).unwrap();
    std::fs::remove_dir_all(data.path().join("incoming/log")).unwrap();
    assert!(!is_incoming_complete(data.path()));
    fetch(data.path());
    assert_eq!(held(data.path()), world.held());
}

#[test]
fn a_removal_that_was_interrupted_is_gone_on_with() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let fetch = |data: &Path| world.wanted(&world.place()).fetch_into(data).unwrap();
    for removed in 1.. {
        let data = tempfile::tempdir().unwrap();
        fetch(data.path());
        let folder = data.path().join(INCOMING_DIR);
        let removals = incoming::removals(&folder).unwrap();
        removals.iter().take(removed).for_each(|path| incoming::remove(path).unwrap());
        assert!(!is_incoming_complete(data.path()), "{removed}");
        // The next start removes the rest, or begins in what is left, and so does one that fetches nothing.
        fetch(data.path());
        assert_eq!(held(data.path()), world.held(), "{removed}");
        let data = tempfile::tempdir().unwrap();
        fetch(data.path());
        let folder = data.path().join(INCOMING_DIR);
        incoming::removals(&folder).unwrap().iter().take(removed).for_each(|path| incoming::remove(path).unwrap());
        remove_incoming(data.path()).unwrap();
        DataDir::create(data.path(), world.meta.clone()).unwrap();
        let left = files(data.path()).into_keys().filter(|path| path.starts_with(INCOMING_DIR)).count();
        assert_eq!(left, 0, "{removed}");
        // One that is in its place already, too.
        let data = tempfile::tempdir().unwrap();
        fetch(data.path());
        let folder = data.path().join(INCOMING_DIR);
        drop(DataDir::create(data.path(), world.meta.clone()).unwrap());
        for part in ["packs", "log", "decisions", "checkpoints"] {
            std::fs::rename(folder.join(part), data.path().join(part)).unwrap();
        }
        incoming::removals(&folder).unwrap().iter().take(removed).for_each(|path| incoming::remove(path).unwrap());
        assert!(DataDir::open(data.path()).is_ok() && !is_incoming_complete(data.path()), "{removed}");
        if removed == removals.len() {
            break;
        }
    }
}

#[test]
fn a_lost_state_is_fetched_where_the_own_log_reaches_so_far() {
    let mut world = World::new(1);
    world.advance(40);
    assert!(matches!(world.share().unwrap(), Round::Shared { .. }));
    world.advance(40);
    world.share().unwrap();
    let fetched = |entries: usize| {
        let data = tempfile::tempdir().unwrap();
        let dir = DataDir::create(data.path(), world.meta.clone()).unwrap();
        for (stream, at) in [(Stream::Events, 0), (Stream::Decisions, 1)] {
            let options = JournalOptions::new(world.meta.stamp(stream, 0));
            let folder = heng_log::DataDirView::journal_dir(stream, 0);
            let (mut journal, _) = Journal::open(&dir.disk(), &folder, options).unwrap();
            for entry in world.logs[0][at].iter().take(entries) {
                journal.append(entry, b"").unwrap();
            }
            journal.close().unwrap();
        }
        let chain = Chain::open(Chain::place(data.path()), PARTITIONS, true).unwrap();
        let mut state = SharedState::new(world.wanted(&world.place()), dir.disk());
        let fetched = state.fetch(0, &chain);
        assert_eq!(fetched, chain.last(0).is_some());
        // Who asks again did not believe it: an older one, or none.
        if chain.last(0).is_some_and(|it| it.progress.position == 80) {
            assert!(state.fetch(0, &chain));
            assert_eq!(chain.last(0).unwrap().progress.position, 40);
            assert!(!state.fetch(0, &chain));
            return Some(80);
        }
        chain.last(0).map(|manifest| manifest.progress.position)
    };
    assert_eq!(fetched(0), None, "there is no log to go with it");
    assert_eq!(fetched(39), None, "no checkpoint is so old");
    assert_eq!(fetched(40), Some(40));
    assert_eq!(fetched(79), Some(40));
    assert_eq!(fetched(80), Some(80));
}

#[test]
fn a_manifest_that_names_the_state_of_another_partition_is_not_used() {
    use crate::manifest::SharedManifest;
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let (log_id, objects) = (hex(&world.meta.log_id), Objects::open(&Location::Folder(world.place())).unwrap());
    let name = objects.list(&folder(&log_id)).unwrap().pop().unwrap().name;
    let mut manifest = SharedManifest::decode(&name, &objects.get(&name).unwrap(), &log_id).unwrap();
    let (first, second) = manifest.partitions.split_at_mut(1);
    std::mem::swap(&mut first[0].checkpoint, &mut second[0].checkpoint);
    let (forged, text) = manifest.encode();
    objects.remove(&name).unwrap();
    objects.create(&forged, text).unwrap();
    assert_eq!(world.fetch(&world.place()), None);
}

/// Files of an engine whose journals were cut, or taken from elsewhere.
#[test]
fn own_files_further_than_the_log_are_not_used() {
    use crate::chain::TeedStore;
    use crate::status::Status;
    use heng_model::checkpoint::CheckpointStore as _;
    use std::sync::Arc;
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let loaded = |cut: Stream| {
        let data = tempfile::tempdir().unwrap();
        world.wanted(&world.place()).fetch_into(data.path()).unwrap();
        let dir = finish_incoming(data.path()).unwrap();
        let folder = heng_log::DataDirView::journal_dir(cut, 0);
        std::fs::remove_dir_all(data.path().join(&folder)).unwrap();
        let at = usize::from(cut == Stream::Decisions);
        let (mut journal, _) =
            Journal::open(&dir.disk(), &folder, JournalOptions::new(world.meta.stamp(cut, 0))).unwrap();
        for entry in world.logs[0][at].iter().take(39) {
            journal.append(entry, b"").unwrap();
        }
        journal.close().unwrap();
        let chain = Arc::new(Chain::open(Chain::place(data.path()), PARTITIONS, true).unwrap());
        let state = SharedState::new(world.wanted(&world.place()), dir.disk());
        let status = Arc::new(Status::new(PARTITIONS));
        let own = Box::new(heng_store::MemoryStore::new);
        let mut store = TeedStore::new(own, Arc::clone(&chain), status, Some(Box::new(state)));
        let found = [0, 1].map(|partition| store.load(partition, &mut |_, _| ()).unwrap().is_some());
        (found, files(&chain.folder(0)).len())
    };
    assert_eq!(loaded(Stream::Events), ([false, true], 0));
    assert_eq!(loaded(Stream::Decisions), ([false, true], 0));
}
