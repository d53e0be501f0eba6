//! Who comes in by SCRAM: taken with the right password, told clearly with a wrong one.

use crate::broker::own_with;
use crate::client::{binary, send};
use crate::events::listed;
use crate::place::{Place, until};
use std::fs;

#[test]
fn wrong_credentials_are_told_and_right_ones_work() {
    let Some(broker) = own_with(&["--scram", "heng:secret"]) else { return };
    let place =
        Place::with(&broker, "scram", "sasl = \"scram-sha-512\"\nusername = \"heng\"\npassword_file = \"PASSWORD\"\n");
    let password = place.file("password");
    let (host, port) = broker.brokers.rsplit_once(':').unwrap();
    let guarded = format!("{host}:{}", port.parse::<u32>().unwrap() + 10);
    let text = fs::read_to_string(place.config()).unwrap();
    let text = text.replace(&broker.brokers, &guarded).replace("PASSWORD", password.to_str().unwrap());
    fs::write(place.config(), text).unwrap();

    fs::write(&password, "guessed\n").unwrap();
    let told = place.heng(&["topics", "create"]).expect(1);
    assert!(told.err.contains("Kafka refuses these credentials: "), "{}", told.err);
    assert!(told.err.contains("see kafka.sasl, kafka.username and kafka.password_file"), "{}", told.err);
    let served = place.start();
    until("it says what is wrong", || place.log().contains("Kafka refuses these credentials: "));
    assert!(!served.is_ready());
    served.stop();

    fs::write(&password, "secret\n").unwrap();
    place.heng(&["topics", "create"]).expect(0);
    let served = place.serve();
    send(&broker.brokers, &place.topic("inbox.a"), None, &[binary(&listed(1))]);
    until("it is accepted", || served.metric("heng_kafka_inbox_accepted_total") == 1);
    served.stop();
}
