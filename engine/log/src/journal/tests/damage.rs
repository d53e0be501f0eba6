//! Every byte of a journal is changed, every length cut, every file lost: damage is refused, or a cut is reported.

use super::*;
use crate::disk::{DiskFile, OpenMode};

const BATCHES: [u64; 6] = [3, 8, 15, 16, 12, 4];

fn files(disk: &SimDisk) -> Vec<(String, usize)> {
    let path = |name: String| format!("{DIR}/{name}");
    let with_len = |path: String| (path.clone(), disk.read_whole(&path).unwrap().len());
    disk.list(DIR).unwrap().into_iter().map(path).map(with_len).collect()
}

/// Opens a disk that was tampered with: refused, or else how many frames are left; they must be right, and a loss reported.
fn outcome(disk: &SimDisk, frames: u64) -> Option<u64> {
    match Journal::open(disk, DIR, options(700)) {
        Err(OpenError::Damaged(damage)) => {
            assert!(damage.offset <= frames && damage.file.starts_with(DIR));
            None
        }
        Err(other) => panic!("{other}"),
        Ok((journal, recovery)) => {
            assert!(recovery.torn.is_some());
            assert_eq!(recovery.frames, journal.synced_len());
            check(&journal);
            Some(recovery.frames)
        }
    }
}

fn flips(closed: bool) -> (u64, usize, usize) {
    let (disk, journal) = journal_of(&BATCHES);
    let frames = journal.len();
    let last = BATCHES[BATCHES.len() - 1];
    let last_batch_bytes: usize = (frames - last..frames).map(|at| 12 + frame(at).0.len() + frame(at).1.len()).sum();
    if closed {
        journal.close().unwrap();
    }
    let doubtful = if closed { 44 } else { 44 + last_batch_bytes };
    let found = files(&disk);
    assert!(found.len() > 2);
    let (mut cut, mut kept) = (0, frames);
    for (path, len) in &found {
        for at in 0..*len {
            for mask in [0x01, 0x80, 0xff] {
                let broken = disk.crash(CrashKeep::Synced);
                assert!(broken.flip(path, at, mask));
                let may_be_cut = path == &found[found.len() - 1].0 && at + doubtful >= *len;
                match outcome(&broken, frames) {
                    None => assert!(!may_be_cut, "{path} {at}"),
                    Some(left) => {
                        assert!(may_be_cut, "{path} {at}");
                        (cut, kept) = (cut + 1, kept.min(left));
                    }
                }
            }
        }
    }
    (frames - kept, cut, doubtful * 3)
}

#[test]
fn a_changed_byte_is_damage_except_in_the_last_batch_where_it_is_a_reported_cut() {
    let (lost, cut, doubtful) = flips(false);
    assert_eq!((lost, cut), (4, doubtful));
}

#[test]
fn after_a_close_every_changed_byte_of_a_frame_is_damage() {
    let (lost, cut, doubtful) = flips(true);
    assert_eq!((lost, cut), (0, doubtful));
}

#[test]
fn a_caller_who_knows_how_many_were_synced_is_never_given_fewer() {
    let (disk, journal) = journal_of(&BATCHES);
    let frames = journal.len();
    let known = JournalOptions { at_least: frames, ..options(700) };
    for (path, len) in files(&disk) {
        for left in 0..len {
            let broken = disk.crash(CrashKeep::Synced);
            broken.open(&path, OpenMode::Write).unwrap().truncate(left as u64).unwrap();
            let before = broken.steps();
            let error = Journal::open(&broken, DIR, known).unwrap_err();
            assert!(matches!(error, OpenError::Damaged(_) | OpenError::Fewer { .. }), "{error}");
            assert_eq!(broken.steps(), before, "a refusal changes nothing");
        }
    }
    assert_eq!(Journal::open(&disk, DIR, known).unwrap().1.frames, frames);
}

#[test]
fn a_lost_segment_is_damage() {
    let (disk, journal) = journal_of(&BATCHES);
    let found = files(&disk);
    let (last, others) = found.split_last().unwrap();
    for (path, _) in others {
        let broken = disk.crash(CrashKeep::Synced);
        broken.remove(path).unwrap();
        assert_eq!(
            Journal::open(&broken, DIR, options(700)).err().map(|error| matches!(error, OpenError::Damaged(_))),
            Some(true)
        );
    }
    let broken = disk.crash(CrashKeep::Synced);
    broken.remove(&last.0).unwrap();
    let known = JournalOptions { at_least: journal.len(), ..options(700) };
    assert!(matches!(Journal::open(&broken, DIR, known), Err(OpenError::Fewer { .. })));
}

#[test]
fn a_segment_of_another_log_or_a_newer_format_is_named() {
    let (disk, _) = journal_of(&[2]);
    let other = JournalOptions { stamp: [8; 32], ..options(700) };
    assert!(matches!(Journal::open(&disk, DIR, other), Err(OpenError::Foreign { .. })));

    let path = &files(&disk)[0].0;
    let mut header = disk.read_whole(path).unwrap()[..56].to_vec();
    header[8] = 9;
    let sum = crc32c::crc32c(&header);
    header.extend_from_slice(&sum.to_le_bytes());
    disk.open(path, OpenMode::Write).unwrap().write_at(0, &header).unwrap();
    let error = Journal::open(&disk, DIR, options(700)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`log/p0/00000000000000000000.seg` has segment format 9, this release reads up to 1: \
         open it with the release that wrote it"
    );
}

#[test]
fn damage_says_where_it_is_and_what_to_do() {
    let (disk, _) = journal_of(&BATCHES);
    disk.flip(&format!("{DIR}/{}", segment::file_name(0)), 60 + 44 + 15, 0x04);
    let text = Journal::open(&disk, DIR, options(700)).unwrap_err().to_string();
    assert!(
        text.starts_with(
            "`log/p0/00000000000000000000.seg` is damaged at byte 104, in the frame with offset 0: its checksum is "
        ),
        "{text}"
    );
    assert!(
        text.ends_with(
            "nothing was changed: restore the file from a copy (a replica or a backup), and look at the disk"
        )
    );
}

#[test]
fn a_read_notices_what_rots_after_the_opening() {
    let (disk, journal) = journal_of(&BATCHES);
    let path = format!("{DIR}/{}", segment::file_name(0));
    disk.flip(&path, 60 + 44 + 15, 0x04);
    assert!(matches!(journal.read(0, &mut Vec::new()), Err(ReadError::Damaged(_))));
    let mut scanner = journal.scan(0);
    assert!(matches!(scanner.next_frame(), Some(Err(ReadError::Damaged(_)))));
    assert!(scanner.next_frame().is_none());
    disk.open(&path, OpenMode::Write).unwrap().truncate(60).unwrap();
    assert!(matches!(journal.scan(0).next_frame(), Some(Err(ReadError::Damaged(_)))));
}
