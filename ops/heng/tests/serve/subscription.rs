//! Subscriptions: nothing missed, nothing twice, and progress that a filter does not hide.

use super::served::{Place, event, firm, listed};
use super::subscriber::{Follower, beginning, behind, by_partition, on_log, place};
use heng_proto::decision::v1::DecisionKind;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::subscribe_response::Message;
use heng_proto::subscription::v1::{AcknowledgeRequest, Cursor, Filter, SubscribeRequest};
use heng_rpc::client::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use prost::Message as _;
use std::collections::BTreeSet;
use tonic::Code;

fn firms(count: u32) -> Vec<String> {
    (0..count).map(firm).collect()
}

/// Days of which the last lies ahead for ever: its decision is scheduled, and hidden.
async fn with_some_hidden(served: &super::served::Served) {
    served.list(&firms(60), "2023-05-10").await;
    for number in 60..70 {
        let data = serde_json::json!({
            "record": format!("later-{number}"), "item": "s.listed", "decided_on": "2023-05-10",
            "fields": {"amount": "100.00", "starts": "2190-01-01"},
        });
        let id = format!("later-{number}");
        served.accept(event("/gov/a", &id, "credit.recorded", &firm(number), &data)).await;
    }
}

#[tokio::test]
async fn from_the_beginning_it_is_the_log() {
    let place = Place::new();
    let served = place.serve().await;
    with_some_hidden(&served).await;
    let received = served.follow(beginning()).await.until_live().await;
    assert_eq!(received.len(), 60, "those ahead are hidden");
    assert_eq!(by_partition(&received), on_log(&place));
    // Read by itself after a start, since nothing recent is kept yet, it is the same.
    assert!(served.stop().success());
    let served = place.serve().await;
    assert_eq!(by_partition(&served.follow(beginning()).await.until_live().await), on_log(&place));
}

#[tokio::test]
async fn a_port_of_their_own_serves_subscribers_by_threads_that_give_way() {
    let place = Place::new();
    let served = place.serve_with("subscriptions = \"127.0.0.1:0\"\n[serve]\nthreads = 1").await;
    served.list(&firms(20), "2023-05-10").await;
    let client = SubscriptionServiceClient::new(served.second.clone().expect("a second port"));
    let request = SubscribeRequest { start: beginning(), heartbeat_ms: 20, ..SubscribeRequest::default() };
    let received = Follower::begin(client, request).await.unwrap().until_live().await;
    assert_eq!(received.len(), 20);
    assert_eq!(by_partition(&received), on_log(&place));
    let of = |name: &str| {
        let found = served.niceness().into_iter().find(|(thread, _)| thread == name);
        found.expect("a thread of that name").1
    };
    assert_eq!(of("subscribe-0"), (of("serve-0") + 10).min(19));
    assert!(served.stop().success());
}

#[tokio::test]
async fn a_cursor_goes_on_after_a_start() {
    let place = Place::new();
    let served = place.serve().await;
    with_some_hidden(&served).await;
    let mut follower = served.follow(beginning()).await;
    follower.heartbeat().await;
    let log = follower.cursor.log.clone();
    let mut received = Vec::new();
    for _ in 0..23 {
        received.push(follower.decision().await);
    }
    let cursor = behind(&log, &received);
    drop(follower);
    assert!(served.stop().success());
    let served = place.serve().await;
    let mut again = served.follow(Some(Start::Cursor(cursor))).await;
    received.extend(again.until_live().await);
    assert_eq!(by_partition(&received), on_log(&place));
    // The heartbeat's cursor lies behind everything.
    assert_eq!(served.follow(Some(Start::Cursor(again.cursor))).await.until_live().await, []);
}

#[tokio::test]
async fn catching_up_becomes_live_without_gap_or_repeat() {
    let place = Place::new();
    // Little is kept, so that followers fall behind it and come back.
    let served = std::sync::Arc::new(place.serve_with("[subscriptions]\nrecent_bytes_max = 4096\n").await);
    served.list(&firms(40), "2023-05-10").await;
    let mut followers = vec![served.follow(beginning()).await, served.follow(beginning()).await];
    let publishing = tokio::spawn({
        let served = served.clone();
        async move {
            for number in 0..200 {
                served.accept(listed(&format!("e{number}"), &firm(100 + number % 50), "2023-05-10")).await;
            }
        }
    });
    followers.push(served.follow(beginning()).await);
    followers.push(served.follow(None).await);
    publishing.await.unwrap();
    let last = followers.pop().unwrap();
    let all = on_log(&place);
    let count: usize = all.values().map(Vec::len).sum();
    assert_eq!(count, 240);
    for mut follower in followers {
        let mut received = Vec::new();
        while received.len() < count {
            received.push(follower.decision().await);
        }
        assert_eq!(by_partition(&received), all);
    }
    // Who began in the midst has the end of it, without a hole.
    let mut last = last;
    let tail = by_partition(&last.until_live().await);
    for (partition, decisions) in tail {
        assert!(all[&partition].ends_with(&decisions));
    }
}

#[tokio::test]
async fn filters_hold_back_decisions_and_never_progress() {
    let place = Place::new();
    let served = place.serve().await;
    with_some_hidden(&served).await;
    let live = served.follow(None).await.heartbeat().await;
    let request = |filter| SubscribeRequest {
        start: beginning(),
        filter: Some(filter),
        heartbeat_ms: 3_600_000,
        ..SubscribeRequest::default()
    };
    let code = |code: &str| vec![code.to_owned()];
    let matches = [
        Filter { authorities: code("b"), ..Filter::default() },
        Filter { measures: vec!["lane.fast".to_owned(), "tender.bar".to_owned()], ..Filter::default() },
        Filter { outcomes: code("list/s.listed"), ..Filter::default() },
        Filter { kinds: vec![DecisionKind::Issued.into(), DecisionKind::Expired.into()], ..Filter::default() },
        Filter { kinds: vec![DecisionKind::Expired.into()], authorities: code("b"), ..Filter::default() },
    ];
    let all = served.follow(beginning()).await.until_live().await;
    let issued = all.iter().filter(|it| it.kind() == DecisionKind::Issued).count();
    let expired = all.iter().filter(|it| it.kind() == DecisionKind::Expired).count();
    let expected = [all.len(), all.len(), all.len(), issued + expired, expired];
    for (filter, expected) in matches.into_iter().zip(expected) {
        let received = served.subscribe(request(filter.clone())).await.unwrap().until_live().await;
        assert_eq!(received.len(), expected, "{filter:?}");
    }
    for nothing in [
        Filter { measures: code("lane.fast"), ..Filter::default() },
        Filter { authorities: code("a"), outcomes: code("list/s.listed"), ..Filter::default() },
        Filter { kinds: vec![DecisionKind::Suspended.into()], ..Filter::default() },
        Filter { region_prefixes: code("4201"), ..Filter::default() },
    ] {
        let mut follower = served.subscribe(request(nothing.clone())).await.unwrap();
        assert_eq!(follower.until_live().await, [], "{nothing:?}");
        assert_eq!(Some(&follower.cursor), live.cursor.as_ref(), "{nothing:?}");
    }
}

#[tokio::test]
async fn heartbeats_move_on_while_a_filter_matches_nothing() {
    let place = Place::new();
    let served = place.serve().await;
    let filter = Filter { measures: vec!["lane.fast".to_owned()], ..Filter::default() };
    let request = SubscribeRequest { filter: Some(filter), heartbeat_ms: 10, ..SubscribeRequest::default() };
    let mut follower = served.subscribe(request).await.unwrap();
    let first = follower.heartbeat().await;
    served.accept(listed("e1", &firm(1), "2023-05-10")).await;
    let moved = loop {
        let heartbeat = follower.heartbeat().await;
        if heartbeat.cursor != first.cursor && heartbeat.is_live {
            break heartbeat;
        }
    };
    assert!(moved.at_ms >= first.at_ms && first.day > 0);
    let position = |cursor: Option<Cursor>| -> u64 { cursor.unwrap().partitions.iter().map(|it| it.next_seq).sum() };
    assert!(position(moved.cursor) > position(first.cursor));
    assert_ne!(moved.freshness.unwrap().token, first.freshness.unwrap().token);
}

#[tokio::test]
async fn a_durable_name_survives_a_kill() {
    let place = Place::new();
    let served = place.serve().await;
    served.list(&firms(30), "2023-05-10").await;
    let named = || Some(Start::Name("tax-bureau".to_owned()));
    let mut follower = served.follow(named()).await;
    follower.heartbeat().await;
    let log = follower.cursor.log.clone();
    let mut received = Vec::new();
    for _ in 0..11 {
        received.push(follower.decision().await);
    }
    let here = served.acknowledge("tax-bureau", behind(&log, &received)).await.unwrap();
    // Received beyond what was acknowledged: it comes again.
    follower.decision().await;
    served.kill();
    let served = place.serve().await;
    received.extend(served.follow(named()).await.until_live().await);
    assert_eq!(by_partition(&received), on_log(&place));
    // It does not go back by itself, and does when asked.
    let zero = Cursor { partitions: Vec::new(), log: log.clone() };
    assert_eq!(served.acknowledge("tax-bureau", zero).await.unwrap(), here);
    let mut first = here.clone();
    first.partitions.iter_mut().for_each(|it| it.next_seq = 0);
    assert_eq!(served.acknowledge("tax-bureau", first.clone()).await.unwrap(), here);
    let back = AcknowledgeRequest { name: "tax-bureau".to_owned(), cursor: Some(first.clone()), may_go_back: true };
    let back = served.subscriptions().acknowledge(back).await.unwrap().into_inner();
    assert_eq!(back.cursor, Some(first));
    assert_eq!(served.follow(named()).await.until_live().await.len(), 30);
}

#[tokio::test]
async fn who_does_not_read_is_cut_off_and_told_where_to_resume() {
    let place = Place::new();
    let served = place.serve_with("[limits]\nstall_ms_max = 20\n[subscriptions]\nopen_max = 1\n").await;
    served.list(&firms(2_000), "2023-05-10").await;
    let request = || SubscribeRequest { start: beginning(), ..SubscribeRequest::default() };
    let narrow = SubscriptionServiceClient::new(served.narrow_channel().await);
    let mut unread = Follower::begin(narrow, request()).await.unwrap();
    // Its place is free once it was cut off.
    let mut second = loop {
        match served.subscribe(request()).await {
            Ok(follower) => break follower,
            Err(status) => assert_eq!(status.code(), Code::ResourceExhausted),
        }
    };
    assert_eq!(second.until_live().await.len(), 2_000);
    drop(second);
    let mut received = Vec::new();
    let status = loop {
        match unread.message().await {
            Ok(Message::Decision(decision)) => received.push(decision),
            Ok(Message::Heartbeat(_)) => {}
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::Aborted);
    let trailer = status.metadata().get_bin("heng-cursor-bin").unwrap().to_bytes().unwrap();
    let cursor = Cursor::decode(trailer).unwrap();
    let resumed = || SubscribeRequest { start: Some(Start::Cursor(cursor.clone())), ..SubscribeRequest::default() };
    let mut resumed = loop {
        if let Ok(follower) = served.subscribe(resumed()).await {
            break follower;
        }
    };
    received.extend(resumed.until_live().await);
    assert_eq!(by_partition(&received), on_log(&place));
    let metrics = served.get("/metrics");
    assert!(metrics.lines().any(|line| line == "heng_subscribers_cut_total 1"), "{metrics}");
}

#[tokio::test]
async fn a_stop_ends_streams_and_says_where() {
    let place = Place::new();
    let served = place.serve().await;
    served.list(&firms(10), "2023-05-10").await;
    let mut follower = served.follow(beginning()).await;
    let received = follower.until_live().await;
    let unique: BTreeSet<(u32, u64)> = received.iter().map(self::place).collect();
    assert_eq!(unique.len(), 10);
    let stopping = tokio::task::spawn_blocking(|| served.stop());
    let status = loop {
        if let Err(status) = follower.message().await {
            break status;
        }
    };
    assert_eq!(status.code(), Code::Unavailable);
    let trailer = status.metadata().get_bin("heng-cursor-bin").unwrap().to_bytes().unwrap();
    assert_eq!(Cursor::decode(trailer).unwrap(), follower.cursor);
    assert!(stopping.await.unwrap().success());
}

/// A client that takes nothing does not hold a stop up: what it was not handed lies behind the cursor that it resumes from.
#[tokio::test]
async fn a_stop_waits_for_no_client_that_does_not_read() {
    let place = Place::new();
    let served = place.serve_with("[limits]\nstall_ms_max = 600000\n[serve]\ndrain_ms = 600000\n").await;
    served.list(&firms(2_000), "2023-05-10").await;
    let narrow = SubscriptionServiceClient::new(served.narrow_channel().await);
    let request = SubscribeRequest { start: beginning(), ..SubscribeRequest::default() };
    let mut follower = Follower::begin(narrow, request).await.unwrap();
    let first = follower.decision().await;
    let stopping = tokio::task::spawn_blocking(|| served.stop());
    let mut received = vec![first];
    // It begins to read only now; were the server to wait for it, all would come.
    let status = loop {
        match follower.message().await {
            Ok(Message::Decision(decision)) => received.push(decision),
            Ok(Message::Heartbeat(_)) => {}
            Err(status) => break status,
        }
    };
    assert_eq!(status.code(), Code::Unavailable);
    assert!(stopping.await.unwrap().success());
    let trailer = status.metadata().get_bin("heng-cursor-bin").unwrap().to_bytes().unwrap();
    let start = Some(Start::Cursor(Cursor::decode(trailer).unwrap()));
    let served = place.serve().await;
    received.extend(served.follow(start).await.until_live().await);
    assert_eq!(by_partition(&received), on_log(&place));
}

#[tokio::test]
async fn many_who_catch_up_side_by_side_each_have_everything_once() {
    let place = Place::new();
    let served = place.serve_with("[subscriptions]\nrecent_bytes_max = 400000\n").await;
    served.list(&firms(1_500), "2023-05-10").await;
    let served = std::sync::Arc::new(served);
    let followers: Vec<_> = (0..12)
        .map(|_| {
            let served = std::sync::Arc::clone(&served);
            tokio::spawn(async move { served.follow(beginning()).await.until_live().await })
        })
        .collect();
    let log = on_log(&place);
    for follower in followers {
        assert_eq!(by_partition(&follower.await.unwrap()), log);
    }
}
