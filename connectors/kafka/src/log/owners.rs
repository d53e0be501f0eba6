//! Who owns which partition: the group's members share them out.
//!
//! # Invariants
//!
//! Owning decides who speaks for a partition, never what is said: two that believe they own it say the same, and of two that
//! publish its decisions the brokers let one.

use super::{LogError, LogParts};
use crate::context::Context;
use crate::topics::Names;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// The partitions that this process owns; cheap to clone.
#[derive(Debug, Clone)]
pub struct Owned(Arc<[AtomicBool]>);

impl Owned {
    /// None of so many.
    #[must_use]
    pub fn none(partitions: u16) -> Self {
        Self((0..partitions).map(|_| AtomicBool::new(false)).collect())
    }

    /// Is it one of them?
    #[must_use]
    pub fn has(&self, partition: u16) -> bool {
        self.0.get(usize::from(partition)).is_some_and(|it| it.load(Ordering::Acquire))
    }

    fn set(&self, owned: &BTreeSet<u16>) {
        for (partition, it) in (0..).zip(self.0.iter()) {
            it.store(owned.contains(&partition), Ordering::Release);
        }
    }
}

/// The member of the group, on its thread.
pub(crate) struct Owners {
    thread: JoinHandle<Result<(), LogError>>,
    /// The partitions owned, as they change.
    pub(crate) owned: watch::Receiver<BTreeSet<u16>>,
}

impl Owners {
    /// Joins the group; leaves it when `stop` is set.
    pub(crate) fn start(parts: &LogParts, stop: Arc<AtomicBool>) -> Result<Self, LogError> {
        let topic = Names::of(&parts.settings).events();
        let config = parts.settings.owner_consumer(&parts.name())?;
        let context = parts.context().for_owners();
        let consumer = BaseConsumer::from_config_and_context(&config, context).map_err(LogError::kafka(&topic))?;
        consumer.subscribe(&[&topic]).map_err(LogError::kafka(&topic))?;
        let (telling, owned) = watch::channel(BTreeSet::new());
        let parts = parts.clone();
        let thread = std::thread::Builder::new().name("owners".to_owned());
        let thread = thread.spawn(move || run(&consumer, &parts, &topic, &telling, &stop)).map_err(LogError::Thread)?;
        Ok(Self { thread, owned })
    }

    /// Waits for the thread, which ends when it is told to stop, or for a reason that it tells.
    pub(crate) fn join(self) -> Result<(), LogError> {
        self.thread.join().unwrap_or_else(|_| Err(LogError::Thread(std::io::ErrorKind::Other.into())))
    }
}

fn run(
    consumer: &BaseConsumer<Context>,
    parts: &LogParts,
    topic: &str,
    telling: &watch::Sender<BTreeSet<u16>>,
    stop: &AtomicBool,
) -> Result<(), LogError> {
    let mut before = BTreeSet::new();
    while !stop.load(Ordering::Acquire) {
        match consumer.poll(Duration::from_millis(100)) {
            // Entries are read elsewhere, all of them; here it is only told who owns what.
            None | Some(Ok(_)) => {}
            Some(Err(
                KafkaError::MessageConsumptionFatal(RDKafkaErrorCode::FencedInstanceId)
                | KafkaError::MessageConsumption(RDKafkaErrorCode::FencedInstanceId),
            )) => return Err(LogError::SameName(parts.settings.instance.clone())),
            Some(Err(error @ KafkaError::MessageConsumptionFatal(_))) => return Err(LogError::kafka(topic)(error)),
            Some(Err(error)) => tracing::debug!(%error, "partitions are not shared out"),
        }
        let assignment = consumer.assignment().map_err(LogError::kafka(topic))?;
        let owned: BTreeSet<u16> =
            assignment.elements().iter().filter_map(|it| u16::try_from(it.partition()).ok()).collect();
        if owned != before {
            consumer.pause(&assignment).map_err(LogError::kafka(topic))?;
            parts.owned.set(&owned);
            parts.watch.set_owned(owned.iter().copied());
            tracing::info!(partitions = ?owned, "partitions owned");
            // Nobody listens any more where the program is ending.
            let _ = telling.send(owned.clone());
            before = owned;
        }
    }
    parts.owned.set(&BTreeSet::new());
    parts.watch.set_owned(std::iter::empty());
    Ok(())
}
