//! The Kafka connector beside the engine: what it is handed, and how it is started, watched and stopped.
//!
//! # Invariants
//!
//! The connector knows the engine by its handle only: an event from an inbox takes the way of one over gRPC, a decision goes
//! out after it was durable and shown.

use crate::commands::serve::reader::Read;
use crate::config::{Config, Role};
use crate::data::{Data, load_files};
use anyhow::Context;
use heng_files::OwnedEvent;
use heng_kafka::decisions::{DecisionLog, Decisions, ReadLogError, Reflects, Shown, Trace, Tracer};
use heng_kafka::inbox::{Answer, Authority, Intake, Stopped, Whence};
use heng_kafka::log::LogParts;
use heng_kafka::{Connector, Parts, Watch};
use heng_log::codec::cause_offset;
use heng_log::{DataDir, Stream};
use heng_model::Position;
use heng_rules::PackFiles;
use heng_server::metrics::Metrics;
use heng_server::runner::{Handle, Outcome, Published, ToPublish};
use heng_server::trace::Ticket;
use heng_server::turns::{Share, give_way};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// It is looked so often whether the connector is ready.
const LOOK: Duration = Duration::from_millis(50);

/// Who may publish: the authorities of the pack that is to be in force, or else of the one that is.
pub(super) fn authorities(config: &Config, pack: Option<&PackFiles>) -> anyhow::Result<Vec<Authority>> {
    if !config.kafka.is_used() {
        return Ok(Vec::new());
    }
    let pack = match pack {
        Some(files) => load_files(files).context("data.pack")?,
        // It reads no inboxes, and may have no copy of the log yet.
        None if config.serve.role == Role::Check => return Ok(Vec::new()),
        None => Data::open(&config.data.dir)?.pack()?,
    };
    Ok(pack.authorities.into_iter().map(|it| Authority { code: it.code, source: it.source }).collect())
}

/// The connector's counters, where the configuration names brokers.
pub(super) fn watched(config: &Config, watch: &Arc<Watch>) -> Option<Arc<Watch>> {
    config.kafka.is_used().then(|| Arc::clone(watch))
}

/// Starts the connector, where the configuration names brokers.
pub(super) fn start(
    config: &Config,
    dir: &DataDir,
    handle: &Handle,
    (authorities, watch, shared): (Vec<Authority>, Arc<Watch>, Option<LogParts>),
) -> anyhow::Result<Option<Connector>> {
    if !config.kafka.is_used() {
        return Ok(None);
    }
    if config.serve.role == Role::Check {
        // The log is the engine's to read, and there is nothing else.
        watch.set_ready();
        return Ok(None);
    }
    let decisions = (0..dir.meta().partitions).map(|partition| Followed::new(handle, partition)).collect();
    let mapped = config.kafka.read_mapped(&authorities).map_err(anyhow::Error::msg)?;
    let parts = Parts {
        mapped,
        settings: config.kafka.clone(),
        log_id: dir.meta().log_id,
        authorities,
        intake: EngineIntake(handle.clone()),
        decisions,
        disk: dir.disk(),
        watch,
        shared,
    };
    // Its threads, which are started by this one, give way to the engine's: what was taken in is decided before more is, and where
    // the engine waits for work there is room for them.
    let started = std::thread::spawn(move || {
        if let Err(error) = give_way(Share::Third) {
            tracing::debug!(%error, "the Kafka connector's threads are as urgent as the engine's");
        }
        Connector::start(parts)
    });
    let started = started.join().map_err(|_| anyhow::anyhow!("starting the Kafka connector panicked"))?;
    Ok(Some(started?))
}

/// Waits until what works beside the engine is ready too.
pub(super) async fn ready(metrics: &Metrics) {
    while !metrics.is_beside_ready() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until the connector ends by itself; for ever where there is none.
pub(super) async fn ended(kafka: &mut Option<Connector>) {
    match kafka {
        Some(kafka) => kafka.ended().await,
        None => std::future::pending().await,
    }
}

/// Asks the connector to end; the future waits for it, but not longer than is said.
pub(super) fn stop(kafka: Connector, drain: Duration) -> impl Future<Output = anyhow::Result<()>> {
    kafka.stop();
    let (told, joined) = tokio::sync::oneshot::channel();
    // A thread that waits for brokers must not keep the program from ending.
    std::thread::spawn(move || drop(told.send(kafka.join())));
    async move {
        match tokio::time::timeout(drain, joined).await {
            Ok(Ok(ended)) => ended.context("the Kafka connector stopped"),
            Ok(Err(_)) => anyhow::bail!("the Kafka connector's thread is gone"),
            Err(_) => {
                tracing::warn!("Kafka does not answer: what is not published yet is published after the next start");
                Ok(())
            }
        }
    }
}

/// The engine takes what inboxes bring.
struct EngineIntake(Handle);

impl Intake for EngineIntake {
    fn is_open(&self) -> bool {
        self.0.index().view().as_ref().is_some_and(|view| view.is_open())
    }

    fn hand_in(
        &self,
        events: Vec<(OwnedEvent, Whence<'_>)>,
    ) -> impl Future<Output = Result<impl Future<Output = Result<Vec<Answer>, Stopped>> + Send + 'static, Stopped>> + Send
    {
        let traces = self.0.traces();
        // Where in the events those are that are traced.
        let mut spans = Vec::new();
        let mut to_publish = Vec::with_capacity(events.len());
        for (at, (event, from)) in events.into_iter().enumerate() {
            let parsed = event.parsed();
            let traceparent = parsed.traceparent().unwrap_or_default();
            let span = traces.message(traceparent, (from.topic, from.partition, from.offset));
            let ticket = span.as_ref().map(|span| Box::new(Ticket::new(traces, span)));
            spans.extend(span.map(|span| (at, span, parsed.kind().name())));
            to_publish.push(ToPublish { read: Box::new(Read(event)), ticket });
        }
        async move {
            let answers = self.0.publish_all(to_publish).await.map_err(|_| Stopped)?;
            Ok(async move {
                let outcomes = answers.all().await.map_err(|_| Stopped)?;
                for (at, mut span, kind) in spans {
                    if let Some(outcome) = outcomes.get(at) {
                        outcome.note(&mut span, kind);
                    }
                }
                Ok(outcomes.into_iter().map(told).collect())
            })
        }
    }
}

fn told(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Accepted { .. } => Answer::Accepted,
        Outcome::Duplicate { .. } => Answer::Duplicate,
        Outcome::Refused { violation, position } => Answer::Refused {
            field: violation.field,
            message: violation.message,
            position: position.map(|position| position.to_string()),
        },
    }
}

/// The decisions of a partition as the engine shows them, read on a thread of the connector's.
struct Followed {
    handle: Handle,
    partition: u16,
    published: Published,
    /// Made on the thread that uses it.
    runtime: Option<Runtime>,
    /// What was told last.
    seen: Option<u64>,
}

impl Clone for Followed {
    fn clone(&self) -> Self {
        Self::new(&self.handle, self.partition)
    }
}

impl Followed {
    fn new(handle: &Handle, partition: u16) -> Self {
        Self { handle: handle.clone(), partition, published: handle.published(), runtime: None, seen: None }
    }

    fn runtime(&mut self) -> std::io::Result<&Runtime> {
        if self.runtime.is_none() {
            self.runtime = Some(tokio::runtime::Builder::new_current_thread().enable_time().build()?);
        }
        self.runtime.as_ref().ok_or_else(|| std::io::ErrorKind::Other.into())
    }

    fn now(&self) -> Option<Shown> {
        let shown = self.published.shown();
        let next_seq = *shown.marks.get(usize::from(self.partition))?;
        let view = shown.view?;
        let (entries, known_ms) = view.reflected(self.partition)?;
        let day = view.day().map(|day| day.number());
        Some(Shown { next_seq, reflects: Reflects { entries, known_ms, day } })
    }
}

impl DecisionLog for Followed {
    fn read(&mut self, from: u64, until: u64, visit: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), ReadLogError> {
        if from >= until {
            return Ok(());
        }
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| ReadLogError(error);
        let (handle, partition) = (self.handle.clone(), self.partition);
        let runtime = self.runtime().map_err(|error| failed(error.into()))?;
        let frames = runtime.block_on(handle.scan(Stream::Decisions, partition, from));
        let mut frames =
            frames.map_err(|error| failed(error.into()))?.ok_or_else(|| failed("it is not there".into()))?;
        let mut next = from;
        while next < until {
            let frame = frames.next_frame().ok_or_else(|| failed(format!("it ends before decision {next}").into()))?;
            let (seq, frame) = frame.map_err(|error| failed(error.into()))?;
            if seq != next {
                return Err(failed(format!("decision {next} is followed by {seq}").into()));
            }
            if !visit(seq, frame.entry) {
                return Ok(());
            }
            next = next.saturating_add(1);
        }
        Ok(())
    }
}

impl Decisions for Followed {
    fn shown(&mut self, wait: Duration) -> Option<Shown> {
        let until = Instant::now() + wait;
        loop {
            let now = self.now();
            let seq = now.map(|shown| shown.next_seq);
            let left = until.saturating_duration_since(Instant::now());
            if seq != self.seen || left.is_zero() {
                self.seen = seq;
                return now;
            }
            let mut published = self.published.clone();
            let waited = self
                .runtime()
                .map(|runtime| runtime.block_on(async { tokio::time::timeout(left, published.changed()).await }));
            self.published = published;
            if !matches!(waited, Ok(Ok(true) | Err(_))) {
                // The engine has ended: there is nothing to hear any more, and nothing to hurry for.
                std::thread::sleep(left);
            }
        }
    }

    fn tracer(&self) -> Tracer {
        let (traces, partition) = (self.handle.traces().clone(), self.partition);
        Box::new(move |decision, topic| {
            if !traces.is_on() {
                return None;
            }
            let cause = Position { partition, offset: cause_offset(decision).ok()? };
            let mut span = traces.publication(&cause, (topic, i32::from(partition)))?;
            Some(Trace {
                traceparent: span.traceparent(),
                committed: Box::new(move || span.note("heng.outcome", "committed")),
            })
        })
    }
}
