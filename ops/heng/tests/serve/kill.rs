//! Kills `heng serve` with signal 9 under publishers and checkers: nothing acknowledged is lost, and no check contradicts
//! a decision that was shown before. Every look-up that was answered is in the access log: in even rounds, which are strict,
//! without exception; in odd ones as far as the server said that it was on the disk.
//!
//! `HENG_KILLS` is the number of kills, 4 by default; `HENG_SEED` draws other moments.

use super::access::{by, looks};
use super::served::{Place, Served, firm, listed, tender};
use heng_proto::check::v1::{CheckRequest, Verdict};
use heng_proto::intake::v1::outcome::Outcome;
use heng_proto::intake::v1::{CloudEvent, PublishRequest};
use heng_sim::random::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

const PUBLISHERS: u32 = 4;
const CHECKERS: u32 = 3;
const FIRMS_EACH: u32 = 40;
const DAY: &str = "2024-02-01";

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// What was told, over all rounds.
#[derive(Default)]
struct Told {
    /// Events answered as accepted.
    acknowledged: Vec<CloudEvent>,
    /// Decisions that checks showed, by firm: nothing takes one back here.
    shown: BTreeMap<String, BTreeSet<Vec<u8>>>,
    /// Callers whose checks were answered in strict rounds: each asks once.
    answered: BTreeSet<String>,
    /// The token of the last answer.
    token: Vec<u8>,
}

/// The event of a number: each firm is listed time and again, on other days.
fn numbered(publisher: u32, count: u32) -> CloudEvent {
    let firm = firm(publisher * FIRMS_EACH + count % FIRMS_EACH);
    let day = 1 + count / FIRMS_EACH % 28;
    listed(&format!("p{publisher}-{count}"), &firm, &format!("2023-03-{day:02}"))
}

/// Publishes until the server is gone; the count to go on from.
async fn publish(
    served: Arc<Served>,
    publisher: u32,
    from: u32,
    told: Arc<Mutex<Told>>,
    acks: watch::Sender<u64>,
) -> u32 {
    let mut intake = served.intake();
    let mut count = from;
    loop {
        let event = numbered(publisher, count);
        let request = PublishRequest { event: Some(event.clone()) };
        let Ok(answer) = intake.publish(request).await else { return count };
        match answer.into_inner().outcome.expect("an outcome").outcome.expect("an outcome") {
            // A duplicate was accepted before the kill that ate its answer.
            Outcome::Accepted(_) | Outcome::Duplicate(_) => told.lock().unwrap().acknowledged.push(event),
            Outcome::Refused(refused) => panic!("{refused:?}"),
        }
        acks.send_modify(|acks| *acks += 1);
        count += 1;
    }
}

/// Checks until the server is gone: what was shown once is shown again.
async fn check(served: Arc<Served>, (round, checker): (u64, u32), told: Arc<Mutex<Told>>) {
    let mut rng = Rng::new(u64::from(checker));
    let mut checks = served.checks();
    for count in 0.. {
        let firm = firm(u32::try_from(rng.below((PUBLISHERS * FIRMS_EACH) as usize)).unwrap());
        let before = told.lock().unwrap().shown.get(&firm).cloned().unwrap_or_default();
        let caller = format!("{round}-{checker}-{count}");
        let Ok(answer) = checks.check(by(&caller, tender(&firm, DAY))).await else { return };
        note(&told, &firm, &before, answer.into_inner());
        if is_strict(round) {
            told.lock().unwrap().answered.insert(caller);
        }
    }
}

fn is_strict(round: u64) -> bool {
    round.is_multiple_of(2)
}

/// How many look-ups the server says are on the disk.
fn looks_kept(served: &Served) -> usize {
    let metrics = served.get("/metrics");
    let line = metrics.lines().find(|line| line.starts_with("heng_access_looks_total "));
    line.and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("a number of look-ups")
}

fn note(told: &Mutex<Told>, firm: &str, before: &BTreeSet<Vec<u8>>, answer: heng_proto::check::v1::CheckResponse) {
    let found = answer.answer.expect("an answer");
    let now: BTreeSet<Vec<u8>> = found.bearings.iter().map(|it| it.decision.clone()).collect();
    assert!(before.is_subset(&now), "{firm}: a decision that was shown is gone");
    assert_eq!(found.verdict() == Verdict::Bar, !now.is_empty());
    let mut told = told.lock().unwrap();
    told.shown.entry(firm.to_owned()).or_default().extend(now);
    told.token = answer.freshness.expect("freshness").token;
}

/// After a start: everything acknowledged is on the log, everything shown is shown.
async fn examine(served: &Served, told: &Mutex<Told>) {
    let (acknowledged, shown, token) = {
        let told = told.lock().unwrap();
        (told.acknowledged.clone(), told.shown.clone(), told.token.clone())
    };
    for event in acknowledged {
        let id = event.id.clone();
        let outcome = served.publish(event).await;
        assert!(matches!(outcome, Outcome::Duplicate(_)), "{id} was acknowledged and is lost: {outcome:?}");
    }
    for (firm, before) in shown {
        let request = CheckRequest { at_least: token.clone(), ..tender(&firm, DAY) };
        note(told, &firm, &before, served.check(request).await.expect("an answer"));
    }
}

#[tokio::test]
async fn a_killed_server_loses_nothing_and_takes_nothing_back() {
    let (kills, seed) = (number("HENG_KILLS", 4), number("HENG_SEED", 1));
    let place = Place::new();
    let told: Arc<Mutex<Told>> = Arc::default();
    let mut rng = Rng::new(seed);
    let mut counts = [0; PUBLISHERS as usize];
    let mut kept = 0;
    for round in 0..kills {
        let strict = is_strict(round);
        let config = format!("[engine]\ncheckpoint_subjects = 25\n[access]\nstrict = {strict}\nsync_every_ms = 20\n");
        let served = Arc::new(place.serve_with(&config).await);
        examine(&served, &told).await;
        let (acks, mut acked) = watch::channel(0);
        let mut publishers = Vec::new();
        for (publisher, from) in (0..PUBLISHERS).zip(counts) {
            publishers.push(tokio::spawn(publish(served.clone(), publisher, from, told.clone(), acks.clone())));
        }
        let checkers: Vec<_> =
            (0..CHECKERS).map(|checker| tokio::spawn(check(served.clone(), (round, checker), told.clone()))).collect();
        // A moment in the midst of what is under way.
        let moment = 1 + rng.below(200) as u64;
        acked.wait_for(|acks| *acks >= moment).await.expect("publishers publish");
        kept += looks_kept(&served);
        served.kill();
        for (count, publisher) in counts.iter_mut().zip(publishers) {
            *count = publisher.await.expect("a publisher");
        }
        for checker in checkers {
            checker.await.expect("a checker");
        }
        eprintln!("round {round}: killed after {} acknowledgements", *acked.borrow());
    }
    let served = place.serve().await;
    examine(&served, &told).await;
    assert!(served.stop().success());
    let verified = std::process::Command::new(env!("CARGO_BIN_EXE_heng"))
        .args(["replay", "--verify", "--data"])
        .arg(place.data())
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let found = looks(&place, &[]);
    assert!(found.len() >= kept, "{} of {kept} look-ups that were on the disk", found.len());
    let callers: BTreeSet<&str> = found.iter().map(|look| look["caller"].as_str().unwrap()).collect();
    let answered = &told.lock().unwrap().answered;
    assert!(!answered.is_empty() && answered.iter().all(|caller| callers.contains(caller.as_str())));
}
