//! Random packs compile, histories are judged, and between them they reach every clause.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::{Options, RandomPack, history, pack};
use crate::oracle::{Oracle, State};
use heng_model::{Day, Symbols};
use heng_rules::Pack;
use serde_json::Value as Json;
use std::collections::BTreeSet;

fn load(seed: u64, random: &RandomPack) -> (Pack, Symbols) {
    let mut symbols = Symbols::default();
    match heng_rules::load(&random.to_files(), &mut symbols) {
        Ok(loaded) => (loaded.pack, symbols),
        Err(errors) => {
            let first = errors.first().map(|error| format!("{error:?}")).unwrap_or_default();
            panic!("seed {seed}: {} errors, {first}\n{}", errors.len(), random.files.get("sectors/s.yaml").unwrap())
        }
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

#[test]
fn every_pack_compiles_and_every_clause_comes_up() {
    let mut text = String::new();
    for seed in 0..400 {
        for options in [Options::all(), Options { review: true, merges: true, ..Options::all() }] {
            let random = pack(seed, &options);
            load(seed, &random);
            text.push_str(random.files.get("sectors/s.yaml").unwrap());
        }
    }
    for clause in [
        "count:",
        "sum:",
        "max:",
        "min:",
        "distinct:",
        "latest:",
        "streak:",
        "by: record.year",
        "profile: kind",
        "profile: region",
        "elapsed:",
        "outcome: list/",
        "outcome: grade/",
        "outcome: measure/",
        "ended_within:",
        "related:",
        "reverse: true",
        "linked: after",
        "same: [nature]",
        "prior: true",
        "within: year",
        "within: previous_year",
        "within: P1M",
        "repaired: include",
        "default: none",
        "valid:",
        "from: begins",
        "on_objection: suspend",
        "for_each:",
        "where:",
        "from: record.begins",
        "from: after record.begins",
        "from: after P1M",
        "lasts:",
        "extends:",
        "through:",
        "repair: {not_before",
        "when:",
        "and_while: true",
        "unless:",
        "by: record}",
        "effective:",
        "notice:",
        "review: required",
        "grade: g",
    ] {
        assert!(text.contains(clause), "{clause}");
    }
}

#[test]
fn packs_and_histories_without_features_are_valid_too() {
    for seed in 0..60 {
        let options = Options::plain();
        let random = pack(seed, &options);
        let (pack, symbols) = load(seed, &random);
        let events = history(seed, &random, &options);
        assert!(events.iter().all(|event| event["type"] == "credit.recorded"), "seed {seed}");
        let oracle = Oracle::judge(&pack, &symbols, &events, day("2026-12-31"));
        assert!(oracle.refused().is_empty() && oracle.decisions().iter().all(|one| one.in_force == one.unpaused));
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_time_goes_on() {
    let options = Options { duplicates: false, ..Options::all() };
    for seed in 0..50 {
        let random = pack(seed, &options);
        assert_eq!(random.files, pack(seed, &options).files);
        let events = history(seed, &random, &options);
        assert_eq!(events, history(seed, &random, &options));
        assert!(events.iter().map(|event| event["time"].as_str().unwrap()).is_sorted(), "seed {seed}");
    }
}

#[test]
fn histories_reach_holes_starts_and_ends() {
    let (mut types, mut states, mut holes, mut refused) = (BTreeSet::new(), Vec::new(), 0, 0);
    for seed in 0..40 {
        let options = Options { merges: true, ..Options::all() };
        let random = pack(seed, &options);
        let (pack, symbols) = load(seed, &random);
        let events = history(seed, &random, &options);
        types.extend(events.iter().filter_map(|event| event["type"].as_str().map(str::to_owned)));
        let oracle = Oracle::judge(&pack, &symbols, &events, day("2028-12-31"));
        for one in oracle.decisions() {
            assert!(one.in_force.iter().all(|day| one.unpaused.contains(day)), "seed {seed}: {one:?}");
            holes += usize::from(one.in_force != one.unpaused);
            states.push(one.state(day("2024-01-31")));
        }
        refused += oracle.refused().len();
        let subjects: Vec<&Json> = events.iter().map(|event| &event["subject"]).collect();
        assert!(subjects.iter().all(|id| id.as_str().is_some_and(|id| id.parse::<heng_model::Uscc>().is_ok())));
    }
    for state in [State::Scheduled, State::InForce, State::Suspended, State::Ended] {
        assert!(states.contains(&state), "{state:?}");
    }
    assert_eq!(types.len(), 15, "{types:?}");
    assert!(states.len() > 200 && holes > 30 && refused > 5, "{} {holes} {refused}", states.len());
}
