//! One partition's publisher at work.

use super::error::{PublishError, ReadLogError};
use super::publish::{Publisher, Told};
use super::read_back::ReadBack;
use super::remembered::Remembered;
use super::send::{LOOK, LOOK_MANY, delivered, send};
use super::take_over::{Trouble, find_end};
use super::write;
use super::{Decisions, Shown, Trace, Tracer};
use crate::context::Context;
use crate::topics::Names;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{Producer as _, ThreadedProducer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// Decisions of one transaction.
const TRANSACTION_DECISIONS_MAX: u64 = 2_000;
/// Bytes of one transaction, about.
const TRANSACTION_BYTES_MAX: usize = 8 << 20;
/// Bytes handed to the client library before it is waited for their answers: what goes out as one request, since it has one
/// under way at a time.
const HAND_OVER_BYTES: usize = 768 << 10;
/// Positions move on the topic so often where no decision moves them.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);
/// One call to the brokers; then it is looked whether to stop.
pub(super) const CALL: Duration = Duration::from_secs(10);
/// The longest wait before a partition is taken over anew.
const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// From one commit to the next transaction: each costs the brokers as much as many decisions do.
const GATHER: Duration = Duration::from_millis(20);
/// The same after a transaction of many decisions, when they come faster than anybody could look at them.
const GATHER_MANY: Duration = Duration::from_millis(60);
/// So many are many.
const MANY: u64 = 200;
/// It is looked so often whether the engine has caught up.
const CAUGHT_UP: Duration = Duration::from_millis(50);
/// A process that was fenced waits so long before it takes a partition that it believes to own over again.
const FENCED_REST: Duration = Duration::from_secs(2);
/// Fenced again within this time: two processes have the same log.
const FENCED_AGAIN: Duration = Duration::from_secs(60);

/// A partition taken over.
struct Taken {
    producer: ThreadedProducer<Context>,
    cluster: String,
    next_seq: u64,
    /// Entries that the last marker said are reflected.
    marked: Option<u64>,
    marked_at: Instant,
    /// When the last transaction was committed.
    committed_at: Instant,
    /// How long the next one waits from there.
    gathers: Duration,
}

/// Why it does not go on as it is.
enum Broken {
    /// To be taken over anew.
    Anew(KafkaError),
    /// For good.
    Failed(PublishError),
    /// Told to stop.
    Stopped,
}

/// One partition's publisher.
pub(super) struct Running<D> {
    parts: Publisher,
    stop: Arc<AtomicBool>,
    topic: String,
    partition: u16,
    decisions: D,
    tracer: Tracer,
    remembered: Remembered,
    told: UnboundedSender<Told>,
    context: Context,
    shown: Option<Shown>,
    fenced: Option<Instant>,
    has_told: bool,
}

impl<D: Decisions> Running<D> {
    pub(super) fn new(
        (parts, stop): (Publisher, Arc<AtomicBool>),
        partition: u16,
        decisions: D,
        remembered: Remembered,
        told: UnboundedSender<Told>,
    ) -> Self {
        let (topic, context) = (parts.topic(), parts.context());
        Self {
            parts,
            stop,
            topic,
            partition,
            tracer: decisions.tracer(),
            decisions,
            remembered,
            told,
            context,
            shown: None,
            fenced: None,
            has_told: false,
        }
    }

    /// Of a partition that was given up another process tells.
    fn note_behind(&self, behind: u64) {
        if !self.is_stopping() || !self.parts.is_shared {
            self.parts.watch.note_behind(self.partition, behind);
        }
    }

    fn rest(&self, time: Duration) {
        let began = Instant::now();
        while began.elapsed() < time && !self.is_stopping() {
            std::thread::sleep(CAUGHT_UP);
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Publishes until it is told to stop and everything shown is on the topic, or until it cannot go on.
    pub(super) fn run(mut self) {
        let mut backoff = Duration::from_millis(100);
        loop {
            let began = Instant::now();
            match self.take_over().and_then(|mut taken| self.publish(&mut taken)) {
                Ok(()) | Err(Broken::Stopped) => return,
                Err(Broken::Failed(error)) => {
                    // Whoever listened has gone where the connector ends.
                    let _ = self.told.send(Told::Failed(error));
                    return;
                }
                Err(Broken::Anew(error)) => {
                    let partition = self.partition;
                    self.parts.watch.aborted.add(1);
                    tracing::warn!(partition, %error, "decisions do not reach Kafka: the partition is taken over anew");
                    if began.elapsed() > FENCED_AGAIN {
                        backoff = Duration::from_millis(100);
                    }
                    if self.parts.is_shared && self.fenced.take().is_some() {
                        // Another process has the partition now, or soon hears that it has not.
                        self.rest(FENCED_REST);
                    }
                    std::thread::sleep(backoff);
                    backoff = backoff.saturating_mul(2).min(BACKOFF_MAX);
                }
            }
            if self.is_stopping() {
                return;
            }
        }
    }

    fn take_over(&mut self) -> Result<Taken, Broken> {
        let (partition, topic) = (self.partition, self.topic.clone());
        let mut shown = self.first_shown()?;
        let failed = |source| Broken::Failed(PublishError::Kafka { partition, source });
        let config = self.parts.settings.decision_producer(&self.parts.log, partition);
        let config = config.map_err(|error| failed(KafkaError::ClientCreation(error.to_string())))?;
        let producer = ThreadedProducer::from_config_and_context(&config, self.context.clone()).map_err(failed)?;
        self.until_answered(|| producer.init_transactions(CALL))?;
        if self.parts.is_shared {
            shown = self.caught_up()?;
        }
        let read_back = ReadBack::new(&self.parts.settings, self.context.clone(), &topic, partition).map_err(failed)?;
        let end = find_end(&read_back, &mut self.decisions, shown.next_seq, &self.parts.log);
        let end = end.map_err(|trouble| self.broken_by(trouble))?;
        let cluster = read_back.cluster().map_err(Broken::Anew)?;
        let known = self.remembered.compare(&cluster, &topic, end.next_seq);
        known.map_err(|differs| self.broken_by(Trouble::Differs(differs)))?;
        self.parts.watch.takeovers.add(1);
        let behind = shown.next_seq.saturating_sub(end.next_seq);
        tracing::info!(partition, decisions = end.next_seq, compared = end.compared, behind, "decisions taken over");
        if !std::mem::replace(&mut self.has_told, true) {
            let _ = self.told.send(Told::TakenOver);
        }
        let now = Instant::now();
        Ok(Taken {
            producer,
            cluster,
            next_seq: end.next_seq,
            marked: None,
            marked_at: now,
            committed_at: now,
            gathers: GATHER,
        })
    }

    /// Whoever was fenced has decided by no more than what the log has by now: all of it must be folded here too.
    fn caught_up(&mut self) -> Result<Shown, Broken> {
        let (settings, topic) = (&self.parts.settings, Names::of(&self.parts.settings).events());
        let events = ReadBack::new(settings, self.context.clone(), &topic, self.partition).map_err(Broken::Anew)?;
        let (_, end) = events.bounds().map_err(Broken::Anew)?;
        loop {
            let shown = self.shown(CAUGHT_UP);
            if i64::try_from(shown.reflects.entries).is_ok_and(|entries| entries >= end) {
                return Ok(shown);
            }
            if self.is_stopping() {
                return Err(Broken::Stopped);
            }
        }
    }

    fn publish(&mut self, taken: &mut Taken) -> Result<(), Broken> {
        loop {
            let is_stopping = self.is_stopping();
            // Where the topic lacks some that are shown, nothing more is waited for.
            let lacks_some = self.shown.is_some_and(|shown| taken.next_seq < shown.next_seq);
            let mut shown = self.shown(if is_stopping || lacks_some { Duration::ZERO } else { PROGRESS_EVERY });
            let is_full = shown.next_seq.saturating_sub(taken.next_seq) >= TRANSACTION_DECISIONS_MAX;
            let rest = taken.gathers.checked_sub(taken.committed_at.elapsed());
            if let Some(rest) = rest.filter(|_| !is_stopping && !is_full) {
                std::thread::sleep(rest);
                shown = self.shown(Duration::ZERO);
            }
            let behind = shown.next_seq.saturating_sub(taken.next_seq);
            self.note_behind(behind);
            let is_marker_due =
                taken.marked != Some(shown.reflects.entries) && taken.marked_at.elapsed() >= PROGRESS_EVERY;
            if behind > 0 || is_marker_due {
                self.transaction(taken, &shown)?;
            }
            self.note_behind(shown.next_seq.saturating_sub(taken.next_seq));
            let is_done = taken.next_seq >= shown.next_seq;
            if is_done || !is_stopping {
                self.remember(taken, is_stopping && is_done)?;
            }
            if is_stopping && is_done {
                return Ok(());
            }
        }
    }

    /// What the topic lacks, up to a transaction's size; with the last of it, what it reflects.
    fn transaction(&mut self, taken: &mut Taken, shown: &Shown) -> Result<(), Broken> {
        let partition = self.partition;
        let until = shown.next_seq.min(taken.next_seq.saturating_add(TRANSACTION_DECISIONS_MAX));
        self.anew(taken.producer.begin_transaction())?;
        let handed_over = self.hand_over(&taken.producer, taken.next_seq, until);
        if matches!(handed_over, Err(Broken::Failed(_))) {
            // Nobody takes the partition over soon, and whoever reads what is committed would stand still meanwhile.
            let _ = taken.producer.abort_transaction(CALL);
        }
        let (count, traces) = handed_over?;
        let next = taken.next_seq.saturating_add(count);
        let marks = next >= shown.next_seq;
        if marks {
            let ids = (&self.parts.log, &self.parts.log_id);
            let marker = write::marker(partition, next, &shown.reflects, ids);
            self.anew(send(&taken.producer, &self.topic, partition, marker))?;
        }
        delivered(&taken.producer, &self.stop, if count < MANY { LOOK } else { LOOK_MANY });
        self.until_answered(|| taken.producer.commit_transaction(CALL))?;
        traces.into_iter().for_each(|trace| (trace.committed)());
        taken.committed_at = Instant::now();
        taken.gathers = if count < MANY { GATHER } else { GATHER_MANY };
        if marks {
            (taken.marked, taken.marked_at) = (Some(shown.reflects.entries), Instant::now());
        }
        self.parts.watch.decisions.add(count);
        self.parts.watch.transactions.add(1);
        taken.next_seq = next;
        Ok(())
    }

    /// Hands the decisions between two places to the client library, up to a transaction's bytes; how many they are, and the traces that
    /// they belong to.
    fn hand_over(
        &mut self,
        producer: &ThreadedProducer<Context>,
        from: u64,
        until: u64,
    ) -> Result<(u64, Vec<Trace>), Broken> {
        let (mut count, mut traces, mut bytes_read, mut unanswered) = (0_u64, Vec::new(), 0_usize, 0_usize);
        let (mut bad, mut handed_over) = (Ok(()), Ok(()));
        let visit = &mut |_, bytes: &[u8]| {
            if unanswered >= HAND_OVER_BYTES {
                delivered(producer, &self.stop, LOOK_MANY);
                unanswered = 0;
            }
            let trace = (self.tracer)(bytes, &self.topic);
            match write::decision(bytes, &self.parts.log, trace.as_ref()) {
                Ok(message) => handed_over = send(producer, &self.topic, self.partition, message),
                Err(error) => bad = Err(ReadLogError(Box::new(error))),
            }
            traces.extend(trace);
            count = count.saturating_add(1);
            bytes_read = bytes_read.saturating_add(bytes.len());
            unanswered = unanswered.saturating_add(bytes.len());
            bad.is_ok() && handed_over.is_ok() && bytes_read < TRANSACTION_BYTES_MAX
        };
        let read = self.decisions.read(from, until, visit);
        self.anew(handed_over)?;
        read.and(bad).map_err(|source| self.broken_by(Trouble::Log(source)))?;
        Ok((count, traces))
    }

    /// Calls until there is an answer other than that it may be asked again.
    fn until_answered(&mut self, mut call: impl FnMut() -> Result<(), KafkaError>) -> Result<(), Broken> {
        loop {
            match call() {
                Err(KafkaError::Transaction(error)) if error.is_retriable() && !error.txn_requires_abort() => {
                    tracing::debug!(partition = self.partition, %error, "asked again");
                    if self.is_stopping() {
                        return Err(Broken::Stopped);
                    }
                }
                answered => return self.anew(answered),
            }
        }
    }

    /// What failed is taken over anew, unless another process has taken it over twice.
    fn anew(&mut self, done: Result<(), KafkaError>) -> Result<(), Broken> {
        let Err(error) = done else { return Ok(()) };
        let is_fenced = matches!(
            error.rdkafka_error_code(),
            Some(RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch)
        );
        if is_fenced {
            let now = Instant::now();
            let before = self.fenced.replace(now).filter(|_| !self.parts.is_shared);
            if before.is_some_and(|before| now.duration_since(before) < FENCED_AGAIN) {
                return Err(Broken::Failed(PublishError::Fenced { partition: self.partition }));
            }
        }
        Err(Broken::Anew(error))
    }

    fn broken_by(&self, trouble: Trouble) -> Broken {
        let partition = self.partition;
        match trouble {
            Trouble::Kafka(error) => Broken::Anew(error),
            Trouble::Log(source) => Broken::Failed(PublishError::Log { partition, source }),
            Trouble::Differs(differs) => {
                let remembered = Remembered::path(partition);
                Broken::Failed(PublishError::Differs {
                    topic: self.topic.clone(),
                    partition,
                    differs: Box::new(differs),
                    remembered,
                })
            }
        }
    }

    fn remember(&mut self, taken: &Taken, at_once: bool) -> Result<(), Broken> {
        let noted = self.remembered.note(&taken.cluster, &self.topic, taken.next_seq, at_once);
        let path = || Remembered::path(self.partition).into();
        noted.map_err(|source| Broken::Failed(PublishError::Remember { path: path(), source }))
    }

    /// How far the log is shown; waits for the engine to have caught up with it.
    fn first_shown(&mut self) -> Result<Shown, Broken> {
        loop {
            match self.decisions.shown(PROGRESS_EVERY) {
                Some(shown) => {
                    self.shown = Some(shown);
                    return Ok(shown);
                }
                None if self.is_stopping() => return Err(Broken::Stopped),
                None => {}
            }
        }
    }

    fn shown(&mut self, wait: Duration) -> Shown {
        let shown = self.decisions.shown(wait).or(self.shown);
        self.shown = shown;
        shown.unwrap_or(Shown { next_seq: 0, reflects: super::Reflects::default() })
    }
}
