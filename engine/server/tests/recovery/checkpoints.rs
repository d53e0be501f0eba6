//! Laws of checkpoints: resume anywhere = whole; delete the store = same.

use crate::engine::submit;
use crate::history::{Told, begins_with, both, finish, open_with, seeds};
use heng_log::SimDisk;
use heng_sim::random::{Options, Rng};
use heng_store::{Failure, SharedStore};

/// What is done with the store before the engine is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Emptied,
    Rejected,
    /// Opened without a store: checkpoints stay behind.
    NoStore,
}

/// A run that is stopped and opened again at random; checkpoints are written every so many events.
struct Stopped<'a> {
    told: &'a Told,
    disk: SimDisk,
    store: SharedStore,
    rng: Rng,
    resumed: u64,
}

impl<'a> Stopped<'a> {
    fn new(told: &'a Told, salt: u64) -> Self {
        let rng = Rng::new(told.seed ^ (salt << 32));
        Self { told, disk: SimDisk::new(), store: SharedStore::default(), rng, resumed: 0 }
    }

    fn open(&mut self) -> heng_server::Engine<SimDisk> {
        let before = [Before::Nothing, Before::Nothing, Before::Emptied, Before::Rejected, Before::NoStore];
        let before = before[self.rng.below(before.len())];
        let stands = self.store.position(0);
        match before {
            Before::Emptied => self.store.empty(),
            Before::Rejected => self.store.fail(Failure::Load),
            Before::Nothing | Before::NoStore => {}
        }
        let given = (before != Before::NoStore).then_some(&self.store);
        let (engine, opened) = open_with(&self.disk, self.told.meta(), given);
        let told =
            opened.rejected.iter().filter(|it| it.contains("is rejected: ") && it.contains("rebuilt from the log"));
        assert_eq!(told.count(), usize::from(before == Before::Rejected), "{before:?}: {:?}", opened.rejected);
        if before == Before::Rejected {
            assert_eq!(self.store.position(0), None, "a rejected checkpoint is thrown away");
        }
        if before == Before::Nothing && stands.is_some_and(|position| position > 0) {
            self.resumed += 1;
        }
        engine
    }

    /// With `flushes` each event is flushed by itself; else in batches drawn at random.
    fn run(&mut self, flushes: bool, checkpoint_every: usize) {
        let told = self.told;
        let mut engine = self.open();
        let (mut at, mut acknowledged) = (0, 0);
        while at < told.events.len() {
            submit(&mut engine, &told.files, &told.events[at]).expect("an event that was accepted before");
            at += 1;
            if flushes || self.rng.chance(30) {
                engine.flush().expect("a flush");
                acknowledged = at;
            }
            if at.is_multiple_of(checkpoint_every) {
                engine.checkpoint().expect("a checkpoint");
                acknowledged = at;
            }
            if self.rng.chance(20) {
                let kept = both(&self.disk, told.meta());
                drop(engine);
                engine = self.open();
                assert!(
                    begins_with(&both(&self.disk, told.meta()), &kept),
                    "seed {}: opening loses nothing",
                    told.seed
                );
                // Of what was not acknowledged, anything may be lost: it is sent again.
                at = acknowledged;
                // Progress even where every draw stops.
                if let Some(event) = told.events.get(at) {
                    submit(&mut engine, &told.files, event).expect("an event that was accepted before");
                    engine.flush().expect("a flush");
                    at += 1;
                    acknowledged = at;
                }
            }
        }
        finish(&mut engine);
        if self.rng.chance(50) {
            engine.close().expect("closed");
        } else {
            drop(engine);
        }
        drop(self.open());
    }
}

#[test]
fn a_run_stopped_anywhere_gives_the_bytes_of_the_whole() {
    let mut resumed = 0;
    for seed in seeds(8) {
        let told = Told::new(seed, &Options::all(), 1, 5);
        for every in [1, 3, 10] {
            let mut stopped = Stopped::new(&told, every);
            stopped.run(false, usize::try_from(every).expect("small"));
            told.assert_same_bytes(&stopped.disk, &format!("checkpoints every {every}"));
            resumed += stopped.resumed;
        }
    }
    assert!(resumed > 0, "no checkpoint was ever believed");
}

#[test]
fn a_run_stopped_anywhere_gives_the_bytes_of_the_whole_at_seven_partitions() {
    for seed in seeds(8) {
        // The undisturbed run flushes each event too: batches decide where derived entries stand.
        let told = Told::new(seed, &Options::all(), 7, 1);
        for every in [1, 3, 10] {
            let mut stopped = Stopped::new(&told, every);
            stopped.run(true, usize::try_from(every).expect("small"));
            told.assert_same_bytes(&stopped.disk, &format!("checkpoints every {every}"));
        }
    }
}

#[test]
fn merges_survive_checkpoints_too() {
    let options = Options { merges: true, ..Options::all() };
    for seed in seeds(8) {
        for partitions in [1, 7] {
            let told = Told::new(seed, &options, partitions, 1);
            let mut stopped = Stopped::new(&told, 77);
            stopped.run(true, 4);
            told.assert_same_bytes(&stopped.disk, &format!("with merges, at {partitions} partitions"));
        }
    }
}

/// A checkpoint that could not be written costs time at the next open, nothing else: also when the engine goes on and
/// is asked for further ones.
#[test]
fn a_checkpoint_that_fails_is_no_loss() {
    for seed in seeds(8) {
        let told = Told::new(seed, &Options::all(), 1, 1);
        for fails_at in (0..told.events.len()).step_by(3) {
            let (disk, store) = (SimDisk::new(), SharedStore::default());
            let (mut engine, _) = open_with(&disk, told.meta(), Some(&store));
            for (at, event) in told.events.iter().enumerate() {
                submit(&mut engine, &told.files, event).expect("an event that was accepted before");
                if at == fails_at {
                    store.fail(Failure::WriteBeforeManifest);
                    let error = engine.checkpoint().expect_err("the store was told to fail").to_string();
                    assert!(error.contains("the store was told to fail"), "{error}");
                    // Whoever goes on is given all of it by the next one.
                    engine.checkpoint().expect("the store was told to fail once");
                    drop(engine);
                    engine = open_with(&disk, told.meta(), Some(&store)).0;
                    assert_eq!(engine.changed_len(), 0, "nothing had to be folded");
                } else if at % 5 == 4 {
                    engine.checkpoint().expect("a checkpoint");
                }
            }
            finish(&mut engine);
            told.assert_same_bytes(&disk, "after a checkpoint that failed");
        }
    }
}
