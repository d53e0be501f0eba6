//! Days and packs: what midnight changes is right before the day is opened.

use crate::office::{FIRM, Office, day, listed, pack};
use heng_model::uscc::check_character;
use heng_rules::Effect;
use heng_server::runner::{Outcome, RunnerOptions};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread::JoinHandle;

#[tokio::test]
async fn midnight_needs_no_event() {
    let office = Office::on("2026-03-01");
    let running = office.start(pack("1", str::to_owned), RunnerOptions::default()).await;
    assert_eq!(running.day(), day("2026-03-01"));
    running.accept(listed("e1", FIRM, "2026-03-01", "2026-03-02")).await;
    // The view knows the civil day of any instant, whichever day is open on the log.
    let judged = |clock: fn(&Office)| {
        clock(&office);
        let view = running.handle.index().view();
        let today = view.as_ref().unwrap().civil_day(heng_server::runner::Clock::now_ms(&*office.clock)).unwrap();
        (today, running.tender(FIRM, today))
    };
    let first = judged(|office| office.noon("2026-03-01"));
    assert_eq!(first, (day("2026-03-01"), (None, Some(day("2026-03-02")))));
    let second = judged(|office| office.midnight("2026-03-02"));
    assert_eq!(second, (day("2026-03-02"), (Some(Effect::Bar), Some(day("2027-03-03")))));
    let later = judged(|office| office.midnight("2027-03-03"));
    assert_eq!(later, (day("2027-03-03"), (None, None)));
    running.handle.tick().await.unwrap();
    assert_eq!(running.day(), day("2027-03-03"));
    // Opening a year of days changes no answer.
    assert_eq!(running.tender(FIRM, day("2026-03-02")), (Some(Effect::Bar), Some(day("2027-03-03"))));
    running.stop().await;
}

/// Events are taken and the days come though others ask all the time.
#[tokio::test]
async fn questions_put_off_no_event_and_no_day() {
    let office = Office::on("2026-03-01");
    let running = office.start(pack("1", str::to_owned), RunnerOptions::default()).await;
    running.accept(listed("e1", FIRM, "2026-03-01", "2026-03-02")).await;
    let ask = |_| {
        let handle = running.handle.clone();
        tokio::spawn(async move { while handle.report(FIRM.to_owned()).await.is_ok() {} })
    };
    let asking: Vec<_> = (0..16).map(ask).collect();
    office.noon("2026-03-02");
    let gone_on = async {
        while running.day() != day("2026-03-02") {
            running.handle.scan(heng_log::Stream::Decisions, 0, 0).await.unwrap();
        }
        running.accept(listed("e2", FIRM, "2026-03-01", "2026-03-02")).await;
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), gone_on).await.unwrap();
    running.stop().await;
    for asking in asking {
        asking.await.unwrap();
    }
}

#[tokio::test]
async fn a_pack_takes_effect_with_its_day_for_who_is_in_force_and_who_comes() {
    let office = Office::on("2026-03-01");
    let running = office.start(pack("1", str::to_owned), RunnerOptions::default()).await;
    running.accept(listed("e1", FIRM, "2026-03-01", "2026-03-01")).await;
    running.stop().await;
    // The measure means less for the matter, and the rule gives another one besides.
    let milder = |text: &str| {
        text.replace("tender.bar: bar", "tender.bar: restrict")
            .replace("{list: s.listed, measures: [tender.bar]}", "{list: s.listed, measures: [tender.bar, lane.fast]}")
    };
    let running = office.start(pack("2", milder), RunnerOptions::default()).await;
    let on = day("2026-03-05");
    assert_eq!(running.tender(FIRM, on).0, Some(Effect::Bar));
    office.noon("2026-03-02");
    running.handle.tick().await.unwrap();
    assert_eq!(running.tender(FIRM, on).0, Some(Effect::Restrict));
    running.stop().await;
    // From the checkpoint, and from there on.
    assert!(office.has_checkpoint());
    let running = office.start(pack("2", milder), RunnerOptions::default()).await;
    assert_eq!(running.tender(FIRM, on).0, Some(Effect::Restrict));
    running.stop().await;
}

#[tokio::test]
async fn a_pack_takes_effect_for_everybody_while_all_processors_are_wanted() {
    let office = Office::on("2026-03-01");
    let running = office.start(pack("1", str::to_owned), RunnerOptions::default()).await;
    // More than a batch touches: what is long for the engine lets others in.
    let firms: Vec<String> = (0..5_000).map(firm).collect();
    let mut answers = Vec::new();
    for (number, firm) in firms.iter().enumerate() {
        let incoming = listed(&format!("e{number}"), firm, "2026-03-01", "2026-03-01");
        answers.push(running.handle.publish(incoming).await.unwrap());
    }
    for answer in answers {
        assert!(matches!(answer.await.unwrap(), Outcome::Accepted { .. }));
    }
    running.stop().await;
    let other = |text: &str| {
        text.replace("tender.bar: bar", "tender.bar: restrict")
            .replace("{list: s.listed, measures: [tender.bar]}", "{list: s.listed, measures: [tender.bar, lane.fast]}")
    };
    let running = office.start(pack("2", other), RunnerOptions::default()).await;
    let wants = Wants::all_processors();
    office.noon("2026-03-02");
    running.handle.tick().await.unwrap();
    drop(wants);
    let on = day("2026-03-05");
    let restricted = firms.iter().filter(|firm| running.tender(firm, on).0 == Some(Effect::Restrict)).count();
    assert_eq!(restricted, firms.len());
    running.stop().await;
}

/// Threads that never sleep, twice as many as there are processors, until this is dropped.
struct Wants(Arc<AtomicBool>, Vec<JoinHandle<()>>);

impl Wants {
    fn all_processors() -> Self {
        let threads = std::thread::available_parallelism().unwrap().get() * 2;
        let (ends, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(threads + 1)));
        let wants = |_| {
            let (ends, begun) = (ends.clone(), begun.clone());
            std::thread::spawn(move || {
                begun.wait();
                while !ends.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            })
        };
        let threads = (0..threads).map(wants).collect();
        begun.wait();
        Self(ends, threads)
    }
}

impl Drop for Wants {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.drain(..).for_each(|thread| thread.join().unwrap());
    }
}

fn firm(number: usize) -> String {
    let leading = format!("91420100MA{number:07}");
    let check = check_character(leading.as_bytes()).map(char::from).unwrap();
    leading + &check.to_string()
}
