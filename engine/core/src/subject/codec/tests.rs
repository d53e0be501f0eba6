#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test")]

mod samples;

use super::*;
use crate::subject::{Record, RecordNo};
use heng_rules::Value;
use proptest::prelude::*;
use samples::subjects;

proptest! {
    #[test]
    fn what_was_encoded_is_decoded_the_same(subject in subjects(), room in subjects()) {
        let bytes = encode(&subject);
        prop_assert_eq!(decode(&bytes), Some(subject.clone()));
        let (mut room, mut packed) = (Subject { more: subject.more.clone(), ..room }, Vec::new());
        pack(&subject, &mut packed);
        prop_assert_eq!(unpack(&mut room, &packed), Some(()));
        prop_assert_eq!(&room, &subject);
        append_rare(&mut packed, room.more.as_deref());
        prop_assert_eq!(packed, bytes);
    }

    #[test]
    fn packed_bytes_tell_what_is_asked_of_them(subject in subjects(), other: u64) {
        let bytes = encode(&subject);
        let packed = Packed::new(&bytes).unwrap();
        prop_assert_eq!(packed.wake, subject.wake);
        prop_assert_eq!(packed.profile().unwrap_or_default(), subject.profile.clone());
        for name in subject.seen.iter().map(|(name, _)| name).chain([other]) {
            prop_assert_eq!(packed.find_seen(name), subject.seen.find(name));
        }
    }

    #[test]
    fn cut_or_longer_bytes_are_refused(subject in subjects(), cut: prop::sample::Index, more in 1_usize..40) {
        let mut bytes = encode(&subject);
        prop_assert_eq!(decode(&bytes[..cut.index(bytes.len())]), None);
        bytes.extend(std::iter::repeat_n(0, more));
        prop_assert_eq!(decode(&bytes), None);
    }

    #[test]
    fn changed_bytes_are_refused_or_another_subject(subject in subjects(), flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..4)) {
        let mut bytes = encode(&subject);
        for (at, flip) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
        }
        if let Some(found) = decode(&bytes) {
            look_at_all(&found);
            let _ = decode(&encode(&found));
        }
        let mut room = Subject::default();
        if unpack(&mut room, &bytes).is_some() {
            look_at_all(&room);
        }
    }

    #[test]
    fn no_bytes_make_a_panic(form in 0_u8..4, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [vec![form], bytes].concat();
        if let Some(found) = decode(&bytes) {
            look_at_all(&found);
        }
    }

    #[test]
    fn a_field_is_set_where_it_was(subject in subjects(), at: prop::sample::Index, name in 0_u16..6, number: i64) {
        prop_assume!(!subject.records.is_empty());
        let (mut after, at) = (subject.clone(), at.index(subject.records.len()));
        after.set_field(RecordNo::from_index(at), Symbol(name), Value::Int(number));
        for ((number_of, record), now) in subject.numbered().zip(&after.records) {
            prop_assert_eq!(subject.record_name(record), after.record_name(now));
            for field in 0..8 {
                let changed = number_of.at() == at && field == name;
                let expected = if changed { Value::Int(number) } else { subject.field(record, Symbol(field)) };
                prop_assert_eq!(format!("{:?}", after.field(now, Symbol(field))), format!("{expected:?}"));
            }
        }
        prop_assert_eq!(decode(&encode(&after)), Some(after));
    }
}

fn look_at_all(subject: &Subject) {
    for (number, record) in subject.numbered() {
        let _ = (subject.record_name(record), subject.pauses_of(number), record.position());
        for name in 0..8 {
            let _ = format!("{:?}", subject.field(record, Symbol(name)));
        }
    }
    let _ = (subject.start(), subject.end(), subject.suspensions(), subject.has_pauses());
    subject.decisions.iter().for_each(|decision| {
        let _ = (decision.in_force(), decision.is_empty());
    });
}

/// Written by the release before this form, of the subject below.
const FORMER: &str = include_str!("tests/former.hex");

#[test]
fn the_form_before_is_read() {
    let digits: Vec<u8> =
        FORMER.trim().bytes().map(|digit| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap()).collect();
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    let subject = decode(&bytes).unwrap();
    assert_eq!(subject, samples::of_the_form_before());
    assert_eq!(decode(&encode(&subject)), Some(subject));
    for cut in 0..bytes.len() {
        assert_eq!(decode(&bytes[..cut]), None, "cut to {cut} bytes");
    }
}

#[test]
fn a_plain_record_takes_thirty_two_bytes_and_a_decision_twenty_four() {
    assert_eq!((record::WORDS * 4, decision::WORDS * 4), (32, 24));
    assert_eq!(size_of::<Record>(), 40);
}
