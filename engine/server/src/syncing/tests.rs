//! Syncs on a thread of their own, and those that fail.
#![allow(clippy::unwrap_used, reason = "a test")]

use super::*;
use heng_log::{CrashKeep, JournalOptions, RealDisk, SimDisk};

fn open<D: Disk>(disk: &D) -> Journal<D> {
    Journal::open(disk, "events", JournalOptions::new([1; 32])).unwrap().0
}

#[test]
fn what_was_begun_is_read_at_once_and_durable_after_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(&RealDisk::new(dir.path()));
    let mut syncer = Syncer::new(3);
    assert!(syncer.begin(&mut journal).unwrap().is_none(), "nothing is to be synced");
    for offset in 0..20_u64 {
        let entry = [u8::try_from(offset).unwrap()];
        journal.append(&entry, &[]).unwrap();
        let mut going = syncer.begin(&mut journal).unwrap();
        assert!(matches!(going, Some(Going::Beside(_))));
        assert_eq!(journal.read(offset, &mut Vec::new()).unwrap().entry, entry);
        assert_eq!((journal.len(), journal.synced_len()), (offset + 1, offset));
        assert!(matches!(journal.sync(), Err(SyncError::UnderWay)));
        end(&mut journal, &mut going).unwrap();
        assert_eq!(journal.synced_len(), offset + 1);
    }
    journal.close().unwrap();
}

#[test]
fn a_sync_that_fails_is_told_by_its_end() {
    let disk = SimDisk::new();
    let mut journal = open(&disk);
    let mut syncer = Syncer::new(0);
    journal.append(b"kept", &[]).unwrap();
    journal.sync().unwrap();
    journal.append(b"lost", &[]).unwrap();
    let mut going = syncer.begin(&mut journal).unwrap();
    assert!(matches!(going, Some(Going::Later(_))));
    disk.fail_next_sync();
    assert!(matches!(end(&mut journal, &mut going), Err(SyncError::Sync { .. })));
    assert!(going.is_none() && journal.is_broken());
    assert!(matches!(end(&mut journal, &mut going), Err(SyncError::Broken)), "it is asked for once more");
    assert_eq!((journal.len(), journal.synced_len()), (1, 1));
    assert_eq!(open(&disk.crash(CrashKeep::Synced)).len(), 1);
}

#[test]
fn a_thread_that_is_gone_leaves_the_journal_broken() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(&RealDisk::new(dir.path()));
    journal.append(b"one", &[]).unwrap();
    drop(journal.begin_sync().unwrap());
    let (done, told) = channel();
    drop(done);
    assert!(matches!(end(&mut journal, &mut Some(Going::Beside(told))), Err(SyncError::Broken)));
    assert!(journal.is_broken());
}
