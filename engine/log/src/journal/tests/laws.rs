//! A journal through random appends, syncs, faults and crashes is what a list of frames would be.

use proptest::prelude::*;

use super::*;
use crate::disk::SimFile;

#[derive(Debug, Clone)]
enum Deed {
    Append(u64),
    Sync,
    Begin,
    End,
    Witness,
    FailSync,
    FullDisk { room: u64 },
    CutPower { steps: u64 },
    Reopen,
    Crash { keep: Keep, again: Option<(u64, Keep)> },
}

#[derive(Debug, Clone, Copy)]
enum Keep {
    Synced,
    Torn { share: u8 },
    Sectors { seed: u64 },
    All,
}

fn keeps() -> impl Strategy<Value = Keep> {
    prop_oneof![
        Just(Keep::Synced),
        any::<u8>().prop_map(|share| Keep::Torn { share }),
        any::<u64>().prop_map(|seed| Keep::Sectors { seed }),
        Just(Keep::All),
    ]
}

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (1..9_u64).prop_map(Deed::Append),
        4 => Just(Deed::Sync),
        3 => Just(Deed::Begin),
        3 => Just(Deed::End),
        1 => Just(Deed::Witness),
        1 => Just(Deed::FailSync),
        1 => (0..400_u64).prop_map(|room| Deed::FullDisk { room }),
        3 => (0..8_u64).prop_map(|steps| Deed::CutPower { steps }),
        1 => Just(Deed::Reopen),
        4 => (keeps(), proptest::option::of((0..9_u64, keeps()))).prop_map(|(keep, again)| Deed::Crash { keep, again }),
    ]
}

fn crash(disk: &SimDisk, keep: Keep) -> SimDisk {
    disk.crash(match keep {
        Keep::Synced => CrashKeep::Synced,
        Keep::Torn { share } => CrashKeep::Torn { bytes: disk.unsynced_write_bytes() * usize::from(share) / 255 },
        Keep::Sectors { seed } => CrashKeep::Sectors { seed },
        Keep::All => CrashKeep::All,
    })
}

/// The journal beside what is known of it: since frames follow from their offsets, two numbers.
struct Run {
    disk: SimDisk,
    journal: Journal<SimDisk>,
    acknowledged: u64,
    appended: u64,
    /// A sync that was begun, and how many frames it is of.
    begun: Option<(Unsynced<SimFile>, u64)>,
}

impl Run {
    fn open(&mut self) {
        let known = JournalOptions { at_least: self.acknowledged, ..options(400) };
        let (journal, recovery) = Journal::open(&self.disk, DIR, known).unwrap();
        assert!((self.acknowledged..=self.appended).contains(&recovery.frames), "{recovery:?}");
        check(&journal);
        (self.acknowledged, self.appended) = (recovery.frames, recovery.frames);
        self.journal = journal;
        self.begun = None;
    }

    fn sync(&mut self) {
        match self.journal.sync() {
            Ok(()) => self.acknowledged = self.appended,
            Err(error) => assert!(!matches!(error, SyncError::UnderWay) || self.begun.is_some()),
        }
        assert_eq!(self.journal.synced_len(), self.acknowledged);
    }

    fn begin(&mut self) {
        if let Ok(Some(unsynced)) = self.journal.begin_sync() {
            assert!(self.begun.is_none());
            self.begun = Some((unsynced, self.appended));
            check_frames::<SimDisk>(self.journal.scan(0), 0, self.appended);
        }
        assert_eq!(self.journal.synced_len(), self.acknowledged);
    }

    fn end(&mut self) {
        let Some((unsynced, frames)) = self.begun.take() else { return };
        if self.journal.end_sync(unsynced.sync()).is_ok() {
            self.acknowledged = frames;
        }
        assert_eq!(self.journal.synced_len(), self.acknowledged);
        check(&self.journal);
    }

    fn perform(&mut self, deed: &Deed) {
        match *deed {
            Deed::Append(frames) if !self.journal.is_broken() => {
                append(&mut self.journal, frames);
                self.appended += frames;
            }
            Deed::Append(_) => {}
            Deed::Sync => self.sync(),
            Deed::Begin => self.begin(),
            Deed::End => self.end(),
            Deed::Witness => {
                self.sync();
                let _ = self.journal.witness();
            }
            Deed::FailSync => {
                self.disk.fail_next_sync();
                self.end();
                self.sync();
            }
            Deed::FullDisk { room } => {
                self.disk.set_capacity(Some(self.disk.used_bytes() + room));
                self.sync();
                self.disk.set_capacity(None);
            }
            Deed::CutPower { steps } => {
                self.disk.cut_power_after(steps);
                self.end();
                self.sync();
            }
            Deed::Reopen => {
                self.disk = self.disk.crash(CrashKeep::All);
                self.open();
            }
            Deed::Crash { keep, again } => {
                self.disk = crash(&self.disk, keep);
                if let Some((steps, keep)) = again {
                    self.disk.cut_power_after(steps);
                    let _ = Journal::open(&self.disk, DIR, options(400));
                    self.disk = crash(&self.disk, keep);
                }
                self.open();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn nothing_acknowledged_is_lost_and_nothing_is_made_up(deeds in prop::collection::vec(deeds(), 1..60)) {
        let disk = SimDisk::new();
        let (journal, _) = Journal::open(&disk, DIR, options(400)).unwrap();
        let mut run = Run { disk, journal, acknowledged: 0, appended: 0, begun: None };
        for deed in &deeds {
            run.perform(deed);
        }
        run.perform(&Deed::Crash { keep: Keep::Synced, again: None });
    }
}
