#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

fn wrong(text: &str) -> Vec<String> {
    let settings: Settings = toml::from_str(text).unwrap();
    settings.wrong()
}

#[test]
fn what_exactness_rests_on_cannot_be_set() {
    let told = wrong(
        "brokers = \"127.0.0.1:9092\"\n[consumer]\nenable.auto.commit = false\n\"fetch.min.bytes\" = 1\nisolation.level = \"x\"\n\
         [producer]\nacks = 1\ntransactional.id = \"mine\"\nsecurity.protocol = \"ssl\"",
    );
    let expected = [
        "kafka.consumer.\"enable.auto.commit\" cannot be set: an offset is stored when its message has been answered durably, \
         and not before",
        "kafka.consumer.\"isolation.level\" cannot be set: nothing that was aborted is read",
        "kafka.producer.\"acks\" cannot be set: a message counts as written when every copy in step has it",
        "kafka.producer.\"security.protocol\" cannot be set: it follows from the keys of [kafka]",
        "kafka.producer.\"transactional.id\" cannot be set: it is made of the log and the partition, so that a zombie is fenced",
    ];
    assert_eq!(told, expected);
}

#[test]
fn other_settings_go_to_the_library_which_says_what_it_does_not_know() {
    let brokers = "brokers = \"127.0.0.1:9092\"\n";
    assert_eq!(wrong(&format!("{brokers}[consumer]\nfetch.min.bytes = 2\n[producer]\nlinger.ms = 5")), [""; 0]);
    let told = wrong(&format!("{brokers}[consumer]\nfetch.min.bites = 2\n[producer]\nlinger.ms = \"soon\""));
    assert!(told.first().unwrap().contains("fetch.min.bites"), "{told:?}");
    assert!(told.get(1).unwrap().contains("linger.ms"), "{told:?}");
    let log = LogName::of(&[7; 32]);
    let settings: Settings = toml::from_str(&format!("{brokers}[consumer]\nfetch.min.bytes = 2")).unwrap();
    let config = settings.inbox_consumer(&log).unwrap();
    let (set, group) = (config.get("fetch.min.bytes"), config.get("group.id"));
    assert_eq!((set, group), (Some("2"), Some("heng-0707070707070707")));
}

#[test]
fn what_is_wrong_is_named_with_its_key() {
    let cases = [
        ("replication = 1", "kafka.min_insync is 2 and kafka.replication 1: no partition could ever be written"),
        ("prefix = \"a b\"", "kafka.prefix is `a b`: write letters, digits, dots, dashes and underscores, at most 100"),
        ("inbox_partitions = 0", "kafka.inbox_partitions is 0: write a number from 1 to 1024"),
        (
            "ca_file = \"missing.pem\"",
            "kafka.ca_file: cannot read `missing.pem`: No such file or directory (os error 2)",
        ),
        ("key_file = \"Cargo.toml\"", "kafka.certificate_file and kafka.key_file belong together: name both or none"),
        ("sasl = \"plain\"", "kafka.sasl needs kafka.username and kafka.password_file"),
    ];
    for (text, expected) in cases {
        assert_eq!(wrong(text).first().map(String::as_str), Some(expected));
    }
    for (text, part) in [
        ("broker = \"x\"", "unknown field `broker`"),
        ("sasl = \"gssapi\"", "unknown variant `gssapi`"),
        ("[schemas]\nfirst = \"json\"", "`first` is no schema number: write \"17\""),
        ("[schemas]\n17 = \"avro\"", "unknown variant `avro`"),
        ("inbox_keys = \"none\"", "unknown variant `none`"),
    ] {
        let error = toml::from_str::<Settings>(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_private_key_is_no_certificate_to_believe() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let told = |begin: &str| {
        std::fs::write(file.path(), format!("Bag Attributes\n-----BEGIN {begin}-----\nMIIB\n")).unwrap();
        wrong(&format!("ca_file = {:?}", file.path())).iter().any(|it| it.ends_with("holds no certificate in PEM"))
    };
    assert!(told("PRIVATE KEY") && told("CERTIFICATE REQUEST"));
    assert!(!told("CERTIFICATE") && !told("TRUSTED CERTIFICATE"));
}

#[cfg(not(feature = "tls"))]
#[test]
fn a_build_without_tls_says_so() {
    let told = wrong("sasl = \"scram-sha-512\"\nusername = \"heng\"\npassword_file = \"Cargo.toml\"");
    assert_eq!(
        told,
        [
            "kafka.sasl needs a build with TLS, and this one has none: cargo build --release -p heng --features kafka-tls"
        ]
    );
}
