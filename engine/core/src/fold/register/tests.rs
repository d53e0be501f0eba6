#![allow(clippy::unwrap_used, reason = "a test")]

use super::*;
use crate::subject::{Link, Record};
use heng_model::{Position, Symbol};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn id(number: usize) -> SubjectId {
    format!("wb:{number}").parse().unwrap()
}

fn record(offset: u64, name_bytes: usize) -> impl Fn(&mut Subject) {
    move |subject| {
        let name = "r".repeat(name_bytes);
        let position = Position { partition: 0, offset };
        subject.add_record(Record::new(position, (Symbol(1), &name), Symbol(2), Day::EARLIEST), &name, &[]);
        subject.seen.add(offset, 7);
        subject.wake = Some(Day::EARLIEST);
    }
}

/// Ids and bytes of those that changed.
fn taken(register: &mut Register) -> Vec<(String, Vec<u8>)> {
    let changed = register.take_changed();
    let text = |key: &[u8]| str::from_utf8(key).unwrap().to_owned();
    changed.pairs().map(|(key, value)| (text(&key), value.into_owned())).collect()
}

/// A change to a subject, and to what is known to be in it.
#[derive(Debug, Clone, Copy)]
enum Change {
    Record(usize),
    Link,
    Checkpoint,
}

fn changes() -> impl Strategy<Value = Vec<(usize, Change)>> {
    let change = prop_oneof![
        20 => (1_usize..30).prop_map(Change::Record),
        1 => Just(Change::Record(PACKED_BYTES_MAX)),
        4 => Just(Change::Link),
        1 => Just(Change::Checkpoint),
    ];
    prop::collection::vec((0..OPEN_MAX * 3, change), 0..300)
}

proptest! {
    #[test]
    fn no_reader_can_tell_what_is_packed(changes in changes()) {
        let (mut register, mut known) = (Register::default(), BTreeMap::<usize, Subject>::new());
        let mut saved = BTreeMap::new();
        for (at, (whose, change)) in changes.into_iter().enumerate() {
            let number = register.number_of(&id(whose)).unwrap_or_else(|| register.add(id(whose)));
            let expected = known.entry(whose).or_default();
            let subject = register.open(number).unwrap().1;
            for subject in [subject, expected] {
                match change {
                    Change::Record(name_bytes) => record(at as u64, name_bytes)(subject),
                    Change::Link => subject.more_mut().links.push(Link {
                        role: "branch_of".into(),
                        to: id(whose + 1),
                        on: Day::EARLIEST,
                        through: Day::FOREVER,
                    }),
                    Change::Checkpoint => {}
                }
            }
            if matches!(change, Change::Checkpoint) {
                saved.extend(taken(&mut register));
                prop_assert_eq!(register.changed_len(), 0);
            }
        }
        for (whose, expected) in &known {
            let number = register.number_of(&id(*whose)).unwrap();
            let (found_id, found) = register.read(number).unwrap();
            prop_assert_eq!((found_id, &*found), (&id(*whose), expected));
            prop_assert_eq!(register.wake(number), expected.wake);
            prop_assert_eq!(register.more(number), expected.more.as_deref());
            for (name, content) in expected.seen.iter() {
                prop_assert_eq!(register.find_seen(number, name), Some(content));
            }
        }
        prop_assert_eq!(register.iter().count(), known.len());
        prop_assert!(register.queue.len() <= OPEN_MAX);
        let is_large = |subject: &&Subject| codec::encode(subject).len() > PACKED_BYTES_MAX;
        let large = known.values().filter(is_large).count();
        prop_assert!(register.open.len() - register.free.len() <= OPEN_MAX + large);
        saved.extend(taken(&mut register));
        let mut restored = Register::default();
        for (id, bytes) in &saved {
            prop_assert!(restored.put_back(id.parse().unwrap(), bytes).is_some());
        }
        for (whose, expected) in &known {
            let number = restored.number_of(&id(*whose)).unwrap();
            prop_assert_eq!(&*restored.read(number).unwrap().1, expected);
        }
        prop_assert_eq!(restored.changed_len(), 0);
    }
}

#[test]
fn what_is_no_subject_is_not_put_back() {
    let mut register = Register::default();
    for bytes in [&[][..], &[2], &[9, 9, 9]] {
        assert!(register.put_back(id(1), bytes).is_none());
    }
    assert_eq!(register.len(), 0);
}
