//! Power cuts with several partitions: the places of derived entries may differ, what is in force may not.

use crate::engine::{Run, in_force, submit};
use crate::history::{Told, open_with, seeds};
use heng_log::{CrashKeep, SimDisk};
use heng_model::{DaySet, DecisionId};
use heng_server::{Engine, EngineOptions};
use heng_sim::random::Options;
use heng_store::SharedStore;
use std::collections::BTreeMap;

const PARTITIONS: u16 = 7;
/// Moments at which the power goes, for each history.
const CUTS: u64 = 8;

/// Days in force by decision; [`in_force`] asserts that revisions are dense. A decision that was void in the end may
/// not have been issued at all where its causes came in another order.
fn standing(run: &Run) -> BTreeMap<DecisionId, DaySet> {
    in_force(run).into_iter().filter(|(_, days)| !days.is_empty()).collect()
}

/// Runs until the power goes; checkpoints survive as far as they were written.
fn cut_run(told: &Told, cut: u64, store: &SharedStore) -> SimDisk {
    let disk = SimDisk::new();
    disk.cut_power_after(cut);
    let options = EngineOptions { store: Some(Box::new(store.clone())), progress: &mut |_| {} };
    let Ok((mut engine, _)) = Engine::open(disk.clone(), told.meta().clone(), options) else { return disk };
    for (at, event) in told.events.iter().enumerate() {
        if submit(&mut engine, &told.files, event).is_err() {
            break;
        }
        let went_on = match at % 9 {
            8 => engine.checkpoint().map(drop),
            2 | 5 => engine.flush(),
            _ => Ok(()),
        };
        if went_on.is_err() {
            break;
        }
    }
    disk
}

fn cuts(options: &Options) {
    for seed in seeds(4) {
        let told = Told::new(seed, options, PARTITIONS, 3);
        let wanted = standing(&told.whole);
        let steps = told.whole.disk.steps();
        for cut in (1..=CUTS).map(|nth| steps * nth / CUTS + seed % 3) {
            let store = SharedStore::default();
            let disk = cut_run(&told, cut, &store);
            let keep = if cut % 2 == 0 { CrashKeep::Synced } else { CrashKeep::Sectors { seed: cut } };
            let disk = disk.crash(keep);
            let (mut engine, _) = open_with(&disk, told.meta(), Some(&store));
            told.send_rest(&mut engine);
            engine.close().expect("closed");
            // What stands was replayed and compared with what is stored.
            drop(open_with(&disk, told.meta(), None));
            let run = Run { disk, meta: told.meta().clone(), accepted: 0, refused: Vec::new() };
            let found = standing(&run);
            assert!(found == wanted, "seed {seed}, cut {cut}, {keep:?}: {}", first_difference(&found, &wanted));
        }
    }
}

/// Between any two of many steps, checkpoints among them: an event is durable before a decision that follows from it, and both before a checkpoint
/// that has passed them, or the engine would not open.
#[test]
fn the_power_may_go_between_two_steps() {
    let told = Told::new(seeds(1).start, &Options::all(), 2, 3);
    let middle = told.whole.disk.steps() / 2;
    for cut in middle..middle + 60 {
        let store = SharedStore::default();
        let disk = cut_run(&told, cut, &store).crash(CrashKeep::Synced);
        drop(open_with(&disk, told.meta(), Some(&store)));
    }
}

fn first_difference(found: &BTreeMap<DecisionId, DaySet>, wanted: &BTreeMap<DecisionId, DaySet>) -> String {
    let missing = wanted.iter().find(|(id, days)| found.get(id) != Some(days));
    let added = found.iter().find(|(id, _)| !wanted.contains_key(id));
    match (missing, added) {
        (Some((id, days)), _) => format!("{id} is in force {:?}, not {days:?}", found.get(id)),
        (None, Some((id, days))) => format!("{id}, in force {days:?}, is not in the whole run"),
        (None, None) => "none".to_owned(),
    }
}

#[test]
fn a_power_cut_leaves_what_is_in_force_as_it_would_be() {
    cuts(&Options::all());
}

#[test]
fn a_power_cut_leaves_what_is_in_force_as_it_would_be_with_merges() {
    cuts(&Options { merges: true, ..Options::all() });
}
