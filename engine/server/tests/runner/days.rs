//! Days and packs: what midnight changes is right before the day is opened.

use crate::office::{FIRM, Office, day, listed, pack};
use heng_rules::Effect;
use heng_server::runner::RunnerOptions;

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
