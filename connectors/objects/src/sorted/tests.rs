//! What comes back from a file is what was put in; whatever is damaged is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Cursor;

type Content = BTreeMap<Vec<u8>, Vec<u8>>;

fn manifest(content: &Content) -> Manifest {
    let mut sum = StateSum::default();
    content.iter().for_each(|(key, value)| sum.add(key, value));
    let progress = Progress {
        partition: 3,
        number: 7,
        position: 900,
        seq: 410,
        day: Some(Day::from_number(20_000)),
        fold_version: 1,
        header: b"known until noon".to_vec(),
    };
    Manifest { progress, count: content.len() as u64, sum }
}

fn whole(content: &Content) -> Vec<u8> {
    let mut writer = SortedWriter::new(Vec::new()).unwrap();
    content.iter().for_each(|(key, value)| writer.put(key, Some(value)).unwrap());
    writer.finish(&manifest(content), 0).unwrap().0
}

fn load(files: &[&[u8]]) -> Result<(Content, End), SortedError> {
    let mut content = Content::new();
    let files = files.iter().map(|file| SortedReader::new(*file)).collect::<Result<Vec<_>, _>>()?;
    let end = merge(files, &mut |key, value| {
        assert!(content.insert(key.to_vec(), value.to_vec()).is_none(), "each key once");
        Ok(())
    })?;
    Ok((content, end))
}

fn sample() -> Content {
    (0..40_u8).map(|n| (vec![n, n + 1], vec![n; usize::from(n)])).collect()
}

#[test]
fn every_changed_byte_is_refused_and_so_is_every_other_length() {
    let bytes = whole(&sample());
    assert_eq!(load(&[&bytes]).unwrap().0, sample());
    for at in 0..bytes.len() {
        assert!(load(&[&bytes[..at]]).is_err(), "cut at {at}");
        for flip in [1, 0x80] {
            let mut altered = bytes.clone();
            altered[at] ^= flip;
            assert!(load(&[&altered]).is_err(), "byte {at} ^ {flip}");
        }
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(load(&[&longer]).is_err());
}

#[test]
fn blocks_that_change_places_are_refused() {
    let content: Content = (0..6_u8).map(|n| (vec![n], vec![n; BLOCK_BYTES])).collect();
    let bytes = whole(&content);
    let block = 8 + 8 + 1 + BLOCK_BYTES;
    let (head, rest) = bytes.split_at(8);
    for (left_out, twice) in [(1, 2), (2, 1)] {
        let mut altered = head.to_vec();
        for at in 0..6 {
            let at = if at == left_out { twice } else { at };
            altered.extend_from_slice(&rest[at * block..(at + 1) * block]);
        }
        altered.extend_from_slice(&rest[6 * block..]);
        assert_eq!(altered.len(), bytes.len());
        assert!(matches!(load(&[&altered]), Err(SortedError::Damaged { .. })));
    }
}

#[test]
fn the_end_is_found_without_the_rest() {
    let bytes = whole(&sample());
    let end = read_end(&mut Cursor::new(&bytes)).unwrap();
    assert_eq!(end.manifest(7), manifest(&sample()));
    assert!(read_end(&mut Cursor::new(&bytes[1..])).is_err());
    assert!(read_end(&mut Cursor::new(&bytes[..5])).is_err());
}

#[test]
fn sound_files_that_are_no_state_together_are_refused() {
    let (one, mut other) = (sample(), sample());
    other.insert(b"more".to_vec(), b"1".to_vec());
    let mut writer = SortedWriter::new(Vec::new()).unwrap();
    writer.put(b"another", Some(b"2")).unwrap();
    let change = writer.finish(&manifest(&other), 7).unwrap().0;
    assert!(matches!(load(&[&whole(&one), &change]), Err(SortedError::Differs { .. })));
}

#[test]
fn keys_out_of_order_and_too_large_values_are_not_written() {
    let mut writer = SortedWriter::new(Vec::new()).unwrap();
    writer.put(b"b", None).unwrap();
    assert!(matches!(writer.put(b"b", None), Err(SortedError::Unsorted)));
    assert!(matches!(writer.put(b"c", Some(&vec![0; VALUE_BYTES_MAX + 1])), Err(SortedError::TooLarge { .. })));
    assert!(matches!(writer.put(&vec![b'z'; KEY_BYTES_MAX + 1], None), Err(SortedError::TooLarge { .. })));
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0..4_u8, 0..4)
}

proptest! {
    #[test]
    fn a_state_comes_back_through_any_changes(
        first: BTreeMap<u8, Vec<u8>>,
        changes in proptest::collection::vec(proptest::collection::btree_map(key(), any::<Option<Vec<u8>>>(), 0..20), 0..5),
    ) {
        let mut content: Content = first.into_iter().map(|(key, value)| (vec![key], value)).collect();
        let mut files = vec![whole(&content)];
        for change in changes {
            let mut writer = SortedWriter::new(Vec::new()).unwrap();
            for (key, value) in change {
                writer.put(&key, value.as_deref()).unwrap();
                match value {
                    Some(value) => content.insert(key, value),
                    None => content.remove(&key),
                };
            }
            files.push(writer.finish(&manifest(&content), 1).unwrap().0);
        }
        let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
        let (found, end) = load(&files).unwrap();
        prop_assert_eq!(&found, &content);
        prop_assert_eq!(end.manifest(7), manifest(&content));
        // The same state makes the same bytes, whatever it came from.
        prop_assert_eq!(whole(&found), whole(&content));
    }
}
