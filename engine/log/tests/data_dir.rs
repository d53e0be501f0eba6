//! Data directories on the real disk: created, locked, refused, and journals in them.
#![allow(clippy::unwrap_used, reason = "tests may stop with a panic")]

use std::fs;

use heng_log::{
    DataDir, DataDirError, DataDirView, Disk, Journal, JournalOptions, JournalReader, Meta, OpenError, RealDisk, Stream,
};

const META: Meta = Meta { partitions: 2, simulated: true, log_id: [0xab; 32] };

#[test]
fn a_data_directory_is_created_once_and_found_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a/b/data");
    assert!(matches!(DataDir::open(&path), Err(DataDirError::NotData { .. })));
    assert!(!path.exists());
    drop(DataDir::create(&path, META).unwrap());
    assert_eq!(*DataDir::open(&path).unwrap().meta(), META);
    assert!(matches!(DataDir::create(&path, META), Err(DataDirError::Exists { .. })));
    assert_eq!(DataDirView::journal_dir(Stream::Decisions, 1), "decisions/p1");
    assert_ne!(META.stamp(Stream::Events, 0), META.stamp(Stream::Events, 1));
    assert_ne!(META.stamp(Stream::Events, 0), META.stamp(Stream::Decisions, 0));
}

#[test]
fn a_second_writer_is_told_who_has_the_directory_and_a_reader_is_let_in() {
    let home = tempfile::tempdir().unwrap();
    let first = DataDir::create(home.path(), META).unwrap();
    for second in [DataDir::open(home.path()), DataDir::create(home.path(), META)] {
        let text = second.unwrap_err().to_string();
        let path = home.path().display();
        let expected = format!(
            "`{path}` is in use by another process (pid {}): stop that one first, or open the directory only to read",
            std::process::id()
        );
        assert_eq!(text, expected);
    }
    assert_eq!(*DataDirView::open(home.path()).unwrap().meta(), META);
    drop(first);
    DataDir::open(home.path()).unwrap();
}

#[test]
fn a_newer_format_is_refused_with_the_release_it_needs_and_not_touched() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("meta.json"), r#"{"format": 3, "needs": "2.1.0", "shape": {"unknown": true}}"#).unwrap();
    let text = DataDir::open(home.path()).unwrap_err().to_string();
    let expected = format!(
        "`{}` has data format 3, this release ({}) knows up to 1: use release 2.1.0 or newer",
        home.path().display(),
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(text, expected);
    assert!(matches!(DataDirView::open(home.path()), Err(DataDirError::NewerFormat { found: 3, .. })));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_data_directory_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("thesis.txt"), "mine").unwrap();
    assert!(
        matches!(DataDir::create(home.path(), META), Err(DataDirError::NotEmpty { name, .. }) if name == "thesis.txt")
    );
    for text in [
        "",
        "{",
        "[1]",
        r#"{"format": 0}"#,
        r#"{"format": 1, "needs": "0.1.0", "partitions": 0, "simulated": true, "log_id": ""}"#,
    ] {
        fs::write(home.path().join("meta.json"), text).unwrap();
        assert!(matches!(DataDir::open(home.path()), Err(DataDirError::BadMeta { .. })), "{text}");
    }
}

#[test]
fn journals_live_in_it_and_are_read_beside_their_writer() {
    let home = tempfile::tempdir().unwrap();
    let data = DataDir::create(home.path(), META).unwrap();
    let (dir, stamp) = (DataDirView::journal_dir(Stream::Events, 1), META.stamp(Stream::Events, 1));
    let options = JournalOptions { segment_bytes: 4096, ..JournalOptions::new(stamp) };
    let (mut journal, _) = Journal::open(&data.disk(), &dir, options).unwrap();
    for number in 0..500_u32 {
        journal.append(&number.to_le_bytes(), b"sealed").unwrap();
        if number % 7 == 0 {
            journal.sync().unwrap();
        }
    }
    journal.sync().unwrap();
    let view = DataDirView::open(home.path()).unwrap();
    let reader = JournalReader::open(&view.disk(), &dir, &stamp).unwrap();
    let mut scanner = reader.scan(100);
    for number in 100..500_u32 {
        let (offset, frame) = scanner.next_frame().unwrap().unwrap();
        assert_eq!((offset, frame.entry, frame.sealed), (u64::from(number), &number.to_le_bytes()[..], &b"sealed"[..]));
    }
    assert!(scanner.next_frame().is_none());
    assert_eq!(journal.read(77, &mut Vec::new()).unwrap().entry, 77_u32.to_le_bytes());
    journal.close().unwrap();

    let (journal, recovery) = Journal::open(&data.disk(), &dir, JournalOptions { at_least: 500, ..options }).unwrap();
    assert_eq!((recovery.frames, recovery.torn), (500, None));
    drop(journal);
    let elsewhere = JournalOptions::new(META.stamp(Stream::Events, 0));
    assert!(matches!(Journal::open(&data.disk(), &dir, elsewhere), Err(OpenError::Foreign { .. })));
}

/// What memory need not hold any more is read from the disk.
#[test]
fn what_is_given_up_in_memory_stays_readable() {
    let home = tempfile::tempdir().unwrap();
    let disk = RealDisk::new(home.path());
    let options =
        JournalOptions { segment_bytes: 6 << 20, cached_bytes: Some(1 << 20), ..JournalOptions::new([1; 32]) };
    let (mut journal, _) = Journal::open(&disk, "log/p0", options).unwrap();
    let entry = |number: u64| [number.to_le_bytes().as_slice(), &[7; 30_000]].concat();
    let check = |journal: &Journal<RealDisk>| {
        let mut scanner = journal.scan(0);
        for number in 0..600 {
            let (offset, frame) = scanner.next_frame().unwrap().unwrap();
            assert_eq!((offset, frame.entry), (number, &entry(number)[..]));
        }
        assert!(scanner.next_frame().is_none());
    };
    for number in 0..600 {
        journal.append(&entry(number), b"").unwrap();
        if number % 40 == 39 {
            journal.sync().unwrap();
        }
    }
    check(&journal);
    journal.close().unwrap();
    check(&Journal::open(&disk, "log/p0", options).unwrap().0);
}

#[test]
fn a_torn_tail_on_a_real_disk_is_cut_and_reported() {
    let home = tempfile::tempdir().unwrap();
    let (disk, options) = (RealDisk::new(home.path()), JournalOptions::new([1; 32]));
    let (mut journal, _) = Journal::open(&disk, "log/p0", options).unwrap();
    journal.append(b"first", b"").unwrap();
    journal.sync().unwrap();
    journal.append(b"second", b"").unwrap();
    journal.sync().unwrap();
    drop(journal);
    let file = home.path().join("log/p0").join(disk.list("log/p0").unwrap().concat());
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, bytes.strip_suffix(b"ond").unwrap()).unwrap();
    let (journal, recovery) = Journal::open(&disk, "log/p0", options).unwrap();
    assert_eq!(recovery.frames, 1);
    let torn = recovery.torn.unwrap();
    assert_eq!((torn.offset, torn.byte, torn.cut_bytes), (1, 60 + 44 + 17, 44 + 15));
    assert_eq!(journal.read(0, &mut Vec::new()).unwrap().entry, b"first");
}

#[test]
fn a_small_file_is_replaced_whole() {
    let home = tempfile::tempdir().unwrap();
    let disk = RealDisk::new(home.path());
    disk.create_dir("a/b").unwrap();
    for text in ["one", "three", ""] {
        disk.write_atomically("a/b/c", text.as_bytes()).unwrap();
        assert_eq!(disk.read_whole("a/b/c").unwrap(), text.as_bytes());
    }
    assert_eq!(disk.list("a/b").unwrap(), ["c"]);
}
