//! Tests of the journal on a disk that loses power, fails to sync, fills up and rots.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop with a panic")]

mod damage;
mod laws;

use super::*;
use crate::disk::{CrashKeep, SimDisk};

const DIR: &str = "log/p0";
const STAMP: [u8; 32] = [7; 32];

fn options(segment_bytes: u64) -> JournalOptions {
    JournalOptions { segment_bytes, ..JournalOptions::new(STAMP) }
}

fn open(disk: &SimDisk) -> (Journal<SimDisk>, Recovery) {
    Journal::open(disk, DIR, options(700)).unwrap()
}

/// The frame with an offset: lengths and bytes vary with it.
fn frame(offset: u64) -> (Vec<u8>, Vec<u8>) {
    let entry = format!("entry {offset} {}", "e".repeat((offset % 23) as usize)).into_bytes();
    let sealed = vec![offset as u8; (offset % 5) as usize];
    (entry, sealed)
}

fn append(journal: &mut Journal<SimDisk>, frames: u64) {
    for _ in 0..frames {
        let (entry, sealed) = frame(journal.len());
        let offset = journal.len();
        assert_eq!(journal.append(&entry, &sealed).unwrap(), offset);
    }
}

/// A journal of batches of these sizes, each synced.
fn journal_of(batches: &[u64]) -> (SimDisk, Journal<SimDisk>) {
    let disk = SimDisk::new();
    let (mut journal, recovery) = open(&disk);
    assert_eq!(recovery, Recovery { frames: 0, torn: None });
    for frames in batches {
        append(&mut journal, *frames);
        journal.sync().unwrap();
    }
    (disk, journal)
}

/// Every frame, by scan and by single read, is the one that was appended.
fn check_frames<D: Disk>(mut scanner: Scanner<D::File>, from: u64, to: u64) {
    let mut at = from;
    while let Some(next) = scanner.next_frame() {
        let (offset, found) = next.unwrap();
        let (entry, sealed) = frame(at);
        assert_eq!((offset, found.entry, found.sealed), (at, &entry[..], &sealed[..]));
        at += 1;
    }
    assert_eq!(at, to.max(from));
}

fn check(journal: &Journal<SimDisk>) {
    let mut buffer = Vec::new();
    let end = journal.synced_len();
    for offset in 0..end {
        let (entry, sealed) = frame(offset);
        assert_eq!(journal.read(offset, &mut buffer).unwrap(), Frame { entry: &entry, sealed: &sealed });
    }
    assert!(matches!(journal.read(end, &mut buffer), Err(ReadError::NotThere { .. })));
    for from in [0, 1, end / 2, end.saturating_sub(1), end, end + 3] {
        check_frames::<SimDisk>(journal.scan(from), from, end);
    }
}

#[test]
fn a_reader_has_what_was_written_when_it_was_made() {
    let (_disk, mut journal) = journal_of(&[5, 40]);
    let reader = journal.reader();
    append(&mut journal, 7);
    let unsynced = journal.begin_sync().unwrap().unwrap();
    let longer = journal.reader();
    journal.end_sync(SyncError::Broken.into()).unwrap_err();
    drop((unsynced, journal));
    for (reader, end) in [(reader, 45), (longer, 52)] {
        let mut buffer = Vec::new();
        for offset in 0..end {
            let (entry, sealed) = frame(offset);
            assert_eq!(reader.read(offset, &mut buffer).unwrap(), Frame { entry: &entry, sealed: &sealed });
        }
        assert!(matches!(reader.read(end, &mut buffer), Err(ReadError::NotThere { .. })));
        check_frames::<SimDisk>(reader.scan(3), 3, end);
    }
}

#[test]
fn frames_are_read_back_over_segments_and_openings() {
    let (disk, journal) = journal_of(&[1, 2, 40, 3, 17, 1, 1, 90]);
    assert!(journal.segments.list.len() > 3);
    check(&journal);
    drop(journal);
    for _ in 0..3 {
        let (journal, recovery) = open(&disk);
        assert_eq!(recovery, Recovery { frames: 155, torn: None });
        check(&journal);
        journal.close().unwrap();
    }
}

#[test]
fn only_what_is_synced_is_read() {
    let (_, mut journal) = journal_of(&[3]);
    append(&mut journal, 2);
    assert_eq!((journal.len(), journal.synced_len()), (5, 3));
    check(&journal);
    journal.sync().unwrap();
    check(&journal);
}

#[test]
fn a_frame_as_long_as_may_be_is_kept_and_a_longer_one_refused() {
    let (_, mut journal) = journal_of(&[]);
    let (entry, sealed) = (vec![1; ENTRY_BYTES_MAX], vec![2; SEALED_BYTES_MAX]);
    journal.append(&entry, &sealed).unwrap();
    journal.append(&[], &[]).unwrap();
    journal.sync().unwrap();
    let mut buffer = Vec::new();
    assert_eq!(journal.read(0, &mut buffer).unwrap(), Frame { entry: &entry, sealed: &sealed });
    assert_eq!(journal.read(1, &mut buffer).unwrap(), Frame { entry: &[], sealed: &[] });
    let long = vec![0; SEALED_BYTES_MAX + 1];
    assert!(matches!(journal.append(&long, &[]), Err(AppendError::EntryTooLong { .. })));
    assert!(matches!(journal.append(&[], &long), Err(AppendError::SealedTooLong { .. })));
    let filled = (0..2000).find_map(|_| journal.append(&entry, &sealed).err());
    assert!(matches!(filled, Some(AppendError::BatchFull { .. })));
    journal.sync().unwrap();
    journal.append(&entry, &sealed).unwrap();
}

#[test]
fn a_tear_at_every_byte_of_the_last_batch_loses_nothing_acknowledged() {
    // The first batches of a segment, later ones, and one that begins a segment.
    for batches in [&[][..], &[3], &[5, 4], &[5, 9, 2], &[20, 1]] {
        let (disk, mut journal) = journal_of(batches);
        let acknowledged = journal.synced_len();
        append(&mut journal, 6);
        let before = disk.steps();
        let last = journal.segments.list.last().unwrap();
        let rolled = last.frames > 0 && last.bytes + journal.batch.len() as u64 > 700;
        disk.cut_power_after(if rolled { 5 } else { 1 });
        journal.sync().unwrap_err();
        assert!(journal.is_broken() && disk.steps() > before);
        let bytes = disk.unsynced_write_bytes();
        assert!(bytes > 100);
        for torn_at in 0..=bytes {
            let crashed = disk.crash(CrashKeep::Torn { bytes: torn_at });
            let (mut journal, recovery) = open(&crashed);
            assert!((acknowledged..=acknowledged + 6).contains(&recovery.frames));
            assert_eq!(recovery.frames == acknowledged + 6, torn_at == bytes, "{torn_at} of {bytes}");
            assert_eq!(recovery.torn.is_none(), torn_at == bytes || torn_at == 0, "{torn_at} {recovery:?}");
            check(&journal);
            append(&mut journal, 3);
            journal.sync().unwrap();
            let (journal, again) = open(&crashed.crash(CrashKeep::Synced));
            assert_eq!(again, Recovery { frames: recovery.frames + 3, torn: None });
            check(&journal);
        }
        for seed in 0..300 {
            let (journal, _) = open(&disk.crash(CrashKeep::Sectors { seed }));
            assert!(journal.synced_len() >= acknowledged);
            check(&journal);
        }
    }
}

#[test]
fn a_crash_during_the_repair_of_a_crash_is_repaired_too() {
    let (disk, mut journal) = journal_of(&[5, 4]);
    append(&mut journal, 4);
    disk.cut_power_after(1);
    journal.sync().unwrap_err();
    for torn_at in (0..disk.unsynced_write_bytes()).step_by(3) {
        for steps in 0..8 {
            let first = disk.crash(CrashKeep::Torn { bytes: torn_at });
            first.cut_power_after(steps);
            let _ = Journal::open(&first, DIR, options(700));
            for bytes in (0..=first.unsynced_write_bytes()).step_by(7) {
                let (journal, recovery) = open(&first.crash(CrashKeep::Torn { bytes }));
                assert!((9..13).contains(&recovery.frames));
                assert_eq!(journal.synced_len(), recovery.frames);
            }
        }
    }
}

#[test]
fn a_failed_sync_ends_the_journal_until_it_is_opened_anew() {
    let (disk, mut journal) = journal_of(&[4]);
    append(&mut journal, 2);
    disk.fail_next_sync();
    assert!(matches!(journal.sync(), Err(SyncError::Sync { .. })));
    assert!(matches!(journal.sync(), Err(SyncError::Broken)));
    assert_eq!(journal.append(b"x", b""), Err(AppendError::Broken));
    assert_eq!(journal.synced_len(), 4);
    check(&journal);
    assert_eq!(open(&disk.crash(CrashKeep::Synced)).1.frames, 4);
    // The frames are still in the cache, and no sync alone would save them: what the next open shows must be safe.
    let (mut journal, recovery) = open(&disk);
    assert_eq!(recovery.frames, 6);
    let (found, _) = open(&disk.crash(CrashKeep::Synced));
    assert_eq!(found.synced_len(), 6);
    check(&found);
    append(&mut journal, 1);
    journal.sync().unwrap();
    check(&open(&disk.crash(CrashKeep::Synced)).0);
}

#[test]
fn a_full_disk_is_named_and_the_batch_can_be_synced_later() {
    for (batches, room) in [(&[4][..], 0), (&[4], 30), (&[4], 150), (&[20], 0), (&[20], 20), (&[20], 100)] {
        let (disk, mut journal) = journal_of(batches);
        let synced = journal.synced_len();
        append(&mut journal, 10);
        disk.set_capacity(Some(disk.used_bytes() + room));
        assert!(matches!(journal.sync(), Err(SyncError::DiskFull { .. })), "{batches:?} {room}");
        assert!(!journal.is_broken());
        assert_eq!(open(&disk.crash(CrashKeep::All)).1.frames, synced);
        append(&mut journal, 4);
        disk.set_capacity(None);
        journal.sync().unwrap();
        assert_eq!(journal.synced_len(), synced + 14);
        let (journal, recovery) = open(&disk.crash(CrashKeep::Synced));
        assert_eq!(recovery, Recovery { frames: synced + 14, torn: None });
        check(&journal);
    }
}

#[test]
fn a_full_disk_at_the_first_open_is_named() {
    let disk = SimDisk::new();
    disk.set_capacity(Some(10));
    assert!(matches!(Journal::open(&disk, DIR, options(700)), Err(OpenError::DiskFull { .. })));
    disk.set_capacity(None);
    assert_eq!(open(&disk).1.frames, 0);
}

#[test]
fn a_reader_beside_a_writer_sees_what_is_whole_and_changes_nothing() {
    let empty = JournalReader::open(&SimDisk::new(), DIR, &STAMP).unwrap();
    assert!(empty.is_empty());
    let (disk, mut journal) = journal_of(&[9, 30, 2]);
    append(&mut journal, 6);
    disk.cut_power_after(1);
    journal.sync().unwrap_err();
    let torn = disk.crash(CrashKeep::Torn { bytes: 130 });
    let steps = torn.steps();
    let reader = JournalReader::open(&torn, DIR, &STAMP).unwrap();
    assert!((41..47).contains(&reader.len()) && reader.torn().is_some());
    check_frames::<SimDisk>(reader.scan(0), 0, reader.len());
    assert_eq!(torn.steps(), steps);
}

/// What is too far behind is given up when what came after it is durable.
#[test]
fn memory_is_told_what_is_behind_a_sync() {
    let disk = SimDisk::new();
    let options = JournalOptions { cached_bytes: Some(0), ..JournalOptions::new(STAMP) };
    let (mut journal, _) = Journal::open(&disk, DIR, options).unwrap();
    let append = |journal: &mut Journal<SimDisk>| {
        for _ in 0..100 {
            journal.append(&[7; ENTRY_BYTES_MAX], &[]).unwrap();
        }
        (journal.sync(), disk.given_up_bytes())
    };
    let (synced, given_up) = append(&mut journal);
    synced.unwrap();
    assert!(given_up >= 100 * ENTRY_BYTES_MAX as u64);
    disk.fail_next_sync();
    let (failed, after) = append(&mut journal);
    failed.unwrap_err();
    assert_eq!(after, given_up);
}
