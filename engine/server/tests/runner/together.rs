//! Events of two partitions, folded side by side and one after the other.

use crate::office::{Office, Running, listed, pack};
use heng_log::Stream;
use heng_model::uscc::check_character;
use heng_server::index::Index;
use heng_server::runner::{Outcome, RunnerOptions};
use std::sync::Arc;

const FIRMS: u32 = 400;

/// The code of the nth firm, in whatever partition.
pub(crate) fn firm(number: u32) -> String {
    let leading = format!("9142010{number:010}");
    let check = check_character(leading.as_bytes()).unwrap();
    format!("{leading}{}", char::from(check))
}

/// What is on a log of both partitions.
async fn entries(running: &Running, stream: Stream) -> Vec<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    for partition in 0..2 {
        let mut frames = running.handle.scan(stream, partition, 0).await.unwrap().unwrap();
        let mut entries = Vec::new();
        while let Some(frame) = frames.next_frame() {
            entries.push(frame.unwrap().1.entry.to_vec());
        }
        all.push(entries);
    }
    all
}

/// Every firm listed twice; all events handed in while the engine stands, or each when the one before is answered.
async fn told(is_one_batch: bool) -> ([Vec<Vec<Vec<u8>>>; 2], Arc<Index>) {
    let office = Office::on("2026-03-01");
    let running = office.start(pack("1", str::to_owned), RunnerOptions::default()).await;
    let gate = if is_one_batch { Some(office.gate.lock().await) } else { None };
    let mut answers = Vec::new();
    for number in 0..2 * FIRMS {
        let event = listed(&format!("e{number}"), &firm(number % FIRMS), "2026-03-01", "2026-03-01");
        let answer = running.handle.publish(event).await.unwrap();
        if is_one_batch {
            answers.push(answer);
        } else {
            assert!(matches!(answer.await.unwrap(), Outcome::Accepted { .. }));
        }
    }
    drop(gate);
    for answer in answers {
        assert!(matches!(answer.await.unwrap(), Outcome::Accepted { .. }));
    }
    let logs = [entries(&running, Stream::Events).await, entries(&running, Stream::Decisions).await];
    let index = Arc::clone(running.handle.index());
    running.stop().await;
    (logs, index)
}

#[tokio::test]
async fn partitions_folded_side_by_side_give_the_bytes_of_one_after_the_other() {
    let (together, kept) = told(true).await;
    // Both have enough for threads of their own.
    assert!(together.iter().flatten().all(|entries| entries.len() > 300), "a partition has few entries");
    let (apart, one_by_one) = told(false).await;
    assert_eq!(together, apart);
    // So are cells made.
    assert_eq!((kept.len(), kept.difference(&one_by_one)), (FIRMS as usize, None));
}
