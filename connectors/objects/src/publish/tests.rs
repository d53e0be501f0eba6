//! What is shared can be fetched; what is interrupted changes nothing; what is old goes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::manifest::folder;
use crate::testing::{World, files, folder_of};
use std::collections::BTreeMap;

fn manifests(world: &World) -> Vec<String> {
    let objects = Objects::open(&Location::Folder(world.place())).unwrap();
    let log_id = crate::fields::hex(&world.meta.log_id);
    objects.list(&folder(&log_id)).unwrap().into_iter().map(|it| it.name).collect()
}

#[test]
fn what_one_shares_another_begins_with() {
    let mut world = World::new(1);
    assert_eq!(world.share().unwrap(), Round::Nothing);
    world.advance(40);
    assert!(matches!(world.share().unwrap(), Round::Shared { entries: 80, .. }));
    let (fetched, held) = world.fetch(&world.place()).unwrap();
    assert_eq!(fetched.entries, 80);
    assert_eq!(held, world.held());
    // Nothing new: one that is as new is there.
    assert_eq!(world.share().unwrap(), Round::Others);
    world.advance(5);
    assert!(matches!(world.share().unwrap(), Round::Shared { entries: 90, .. }));
    assert_eq!(world.fetch(&world.place()).unwrap().1, world.held());
}

#[test]
fn two_engines_share_the_same_objects() {
    let (mut one, mut other) = (World::new(1), World::new(1));
    one.advance(30);
    one.advance(30);
    other.advance(60);
    one.share().unwrap();
    let before = files(&one.place());
    // The same log and state by other checkpoints: not a byte differs, so there is nothing to share.
    assert_eq!(other.share_at(&one.place(), usize::MAX).unwrap(), Round::Others);
    other.share().unwrap();
    assert_eq!(files(&other.place()), before);
}

#[test]
fn an_interruption_at_any_object_leaves_the_one_before() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let (before, held) = (files(&world.place()), world.held());
    world.advance(20);
    // Journals that cannot be read end it wherever they are read.
    for reads in 0..4 {
        assert!(matches!(world.share_at(&world.place(), reads), Err(PublishError::Journal { .. })));
        assert_eq!(manifests(&world).len(), 1);
        assert_eq!(world.fetch(&world.place()).unwrap().1, held);
    }
    world.share().unwrap();
    let after = files(&world.place());
    let new: BTreeMap<_, _> = after.iter().filter(|(path, _)| !before.contains_key(*path)).collect();
    assert!(new.len() >= 7, "a manifest, two states, four parts of journals: {}", new.len());
    let sent: Vec<_> = new.iter().filter(|(path, _)| !path.to_string_lossy().contains("manifests")).collect();
    for until in 0..=sent.len() {
        let place = folder_of(before.iter().chain(sent.iter().take(until).map(|(path, bytes)| (**path, **bytes))));
        assert_eq!(world.fetch(place.path()).unwrap().1, held, "{until} objects were sent");
        // The next round completes it.
        assert!(matches!(world.share_at(place.path(), usize::MAX).unwrap(), Round::Shared { .. }));
        assert_eq!(world.fetch(place.path()).unwrap().1, world.held());
    }
}

#[test]
fn an_object_cut_short_is_sent_again() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    let whole = files(&world.place());
    for (path, bytes) in whole.iter().filter(|(path, _)| !path.to_string_lossy().contains("manifests")) {
        let cut: Vec<u8> = bytes[..bytes.len() / 2].to_vec();
        // The same objects, one of them cut, and no manifest.
        let others = whole.iter().filter(|(it, _)| *it != path && !it.to_string_lossy().contains("manifests"));
        let place = folder_of(others.chain([(path, &cut)]));
        world.share_at(place.path(), usize::MAX).unwrap();
        assert_eq!(files(place.path()), whole, "{}", path.display());
    }
}

#[test]
fn old_checkpoints_go_and_nothing_that_is_needed() {
    let mut world = World::new(1);
    for _ in 0..6 {
        world.advance(10);
        world.share().unwrap();
        assert!(manifests(&world).len() <= 2);
        assert_eq!(world.fetch(&world.place()).unwrap().1, world.held());
    }
    // A pack, and of two checkpoints a manifest, two states and four parts each.
    assert_eq!(files(&world.place()).len(), 1 + 2 * 7);
    // The older one is whole too.
    let newest = manifests(&world).pop().unwrap();
    std::fs::remove_file(world.place().join(newest)).unwrap();
    assert_eq!(world.fetch(&world.place()).unwrap().0.entries, 100);
}

#[test]
fn what_was_never_completed_goes_after_a_day() {
    let mut world = World::new(1);
    let stray = world.place().join(crate::fields::hex(&world.meta.log_id)).join("events/p00000/0-1");
    std::fs::create_dir_all(stray.parent().unwrap()).unwrap();
    std::fs::write(&stray, b"of another engine").unwrap();
    world.advance(10);
    world.share().unwrap();
    assert!(stray.exists(), "it may be of one that is being shared");
    world.ahead_ms = 25 * 3_600_000;
    world.advance(10);
    world.share().unwrap();
    assert!(!stray.exists());
    assert!(world.fetch(&world.place()).unwrap().1 == world.held());
}

#[test]
fn journals_that_end_before_the_checkpoint_are_not_shared() {
    let mut world = World::new(1);
    world.advance(40);
    world.logs[1][0].truncate(30);
    let error = world.share().unwrap_err();
    assert_eq!(error.to_string(), "the entries of partition 1 end at 30, the checkpoint covers 40");
    assert!(manifests(&world).is_empty());
}

#[test]
fn one_that_another_shared_just_now_is_let_be() {
    let mut world = World::new(1);
    world.advance(40);
    world.share().unwrap();
    world.advance(40);
    let options = PublishOptions {
        location: Location::Folder(world.place()),
        every: Duration::from_secs(3_600),
        keep: 2,
        meta: world.meta.clone(),
        packs: world.folder.path().join("packs"),
    };
    struct Unread;
    impl Journals for Unread {
        fn read(
            &mut self,
            _: Stream,
            _: PartitionId,
            _: u64,
            _: &mut dyn FnMut(Frame<'_>) -> bool,
        ) -> Result<(), JournalsError> {
            Err("nobody is to read".into())
        }
    }
    assert_eq!(once(options, &world.chain, Unread, now_ms()).unwrap(), Round::TooSoon);
}

#[test]
fn files_that_change_another_one_do_not_pile_up_between_rounds() {
    let mut world = World::new(1);
    for _ in 0..=CHANGES_MERGED + 1 {
        assert!(world.chain.changes_max() <= CHANGES_MERGED);
        world.advance(1);
        world.look();
    }
    assert_eq!(world.chain.changes_max(), 0, "they were merged");
    world.share().unwrap();
    assert!(world.fetch(&world.place()).unwrap().1 == world.held());
}

#[test]
fn where_they_cannot_be_merged_they_go() {
    let mut world = World::new(1);
    world.advance(1);
    // In the way of the file that is to be written.
    std::fs::create_dir(world.chain.folder(1).join("whole.tmp")).unwrap();
    for _ in 0..=CHANGES_MAX {
        world.look();
        assert!(!world.chain.is_given_up());
        world.advance(1);
    }
    world.look();
    assert!(world.chain.is_given_up());
    for partition in 0..2 {
        let left = files(&world.chain.folder(partition)).len();
        assert_eq!(left, 0, "of partition {partition}");
    }
    world.advance(1);
    assert_eq!(world.chain.newest_common(), None);
}
