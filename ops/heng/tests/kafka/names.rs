//! Durable subscriptions of a shared log: what was acknowledged at one engine is known to all.

use crate::broker::{Broker, own, shared};
use crate::client::delete_topic;
use crate::follower::{Follower, beginning, behind};
use crate::place::{Place, Served, until};
use crate::shared_log::{engines, events, is_published, publish};
use heng_proto::decision::v1::DecisionEvent;
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::{AcknowledgeRequest, Cursor, SubscribeRequest};
use heng_rpc::client::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Code, Status};

/// A department, which knows its name and nothing else.
struct Department {
    log: Vec<u8>,
    received: Vec<DecisionEvent>,
}

async fn client(engine: &Served) -> SubscriptionServiceClient<Channel> {
    SubscriptionServiceClient::new(engine.channel().await)
}

async fn follow(engine: &Served, start: Option<Start>) -> Result<Follower, Status> {
    let request = SubscribeRequest { start, heartbeat_ms: 20, ..SubscribeRequest::default() };
    Follower::begin(client(engine).await, request).await
}

async fn by_name(engine: &Served) -> Result<Follower, Status> {
    follow(engine, Some(Start::Name("tax-desk".to_owned()))).await
}

async fn acknowledge(engine: &Served, cursor: Cursor) -> Result<(), Status> {
    let request = AcknowledgeRequest { name: "tax-desk".to_owned(), cursor: Some(cursor), may_go_back: false };
    client(engine).await.acknowledge(request).await.map(drop)
}

impl Department {
    /// Takes up to so many decisions from an engine and acknowledges everything that it has had.
    async fn take(&mut self, engine: &Served, most: usize) {
        let mut follower = by_name(engine).await.expect("a stream");
        follower.message().await.expect("a first heartbeat");
        self.log.clone_from(&follower.cursor.log);
        for _ in 0..most {
            self.received.push(follower.decision().await);
        }
        acknowledge(engine, behind(&self.log, &self.received)).await.expect("an answer");
    }

    /// Takes everything that there is.
    async fn take_rest(&mut self, engine: &Served) {
        self.received.extend(by_name(engine).await.expect("a stream").until_live().await);
    }

    fn has_each_once(&self) -> usize {
        let places = self.received.iter().map(|it| (it.position.expect("a position").partition, it.seq));
        let once: BTreeSet<_> = places.collect();
        assert_eq!(once.len(), self.received.len(), "a decision came again");
        once.len()
    }
}

fn two(broker: &Broker, prefix: &str) -> ([Place; 2], [Served; 2]) {
    let places: [Place; 2] = engines(broker, prefix);
    let served = [places[0].serve(), places[1].serve()];
    publish(broker, &places[0], 0..300);
    until("both have everything", || places.iter().all(|place| events(place) == 300));
    until("it is published", || is_published(&[&served[0], &served[1]]));
    (places, served)
}

#[tokio::test]
async fn a_name_goes_on_at_another_engine() {
    let Some(broker) = shared() else { return };
    let ([one, other], [first, second]) = two(broker, "names");
    let mut department = Department { log: Vec::new(), received: Vec::new() };
    department.take(&first, 50).await;
    // One after the other, with nothing between: what the first answered the second knows.
    department.take(&second, 40).await;
    department.take(&first, 30).await;
    first.kill();
    department.take(&second, 20).await;
    // Neither a copy of the log nor of the names is left.
    fs::remove_dir_all(one.data()).expect("a data directory");
    let first = one.serve();
    department.take(&first, 10).await;
    department.take_rest(&second).await;
    let all = follow(&second, beginning()).await;
    let all = all.expect("a stream").until_live().await;
    assert_eq!(department.has_each_once(), all.len(), "everything came");
    first.stop();
    second.stop();
    // What an engine knew before names were shared is told to all: here the topic is made anew.
    let (brokers, topic) = (broker.brokers.clone(), one.topic("subscriptions"));
    tokio::task::spawn_blocking(move || delete_topic(&brokers, &topic)).await.expect("it is gone");
    one.heng(&["topics", "create"]).expect(0);
    fs::remove_dir_all(one.data().join("subscriptions")).expect("a copy of names");
    let second = other.serve();
    department.take(&second, 0).await;
    let first = one.serve();
    let rest = by_name(&first).await.expect("a stream").until_live().await;
    assert_eq!(rest, [], "everything was acknowledged");
    first.stop();
    second.stop();
}

#[tokio::test]
async fn a_cursor_that_is_ahead_of_an_engine_is_waited_for() {
    let Some(broker) = shared() else { return };
    let ([one, _other], [first, second]) = two(broker, "names-ahead");
    let mut follower = follow(&first, beginning()).await.expect("a stream");
    follower.until_live().await;
    // The second stands still, and the first goes on.
    second.signal("STOP");
    publish(broker, &one, 300..400);
    until("the first has it", || events(&one) == 400);
    while follower.cursor.partitions.iter().map(|it| it.next_seq).sum::<u64>() < 400 {
        follower.message().await.expect("a message");
    }
    let cursor = follower.cursor.clone();
    second.signal("CONT");
    let mut goes_on = loop {
        match follow(&second, Some(Start::Cursor(cursor.clone()))).await {
            Ok(follower) => break follower,
            Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status}"),
        }
    };
    assert_eq!(goes_on.until_live().await, []);
    // Beyond what there is.
    let mut beyond = cursor;
    beyond.partitions.iter_mut().for_each(|it| it.next_seq += 1_000);
    let refused = follow(&second, Some(Start::Cursor(beyond))).await.map(drop).expect_err("there is no such place");
    assert_eq!(refused.code(), Code::OutOfRange, "{refused}");
    first.stop();
    second.stop();
}

#[tokio::test]
async fn without_brokers_a_name_is_not_guessed() {
    let Some(broker) = own() else { return };
    let ([_one, _other], [first, second]) = two(&broker, "names-away");
    let mut department = Department { log: Vec::new(), received: Vec::new() };
    department.take(&first, 50).await;
    broker.kill();
    let refused = by_name(&second).await.map(drop).expect_err("nobody knows");
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    assert!(refused.message().contains("go on from a cursor"), "{refused}");
    let place = behind(&department.log, &department.received);
    let refused = acknowledge(&first, place.clone()).await.expect_err("it would be known here alone");
    assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    let mut goes_on = follow(&second, Some(Start::Cursor(place))).await.expect("a cursor needs no broker");
    goes_on.decision().await;
    broker.again();
    let is_known = async {
        while by_name(&second).await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(300), is_known).await.expect("brokers are asked again");
    department.take(&second, 40).await;
    department.take_rest(&first).await;
    department.has_each_once();
    first.stop();
    second.stop();
}
