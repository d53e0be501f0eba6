//! Tests of the simulated disk.
#![allow(clippy::unwrap_used, reason = "tests may stop with a panic")]

use super::*;

fn disk_with(synced: &[u8], unsynced: &[u8]) -> SimDisk {
    let disk = SimDisk::new();
    let file = disk.open("a", OpenMode::New).unwrap();
    file.write_at(0, synced).unwrap();
    file.sync().unwrap();
    disk.sync_dir("").unwrap();
    file.write_at(synced.len() as u64, unsynced).unwrap();
    disk
}

#[test]
fn a_crash_keeps_what_was_synced_and_what_is_asked_for() {
    let disk = disk_with(b"old", b"new");
    assert_eq!(disk.read_whole("a").unwrap(), b"oldnew");
    assert_eq!(disk.crash(CrashKeep::Synced).read_whole("a").unwrap(), b"old");
    assert_eq!(disk.crash(CrashKeep::Torn { bytes: 1 }).read_whole("a").unwrap(), b"oldn");
    assert_eq!(disk.crash(CrashKeep::All).read_whole("a").unwrap(), b"oldnew");
    assert_eq!(disk.unsynced_write_bytes(), 3);
}

#[test]
fn a_name_lives_only_after_a_sync_of_its_directory() {
    let disk = SimDisk::new();
    disk.open("a", OpenMode::New).unwrap().sync().unwrap();
    assert!(disk.crash(CrashKeep::Synced).list("").unwrap().is_empty());
    disk.sync_dir("").unwrap();
    disk.rename("a", "b").unwrap();
    assert_eq!(disk.crash(CrashKeep::Synced).list("").unwrap(), ["a"]);
}

#[test]
fn a_failed_sync_forgets_what_it_was_to_save() {
    let disk = disk_with(b"old", b"new");
    let file = disk.open("a", OpenMode::Write).unwrap();
    disk.fail_next_sync();
    file.sync().unwrap_err();
    file.sync().unwrap();
    assert_eq!(disk.read_whole("a").unwrap(), b"oldnew");
    assert_eq!(disk.crash(CrashKeep::Synced).read_whole("a").unwrap(), b"old");
}

#[test]
fn a_full_disk_takes_what_fits() {
    let disk = disk_with(b"old", b"");
    disk.set_capacity(Some(5));
    let file = disk.open("a", OpenMode::Write).unwrap();
    assert_eq!(file.write_at(3, b"new").unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(disk.read_whole("a").unwrap(), b"oldne");
    file.write_at(0, b"OLDNE").unwrap();
}

#[test]
fn an_atomic_write_is_old_or_new_wherever_the_power_goes() {
    for steps in 0..6 {
        let disk = disk_with(b"old", b"");
        disk.cut_power_after(steps);
        let written = disk.write_atomically("a", b"renewed");
        for keep in [CrashKeep::Synced, CrashKeep::Torn { bytes: 3 }, CrashKeep::All] {
            let found = disk.crash(keep).read_whole("a").unwrap();
            assert!(found == b"renewed" || (written.is_err() && found == b"old"), "{steps} {keep:?} {found:?}");
        }
    }
}
