//! The disk of `state/` is full: no checkpoint can be written, and everything goes on.

use super::served::{Place, Served, firm, listed, tender};
use super::small_disk::SmallDisk;
use heng_proto::check::v1::Verdict;
use std::fs;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const SUBJECTS: u32 = 400;

fn metric(served: &Served, name: &str) -> u64 {
    let text = served.get("/metrics");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|number| number.parse().ok()).expect("a metric")
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A disk in place of the state of a log that has begun, too small for it.
async fn without_room(place: &Place) -> Option<SmallDisk> {
    assert!(place.serve().await.stop().success());
    let state = place.data().join("state");
    fs::remove_dir_all(&state).expect("there was a checkpoint");
    let disk = SmallDisk::mount(&state, "64k");
    if disk.is_none() {
        eprintln!("NOT DONE: a full disk for the checkpoint, since nothing can be mounted here");
    }
    disk
}

#[tokio::test]
async fn events_go_on_while_no_checkpoint_can_be_written() {
    let place = Place::new();
    let Some(disk) = without_room(&place).await else { return };
    let often = "[engine]\ncheckpoint_subjects = 5\ncheckpoint_every_s = 1\n";
    let served = place.serve_with(often).await;
    let firms: Vec<String> = (0..SUBJECTS).map(firm).collect();
    served.list(&firms, "2023-03-01").await;
    until("checkpoints have failed", || metric(&served, "heng_checkpoint_failures_total") > 1).await;
    served.accept(listed("after", &firm(SUBJECTS), "2023-03-01")).await;
    for number in [0, SUBJECTS] {
        assert_eq!(served.answer(tender(&firm(number), "2023-04-01")).await.verdict(), Verdict::Bar);
    }
    assert!(place.log().contains("events go on without a checkpoint"), "{}", place.log());
    assert!(served.get("/readyz").starts_with("HTTP/1.1 200"));

    let age = || metric(&served, "heng_checkpoint_age_seconds");
    until("the last one is long ago", || age() >= 4).await;

    disk.grow();
    until("a checkpoint is written", || age() < 4).await;
    served.kill();
    let opened = place.log().len();
    let served = place.serve().await;
    assert_eq!(served.answer(tender(&firm(SUBJECTS), "2023-04-01")).await.verdict(), Verdict::Bar);
    let said = place.log().split_off(opened);
    assert!(!said.contains("is rejected"), "the checkpoint is believed: {said}");
    assert!(served.stop().success());
}

#[tokio::test]
async fn a_stop_without_room_for_a_checkpoint_is_a_stop() {
    let place = Place::new();
    let Some(disk) = without_room(&place).await else { return };
    let served = place.serve().await;
    let firms: Vec<String> = (0..SUBJECTS).map(firm).collect();
    served.list(&firms, "2023-03-01").await;
    assert!(served.stop().success(), "{}", place.log());
    assert!(place.log().contains("no last checkpoint is written"), "{}", place.log());
    drop(disk);
    let served = place.serve().await;
    assert_eq!(served.answer(tender(&firm(SUBJECTS - 1), "2023-04-01")).await.verdict(), Verdict::Bar);
    assert!(served.stop().success());
}
