//! An engine of a shared log is lost: how long until another speaks for its partitions.
//!
//! # Invariants
//!
//! Events go on at a steady rate the whole time, to every partition. A partition counts as taken over with the first
//! decision, as the topic's reader sees it, about an event that was sent after the engine was killed.

use super::broker::Broker;
use super::client::{From, config, decision, publish, reader};
use super::events::{TAX_AUTHORITY, penalty};
use super::form::{Form, Formed};
use super::place::{Place, Served};
use super::{Log, PARTITIONS, PATIENCE, patience};
use crate::Size;
use crate::report::{Report, note, whole};
use anyhow::Context as _;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const SUBJECTS: u64 = 100_000;
/// Time between two events.
const EVERY: Duration = Duration::from_millis(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// From the kill of an engine to what another says in its place.
pub(crate) fn kafka_takeover(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 300 } else { SUBJECTS });
    let broker = Broker::of(size)?;
    let brokers = &broker.addresses;
    let prefix = format!("bench-{}-heir", std::process::id());
    let one = Place::new(size, brokers, &prefix, Log::Shared)?;
    let other = Place::new(size, brokers, &prefix, Log::Shared)?;
    one.create_topics()?;
    note(&format!("two engines, {} subjects", whole(subjects)));
    publish(brokers, &prefix, |sink| (0..subjects).try_for_each(|number| sink(&penalty(size.form, number)?)))?;
    let mut first = one.serve()?;
    let mut second = other.serve()?;
    second.until_within(patience(subjects), "each owns a part and everything is published", |second| {
        let (one, other) = (first.metrics()?, second.metrics()?);
        let mut waits = 0;
        for metric in ["heng_kafka_inbox_lag", "heng_kafka_decisions_behind", "heng_kafka_log_lag"] {
            waits += one.sum(metric)? + other.sum(metric)?;
        }
        let accepted = one.sum("heng_kafka_inbox_accepted_total")? + other.sum("heng_kafka_inbox_accepted_total")?;
        let each_owns = owned(&first)? > 0 && owned(second)? > 0;
        Ok(waits == 0 && accepted >= subjects && each_owns)
    })?;
    let topic = format!("{prefix}.inbox.{TAX_AUTHORITY}");
    let (sent, is_over) = (AtomicU64::new(subjects), AtomicBool::new(false));
    thread::scope(|scope| {
        let sender = scope.spawn(|| steadily((brokers, &topic), size.form, &sent, &is_over));
        let found = killed(brokers, &other, (&mut first, &mut second), &sent);
        is_over.store(true, Ordering::Release);
        let sender = sender.join().map_err(|_| anyhow::anyhow!("the sender panicked"))?;
        sender.and(found)
    })
    .map(|found| report(size.form, subjects, &found))
}

struct Found {
    owned: Duration,
    /// From the kill to the first decision of each partition about what was sent after it.
    published: Vec<Duration>,
    /// The partitions that were the killed engine's were that many.
    lost: u64,
}

fn report(form: Form, subjects: u64, found: &Found) -> Report {
    let mut report = Report::new("kafka-takeover", &["from the kill of an engine, s", "found"]);
    let seconds = |time: &Duration| format!("{:.2}", time.as_secs_f64());
    report.row(vec!["its partitions are the other's".to_owned(), seconds(&found.owned)]);
    let last = found.published.iter().max().map(seconds).unwrap_or_default();
    report.row(vec!["every partition publishes what was sent after".to_owned(), last]);
    for (partition, time) in found.published.iter().enumerate() {
        report.row(vec![format!("partition {partition} publishes what was sent after"), seconds(time)]);
    }
    report.note("messages", form.name().to_owned());
    report.note("subjects", whole(subjects));
    report.note("partitions of the killed engine", format!("{} of {PARTITIONS}", found.lost));
    report
}

fn owned(served: &Served) -> anyhow::Result<u64> {
    served.metrics()?.sum("heng_kafka_log_owned")
}

/// An event now and then, until it is over; how many numbers were used stands in `sent`.
fn steadily((brokers, topic): (&str, &str), form: Form, sent: &AtomicU64, is_over: &AtomicBool) -> anyhow::Result<()> {
    let producer: BaseProducer = config(brokers).set("enable.idempotence", "true").set("linger.ms", "0").create()?;
    while !is_over.load(Ordering::Acquire) {
        let message = penalty(form, sent.fetch_add(1, Ordering::AcqRel))?;
        let Formed { headers, value } = message.formed;
        let record = BaseRecord::to(topic).key(&message.key).payload(&value).headers(headers);
        producer.send(record).map_err(|(error, _)| error)?;
        producer.poll(EVERY);
    }
    Ok(producer.flush(PATIENCE)?)
}

fn killed(
    brokers: &str,
    place: &Place,
    (first, second): (&mut Served, &mut Served),
    sent: &AtomicU64,
) -> anyhow::Result<Found> {
    let consumer = reader(brokers, &[place.topic("decisions")], "bench", From::Beginning)?;
    // Everything before is read, and live.
    let live = sent.load(Ordering::Acquire);
    let mut last = Instant::now();
    while decision(&consumer, LOOK_EVERY)?.inspect(|_| last = Instant::now()).is_none_or(|(number, _)| number < live) {
        anyhow::ensure!(last.elapsed() < PATIENCE, "decisions did not come");
    }
    let lost = owned(first)?;
    anyhow::ensure!(lost > 0, "the engine to be killed owns nothing");
    let began = Instant::now();
    first.kill()?;
    let after = sent.load(Ordering::Acquire) + 1;
    let mut published = vec![None; usize::from(PARTITIONS)];
    let mut owned_after = None;
    while owned_after.is_none() || published.iter().any(Option::is_none) {
        anyhow::ensure!(began.elapsed() < PATIENCE, "it is not taken over: {owned_after:?}, {published:?}");
        if owned_after.is_none() && owned(second)? == u64::from(PARTITIONS) {
            owned_after = Some(began.elapsed());
        }
        if let Some((number, partition)) = decision(&consumer, LOOK_EVERY)?
            && number >= after
        {
            let noted = published.get_mut(usize::try_from(partition)?).context("a partition too many")?;
            noted.get_or_insert_with(|| began.elapsed());
        }
    }
    let published = published.into_iter().flatten().collect();
    Ok(Found { owned: owned_after.context("not owned")?, published, lost })
}
