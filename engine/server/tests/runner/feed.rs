//! The feed: what its marks let subscribers read is durable, whole, and in the index; a stop answers everybody.

use crate::office::{FIRM, Office, day, listed, pack};
use heng_log::Stream;
use heng_log::codec::decode_decision;
use heng_rules::Effect;
use heng_server::runner::{Frames, Outcome, Published, RunnerOptions};

/// Every decision below the marks, read as a subscriber reads them.
#[tokio::test]
async fn marks_lead_to_decisions_that_checks_agree_with() {
    let office = Office::on("2026-03-01");
    let running = office.start(pack("1", str::to_owned), RunnerOptions::default()).await;
    let mut published: Published = running.handle.published();
    let before = published.marks();
    assert_eq!(&*before, [0, 0]);
    for number in 0..5 {
        let starts = format!("2026-03-0{}", number + 1);
        running.accept(listed(&format!("e{number}"), FIRM, "2026-03-01", &starts)).await;
    }
    assert!(published.changed().await);
    let marks = published.marks();
    let mut found = 0;
    for (partition, mark) in (0..).zip(marks.iter()) {
        let frames: Option<Frames> = running.handle.scan(Stream::Decisions, partition, 0).await.unwrap();
        let mut frames = frames.unwrap();
        while let Some(frame) = frames.next_frame() {
            let (seq, frame) = frame.unwrap();
            assert!(seq < *mark, "what is durable and not shown is beyond the mark");
            let decision = decode_decision(frame.entry).unwrap();
            assert_eq!(running.tender(FIRM, decision.in_force.hull().unwrap().first).0, Some(Effect::Bar));
            found += 1;
        }
    }
    assert_eq!(found, 5);
    assert!(running.handle.scan(Stream::Decisions, 2, 0).await.unwrap().is_none());
    running.stop().await;
}

#[tokio::test]
async fn a_stop_answers_what_was_handed_in_before_it() {
    let office = Office::on("2026-03-01");
    let options = RunnerOptions { batch_events_max: 3, checkpoint_subjects: 1, ..RunnerOptions::default() };
    let running = office.start(pack("1", str::to_owned), options).await;
    let mut answers = Vec::new();
    for number in 0..50 {
        answers.push(
            running.handle.publish(listed(&format!("e{number}"), FIRM, "2026-03-01", "2026-03-01")).await.unwrap(),
        );
    }
    let handle = running.handle.clone();
    running.stop().await;
    for answer in answers {
        assert!(matches!(answer.await.unwrap(), Outcome::Accepted { .. }));
    }
    assert!(handle.publish(listed("late", FIRM, "2026-03-01", "2026-03-01")).await.is_err());
    let running = office.start(pack("1", str::to_owned), options).await;
    assert_eq!(running.tender(FIRM, day("2026-03-01")).0, Some(Effect::Bar));
    assert!(matches!(
        running.publish(listed("e49", FIRM, "2026-03-01", "2026-03-01")).await,
        Outcome::Duplicate { .. }
    ));
    running.stop().await;
}
