//! The decision log proves what the event log must hold.

use crate::history::{Told, both, seeds};
use heng_log::{DataDirView, Disk, DiskFile, Journal, JournalOptions, OpenError, OpenMode, SimDisk, Stream};
use heng_server::{Engine, EngineError, EngineOptions};
use heng_sim::random::Options;

/// Seeds whose histories give a decision in the last batch of events.
fn told() -> impl Iterator<Item = Told> {
    seeds(12)
        .map(|seed| Told::new(seed, &Options::all(), 1, 1))
        .filter(|told| !both(&told.whole.disk, told.meta())[1][0].is_empty())
}

fn open(disk: &SimDisk, told: &Told) -> EngineError {
    let options = EngineOptions { store: None, progress: &mut |_| {} };
    Engine::open(disk.clone(), told.meta().clone(), options).map(|_| ()).expect_err("the engine must not open")
}

#[test]
fn events_that_decisions_rest_on_are_missed() {
    let mut met = 0;
    for told in told() {
        let disk = &told.whole.disk;
        let dir = DataDirView::journal_dir(Stream::Events, 0);
        let name = disk.list(&dir).expect("a directory").pop().expect("a segment");
        let file = disk.open(&format!("{dir}/{name}"), OpenMode::Write).expect("a segment");
        // All but the head of the segment.
        file.truncate(64).expect("cut");
        let before = both(disk, told.meta());
        let error = open(disk, &told);
        assert!(matches!(error, EngineError::Open(OpenError::Fewer { at_least: 1.., .. })), "{error}");
        assert_eq!(both(disk, told.meta()), before, "nothing was changed");
        met += 1;
    }
    assert!(met > 0, "no history gave a decision");
}

#[test]
fn decisions_that_no_event_gives_are_told() {
    for told in told() {
        let disk = &told.whole.disk;
        let options = JournalOptions::new(told.meta().stamp(Stream::Decisions, 0));
        let dir = DataDirView::journal_dir(Stream::Decisions, 0);
        let mut journal = Journal::open(disk, &dir, options).expect("a journal").0;
        let last = both(disk, told.meta())[1][0].last().expect("a decision").clone();
        journal.append(&last, &[]).expect("one more");
        journal.close().expect("closed");
        let error = open(disk, &told);
        assert!(
            matches!(error, EngineError::Truncated { partition: 0, found, expected } if found == expected + 1),
            "{error}"
        );
    }
}
