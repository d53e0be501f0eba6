//! The consumer of the inboxes.

use super::stages::{Chunk, Inlet, Stages};
use super::{Authority, InboxError, Intake, MappedTopic};
use crate::Settings;
use crate::context::Context;
use crate::letters::Letters;
use crate::message::Reading;
use crate::settings::LogName;
use crate::topics::Names;
use crate::watch::Watch;
use futures_util::StreamExt as _;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// So many messages go through the stages together where they are there: handing one over from stage to stage costs as much as
/// looking into it.
const CHUNK_MAX: usize = 64;

/// No more is taken for so long before the partitions are paused: a disk that stalls for a second or two is no engine that stands
/// still.
const HOLD_BACK: Duration = Duration::from_secs(5);

/// While too many are under way it is looked so often whether there are fewer.
const LOOK: Duration = Duration::from_millis(4);

/// Reads inboxes and hands their messages in.
pub(crate) struct Inbox<I> {
    consumer: StreamConsumer<Context>,
    letters: Letters,
    intake: I,
    reading: Reading,
    /// Who may speak through a topic, and how.
    inlets: BTreeMap<String, Inlet>,
    instance: String,
    under_way_max: usize,
    watch: Arc<Watch>,
}

impl<I: Intake> Inbox<I> {
    /// Subscribes to the inboxes of authorities.
    pub(crate) fn subscribe(
        settings: &Settings,
        log: &LogName,
        (authorities, mapped): (&[Authority], Vec<MappedTopic>),
        intake: I,
        watch: Arc<Watch>,
    ) -> Result<Self, InboxError> {
        let context = Context::new(Arc::clone(&watch), settings.token_file.clone());
        let letters = Letters::new(settings, context.clone())?;
        let config = settings.inbox_consumer(log).map_err(|error| KafkaError::ClientCreation(error.to_string()))?;
        let consumer = StreamConsumer::from_config_and_context(&config, context)?;
        let names = Names::of(settings);
        let own = |it: &Authority| (names.inbox(&it.code), Inlet { source: it.source.clone(), mapping: None });
        let mut inlets: BTreeMap<String, Inlet> = authorities.iter().map(own).collect();
        inlets.extend(mapped.into_iter().map(|it| {
            let MappedTopic { topic, source, mapping } = it;
            (topic, Inlet { source, mapping: Some(mapping) })
        }));
        let topics: Vec<&str> = inlets.keys().map(String::as_str).collect();
        consumer.subscribe(&topics)?;
        Ok(Self {
            consumer,
            letters,
            intake,
            reading: settings.reading(),
            instance: settings.instance_of(log).unwrap_or_default(),
            under_way_max: settings.under_way_max,
            inlets,
            watch,
        })
    }

    /// Reads until told to stop; what was read by then is answered and stored first.
    pub(crate) async fn run(self, stop: watch::Receiver<bool>) -> Result<(), InboxError> {
        let Self { consumer, letters, intake, reading, inlets, instance, under_way_max, watch } = self;
        let under_way = AtomicUsize::new(0);
        let (reader, taken) = mpsc::unbounded_channel();
        let stages = Stages { consumer: &consumer, under_way: &under_way, watch: &watch };
        let fetching =
            Fetching { consumer: &consumer, instance: &instance, under_way: &under_way, under_way_max, watch: &watch };
        tokio::try_join!(fetching.run(reader, stop), stages.run(taken, (&intake, &reading, &inlets), &letters))?;
        match consumer.commit_consumer_state(CommitMode::Sync) {
            // Nothing was stored since the last commit.
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => {}
            Err(error) => {
                tracing::warn!(%error, "the last offsets of the inboxes are not committed: they are read again")
            }
        }
        Ok(())
    }
}

/// The first stage: messages are fetched, and no more than may be under way.
struct Fetching<'a> {
    consumer: &'a StreamConsumer<Context>,
    instance: &'a str,
    under_way: &'a AtomicUsize,
    under_way_max: usize,
    watch: &'a Watch,
}

impl<'a> Fetching<'a> {
    async fn run(
        self,
        reader: mpsc::UnboundedSender<Chunk<'a>>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), InboxError> {
        let mut messages = self.consumer.stream().ready_chunks(CHUNK_MAX.min(self.under_way_max.max(1)));
        let mut is_paused = false;
        loop {
            let fetched = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
                fetched = messages.next() => fetched.unwrap_or_default(),
                // Wakes where no message comes because none may.
                () = tokio::time::sleep(Duration::from_millis(20)), if is_paused => Vec::new(),
            };
            let mut chunk = Chunk::with_capacity(fetched.len());
            for message in fetched {
                match message {
                    Ok(message) => chunk.push(message),
                    Err(error) => self.told(error)?,
                }
            }
            if !chunk.is_empty() {
                self.watch.consumed.add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                self.under_way.fetch_add(chunk.len(), Ordering::AcqRel);
                if reader.send(chunk).is_err() {
                    return Ok(());
                }
            }
            if !is_paused {
                self.hold_back(&stop).await;
            }
            let under_way = self.under_way.load(Ordering::Acquire);
            if under_way >= self.under_way_max {
                // Again where partitions came meanwhile: those are not paused.
                self.consumer.pause(&self.consumer.assignment()?)?;
                if !std::mem::replace(&mut is_paused, true) {
                    self.watch.pauses.add(1);
                    tracing::debug!(under_way, "inboxes paused");
                }
            } else if is_paused && under_way <= self.under_way_max / 2 {
                self.consumer.resume(&self.consumer.assignment()?)?;
                is_paused = false;
            }
            self.watch.set_paused(is_paused);
        }
    }

    /// Fetches no more for a moment while too many are under way. A pause costs what was fetched ahead, so that it is kept for
    /// an engine that stands still: then the group must hear from this member.
    async fn hold_back(&self, stop: &watch::Receiver<bool>) {
        let has_too_many = |limit: usize| self.under_way.load(Ordering::Acquire) >= limit;
        if !has_too_many(self.under_way_max) {
            return;
        }
        let began = Instant::now();
        while has_too_many(self.under_way_max / 2 + 1) && began.elapsed() < HOLD_BACK && !*stop.borrow() {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What the client library could not do; most of it mends itself.
    fn told(&self, error: KafkaError) -> Result<(), InboxError> {
        match &error {
            KafkaError::MessageConsumptionFatal(RDKafkaErrorCode::FencedInstanceId)
            | KafkaError::MessageConsumption(RDKafkaErrorCode::FencedInstanceId) => {
                Err(InboxError::SameName { instance: self.instance.to_owned() })
            }
            KafkaError::MessageConsumptionFatal(_) => Err(error.into()),
            KafkaError::MessageConsumption(
                code @ (RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::GroupAuthorizationFailed),
            ) => {
                tracing::error!(%code, "an inbox cannot be read: see `heng topics check`, and the broker's access rights");
                Ok(())
            }
            _ => {
                tracing::debug!(%error, "inboxes");
                Ok(())
            }
        }
    }
}
