//! A broker that is down at the start, or goes away: it is waited for, told, and caught up with.

use crate::broker::own;
use crate::client::{binary, send};
use crate::decisions::compare;
use crate::events::{firm, listed};
use crate::follower::{Follower, beginning};
use crate::place::{Place, until};
use crate::shared_log::{engines, events, is_published, publish};
use heng_proto::check::v1::{CheckRequest, Verdict};
use heng_proto::intake::v1::outcome::Outcome;
use heng_proto::intake::v1::{CloudEvent, PublishRequest};
use heng_proto::subscription::v1::SubscribeRequest;
use heng_rpc::client::check::v1::check_service_client::CheckServiceClient;
use heng_rpc::client::intake::v1::intake_service_client::IntakeServiceClient;
use heng_rpc::client::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use serde_json::Value;
use std::time::Duration;

#[test]
fn a_broker_that_is_away_is_waited_for() {
    let Some(broker) = own() else { return };
    let place = Place::made(&broker, "away");
    broker.kill();
    let served = place.start();
    until("it says what it waits for", || place.log().contains("no broker of Kafka answers: waiting for one"));
    assert!(!served.is_ready(), "ready without Kafka");
    assert_eq!(served.metric("heng_kafka_up"), 0);
    broker.again();
    until("it is ready", || served.is_ready());
    let messages: Vec<_> = (0..100).map(|number| binary(&listed(number))).collect();
    send(&broker.brokers, &place.topic("inbox.a"), None, &messages[..50]);
    until("half are accepted", || served.metric("heng_kafka_inbox_accepted_total") == 50);
    broker.kill();
    until("it knows", || served.metric("heng_kafka_up") == 0);
    assert!(served.is_ready(), "checks are answered without Kafka");
    broker.again();
    send(&broker.brokers, &place.topic("inbox.a"), None, &messages[50..]);
    until("all are accepted", || served.metric("heng_kafka_inbox_accepted_total") == 100);
    until("all is published", || served.metric("heng_kafka_decisions_behind") == 0);
    served.stop();
    assert!(compare(&broker.brokers, &place) >= 100);
}

#[test]
fn a_stop_does_not_wait_for_a_broker_that_is_away() {
    let Some(broker) = own() else { return };
    let place = Place::with(&broker, "gone", "[serve]\ndrain_ms = 1000\n");
    place.heng(&["topics", "create"]).expect(0);
    let served = place.serve();
    broker.kill();
    served.stop();
    broker.again();
    place.serve().stop();
    assert_eq!(place.heng(&["topics", "verify", "--json"]).expect(0).lines().len(), 2);
}

fn over_grpc(event: &Value) -> CloudEvent {
    let text = |name: &str| event[name].as_str().expect("a text").to_owned();
    CloudEvent {
        id: text("id"),
        source: text("source"),
        r#type: text("type"),
        spec_version: text("specversion"),
        subject: text("subject"),
        data: event["data"].to_string().into_bytes(),
        ..CloudEvent::default()
    }
}

/// What the engine has sent to a shared log comes to stand there when the brokers do: who asks meanwhile waits for neither.
#[tokio::test]
async fn questions_do_not_wait_for_what_is_on_its_way_to_a_broker() {
    let Some(broker) = own() else { return };
    let [place] = engines(&broker, "meanwhile");
    let served = place.serve();
    publish(&broker, &place, 0..100);
    until("everything has come", || events(&place) == 100 && is_published(&[&served]));
    broker.kill();
    let mut intake = IntakeServiceClient::new(served.channel().await);
    let event = PublishRequest { event: Some(over_grpc(&listed(100))) };
    let sent = tokio::spawn(async move { intake.publish(event).await });
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!sent.is_finished(), "there is no broker to take it");
    let mut checks = CheckServiceClient::new(served.channel().await);
    let subject = firm(7);
    let on = "2024-06-01".parse::<heng_model::Day>().expect("a day").number();
    let (matter, as_of) = ("tender".to_owned(), Some(on));
    let request = CheckRequest { subject, matter, as_of, with_grounds: true, ..CheckRequest::default() };
    let mut request = tonic::Request::new(request);
    request.set_timeout(Duration::from_secs(10));
    let answer = checks.check(request).await.expect("an answer").into_inner().answer.expect("what was asked");
    assert_eq!(answer.verdict(), Verdict::Bar);
    assert!(!answer.bearings[0].grounds.is_empty(), "worded from the log");
    let request = SubscribeRequest { start: beginning(), heartbeat_ms: 20, ..SubscribeRequest::default() };
    let follower = Follower::begin(SubscriptionServiceClient::new(served.channel().await), request);
    let mut follower = follower.await.expect("a stream");
    let decisions = tokio::time::timeout(Duration::from_secs(10), follower.until_live());
    assert!(decisions.await.expect("what was decided before").len() >= 100);
    assert!(!sent.is_finished(), "there is no broker yet");
    broker.again();
    let outcome = sent.await.expect("an answer").expect("an outcome").into_inner().outcome;
    assert!(matches!(outcome.and_then(|it| it.outcome), Some(Outcome::Accepted(_))));
    served.stop();
}
