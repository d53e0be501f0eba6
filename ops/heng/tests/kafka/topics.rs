//! `heng topics`: made, checked, and refused where they are not what they must be.

use crate::broker::shared;
use crate::place::Place;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, AlterConfig, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::DefaultClientContext;

fn admin(brokers: &str) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a client")
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn what_is_made_is_right_and_what_was_changed_is_told_with_its_remedy() {
    let Some(broker) = shared() else { return };
    let place = Place::new(broker, "topics");
    let missing = place.heng(&["topics", "check", "--json"]).expect(1).lines();
    assert_eq!(missing.last().unwrap(), &serde_json::json!({"topics": 7, "wrong": 7}));
    let made = place.heng(&["topics", "create", "--json"]).expect(0).lines();
    assert_eq!(made.iter().filter(|line| line["made"] == true).count(), 7);
    assert_eq!(made[0]["topic"], "topics.inbox.a");
    assert!(place.heng(&["topics", "check"]).expect(0).out.contains("7 topics are as they must be"));
    let again = place.heng(&["topics", "create", "--json"]).expect(0).lines();
    assert_eq!(again.iter().filter(|line| line["made"] == false).count(), 7);

    let altered = AlterConfig::new(ResourceSpecifier::Topic("topics.decisions"))
        .set("cleanup.policy", "compact")
        .set("retention.ms", "1000000")
        .set("unclean.leader.election.enable", "true");
    let done = wait(admin(&broker.brokers).alter_configs([&altered], &AdminOptions::new())).expect("an answer");
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let told = place.heng(&["topics", "check", "--json"]).expect(1).lines();
    let what: Vec<&str> = told.iter().filter_map(|line| line["what"].as_str()).collect();
    // Altering sets a topic's settings as a whole: the limit on a message's length went with it.
    let all = ["cleanup.policy", "retention.ms", "unclean.leader.election.enable", "max.message.bytes"];
    assert_eq!(what, all);
    let remedy = told[1]["remedy"].as_str().unwrap();
    assert!(
        remedy.starts_with("kafka-configs.sh --bootstrap-server 127.0.0.1:") && remedy.ends_with("retention.ms=-1")
    );
}

#[test]
fn another_number_of_partitions_than_the_logs_is_refused() {
    let Some(broker) = shared() else { return };
    let place = Place::new(broker, "narrow");
    let narrow = NewTopic::new("narrow.decisions", 1, TopicReplication::Fixed(1));
    let made = wait(admin(&broker.brokers).create_topics([&narrow], &AdminOptions::new())).expect("an answer");
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    let told = place.heng(&["topics", "create"]).expect(1);
    assert!(told.out.contains("--alter --topic narrow.decisions --partitions 2"), "{}", told.out);
    let status = place.start().ended();
    assert_eq!(status.code(), Some(1));
    assert!(place.log().contains("`narrow.decisions` has 1 partitions and the log 2"), "{}", place.log());
}

#[test]
fn a_broker_that_is_not_there_is_named() {
    let Some(broker) = shared() else { return };
    let place = Place::with(broker, "nowhere", "");
    let text = std::fs::read_to_string(place.config()).unwrap().replace(&broker.brokers, "127.0.0.1:1");
    std::fs::write(place.config(), text).unwrap();
    let told = place.heng(&["topics", "check"]).expect(1);
    assert!(told.err.contains("Kafka at `127.0.0.1:1` does not answer: no broker of Kafka answers"), "{}", told.err);
}
