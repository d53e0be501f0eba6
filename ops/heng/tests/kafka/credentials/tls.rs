//! TLS: brokers whose certificate is believed, and brokers whose is not.

use super::{guarded, place, works};
use crate::place::{Place, until};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// By SCRAM over TLS; the certificate that is believed lies beside the configuration, to be put there.
fn encrypted(prefix: &str) -> Option<(Place, &'static crate::broker::Broker)> {
    let broker = guarded()?;
    let lines = "tls = true\nca_file = \"FOLDER/ca.pem\"\nsasl = \"scram-sha-512\"\nusername = \"heng\"\n\
                 password_file = \"FOLDER/password\"\n";
    let place = place(broker, prefix, lines);
    let folder = place.file("").display().to_string();
    let text = fs::read_to_string(place.config()).unwrap().replace("FOLDER/", &folder);
    fs::write(place.config(), text).unwrap();
    fs::write(place.file("password"), "secret\n").unwrap();
    Some((place, broker))
}

/// Another certificate than the brokers'.
fn foreign(file: &Path) {
    let store = file.with_extension("p12");
    let keytool = |arguments: &[&str]| {
        let mut command = Command::new("keytool");
        command.args(arguments).args(["-alias", "other", "-storepass", "development", "-keystore"]).arg(&store);
        let made = command.stdin(Stdio::null()).output().expect("keytool runs: it comes with Java");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        made.stdout
    };
    keytool(&["-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-dname", "CN=somebody else"]);
    fs::write(file, keytool(&["-exportcert", "-rfc"])).unwrap();
}

#[test]
fn by_scram_over_tls_an_event_comes_in_and_its_decision_goes_out() {
    let Some((place, broker)) = encrypted("tls") else { return };
    fs::copy(broker.ca_file(), place.file("ca.pem")).unwrap();
    place.heng(&["topics", "create"]).expect(0);
    place.heng(&["topics", "check"]).expect(0);
    let served = place.serve();
    works(broker, &place, &served, 1);
    assert_eq!(served.metric("heng_kafka_connection_failures_total"), 0, "{}", place.log());
    served.stop();
}

#[test]
fn brokers_whose_certificate_is_not_believed_are_told_with_the_remedy_and_counted() {
    let Some((place, broker)) = encrypted("foreign") else { return };
    foreign(&place.file("ca.pem"));
    let told = place.heng(&["topics", "create"]).expect(1);
    for text in ["no encrypted connection to Kafka: ", "certificate verify failed", "see kafka.tls, and kafka.ca_file"]
    {
        assert!(told.err.contains(text), "{}", told.err);
    }
    let served = place.start();
    until("it says what is wrong", || place.log().contains("certificate verify failed"));
    until("it is counted", || served.metric("heng_kafka_connection_failures_total{reason=\"tls\"}") > 0);
    assert!(!served.is_ready());
    served.stop();
    fs::write(place.file("ca.pem"), "no certificate\n").unwrap();
    let told = place.heng(&["topics", "create"]).expect(1);
    assert!(told.err.contains("holds no certificate in PEM"), "{}", told.err);
    fs::copy(broker.ca_file(), place.file("ca.pem")).unwrap();
    place.heng(&["topics", "create"]).expect(0);
}
