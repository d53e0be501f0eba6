//! OAUTHBEARER over TLS: tokens that are taken, refused, ended, and exchanged while the service runs.

use super::{guarded, place, works};
use crate::broker::Broker;
use crate::place::{Place, until};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// An unsigned token with a scope, until some second.
fn token(scope: &str, ends_s: u64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"sub": "heng", "scope": scope, "iat": now_s() - 60, "exp": ends_s});
    format!("{}.{}.\n", part(json!({"alg": "none"})), part(claims))
}

/// A place that comes in by a token, with its topics; those are made by way of the open door.
fn by_token(prefix: &str, more: &str) -> Option<(Place, &'static Broker)> {
    let broker = guarded()?;
    let open = Place::with(broker, prefix, more);
    open.heng(&["topics", "create"]).expect(0);
    let lines = format!(
        "{more}tls = true\nca_file = {:?}\nsasl = \"oauthbearer\"\ntoken_file = \"FOLDER/token\"\n",
        broker.ca_file()
    );
    let place = place(broker, prefix, &lines);
    let folder = place.file("").display().to_string();
    let text = fs::read_to_string(place.config()).unwrap().replace("FOLDER/", &folder);
    fs::write(place.config(), text).unwrap();
    Some((place, broker))
}

#[test]
fn a_token_that_is_refused_is_told_and_the_one_that_takes_its_place_works() {
    let Some((place, broker)) = by_token("token", "") else { return };
    let file = place.file("token");
    fs::write(&file, token("heng", now_s() - 5)).unwrap();
    let told = place.heng(&["deadletter", "list"]).expect(1);
    assert!(told.err.contains("no token for Kafka: kafka.token_file: the token in `"), "{}", told.err);
    assert!(told.err.contains("` ended at "), "{}", told.err);

    fs::write(&file, token("another", now_s() + 600)).unwrap();
    let served = place.start();
    until("it says what is wrong", || place.log().contains("insufficient_scope"));
    assert!(place.log().contains("see kafka.sasl and kafka.token_file, which is read again by itself"));
    let counted = "heng_kafka_connection_failures_total{reason=\"credentials\"}";
    until("it is counted", || served.metric(counted) > 0);
    assert!(!served.is_ready());

    fs::write(&file, token("heng", now_s() + 600)).unwrap();
    until("the new token is used", || served.is_ready());
    works(broker, &place, &served, 1);
    served.stop();
    let told = place.heng(&["topics", "check"]).expect(1);
    assert!(told.err.contains("the client library's administration takes no token"), "{}", told.err);
    place.heng(&["deadletter", "list"]).expect(0);
}

#[test]
fn an_engine_of_a_shared_log_goes_on_beyond_the_end_of_a_token_that_was_exchanged() {
    let Some((place, broker)) = by_token("tokens", "shared_log = true\n") else { return };
    let ends_s = now_s() + 40;
    fs::write(place.file("token"), token("heng", ends_s)).unwrap();
    let served = place.serve();
    // Missing for a moment, as where it is exchanged by deleting it: that is told and counted, and is no outage.
    fs::remove_file(place.file("token")).unwrap();
    let missing = "heng_kafka_connection_failures_total{reason=\"token\"}";
    until("it is missed", || served.metric(missing) > 0);
    fs::write(place.file("token"), token("heng", ends_s + 600)).unwrap();
    assert_eq!(served.metric("heng_kafka_up"), 1);
    works(broker, &place, &served, 1);
    until("the first token has ended", || now_s() > ends_s + 1);
    works(broker, &place, &served, 2);
    for text in ["refuses these credentials", "Kafka answers again"] {
        assert!(!place.log().contains(text), "{}", place.log());
    }
    for text in ["no token for Kafka: kafka.token_file: cannot read `", "there is a token for Kafka again"] {
        assert!(place.log().contains(text), "{}", place.log());
    }
    served.stop();
}
