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
