//! Who comes in by SCRAM, over TLS, by a token: taken with what is right, told clearly with what is wrong.

mod tls;
mod token;

use crate::broker::{Broker, own_with};
use crate::client::{binary, read_committed, send};
use crate::events::{firm, listed};
use crate::place::{Place, Served, until};
use std::fs;
use std::sync::OnceLock;

/// A broker that encrypts, and takes a name with a password or a token; ends with the test program.
fn guarded() -> Option<&'static Broker> {
    static GUARDED: OnceLock<Option<Broker>> = OnceLock::new();
    let start = || own_with(&["--tls", "--scram", "heng:secret", "--oauth", "heng"]);
    GUARDED.get_or_init(start).as_ref()
}

/// A place that goes where the broker asks who it is.
fn place(broker: &Broker, prefix: &str, lines: &str) -> Place {
    let place = Place::with(broker, prefix, lines);
    let text = fs::read_to_string(place.config()).unwrap();
    fs::write(place.config(), text.replace(&broker.brokers, &broker.guarded())).unwrap();
    place
}

/// An event comes in, and its decision goes out.
fn works(broker: &Broker, place: &Place, served: &Served, number: u32) {
    let before = served.metric("heng_kafka_inbox_accepted_total");
    send(&broker.brokers, &place.topic("inbox.a"), None, &[binary(&listed(number))]);
    until("it is accepted", || served.metric("heng_kafka_inbox_accepted_total") == before + 1);
    let is_there = || read_committed(&broker.brokers, place).iter().flatten().any(|seen| seen.key == firm(number));
    until("its decision is there", is_there);
}

#[test]
fn wrong_credentials_are_told_and_right_ones_work() {
    let Some(broker) = own_with(&["--scram", "heng:secret"]) else { return };
    let lines = "sasl = \"scram-sha-512\"\nusername = \"heng\"\npassword_file = \"PASSWORD\"\n";
    let place = place(&broker, "scram", lines);
    let password = place.file("password");
    let text = fs::read_to_string(place.config()).unwrap().replace("PASSWORD", password.to_str().unwrap());
    fs::write(place.config(), text).unwrap();

    fs::write(&password, "guessed\n").unwrap();
    let told = place.heng(&["topics", "create"]).expect(1);
    assert!(told.err.contains("Kafka refuses these credentials: "), "{}", told.err);
    assert!(told.err.contains("see kafka.sasl, kafka.username and kafka.password_file"), "{}", told.err);
    let served = place.start();
    until("it says what is wrong", || place.log().contains("Kafka refuses these credentials: "));
    let counted = "heng_kafka_connection_failures_total{reason=\"credentials\"}";
    until("it is counted", || served.metric(counted) > 0);
    assert!(!served.is_ready());
    served.stop();

    fs::write(&password, "secret\n").unwrap();
    place.heng(&["topics", "create"]).expect(0);
    let served = place.serve();
    works(&broker, &place, &served, 1);
    served.stop();

    // The same at the port that asks nobody who they are: the most common mistake.
    let text = fs::read_to_string(place.config()).unwrap().replace(&broker.guarded(), &broker.brokers);
    fs::write(place.config(), text).unwrap();
    let told = place.heng(&["topics", "create"]).expect(1);
    let expected = "this port of Kafka asks for no credentials: ";
    assert!(told.err.contains(expected) && told.err.contains("see kafka.sasl, and kafka.brokers"), "{}", told.err);
    let served = place.start();
    until("it says what is wrong", || place.log().contains(expected));
    until("it is counted", || served.metric(counted) > 0);
    assert!(!served.is_ready());
    served.stop();
}
