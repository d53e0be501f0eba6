//! A disk that is full, and one that fails to sync.

use crate::engine::submit;
use crate::history::{Entries, Told, begins_with, both, open_with, seeds};
use heng_log::{CrashKeep, SimDisk};
use heng_server::{Engine, EngineOptions};
use heng_sim::random::{Options, Rng};

/// What was acknowledged when the engine gave up, and what it said.
struct GaveUp {
    acknowledged: [Entries; 2],
    error: String,
}

/// Sends the history; `fault` is called before the event with the number given. None where the fault was never met.
fn run(told: &Told, disk: &SimDisk, fault_at: usize, fault: impl Fn(&SimDisk)) -> Option<GaveUp> {
    let options = EngineOptions { store: None, progress: &mut |_| {} };
    let (mut engine, _) = Engine::open(disk.clone(), told.meta().clone(), options).expect("the engine opens");
    let mut acknowledged = both(disk, told.meta());
    for (at, event) in told.events.iter().enumerate() {
        if at == fault_at {
            fault(disk);
        }
        let went = submit(&mut engine, &told.files, event);
        let went =
            went.and_then(|_| if at % 3 == 2 { engine.flush().map_err(|error| error.to_string()) } else { Ok(()) });
        if let Err(error) = went {
            // Whoever goes on without opening anew is told again: nothing more is acknowledged.
            let stopped = "an earlier failure stopped the engine: open the data directory anew";
            // A pack that could not be kept leaves the log as it was.
            if !error.starts_with("pack file") {
                assert_eq!(engine.flush().expect_err("it has failed").to_string(), stopped);
                assert_eq!(submit(&mut engine, &told.files, event), Err(stopped.to_owned()));
            }
            return Some(GaveUp { acknowledged, error });
        }
        if at % 3 == 2 {
            acknowledged = both(disk, told.meta());
        }
    }
    None
}

#[test]
fn a_full_disk_says_so_and_loses_nothing() {
    let mut met = 0;
    for seed in seeds(12) {
        let told = Told::new(seed, &Options::all(), 1, 3);
        let mut rng = Rng::new(seed);
        for _ in 0..6 {
            let disk = SimDisk::new();
            let room = rng.below(4_000) as u64;
            let at = rng.below(told.events.len());
            let Some(gave_up) = run(&told, &disk, at, |disk| disk.set_capacity(Some(disk.used_bytes() + room))) else {
                continue;
            };
            met += 1;
            let error = &gave_up.error;
            assert!(
                error.contains("the disk is full: `")
                    || error.contains("No space left")
                    || error.contains("no storage space"),
                "{error}"
            );
            disk.set_capacity(None);
            let (mut engine, _) = open_with(&disk, told.meta(), None);
            assert!(begins_with(&both(&disk, told.meta()), &gave_up.acknowledged), "seed {seed}: lost by a full disk");
            told.send_rest(&mut engine);
            told.assert_same_bytes(&disk, "after a full disk");
        }
    }
    assert!(met > 0, "the disk was never full");
}

/// A sync that fails leaves it unknown what reached the disk. What was acknowledged before is there, what comes after
/// the engine was opened anew survives the power.
#[test]
fn a_failing_sync_says_so_and_loses_nothing() {
    let mut met = 0;
    for seed in seeds(12) {
        let told = Told::new(seed, &Options::all(), 1, 3);
        let mut rng = Rng::new(seed);
        for _ in 0..6 {
            let disk = SimDisk::new();
            let at = rng.below(told.events.len());
            let Some(gave_up) = run(&told, &disk, at, SimDisk::fail_next_sync) else { continue };
            met += 1;
            assert!(gave_up.error.contains("the simulated disk failed to sync"), "{}", gave_up.error);
            assert!(gave_up.error.contains('`'), "the file is named: {}", gave_up.error);
            // Either the process alone begins again, or the machine does.
            let disk = if rng.chance(50) { disk } else { disk.crash(CrashKeep::Synced) };
            let (mut engine, _) = open_with(&disk, told.meta(), None);
            assert!(
                begins_with(&both(&disk, told.meta()), &gave_up.acknowledged),
                "seed {seed}: lost by a failing sync"
            );
            told.send_rest(&mut engine);
            let disk = disk.crash(CrashKeep::Synced);
            drop(open_with(&disk, told.meta(), None));
            told.assert_same_bytes(&disk, "after a failing sync and a power cut");
        }
    }
    assert!(met > 0, "no sync failed");
}
