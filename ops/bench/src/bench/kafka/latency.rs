//! From the brokers' acknowledgement of an event to its decision, in an open loop.
//!
//! # Invariants
//!
//! Each event is about another enterprise and bars it. It is sent at its time, whatever came of others; its latency counts
//! from the moment at which the broker has it, as a department would count. A decision that does not come is an error, and so is a
//! check that does not know what its subscriber was told: one in so many asks as soon as it is told.

use super::broker::Broker;
use super::client::{From, Seen, config, decision, reader};
use super::events::{TAX_AUTHORITY, number_of, penalty};
use super::form::{Form, Formed};
use super::place::Place;
use super::{Log, PATIENCE};
use crate::Size;
use crate::bench::check::open_loop::{LONGEST_NS, Latencies};
use crate::bench::latency::{barred, channel as connected, subscribed};
use crate::report::{Report, note, to_f64, to_u64, whole};
use anyhow::Context as _;
use heng_log::codec::decision_head;
use heng_proto::subscription::v1::SubscribeRequest;
use heng_rpc::client::check::v1::check_service_client::CheckServiceClient;
use heng_rpc::raw::SubscribeMessage;
use rdkafka::ClientContext;
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tokio::task::{JoinSet, LocalSet};

/// Events a second.
const RATES: [u64; 2] = [1_000, 10_000];
const LASTS_MS: u64 = 10_000;
/// Checks a second: few beside the events, which they must not delay.
const CHECKS: u64 = 100;
/// What is sent before, at twice the first rate, so that connections stand and Java has compiled what it runs: its broker answers several
/// times as late before, and takes a processor for that.
const WARM_UP: usize = 60_000;
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Latencies of decisions by gRPC and by topic, for both kinds of logs.
pub(crate) fn kafka_latency(size: &Size) -> anyhow::Result<Report> {
    let broker = Broker::of(size)?;
    let lasts_ms = size.millis.unwrap_or(if size.smoke { 200 } else { LASTS_MS });
    const COLUMNS: [&str; 8] = ["log", "events/s", "ms", "events", "p50", "p99", "p99.9", "longest"];
    let mut report = Report::new("kafka-latency", &COLUMNS);
    for log in [Log::Own, Log::Shared] {
        let prefix = format!("bench-{}-{}", std::process::id(), if log == Log::Own { "own" } else { "shared" });
        let place = Place::new(size, &broker.addresses, &prefix, log)?;
        place.create_topics()?;
        let served = place.serve()?;
        let open_loop = OpenLoop::new((&broker.addresses, size.form), &place, served.grpc)?;
        let warm_up = if size.smoke { WARM_UP / 200 } else { WARM_UP };
        open_loop.run(0, warm_up, 2 * RATES[0])?;
        let mut first = warm_up as u64;
        for rate in RATES {
            let events = usize::try_from(rate * lasts_ms / 1_000)?;
            note(&format!("{}: {} events at {}/s", log.title(), whole(events as u64), whole(rate)));
            for (what, latencies) in open_loop.run(first, events, rate)? {
                let quantile = |at| format!("{:.1}", to_f64(latencies.value_at_quantile(at)) / 1e6);
                let head = [log.title().to_owned(), whole(rate), what.to_owned(), whole(latencies.len())];
                report.row(head.into_iter().chain([0.5, 0.99, 0.999, 1.0].map(quantile)).collect());
            }
            first += events as u64;
        }
    }
    report.note("messages", size.form.name().to_owned());
    Ok(report)
}

/// Notes when the brokers have each event.
struct Acknowledged(Arc<Mutex<Vec<Option<Instant>>>>);

impl ClientContext for Acknowledged {}

impl ProducerContext for Acknowledged {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, at: usize) {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Ok(_), Some(noted)) = (result, all.get_mut(at)) {
            *noted = Some(now);
        }
    }
}

struct OpenLoop<'a> {
    brokers: &'a str,
    form: Form,
    place: &'a Place,
    grpc: SocketAddr,
    /// One for all runs: only the first waits for its connections.
    producer: ThreadedProducer<Acknowledged>,
    acknowledged: Arc<Mutex<Vec<Option<Instant>>>>,
}

impl<'a> OpenLoop<'a> {
    fn new((brokers, form): (&'a str, Form), place: &'a Place, grpc: SocketAddr) -> anyhow::Result<Self> {
        let acknowledged = Arc::default();
        let mut settings = config(brokers);
        settings.set("enable.idempotence", "true").set("linger.ms", "0");
        let producer = settings.create_with_context(Acknowledged(Arc::clone(&acknowledged)))?;
        Ok(Self { brokers, form, place, grpc, producer, acknowledged })
    }

    /// Sends so many events at a rate, and waits until everybody has their decisions.
    fn run(&self, first: u64, events: usize, rate: u64) -> anyhow::Result<[(&'static str, Latencies); 4]> {
        let (ready, is_ready) = channel();
        let (brokers, topic, grpc) = (self.brokers.to_owned(), self.place.topic("decisions"), self.grpc);
        let told = ready.clone();
        let by_topic = thread::spawn(move || of_topic(&brokers, topic, Seen::new(first, events), &told));
        let every = usize::try_from((rate / CHECKS).max(1))?;
        let asked = move || (Seen::new(first, events), Seen::new(first, events), every);
        let by_grpc = thread::spawn(move || of_grpc(grpc, asked(), &ready));
        for _ in 0..2 {
            // Where one has failed, its thread says why below.
            let _ = is_ready.recv_timeout(PATIENCE);
        }
        let (sent, acknowledged) = self.send(first, events, rate)?;
        let (by_grpc, checked) =
            by_grpc.join().map_err(|_| anyhow::anyhow!("the subscriber panicked"))?.context("subscriber")?;
        let by_topic = by_topic.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?.context("topic")?;
        let acknowledged = acknowledged.into_iter().collect::<Option<Vec<_>>>().context("an event was not taken")?;
        Ok([
            ("sent to acknowledged", between(sent.iter(), acknowledged.iter().copied().map(Some))?),
            ("acknowledged to gRPC subscriber", between(acknowledged.iter(), by_grpc.times().iter().copied())?),
            (
                "acknowledged to changed check",
                between(acknowledged.iter().step_by(every), checked.times().iter().copied().step_by(every))?,
            ),
            ("acknowledged to reader of the topic", between(acknowledged.iter(), by_topic.times().iter().copied())?),
        ])
    }

    /// Sends events at their times; these, and when each was acknowledged.
    fn send(&self, first: u64, events: usize, rate: u64) -> anyhow::Result<(Vec<Instant>, Vec<Option<Instant>>)> {
        *self.acknowledged() = vec![None; events];
        let topic = self.place.topic(&format!("inbox.{TAX_AUTHORITY}"));
        let (start, mut intended) = (Instant::now(), Vec::with_capacity(events));
        for at in 0..events {
            let message = penalty(self.form, first + at as u64)?;
            let due = start + Duration::from_secs_f64(to_f64(at as u64) / to_f64(rate));
            let left = due.saturating_duration_since(Instant::now());
            if !left.is_zero() {
                thread::sleep(left);
            }
            let Formed { headers, value } = message.formed;
            let record = BaseRecord::with_opaque_to(&topic, at).key(&message.key).payload(&value);
            self.producer.send(record.headers(headers)).map_err(|(error, _)| error)?;
            intended.push(due);
        }
        self.producer.flush(PATIENCE)?;
        Ok((intended, std::mem::take(&mut *self.acknowledged())))
    }

    fn acknowledged(&self) -> std::sync::MutexGuard<'_, Vec<Option<Instant>>> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decisions as the topic's reader has them.
fn of_topic(brokers: &str, topic: String, mut seen: Seen, ready: &Sender<()>) -> anyhow::Result<Seen> {
    let consumer = reader(brokers, &[topic], "bench", From::Now)?;
    // Nobody waits any longer where sending fails.
    let _ = ready.send(());
    let mut last = Instant::now();
    while !seen.has_all(last)? {
        if let Some((number, _)) = decision(&consumer, LOOK_EVERY)? {
            seen.note(number);
            last = Instant::now();
        }
    }
    Ok(seen)
}

/// Decisions as a gRPC subscriber has them, and the checks of one enterprise in so many, asked for as soon as it is told.
fn of_grpc(
    address: SocketAddr,
    (mut seen, checked, every): (Seen, Seen, usize),
    ready: &Sender<()>,
) -> anyhow::Result<(Seen, Seen)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut messages = subscribed(address, SubscribeRequest::default()).await?;
        let checks = CheckServiceClient::new(connected(address).await?);
        let (checked, mut asked) = (Rc::new(RefCell::new(checked)), JoinSet::new());
        let _ = ready.send(());
        while seen.left() > 0 {
            let message = tokio::time::timeout(PATIENCE, messages.message()).await;
            let message = message.with_context(|| format!("{} decisions did not come", seen.left()))?;
            if let Some(SubscribeMessage::Decision(bytes)) = message?.context("the stream ended")?.message
                && let Some(number) = number_of(decision_head(&bytes)?.subject)
                && seen.note(number).is_some_and(|at| at.is_multiple_of(every))
            {
                let (checks, checked) = (checks.clone(), Rc::clone(&checked));
                asked.spawn_local(async move {
                    barred(checks, number, Vec::new()).await?;
                    checked.borrow_mut().note(number);
                    anyhow::Ok(())
                });
            }
        }
        while let Some(ended) = asked.join_next().await {
            ended??;
        }
        Ok((seen, Rc::into_inner(checked).context("a check is left")?.into_inner()))
    })
}

fn between<'a>(
    from: impl Iterator<Item = &'a Instant>,
    to: impl Iterator<Item = Option<Instant>>,
) -> anyhow::Result<Latencies> {
    let mut found = Latencies::new_with_bounds(1, LONGEST_NS, 3)?;
    for (from, to) in from.zip(to) {
        let took = to.context("a decision did not come")?.saturating_duration_since(*from);
        found.saturating_record(to_u64(took.as_secs_f64() * 1e9));
    }
    Ok(found)
}
