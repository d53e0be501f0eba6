//! The log on Kafka as the engine's port to a log that others write too.
//!
//! # Invariants
//!
//! Nothing is decided here: entries, offsets and packs pass through as they are.

use super::checkpoints;
use crate::config::{Config, Role};
use anyhow::Context as _;
use heng_kafka::Watch;
use heng_kafka::log::{KafkaLog, LogError, LogIdentity, LogParts, Owned, claim, known};
use heng_kafka::names::{self, NamesError};
use heng_log::{DataDir, DataDirError, Disk as _, Meta};
use heng_model::{PartitionId, Position};
use heng_rules::PackFiles;
use heng_server::shared::{Arrived, Outgoing, SharedLog, SharedLogError};
use heng_server::subscription::{SharedNames, SharedNamesError};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tokio::sync::Notify;

/// What this process has of the log on Kafka, where it is there.
pub(super) fn parts(config: &Config, meta: &Meta, watch: &Arc<Watch>) -> Option<LogParts> {
    config.kafka.has_log().then(|| LogParts {
        settings: config.kafka.clone(),
        log_id: meta.log_id,
        partitions: meta.partitions,
        watch: Arc::clone(watch),
        owned: Owned::none(meta.partitions),
        stop: Arc::new(AtomicBool::new(false)),
    })
}

/// Opens the data directory of an engine whose log is on Kafka, or makes it for the log that is there: of the newest shared
/// checkpoint where there is one, which the second of the two says, or empty.
pub(super) fn data_dir(config: &Config, watch: &Arc<Watch>, proposed: &Meta) -> anyhow::Result<(DataDir, bool)> {
    if let Some(dir) = checkpoints::resume(&config.data.dir)? {
        mark(&dir)?;
        return Ok((dir, true));
    }
    match DataDir::open(&config.data.dir) {
        Err(DataDirError::NotData { .. }) => {
            anyhow::ensure!(
                config.serve.role == Role::Check || !config.data.pack.as_os_str().is_empty(),
                "`{}` is no data directory: name a pack under data.pack, whose authorities have the inboxes",
                config.data.dir.display()
            );
            tracing::info!(brokers = %config.kafka.brokers, "a new data directory: asking Kafka which log it is for");
            let known =
                claim(&config.kafka, watch, &identity(proposed), &Arc::default()).context("the log on Kafka")?;
            let meta = meta(&known)?;
            let (dir, is_fetched) = match checkpoints::fetched(config, &meta)? {
                Some(dir) => (dir, true),
                None => (DataDir::create(&config.data.dir, meta)?, false),
            };
            mark(&dir)?;
            Ok((dir, is_fetched))
        }
        opened => {
            let opened = opened?;
            anyhow::ensure!(
                !opened.meta().simulated,
                "`{}` holds a log made by `heng run`: it is no copy of a log on Kafka; name another data.dir",
                config.data.dir.display()
            );
            mark(&opened)?;
            Ok((opened, false))
        }
    }
}

/// Says in the directory that its events are a copy, so that nobody takes it for a log of its own.
fn mark(dir: &DataDir) -> anyhow::Result<()> {
    let path = dir.root().join(MARK);
    if !path.exists() {
        dir.disk().write_atomically(MARK, MARK_TEXT).with_context(|| format!("`{}`", path.display()))?;
    }
    Ok(())
}

/// Is the directory a copy of a log on Kafka?
pub(crate) fn is_copy(dir: &DataDir) -> bool {
    dir.root().join(MARK).exists()
}

/// The file that says so.
const MARK: &str = "copy-of-kafka";
const MARK_TEXT: &[u8] = b"The events here are a copy of a log on Kafka: they are written there, not here.\n";

fn identity(meta: &Meta) -> LogIdentity {
    LogIdentity { log_id: hex::encode(meta.log_id), partitions: meta.partitions }
}

fn meta(known: &LogIdentity) -> anyhow::Result<Meta> {
    let mut log_id = [0; 32];
    let pairs = known.log_id.as_bytes().chunks(2).map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16));
    let bytes: Vec<u8> = pairs.collect::<Result<_, _>>().context("the log's id on Kafka is no hexadecimal number")?;
    anyhow::ensure!(bytes.len() == log_id.len(), "the log's id on Kafka has {} bytes, 32 are wanted", bytes.len());
    log_id.copy_from_slice(&bytes);
    Ok(Meta { partitions: known.partitions, simulated: false, log_id })
}

/// The log, when Kafka has said that it is the one of the data directory.
pub(super) fn open(parts: LogParts, meta: &Meta) -> Result<Box<dyn SharedLog>, SharedLogError> {
    let own = identity(meta);
    let known = known(&parts.settings, &parts.watch, &parts.stop).map_err(told)?;
    let prefix = || parts.settings.prefix.clone();
    let known = known.ok_or_else(|| told(LogError::NoLog { prefix: prefix() }))?;
    if known != own {
        return Err(told(LogError::OtherLog { prefix: prefix(), known: Box::new(known), own: Box::new(own) }));
    }
    Ok(Box::new(OnKafka(KafkaLog::new(parts).map_err(told)?)))
}

/// What durable subscriptions have acknowledged, for all engines of the log.
pub(super) fn names(log: &LogParts) -> std::io::Result<Box<dyn SharedNames>> {
    Ok(Box::new(NamesOnKafka(names::SharedNames::new(&log.settings, &log.watch)?)))
}

struct NamesOnKafka(names::SharedNames);

impl SharedNames for NamesOnKafka {
    fn news(&mut self, visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool, SharedNamesError> {
        self.0.news(visit).map_err(|error| away(&error))
    }

    fn put(&mut self, name: &str, known: &[u8]) -> Result<bool, SharedNamesError> {
        self.0.put(name, known).map_err(|error| away(&error))
    }
}

fn away(error: &NamesError) -> SharedNamesError {
    SharedNamesError(error.to_string())
}

struct OnKafka(KafkaLog);

fn told(error: LogError) -> SharedLogError {
    match error {
        LogError::Stopped => SharedLogError::Stopped,
        error => SharedLogError::Broken(Box::new(error)),
    }
}

impl SharedLog for OnKafka {
    fn follow(&mut self, from: &[u64]) -> Result<(), SharedLogError> {
        self.0.follow(from).map_err(told)
    }

    fn ends(&mut self) -> Result<Vec<u64>, SharedLogError> {
        self.0.ends().map_err(told)
    }

    fn check_clock(&mut self) -> Result<(), SharedLogError> {
        self.0.check_clock().map_err(told)
    }

    fn send(&mut self, entries: Vec<Outgoing>) -> Result<(), SharedLogError> {
        let out = entries.into_iter().map(|it| heng_kafka::log::Outgoing {
            partition: it.partition,
            entry: it.entry,
            subject: it.subject,
            traceparent: it.traceparent,
        });
        self.0.send(out.collect()).map_err(told)
    }

    fn placed(&mut self, wait: Duration) -> Result<Option<Vec<u64>>, SharedLogError> {
        self.0.placed(wait).map_err(told)
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Arrived>, SharedLogError> {
        let taken = self.0.next(wait).map_err(told)?;
        Ok(taken.map(|it| Arrived {
            position: Position { partition: it.partition, offset: it.offset },
            entry: it.entry,
            traceparent: it.traceparent,
        }))
    }

    fn owns(&self, partition: PartitionId) -> bool {
        self.0.owns(partition)
    }

    fn keep_pack(&mut self, files: &PackFiles) -> Result<(), SharedLogError> {
        self.0.keep_pack(&files.sha256(), &files.to_bundle()).map_err(told)
    }

    fn pack(&mut self, sha256: &[u8; 32]) -> Result<PackFiles, SharedLogError> {
        let bundle = self.0.pack(sha256).map_err(told)?;
        let files = PackFiles::from_bundle(&bundle).ok().filter(|files| files.sha256() == *sha256);
        files.ok_or_else(|| SharedLogError::Broken("a pack on Kafka is not the one whose hash it is kept by".into()))
    }

    fn arrivals(&self) -> Arc<Notify> {
        self.0.arrivals()
    }

    fn unread_since_ms(&self) -> Option<i64> {
        self.0.unread_since_ms()
    }
}
