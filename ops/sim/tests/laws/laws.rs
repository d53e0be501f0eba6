//! One test a law.

use crate::engine::{bytes, in_force, open, run, submit};
use heng_log::{SimDisk, Stream};
use heng_model::{Day, Span, Symbols};
use heng_rules::{PackFiles, load};
use heng_sim::oracle::Oracle;
use heng_sim::random::{Options, RandomPack, history, pack, shrink};
use serde_json::Value as Json;

pub(crate) fn seeds() -> std::ops::Range<u64> {
    let wanted = std::env::var("HENG_SEEDS").unwrap_or_else(|_| "0..60".to_owned());
    let (from, to) = wanted.split_once("..").expect("HENG_SEEDS=FROM..TO");
    from.parse().expect("a number")..to.parse().expect("a number")
}

pub(crate) fn until() -> Day {
    "2028-01-01".parse().expect("a day")
}

/// What the engine and the day-by-day implementation disagree about, if anything.
fn disagreement(files: &PackFiles, events: &[Json], partitions: u16) -> Option<String> {
    let mut symbols = Symbols::default();
    let loaded = load(files, &mut symbols).expect("a random pack loads").pack;
    let run = run(files, events, until(), partitions, 7);
    // The oracle judges what is on the log; that nothing is decided ahead is for intake.
    let on_log = without(events, &run.refused, "decided ahead");
    let oracle = Oracle::judge(&loaded, &symbols, &on_log, until());
    let window = Span::new(oracle.window().first, until()).expect("a window");
    let differences = oracle.differences(&in_force(&run), window);
    let first = differences.first()?;
    Some(format!("{first}\nengine refused: {:?}\noracle refused: {:?}", run.refused, oracle.refused()))
}

/// The events but those refused for a reason.
pub(crate) fn without(events: &[Json], refused: &[(usize, String, bool)], reason: &str) -> Vec<Json> {
    let same = |a: &Json, b: &Json| ["source", "id"].iter().all(|name| a[*name] == b[*name]);
    let is_refused = |(at, event): &(usize, &Json)| {
        refused.iter().any(|(of, why, remembered)| {
            why.contains(reason) && (of == at || (*remembered && same(&events[*of], event)))
        })
    };
    events.iter().enumerate().filter(|it| !is_refused(it)).map(|(_, event)| event.clone()).collect()
}

fn agree(seed: u64, options: &Options, partitions: u16) {
    let random: RandomPack = pack(seed, options);
    let events = history(seed, &random, options);
    let files = random.to_files();
    if disagreement(&files, &events, partitions).is_none() {
        return;
    }
    let least = shrink(&events, |events| disagreement(&files, events, partitions).is_some());
    let what = disagreement(&files, &least, partitions).unwrap_or_default();
    let lines: Vec<String> = least.iter().map(ToString::to_string).collect();
    let pack: Vec<String> = random.files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
    panic!("seed {seed}: {what}\n{}\n{}", pack.join("\n"), lines.join("\n"));
}

#[test]
fn intervals_equal_the_day_by_day_implementation() {
    for seed in seeds() {
        agree(seed, &Options::all(), 1);
    }
}

#[test]
fn intervals_equal_the_day_by_day_implementation_at_seven_partitions() {
    for seed in seeds() {
        agree(seed, &Options::all(), 7);
    }
}

/// What is remembered of a subject between its events is remembered from some dozens of records on.
#[test]
fn long_histories_equal_the_day_by_day_implementation() {
    let long = Options { subjects_max: 1, events_min: 200, events_max: 320, ..Options::all() };
    let linked = Options { subjects_max: 3, events_min: 300, events_max: 400, ..Options::all() };
    for seed in seeds().step_by(8) {
        agree(seed, &long, 1);
        agree(seed, &linked, 1);
    }
}

/// Records of one subject in so great a number that what they satisfy is remembered.
const MANY: u32 = 50;
const COUNTED: &str = "\
sector: s
zh: 领域
items:
  s.i:
    zh: 信息
    source: [b]
    subjects: [enterprise]
    category: penalty
    disclosure: public
    basis: [law#1]
    fields: {number: {type: int, required: true}}
facts:
  many: {count: s.i, where: \"record.number >= 2\"}
rules:
  - {id: s.all, zh: 规则, basis: [law#1], when: \"many >= 50\", outcome: {list: all, measures: []}}
";

fn about_record(id: &str, record: u32, kind: &str, more: &Json) -> Json {
    let mut data = serde_json::json!({"record": format!("r{record}")});
    let pairs = more.as_object().expect("an object").clone();
    data.as_object_mut().expect("an object").extend(pairs);
    serde_json::json!({
        "specversion": "1.0", "id": format!("{id}{record}"), "source": "/gov/b", "type": kind,
        "subject": "91420100MA46360903", "time": "2027-01-04T08:00:00+08:00", "datacontenttype": "application/json",
        "data": data,
    })
}

/// Fifty records fall short, and are corrected one after another until all of them count, then one of them back.
#[test]
fn what_is_remembered_of_records_follows_their_corrections() {
    let mut random = pack(0, &Options::all());
    random.files.insert("sectors/s.yaml".to_owned(), COUNTED.to_owned());
    let files = random.to_files();
    let recorded = |record| {
        let fields = serde_json::json!({"number": 1});
        let data = serde_json::json!(
            {"item": "s.i", "decided_on": "2024-05-06", "document_no": "文号", "fields": fields}
        );
        about_record("e", record, "credit.recorded", &data)
    };
    let corrected = |id, record, number: u32| {
        let data = serde_json::json!({"fields": {"number": number}, "reason": "更正"});
        about_record(id, record, "credit.corrected", &data)
    };
    let mut events: Vec<Json> = (0..MANY).map(recorded).chain((0..MANY).map(|at| corrected("c", at, 2))).collect();
    let days = |events: &[Json]| {
        assert_eq!(disagreement(&files, events, 1), None);
        let in_force = in_force(&run(&files, events, until(), 1, 7));
        in_force.values().any(|days| days.contains("2025-01-01".parse().expect("a day")))
    };
    assert!(days(&events), "all of them count");
    events.push(corrected("d", 7, 1));
    assert!(!days(&events), "one of them no longer does");
}

#[test]
fn any_split_into_batches_gives_the_same_bytes() {
    for seed in seeds() {
        let random = pack(seed, &Options::all());
        let events = history(seed, &random, &Options::all());
        let files = random.to_files();
        let one = run(&files, &events, until(), 1, 1);
        let many = run(&files, &events, until(), 1, 1_000);
        for stream in [Stream::Events, Stream::Decisions] {
            assert_eq!(bytes(&one.disk, &one.meta, stream), bytes(&many.disk, &many.meta, stream), "seed {seed}");
        }
        assert!(one.accepted > 0, "seed {seed} accepts something");
    }
}

/// Opening folds the whole log anew and compares each decision with the one stored: an engine that opens and adds
/// nothing has replayed to the same bytes.
#[test]
fn replay_gives_the_same_bytes() {
    for seed in seeds() {
        for partitions in [1, 7] {
            let random = pack(seed, &Options::all());
            let events = history(seed, &random, &Options::all());
            let files = random.to_files();
            let live = run(&files, &events, until(), partitions, 5);
            let before = [Stream::Events, Stream::Decisions].map(|stream| bytes(&live.disk, &live.meta, stream));
            drop(open(&live.disk, &live.meta));
            let after = [Stream::Events, Stream::Decisions].map(|stream| bytes(&live.disk, &live.meta, stream));
            assert_eq!(before, after, "seed {seed} at {partitions} partitions");
        }
    }
}

#[test]
fn duplicates_change_nothing() {
    for seed in seeds() {
        let random = pack(seed, &Options::all());
        let events = history(seed, &random, &Options::all());
        let files = random.to_files();
        let once = run(&files, &events, until(), 1, 9);
        // What was refused for its day may be accepted on a later one.
        let accepted = without(&events, &once.refused, "");
        let twice: Vec<Json> = accepted.iter().chain(&accepted).cloned().collect();
        let twice = run(&files, &twice, until(), 1, 9);
        assert_eq!(in_force(&once), in_force(&twice), "seed {seed}");
    }
}

/// A power cut after any number of disk steps: opening again and sending everything again gives the bytes of a run
/// that was never cut.
#[test]
fn a_power_cut_at_any_step_loses_and_repeats_nothing() {
    for seed in seeds().take(8) {
        let random = pack(seed, &Options::all());
        let events = history(seed, &random, &Options::all());
        let files = random.to_files();
        // What was refused for its day may be accepted when it is sent again on a later one.
        let events = without(&events, &run(&files, &events, until(), 1, 3).refused, "");
        let whole = run(&files, &events, until(), 1, 3);
        let steps = whole.disk.steps();
        for cut in (1..steps).step_by(usize::try_from(steps / 40).unwrap_or(1).max(1)) {
            let disk = cut_run(&files, &events, cut);
            let meta = whole.meta.clone();
            let mut engine = open(&disk, &meta);
            for event in &events {
                let _ = submit(&mut engine, &files, event);
            }
            let zone = engine.time_zone().expect("a pack is in force");
            engine.open_days(zone.day_start_ms(until())).expect("days open");
            engine.flush().expect("a flush");
            for stream in [Stream::Events, Stream::Decisions] {
                let (found, wanted) = (bytes(&disk, &meta, stream), bytes(&whole.disk, &meta, stream));
                let differs = found[0].iter().zip(&wanted[0]).position(|(found, wanted)| found != wanted);
                let lengths = (found[0].len(), wanted[0].len());
                assert!(
                    found == wanted,
                    "seed {seed}, cut {cut}: {stream:?} differ at {differs:?}, lengths {lengths:?}"
                );
            }
        }
    }
}

/// Runs until the power goes; what the disk holds then.
fn cut_run(files: &PackFiles, events: &[Json], cut: u64) -> SimDisk {
    let disk = SimDisk::new();
    disk.cut_power_after(cut);
    let meta = crate::engine::meta(1);
    let options = heng_server::EngineOptions { store: None, progress: &mut |_| {} };
    if let Ok((mut engine, _)) = heng_server::Engine::open(disk.clone(), meta, options) {
        for (at, event) in events.iter().enumerate() {
            if submit(&mut engine, files, event).is_err() && engine.flush().is_err() {
                break;
            }
            if at.is_multiple_of(3) && engine.flush().is_err() {
                break;
            }
        }
    }
    disk.crash(heng_log::CrashKeep::Sectors { seed: cut })
}

/// The same pack with other terms and another threshold; ids stay, so that it may follow.
fn changed(random: &RandomPack) -> PackFiles {
    let mut files = PackFiles::new();
    for (path, text) in &random.files {
        let text = text.replace("version: \"1\"", "version: \"2\"").replace("P3M", "P5M").replace("P1Y", "P14M");
        let text = text.replace(">= 1", ">= 2");
        files.add(path, text.into_bytes()).expect("a pack file");
    }
    files
}

/// An activated pack derives every day, past ones too: whoever changes packs half way ends where the new pack alone
/// would have led.
#[test]
fn a_pack_activated_half_way_gives_what_it_gives_from_the_start() {
    let mut differ = 0;
    for seed in seeds() {
        for partitions in [1, 7] {
            let random = pack(seed, &Options::all());
            let (old, new) = (random.to_files(), changed(&random));
            if load(&new, &mut Symbols::default()).is_err() {
                continue;
            }
            let events = history(seed, &random, &Options::all());
            // The half-way run opens a day more: what was refused for its day might be accepted there.
            let events = without(&events, &run(&new, &events, until(), partitions, 4).refused, "");
            let whole = run(&new, &events, until(), partitions, 4);
            let half = crate::engine::run_two(&old, &new, &events, until(), partitions);
            let standing = |run: &crate::engine::Run| {
                in_force(run).into_iter().filter(|(_, days)| !days.is_empty()).collect::<Vec<_>>()
            };
            assert_eq!(standing(&whole), standing(&half), "seed {seed} at {partitions} partitions");
            differ += usize::from(standing(&run(&old, &events, until(), partitions, 4)) != standing(&whole));
        }
    }
    assert!(differ > 0, "the packs never differed: the test shows nothing");
}
