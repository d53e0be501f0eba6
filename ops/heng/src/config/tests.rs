#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;

#[test]
fn the_documented_default_is_the_default() {
    assert_eq!(Config::parse(DEFAULT).unwrap(), Config::default());
    assert_eq!(Config::parse("").unwrap(), Config::default());
}

/// Every line with a key follows a comment that explains it.
#[test]
fn every_key_is_documented_once() {
    let lines: Vec<&str> = DEFAULT.lines().collect();
    let mut keys = 0;
    for pair in lines.windows(2) {
        let [before, line] = pair else { continue };
        if line.contains(" = ") && !line.starts_with('#') {
            keys += 1;
            assert!(before.starts_with("# "), "`{line}` has no comment");
        }
    }
    // As many as the fields: Debug writes each with a colon.
    let text = format!("{:?}", Config::default());
    // The sections themselves, and tables whose keys are those of a library.
    let (sections, tables) = (12, 4);
    let addresses = text.matches("127.0.0.1:").count();
    assert_eq!(text.matches(": ").count(), keys + sections + tables, "{text}");
    assert_eq!(addresses, 2);
}

#[test]
fn what_is_wrong_is_named_with_its_key_and_what_to_write() {
    let cases = [
        ("[data]\npartitions = 0", "data.partitions is 0: write a number from 1 to 1024"),
        ("[engine]\nbatch_events_max = 5000", "engine.batch_events_max is 5000: write a number from 1 to 4096"),
        ("[engine]\ncheckpoint_every_s = 0", "engine.checkpoint_every_s is 0: write a number from 1"),
        ("[listen]\ngrpc = \"7470\"", "listen.grpc is `7470`: write address and port, such as \"127.0.0.1:7470\""),
        ("[listen]\ngrpc = \"\"", "listen.grpc is ``: write address and port, such as \"127.0.0.1:7470\""),
        (
            "[listen]\nsubscriptions = \"127.0.0.1:7470\"",
            "listen.subscriptions is `127.0.0.1:7470`, which is listen.grpc: name another port, or nothing",
        ),
        ("[log]\nlevel = \"loud\"", "log.level is `loud`: write error, warn, info, debug or trace"),
        (
            "[kafka]\nreplication = 0",
            "kafka.replication is 0: write a number from 1 to 9\nkafka.min_insync is 2 and kafka.replication 0: no partition could ever be written",
        ),
        (
            "[telemetry]\nendpoint = \"collector:4317\"",
            "telemetry.endpoint is `collector:4317`: write such as \"http://127.0.0.1:4317\", or nothing",
        ),
        ("[data]\ndir = \"\"", "data.dir is empty: name the data directory"),
        (
            "[checkpoints]\nshared = \"/mnt/heng\"",
            "checkpoints.shared names a place and there is no shared log: set kafka.shared_log and kafka.brokers, or empty checkpoints.shared",
        ),
        (
            "[checkpoints]\nshared = \"gs://heng\"",
            "checkpoints.shared: `gs://heng` is no place for checkpoints: write a folder, or s3://BUCKET/PREFIX",
        ),
        ("[checkpoints]\nshared = \"s3://\"", "checkpoints.shared: `s3://` names no bucket: write s3://BUCKET/PREFIX"),
        (
            "[checkpoints]\nshared = \"s3://heng\"\nendpoint = \"s3.example.org\"",
            "checkpoints.shared: `s3.example.org` is no address of a store: write such as https://s3.example.org",
        ),
        (
            "[data]\ndir = \"/srv/heng\"\n[checkpoints]\nshared = \"/srv/heng/shared\"\n[kafka]\nbrokers = \"k:9092\"\nshared_log = true",
            "checkpoints.shared is `/srv/heng/shared`, inside data.dir: name a folder that the other engines see too",
        ),
        (
            "[checkpoints]\nshared = \"s3://heng\"\naccess_key_id = \"k\"",
            "checkpoints.shared: a key and the file with its secret go together: name both, or neither for those of the environment",
        ),
        ("[checkpoints]\nkeep = 1", "checkpoints.keep is 1: write a number from 2 to 1000"),
    ];
    for (text, expected) in cases {
        assert_eq!(Config::parse(text).unwrap_err().to_string(), expected);
    }
    for (text, part) in [
        ("[serve]\nthread = 1", "unknown field `thread`"),
        ("[servers]", "unknown field `servers`"),
        ("[serve]\nthreads = \"two\"", "invalid type"),
        ("[serve", "TOML parse error at line 1"),
    ] {
        let error = Config::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}
