//! What every checkpoint store must do; a new store implements [`Harness`] and adds a line to the end.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::sled_store::Step;
use crate::{Failure, HEADER_BYTES_MAX, KEY_BYTES_MAX, MemoryStore, SledStore, VALUE_BYTES_MAX};
use heng_model::checkpoint::{Change, CheckpointStore, Manifest, Progress, StateSum, WriteCheckpointError};
use heng_model::{Day, PartitionId};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// How the suite gets at a store.
trait Harness: Sized {
    type Store: CheckpointStore;
    fn new() -> (Self, Self::Store);
    /// Closes a store and opens what it left behind.
    fn reopen(&self, store: Self::Store) -> Self::Store;
    /// Lets the next write end after its values and before its manifest.
    fn stop_before_manifest(store: &mut Self::Store);
}

pub(crate) type Content = BTreeMap<Vec<u8>, Vec<u8>>;

pub(crate) fn progress(partition: PartitionId, number: u64) -> Progress {
    Progress {
        partition,
        number,
        position: number * 100,
        seq: number * 30,
        day: (number > 1).then(|| Day::from_number(20_000)),
        fold_version: 1,
        header: format!("header {number}").into_bytes(),
    }
}

pub(crate) fn change(key: impl AsRef<[u8]>, value: Option<&str>) -> Change<'static> {
    (key.as_ref().to_vec().into(), value.map(|value| value.as_bytes().to_vec().into()))
}

/// All live values, in the order in which they came.
pub(crate) fn load<S: CheckpointStore>(store: &mut S, partition: PartitionId) -> (Option<Manifest>, Content) {
    let mut content = Content::new();
    let mut last = None;
    let manifest = store.load(partition, &mut |key, value| {
        assert!(last.replace(key.to_vec()) < Some(key.to_vec()), "keys come in order, each once");
        content.insert(key.to_vec(), value.to_vec());
    });
    let manifest = manifest.unwrap();
    if let Some(manifest) = &manifest {
        assert_eq!(manifest.count, content.len() as u64);
        assert_eq!(manifest.sum, sum(&content));
    }
    (manifest, content)
}

fn sum(content: &Content) -> StateSum {
    let mut sum = StateSum::default();
    content.iter().for_each(|(key, value)| sum.add(key, value));
    sum
}

fn content(pairs: &[(&str, &str)]) -> Content {
    pairs.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec())).collect()
}

fn write<S: CheckpointStore>(store: &mut S, number: u64, changes: &[(&str, Option<&str>)]) -> Manifest {
    store.write(progress(0, number), &mut changes.iter().map(|(key, value)| change(key, *value))).unwrap()
}

fn begins_empty<H: Harness>() {
    let (harness, mut store) = H::new();
    assert_eq!(load(&mut store, 0), (None, Content::new()));
    assert_eq!(load(&mut harness.reopen(store), 0), (None, Content::new()));
}

fn copies_a_checkpoint_or_nothing<H: Harness>() {
    let (_, mut store) = H::new();
    let values = [change("a", Some("1")), change("b", Some("2"))];
    let content = content(&[("a", "1"), ("b", "2")]);
    let manifest = Manifest { progress: progress(0, 3), count: 2, sum: sum(&content) };
    let others = [vec![], vec![change("a", Some("1"))], vec![change("a", Some("1")), change("b", Some("3"))]];
    for other in others {
        let (harness, mut store) = H::new();
        let error = store.copy(&manifest, &mut other.into_iter()).unwrap_err();
        assert!(matches!(error, WriteCheckpointError::Failed { number: 3, .. }), "{error}");
        assert_eq!(load(&mut harness.reopen(store), 0), (None, Content::new()));
    }
    store.copy(&manifest, &mut values.into_iter()).unwrap();
    assert_eq!(load(&mut store, 0), (Some(manifest), content));
}

fn keeps_what_was_written<H: Harness>() {
    let (harness, mut store) = H::new();
    // Keys that are prefixes of each other, the empty key, bytes at both ends of the range.
    let changes =
        [change("", Some("0")), change("a", Some("1")), change("a\0", Some("2")), change([0xFF; 9], Some(""))];
    let manifest = store.write(progress(0, 1), &mut changes.clone().into_iter()).unwrap();
    let expected: Content =
        changes.into_iter().map(|(key, value)| (key.into_owned(), value.unwrap().into_owned())).collect();
    assert_eq!(load(&mut store, 0), (Some(manifest.clone()), expected.clone()));
    let mut store = harness.reopen(store);
    assert_eq!(load(&mut store, 0), (Some(manifest.clone()), expected));
    assert_eq!(manifest.progress, progress(0, 1));
}

fn writes_only_what_changed<H: Harness>() {
    let (harness, mut store) = H::new();
    write(&mut store, 1, &[("a", Some("1")), ("b", Some("1")), ("c", Some("1"))]);
    write(&mut store, 2, &[("b", Some("2")), ("d", Some("2"))]);
    let mut store = harness.reopen(store);
    let last = write(&mut store, 7, &[("b", Some("7")), ("c", None), ("nobody", None)]);
    let expected = content(&[("a", "1"), ("b", "7"), ("d", "2")]);
    assert_eq!(load(&mut store, 0), (Some(last.clone()), expected.clone()));
    assert_eq!(load(&mut harness.reopen(store), 0), (Some(last), expected));
}

fn a_deleted_key_may_return<H: Harness>() {
    let (harness, mut store) = H::new();
    write(&mut store, 1, &[("a", Some("1")), ("b", Some("1"))]);
    write(&mut store, 2, &[("a", None), ("b", None)]);
    write(&mut store, 3, &[("a", Some("3"))]);
    let mut store = harness.reopen(store);
    assert_eq!(load(&mut store, 0).1, content(&[("a", "3")]));
    write(&mut store, 4, &[("b", Some("4"))]);
    assert_eq!(load(&mut harness.reopen(store), 0).1, content(&[("a", "3"), ("b", "4")]));
}

fn changes_come_in_order_and_each_key_once<H: Harness>() {
    let (harness, mut store) = H::new();
    let first = write(&mut store, 1, &[("b", Some("1"))]);
    for key in ["b", "a", ""] {
        let changed = [change("b", Some("lost")), change(key, None)];
        let refused = store.write(progress(0, 2), &mut changed.into_iter());
        assert_eq!(refused, Err(WriteCheckpointError::Unsorted { partition: 0 }));
        store = harness.reopen(store);
        assert_eq!(load(&mut store, 0), (Some(first.clone()), content(&[("b", "1")])));
    }
}

fn many_checkpoints_are_one_state<H: Harness>() {
    let (harness, mut store) = H::new();
    let mut expected = Content::new();
    for number in 1..=60_u64 {
        // Many at first, then a few each time: what is older is merged now and then, and a third of it goes.
        let keys = if number == 1 { 0..200 } else { number..number + 3 };
        let of = |key: u64| (key % 3 != number % 3 || number == 1).then(|| format!("{key} at {number}"));
        let changes: Vec<Change<'_>> = keys.map(|key| change(format!("{key:03}"), of(key).as_deref())).collect();
        for (key, value) in changes.clone() {
            match value {
                Some(value) => drop(expected.insert(key.into_owned(), value.into_owned())),
                None => drop(expected.remove(&*key)),
            }
        }
        store.write(progress(0, number), &mut changes.into_iter()).unwrap();
        if number % 7 == 0 {
            store = harness.reopen(store);
            assert_eq!(load(&mut store, 0).1, expected);
        }
    }
    assert_eq!(load(&mut harness.reopen(store), 0).1, expected);
}

fn a_write_that_stops_leaves_the_checkpoint_before<H: Harness>() {
    let (harness, mut store) = H::new();
    let first = [("a", Some("1")), ("b", Some("1")), ("c", Some("1"))];
    let changed = [("a", Some("lost")), ("b", None), ("d", Some("lost"))];
    for before in [None, Some(write(&mut H::new().1, 1, &first))] {
        if before.is_some() {
            write(&mut store, 1, &first);
        }
        let expected = load(&mut store, 0);
        assert_eq!(expected.0, before);
        H::stop_before_manifest(&mut store);
        let stopped = store.write(progress(0, 2), &mut changed.iter().map(|(key, value)| change(key, *value)));
        assert!(matches!(stopped, Err(WriteCheckpointError::Failed { number: 2, .. })));
        assert_eq!(load(&mut store, 0), expected);
        store = harness.reopen(store);
        assert_eq!(load(&mut store, 0), expected);
    }
    // The number comes again, with other changes: nothing of the first attempt may pass for its own.
    write(&mut store, 2, &[("c", Some("2"))]);
    assert_eq!(load(&mut harness.reopen(store), 0).1, content(&[("a", "1"), ("b", "1"), ("c", "2")]));
}

fn limits_hold<H: Harness>() {
    let (_harness, mut store) = H::new();
    write(&mut store, 1, &[("a", Some("1"))]);
    let expected = load(&mut store, 0);
    let too_large = [
        (progress(0, 2), (b"a"[..].into(), Some(vec![0; VALUE_BYTES_MAX + 1].into()))),
        (progress(0, 2), change([0; KEY_BYTES_MAX + 1], None)),
        (Progress { header: vec![0; HEADER_BYTES_MAX + 1], ..progress(0, 2) }, change("a", None)),
    ];
    for (progress, last) in too_large {
        let refused = store.write(progress, &mut [change("a", Some("lost")), last].into_iter());
        assert!(matches!(refused, Err(WriteCheckpointError::TooLarge { .. })));
        assert_eq!(load(&mut store, 0), expected);
    }
    for number in [0, 1] {
        let refused = store.write(progress(0, number), &mut std::iter::empty());
        assert_eq!(refused, Err(WriteCheckpointError::NotNewer { partition: 0, number, last: 1 }));
    }
    let large = "x".repeat(VALUE_BYTES_MAX);
    write(&mut store, 2, &[("large", Some(&large))]);
    assert_eq!(load(&mut store, 0).1, content(&[("a", "1"), ("large", &large)]));
}

fn partitions_are_apart<H: Harness>() {
    let (harness, mut store) = H::new();
    for partition in [0, 1, 65_535] {
        let changed = change("a", Some(&partition.to_string()));
        store.write(progress(partition, 1), &mut [changed].into_iter()).unwrap();
    }
    store.clear(1).unwrap();
    let mut store = harness.reopen(store);
    assert_eq!(load(&mut store, 0).1, content(&[("a", "0")]));
    assert_eq!(load(&mut store, 1), (None, Content::new()));
    assert_eq!(load(&mut store, 65_535).1, content(&[("a", "65535")]));
}

fn a_rebuilt_store_is_the_same_store<H: Harness>() {
    let (harness, mut store) = H::new();
    write(&mut store, 1, &[("a", Some("1")), ("b", Some("1"))]);
    let last = write(&mut store, 2, &[("a", Some("2")), ("b", None)]);
    store.clear(0).unwrap();
    store.clear(0).unwrap();
    assert_eq!(load(&mut store, 0), (None, Content::new()));
    assert_eq!(write(&mut store, 2, &[("a", Some("2"))]), last);
    assert_eq!(load(&mut harness.reopen(store), 0), (Some(last), content(&[("a", "2")])));
}

fn thousands_of_changes<H: Harness>() {
    let (harness, mut store) = H::new();
    let key = |n: u32| n.to_be_bytes();
    let all = (0..3_000_u32).map(|n| (key(n).to_vec().into(), Some(vec![b'x'; 200 + n as usize % 200].into())));
    store.write(progress(0, 1), &mut all.into_iter()).unwrap();
    store.write(progress(0, 2), &mut (0..1_500).map(|n| change(key(n * 2), None))).unwrap();
    let last = store.write(progress(0, 3), &mut (0..1_000).map(|n| change(key(n * 3), Some("new")))).unwrap();
    assert_eq!(last.count, 2_000);
    assert_eq!(load(&mut harness.reopen(store), 0).0, Some(last));
}

fn any_history<H: Harness>() {
    let step = (proptest::collection::btree_map(0_u8..12, proptest::option::of(0_u8..4), 0..12), 0_u8..4);
    let cases = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(cases, |(steps in proptest::collection::vec(step, 1..10))| {
        let (harness, mut store) = H::new();
        let mut expected = Content::new();
        let mut number = 0;
        for (changes, event) in steps {
            let of = |(key, value): (u8, Option<u8>)| (vec![key].into(), value.map(|value| vec![value].into()));
            let changes = changes.into_iter().map(of);
            if event == 0 {
                H::stop_before_manifest(&mut store);
                prop_assert!(store.write(progress(0, number + 1), &mut changes.into_iter()).is_err());
            } else {
                number += 1;
                let mut changes = changes.inspect(|(key, value)| match value {
                    Some(value) => drop(expected.insert(key.to_vec(), value.to_vec())),
                    None => drop(expected.remove(&**key)),
                });
                store.write(progress(0, number), &mut changes).unwrap();
            }
            if event <= 1 {
                store = harness.reopen(store);
            }
            if event <= 2 {
                prop_assert_eq!(&load(&mut store, 0).1, &expected);
            }
        }
        prop_assert_eq!(load(&mut harness.reopen(store), 0).1, expected);
    });
}

macro_rules! conformance {
    ($store:ident, $harness:ty: $($check:ident)*) => {
        mod $store {
            use super::*;
            $(#[test] fn $check() { super::$check::<$harness>(); })*
        }
    };
    ($($store:ident: $harness:ty),*) => {
        $(conformance!($store, $harness:
            begins_empty copies_a_checkpoint_or_nothing keeps_what_was_written writes_only_what_changed a_deleted_key_may_return
            changes_come_in_order_and_each_key_once many_checkpoints_are_one_state a_write_that_stops_leaves_the_checkpoint_before limits_hold
            partitions_are_apart a_rebuilt_store_is_the_same_store thousands_of_changes any_history);)*
    };
}

struct InMemory;

impl Harness for InMemory {
    type Store = MemoryStore;

    fn new() -> (Self, MemoryStore) {
        (Self, MemoryStore::new())
    }

    fn reopen(&self, store: MemoryStore) -> MemoryStore {
        store
    }

    fn stop_before_manifest(store: &mut MemoryStore) {
        store.fail(Failure::WriteBeforeManifest);
    }
}

struct InSled(tempfile::TempDir);

impl Harness for InSled {
    type Store = SledStore;

    fn new() -> (Self, SledStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = SledStore::new(folder.path());
        (Self(folder), store)
    }

    fn reopen(&self, store: SledStore) -> SledStore {
        drop(store);
        SledStore::new(self.0.path())
    }

    fn stop_before_manifest(store: &mut SledStore) {
        store.crash_before = Some(Step::Manifest);
    }
}

conformance!(memory: InMemory, sled: InSled);
