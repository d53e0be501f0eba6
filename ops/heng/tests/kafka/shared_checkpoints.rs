//! Engines of a log share checkpoints: one without data, or without its state, begins with what another shared.

use crate::broker::{Broker, shared};
use crate::place::{PARTITIONS, Place, Served, until};
use crate::shared_log::{events, is_published, publish, same};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Two places for engines of one log, which share checkpoints at a place each second.
fn engines(broker: &Broker, prefix: &str, place: &Path) -> [Place; 2] {
    let more = format!("shared_log = true\n[checkpoints]\nshared = {place:?}\npublish_every_s = 1\n");
    let places = std::array::from_fn(|_| Place::with(broker, prefix, &more));
    places.first().unwrap().heng(&["topics", "create"]).expect(0);
    places
}

/// How many partitions' state came from somewhere.
fn from(served: &Served, source: &str) -> u64 {
    let text = served.get("/metrics");
    let name = format!("heng_state_partitions{{source=\"{source}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&name)).expect("the metric").parse().expect("a number")
}

/// The entries that were folded at the last start.
fn folded(place: &Place) -> u64 {
    let log = place.log();
    let line = log.lines().rfind(|line| line.contains("partitions by where their state came from")).expect("a line");
    // The log is coloured.
    let plain: String = line.split('\u{1b}').map(|part| part.split_once('m').map_or(part, |(_, rest)| rest)).collect();
    let number = plain.split("folded=").nth(1).and_then(|rest| rest.split(' ').next()).expect("the number");
    number.trim().parse().unwrap_or_else(|_| panic!("no number: {plain}"))
}

fn checkpoints(arguments: &[&str], place: &Path) -> (Option<i32>, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    let said =
        command.arg("checkpoints").args(arguments).arg("--json").arg(place).output().expect("the program starts");
    let text = String::from_utf8(said.stdout).expect("UTF-8");
    (said.status.code(), text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect())
}

/// The files below a folder whose path says something.
fn files(folder: &Path, part: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path, part));
        } else if path.to_string_lossy().contains(part) {
            found.push(path);
        }
    }
    found
}

/// Waits until a checkpoint is shared that covers so many events of departments.
fn shares(served: &Served, covers: u64) {
    until("a checkpoint is shared", || served.metric("heng_shared_checkpoint_entries") >= covers);
}

/// Who is listed on a day, as a data directory has it.
fn listed_in(place: &Place) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heng"));
    command
        .args(["subjects", "--outcome", "list/s.listed", "--on", "2024-09-01", "--json", "--data"])
        .arg(place.data());
    serde_json::from_slice(&command.output().expect("the program starts").stdout).expect("JSON")
}

#[test]
fn an_engine_without_data_begins_with_what_another_shared() {
    let Some(broker) = shared() else { return };
    let shared = tempfile::tempdir().expect("a folder");
    let [one, other] = engines(broker, "sharing", shared.path());
    let first = one.serve();
    publish(broker, &one, 0..600);
    until("everything has come", || events(&one) == 600 && is_published(&[&first]));
    shares(&first, 500);
    let second = other.serve();
    assert_eq!(from(&second, "shared"), u64::from(PARTITIONS), "{}", other.log());
    assert!(folded(&other) < 200, "the rest alone was folded: {}", folded(&other));
    until("the time is told", || second.metric("heng_time_to_serve_milliseconds") > 0);
    publish(broker, &one, 600..700);
    until("both have everything", || events(&one) == 700 && events(&other) == 700);
    until("it is published", || is_published(&[&first, &second]));
    second.stop();
    shares(&first, 600);
    // Without its state it begins with its own files; without those too, with what is shared.
    for (folders, source) in [(&["state"][..], "own"), (&["state", "checkpoints"][..], "shared"), (&[][..], "own")] {
        folders.iter().for_each(|folder| fs::remove_dir_all(other.data().join(folder)).expect("it is there"));
        let second = other.serve();
        assert_eq!(from(&second, source), u64::from(PARTITIONS), "{folders:?}: {}", other.log());
        assert!(folded(&other) < 250, "{folders:?}: {}", folded(&other));
        publish(broker, &one, 700..701);
        until("it goes on", || events(&one) == 701 && events(&other) == 701);
        second.stop();
    }
    first.stop();
    assert!(same(&broker.brokers, &one, &other) >= 700);
    assert!(same(&broker.brokers, &other, &one) >= 700);
    assert_eq!(listed_in(&one), listed_in(&other));
    assert!(listed_in(&one)["count"].as_u64() > Some(0), "{}", listed_in(&one));
}

#[test]
fn a_damaged_checkpoint_is_told_and_the_log_is_used() {
    let Some(broker) = shared() else { return };
    let shared = tempfile::tempdir().expect("a folder");
    let [one, other] = engines(broker, "damaged", shared.path());
    let first = one.serve();
    publish(broker, &one, 0..300);
    until("everything has come", || events(&one) == 300 && is_published(&[&first]));
    shares(&first, 200);
    first.stop();
    let (code, listed) = checkpoints(&["list"], shared.path());
    assert!(code == Some(0) && !listed.is_empty());
    assert!(listed.iter().all(|it| it["wrong"].is_null() && it["subjects"].as_u64() > Some(0)), "{listed:?}");
    let (code, verified) = checkpoints(&["verify"], shared.path());
    assert_eq!((code, &verified.last().unwrap()["wrong"]), (Some(0), &Value::from(0)));
    let states = files(shared.path(), "/checkpoints/p00001/");
    assert!(!states.is_empty());
    for path in &states {
        let mut bytes = fs::read(path).expect("the object");
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        fs::write(path, bytes).expect("it is written");
    }
    let (code, verified) = checkpoints(&["verify"], shared.path());
    assert_eq!(code, Some(1));
    assert_eq!(verified.last().unwrap()["wrong"], states.len());
    let second = other.serve();
    assert_eq!(from(&second, "log"), u64::from(PARTITIONS));
    let name = states[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(other.log().contains(&name) && other.log().contains("its SHA-256 is not the one"), "{}", other.log());
    until("it has everything", || events(&other) == 300 && is_published(&[&second]));
    second.stop();
    assert!(same(&broker.brokers, &one, &other) >= 300);
}

#[test]
fn a_place_that_cannot_be_used_is_told_and_done_without() {
    let Some(broker) = shared() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a file");
    fs::write(&file, b"").expect("a file");
    let [one, other] = engines(broker, "nowhere", &file);
    let first = one.serve();
    publish(broker, &one, 0..200);
    until("everything has come", || events(&one) == 200 && is_published(&[&first]));
    until("it is counted", || first.metric("heng_shared_checkpoint_failures_total") > 1);
    assert!(one.log().contains("shared checkpoints cannot be asked for"), "{}", one.log());
    assert!(one.log().contains("no checkpoint was shared"), "{}", one.log());
    let second = other.serve_as(&["--role", "check"]);
    until("it has everything", || events(&other) == 200);
    assert_eq!(from(&second, "log"), u64::from(PARTITIONS));
    second.stop();
    // It is there now: the next round shares.
    fs::remove_file(&file).expect("it is removed");
    shares(&first, 100);
    first.stop();
    assert!(same(&broker.brokers, &one, &other) >= 200);
}
