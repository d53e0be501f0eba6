//! Kills `heng serve` with signal 9 under publishers, subscribers and checkers: across all reconnects each subscriber sees
//! each decision once, and in order; no check contradicts a decision that a subscriber was shown, before a kill or after.
//!
//! `HENG_KILLS` is the number of kills, 3 by default; `HENG_SEED` draws other moments.

use super::served::{Place, Served, firm, listed, tender_today};
use super::subscriber::{Follower, behind, by_partition, on_log};
use heng_proto::check::v1::{CheckRequest, Verdict};
use heng_proto::decision::v1::DecisionEvent;
use heng_proto::intake::v1::PublishRequest;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::subscribe_response::Message;
use heng_proto::subscription::v1::{Cursor, SubscribeRequest};
use heng_sim::random::Rng;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

const SUBSCRIBERS: usize = 3;
const FIRMS: u32 = 50;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// Publishes until the server is gone; the count to go on from.
async fn publish(served: Arc<Served>, mut count: u32, accepted: watch::Sender<u64>) -> u32 {
    let mut intake = served.intake();
    loop {
        let day = 1 + count / FIRMS % 28;
        let event = listed(&format!("k{count}"), &firm(count % FIRMS), &format!("2023-03-{day:02}"));
        if intake.publish(PublishRequest { event: Some(event) }).await.is_err() {
            return count;
        }
        accepted.send_modify(|accepted| *accepted += 1);
        count += 1;
    }
}

/// Asks about each decision that a subscriber was shown, on its first day in force; what could not be asked before the
/// server was gone is left for the next one.
async fn check(
    served: Arc<Served>,
    mut left: Vec<DecisionEvent>,
    mut shown: mpsc::UnboundedReceiver<DecisionEvent>,
) -> (Vec<DecisionEvent>, u64) {
    let (mut checks, mut asked) = (served.checks(), 0);
    while let Some(decision) = match left.pop() {
        Some(decision) => Some(decision),
        None => shown.recv().await,
    } {
        if !holds(&mut checks, &decision).await {
            left.push(decision);
            while let Some(decision) = shown.recv().await {
                left.push(decision);
            }
            return (left, asked);
        }
        asked += 1;
    }
    (left, asked)
}

/// Is the decision in what a check says of its first day? False where the server is gone.
async fn holds(checks: &mut Checks, decision: &DecisionEvent) -> bool {
    // Records are only added here, so that what was in force on a day stays in force on it.
    let Some(first) = decision.in_force.first() else { return true };
    let request = CheckRequest { as_of: Some(first.first), ..tender_today(&decision.subject) };
    let Ok(answer) = checks.check(request).await else { return false };
    let answer = answer.into_inner().answer.expect("an answer");
    assert_eq!(answer.verdict(), Verdict::Bar, "{} on {}: a decision was shown", decision.subject, first.first);
    let named = answer.bearings.iter().any(|it| it.decision == decision.decision);
    assert!(named, "the decision that was shown is among those that bar {}", decision.subject);
    true
}

type Checks = heng_rpc::client::check::v1::check_service_client::CheckServiceClient<tonic::transport::Channel>;

/// Where a subscriber goes on: by its own cursor, or under a durable name.
fn start(subscriber: usize, log: &[u8], received: &[DecisionEvent]) -> Start {
    match subscriber {
        0 => Start::Name("department".to_owned()),
        _ => Start::Cursor(behind(log, received)),
    }
}

/// Follows until the server is gone, and acknowledges now and then.
async fn follow(
    served: Arc<Served>,
    subscriber: usize,
    log: Vec<u8>,
    mut received: Vec<DecisionEvent>,
    shown: mpsc::UnboundedSender<DecisionEvent>,
) -> Vec<DecisionEvent> {
    let request = SubscribeRequest { start: Some(start(subscriber, &log, &received)), ..SubscribeRequest::default() };
    let Ok(mut follower) = served.subscribe(request).await else { return received };
    let mut acknowledged = received.len();
    while let Ok(message) = follower.message().await {
        let Message::Decision(decision) = message else { continue };
        shown.send(decision.clone()).expect("a checker listens");
        received.push(decision);
        if subscriber == 0 && received.len().is_multiple_of(7) {
            match served.acknowledge("department", behind(&log, &received)).await {
                Ok(_) => acknowledged = received.len(),
                Err(_) => break,
            }
        }
    }
    if subscriber == 0 {
        // What was not acknowledged comes again; an acknowledgement that a kill ate may have counted.
        received.truncate(acknowledged);
    }
    received
}

/// The acknowledgement whose answer was lost may stand: then its decisions were received before the kill.
async fn settle(served: &Served, log: &[u8], received: &[DecisionEvent]) {
    served.follow(Some(Start::Name("department".to_owned()))).await;
    let back = heng_proto::subscription::v1::AcknowledgeRequest {
        name: "department".to_owned(),
        cursor: Some(whole(behind(log, received))),
        may_go_back: true,
    };
    served.subscriptions().acknowledge(back).await.expect("it goes back");
}

/// Both partitions, the one that nothing is known of too.
fn whole(mut cursor: Cursor) -> Cursor {
    for partition in 0..2 {
        if cursor.partitions.iter().all(|it| it.partition != partition) {
            cursor.partitions.push(heng_proto::subscription::v1::PartitionCursor { partition, next_seq: 0 });
        }
    }
    cursor
}

#[tokio::test]
async fn each_subscriber_sees_each_decision_once_across_kills() {
    let (kills, seed) = (number("HENG_KILLS", 3), number("HENG_SEED", 1));
    let place = Place::new();
    let mut rng = Rng::new(seed);
    let mut received: Vec<Vec<DecisionEvent>> = vec![Vec::new(); SUBSCRIBERS];
    let (mut count, mut log) = (0, Vec::new());
    let (mut left, mut asked) = (Vec::new(), 0);
    for round in 0..kills {
        let served = Arc::new(place.serve().await);
        let mut first = served.follow(None).await;
        first.heartbeat().await;
        log.clone_from(&first.cursor.log);
        drop(first);
        settle(&served, &log, &received[0]).await;
        let (accepted, mut seen) = watch::channel(0);
        let publishing = tokio::spawn(publish(served.clone(), count, accepted));
        let (shown, to_check) = mpsc::unbounded_channel();
        let checking = tokio::spawn(check(served.clone(), std::mem::take(&mut left), to_check));
        let following: Vec<_> = received
            .drain(..)
            .enumerate()
            .map(|(subscriber, received)| {
                tokio::spawn(follow(served.clone(), subscriber, log.clone(), received, shown.clone()))
            })
            .collect();
        drop(shown);
        let moment = 1 + rng.below(150) as u64;
        seen.wait_for(|seen| *seen >= moment).await.expect("a publisher publishes");
        served.kill();
        count = publishing.await.expect("a publisher");
        for follower in following {
            received.push(follower.await.expect("a subscriber"));
        }
        let (unasked, checks) = checking.await.expect("a checker");
        (left, asked) = (unasked, asked + checks);
        let lens: Vec<usize> = received.iter().map(Vec::len).collect();
        eprintln!("round {round}: killed after {count} events, received {lens:?}, {asked} checked");
    }
    let served = place.serve().await;
    for decision in left {
        assert!(holds(&mut served.checks(), &decision).await, "the server stays");
        asked += 1;
    }
    assert!(asked > 0, "something was checked");
    settle(&served, &log, &received[0]).await;
    for (subscriber, mut received) in received.into_iter().enumerate() {
        let mut follower: Follower = served.follow(Some(start(subscriber, &log, &received))).await;
        received.extend(follower.until_live().await);
        assert_eq!(by_partition(&received), on_log(&place), "subscriber {subscriber}");
    }
}
