//! A broker that is down at the start, or goes away: it is waited for, told, and caught up with.

use crate::broker::own;
use crate::client::{binary, send};
use crate::decisions::compare;
use crate::events::listed;
use crate::place::{Place, until};

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
