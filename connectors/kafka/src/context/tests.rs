#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::Settings;
use crate::settings::LogName;
use rdkafka::Message as _;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use std::collections::BTreeSet;
use std::time::Instant;

const TOPIC: &str = "inbox";
const PARTITIONS: i32 = 4;

fn member(settings: &Settings) -> BaseConsumer<Context> {
    let context = Context::new(Arc::default(), PathBuf::new());
    let config = settings.inbox_consumer(&LogName::of(&[1; 32])).unwrap();
    let consumer = BaseConsumer::from_config_and_context(&config, context).unwrap();
    consumer.subscribe(&[TOPIC]).unwrap();
    consumer
}

/// Polls the members until it is so: how many partitions each has, and which ones messages came from.
fn until(members: &[&BaseConsumer<Context>], is_so: impl Fn(&[usize], &BTreeSet<i32>) -> bool) {
    let (began, mut read) = (Instant::now(), BTreeSet::new());
    loop {
        let counts: Vec<usize> = members.iter().map(|it| it.assignment().unwrap().count()).collect();
        if is_so(&counts, &read) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "in vain: {counts:?}, messages of {read:?}");
        for member in members {
            // Without a broker for a moment, and the like.
            if let Some(Ok(message)) = member.poll(Duration::from_millis(20)) {
                read.insert(message.partition());
            }
        }
    }
}

#[test]
fn a_partition_given_up_in_a_pause_is_read_when_it_comes_back() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(TOPIC, PARTITIONS, 1).unwrap();
    let brokers = cluster.bootstrap_servers();
    let text = format!(
        "brokers = \"{brokers}\"\nshared_log = true\n\
         [consumer]\nheartbeat.interval.ms = 100\nsession.timeout.ms = 3000"
    );
    let settings: Settings = toml::from_str(&text).unwrap();
    let stays = member(&settings);
    until(&[&stays], |counts, _| counts == [4]);
    stays.pause(&stays.assignment().unwrap()).unwrap();
    {
        let goes = member(&settings);
        until(&[&stays, &goes], |counts, _| counts == [2, 2]);
        stays.resume(&stays.assignment().unwrap()).unwrap();
    }
    until(&[&stays], |counts, _| counts == [4]);

    let mut config = rdkafka::ClientConfig::new();
    let producer: BaseProducer = config.set("bootstrap.servers", brokers).create().unwrap();
    for partition in 0..PARTITIONS {
        producer.send(BaseRecord::<(), [u8]>::to(TOPIC).partition(partition).payload(b"x")).unwrap();
    }
    producer.flush(Duration::from_secs(30)).unwrap();
    until(&[&stays], |_, read| read.len() == 4);
}

/// What a client tells of, as the library says it.
fn watched(token_file: PathBuf) -> (Arc<Watch>, Context) {
    let watch = Arc::new(Watch::default());
    (Arc::clone(&watch), Context::new(watch, token_file))
}

fn metrics(watch: &Watch) -> String {
    let mut text = String::new();
    watch.write(0, &mut text);
    text
}

const HANDSHAKE: &str = "127.0.0.1:9092/bootstrap: SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Request not valid in \
                         current SASL state: broker's supported mechanisms:  (after 3ms in state AUTH_HANDSHAKE)";

#[test]
fn a_port_that_asks_for_no_credentials_is_told_where_a_password_is_set() {
    let refused = || KafkaError::Global(RDKafkaErrorCode::Authentication);
    let (_, by_token) = watched(PathBuf::from("token"));
    by_token.error(refused(), HANDSHAKE);
    assert_eq!(by_token.trouble(), None, "a connection that was given a token again too soon");
    let (watch, by_password) = watched(PathBuf::new());
    by_password.error(refused(), "Local: Broker transport failure");
    assert_eq!(by_password.trouble(), None);
    by_password.error(refused(), HANDSHAKE);
    by_password.error(KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
    let told = by_password.trouble().unwrap();
    assert!(told.contains("asks for no credentials") && told.contains("see kafka.sasl"), "{told}");
    assert!(metrics(&watch).contains("heng_kafka_connection_failures_total{reason=\"credentials\"} 1\n"));
    // In the next outage it is not known any more what is wrong, whoever learned that this one is over.
    let another = Context::new(Arc::clone(&watch), PathBuf::new());
    another.note_reached();
    by_password.error(KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
    let told = by_password.trouble().unwrap();
    assert!(told.starts_with("no broker of Kafka answers") && told.contains("kafka.sasl"), "{told}");
}

#[test]
fn a_token_that_is_missing_for_a_moment_is_no_outage_and_counted_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let (watch, context) = watched(file.clone());
    context.note_reached();
    let failures = |count| format!("heng_kafka_connection_failures_total{{reason=\"token\"}} {count}\n");
    assert!(metrics(&watch).contains(&failures(0)));
    for count in 1..4 {
        let error = context.generate_oauth_token(None).err().unwrap().to_string();
        // As the library does, the first time.
        context.error(KafkaError::Global(RDKafkaErrorCode::Authentication), &format!("{NO_TOKEN}{error}"));
        context.note_reached();
        assert!(context.trouble().unwrap().starts_with("no token for Kafka: kafka.token_file: cannot read `"));
        let text = metrics(&watch);
        assert!(text.contains(&failures(count)) && text.contains("\nheng_kafka_up 1\n"), "{text}");
    }
    // {"alg":"none"} . {"sub":"heng","exp":9000000000} . nothing
    std::fs::write(&file, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJoZW5nIiwiZXhwIjo5MDAwMDAwMDAwfQ.\n").unwrap();
    context.generate_oauth_token(None).unwrap();
    assert_eq!(context.trouble(), None);
    // What the brokers refuse is trouble of another kind, which stays while tokens are read.
    context.error(KafkaError::Global(RDKafkaErrorCode::Authentication), "insufficient_scope");
    context.generate_oauth_token(None).unwrap();
    assert!(context.trouble().unwrap().contains("insufficient_scope"));
    assert!(metrics(&watch).contains("\nheng_kafka_up 0\n"));
}
