//! From publication to what it changes, in an open loop; and what subscribers cost the fold.
//!
//! # Invariants
//!
//! Each event is about an enterprise of which nothing is known and bars it from procurement: its decision and the check
//! that it changes can be told. Latencies count from the time at which an event was to be sent, whatever came of others
//! (no coordinated omission); the tail is the disk's, whose syncs alone are measured beside them. An event that is not
//! accepted, a decision that does not come and a check that is not changed fail the benchmark. Turns with and without subscribers follow one another forwards and backwards (ABBA).

mod fanout;

use super::check::client::endpoint;
use super::check::open_loop::{LONGEST_NS, Latencies, pace};
use super::check::world::{World, make};
use super::serving::Serving;
use crate::Size;
use crate::report::{Report, note, to_f64, whole};
use crate::synthetic::{TAX, enterprise, today};
use anyhow::Context;
use heng_log::DataDir;
use heng_log::codec::decision_head;
use heng_proto::check::v1::{CheckRequest, Verdict};
use heng_proto::intake::v1::outcome::Outcome;
use heng_proto::intake::v1::{CloudEvent, PublishRequest};
use heng_proto::subscription::v1::SubscribeRequest;
use heng_rpc::client::check::v1::check_service_client::CheckServiceClient;
use heng_rpc::client::intake::v1::intake_service_client::IntakeServiceClient;
use heng_rpc::raw;
use heng_server::access::AccessOptions;
use std::cell::RefCell;
use std::io::Write as _;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, LocalSet};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Streaming};

const SUBJECTS: u64 = 20_000;
/// Events a second.
const RATE: u64 = 1_000;
/// What an event takes on the log, roughly.
const ENTRY_BYTES: usize = 512;
/// How long the last decisions are waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Latencies from publication on, and the fold's rate with subscribers.
pub(crate) fn latency(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 300 } else { SUBJECTS });
    let folder = tempfile::tempdir()?;
    let path = size.data.clone().unwrap_or_else(|| folder.path().join("data"));
    if !path.exists() {
        make(&path, subjects)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, measured(&path, subjects, size))
}

async fn measured(path: &std::path::Path, subjects: u64, size: &Size) -> anyhow::Result<Report> {
    let dir = DataDir::open(path)?;
    let world = World::start(&dir, 1, AccessOptions::default(), None).await?;
    let lasts = Duration::from_millis(size.millis.unwrap_or(if size.smoke { 200 } else { 10_000 }));
    note(&format!("publishing {} events a second for {lasts:?}", whole(RATE)));
    let mut report = Report::new("latency", &["from publication, ms", "events", "p50", "p99", "p99.9", "longest"]);
    // An event has one decision or more, so that no number comes twice on the same data.
    let first = subjects + world.serving.decisions();
    // Before and after: a drift of the disk shows.
    let mut synced = disk_alone(path, lasts / 4)?;
    let found = paced(&world.serving, first, lasts).await?;
    synced.add(disk_alone(path, lasts / 4)?)?;
    for (name, latencies) in [
        ("until answered", &found.answered),
        ("until the subscriber has its decision", &found.decided),
        ("until a check is changed", &found.changed),
        ("a sync of the disk alone", &synced),
    ] {
        let quantile = |at| format!("{:.2}", to_f64(latencies.value_at_quantile(at)) / 1e6);
        let head = [name.to_owned(), whole(latencies.len())];
        report.row(head.into_iter().chain([0.5, 0.99, 0.999, 1.0].map(quantile)).collect());
    }
    report.note("events a second, sent at their times", whole(RATE));
    let first = first + world.serving.decisions();
    fanout::measured(&world.serving, first, size, &mut report).await?;
    world.serving.stop().await?;
    Ok(report)
}

/// The yardstick: what an event takes on the log, appended and synced, one after another on the same disk.
fn disk_alone(path: &std::path::Path, lasts: Duration) -> anyhow::Result<Latencies> {
    let mut found = Latencies::new_with_bounds(1, LONGEST_NS, 3)?;
    let mut file = tempfile::tempfile_in(path)?;
    let started = Instant::now();
    while started.elapsed() < lasts {
        let before = Instant::now();
        file.write_all(&[7; ENTRY_BYTES])?;
        file.sync_data()?;
        record(&mut found, before);
    }
    Ok(found)
}

/// A penalty that bars an enterprise from procurement.
fn event(number: u64) -> anyhow::Result<CloudEvent> {
    let data = serde_json::json!({
        "record": format!("r{number}"), "item": "tax.penalty",
        "decided_on": heng_model::Day::from_number(today().number() - 1).to_string(), "document_no": "DOC-1",
        "fields": {"amount": "2500000.00", "nature": "invoice", "tier": "serious"},
    });
    Ok(CloudEvent {
        id: format!("p{number}"),
        source: TAX.to_owned(),
        r#type: "credit.recorded".to_owned(),
        subject: enterprise(number)?.to_string(),
        data: data.to_string().into_bytes(),
        ..CloudEvent::default()
    })
}

/// The number that an enterprise was made from.
fn number_of(subject: &str) -> Option<u64> {
    subject.get(8..17)?.parse().ok()
}

/// A connection.
pub(super) async fn channel(address: SocketAddr) -> anyhow::Result<Channel> {
    Ok(endpoint(address)?.connect().await?)
}

/// A subscription that has begun: messages with decisions as bytes.
pub(super) async fn subscribed(
    address: SocketAddr,
    request: SubscribeRequest,
) -> anyhow::Result<Streaming<raw::SubscribeResponse>> {
    let mut client = tonic::client::Grpc::new(channel(address).await?);
    client.ready().await?;
    let codec = tonic_prost::ProstCodec::<SubscribeRequest, raw::SubscribeResponse>::default();
    let path = PathAndQuery::from_static(super::subscription::PATH);
    let mut messages = client.server_streaming(Request::new(request), path, codec).await?.into_inner();
    // The first says where the stream begins.
    messages.message().await?.context("the stream ended")?;
    Ok(messages)
}

/// What was found, and when each event was to be sent.
struct Found {
    first: u64,
    intended: Vec<Instant>,
    has_come: Vec<bool>,
    answered: Latencies,
    decided: Latencies,
    changed: Latencies,
}

impl Found {
    fn new(first: u64) -> anyhow::Result<Self> {
        let empty = || Latencies::new_with_bounds(1, LONGEST_NS, 3);
        let (answered, decided, changed) = (empty()?, empty()?, empty()?);
        Ok(Self { first, intended: Vec::new(), has_come: Vec::new(), answered, decided, changed })
    }

    /// Notes the first decision about an enterprise.
    fn decision(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let number = number_of(decision_head(bytes)?.subject).context("a subject that is none of ours")?;
        let at = usize::try_from(number.checked_sub(self.first).context("a decision about an earlier event")?)?;
        let (intended, has_come) = self.intended.get(at).zip(self.has_come.get_mut(at)).context("not sent yet")?;
        if !std::mem::replace(has_come, true) {
            record(&mut self.decided, *intended);
        }
        Ok(())
    }
}

fn record(latencies: &mut Latencies, intended: Instant) {
    let took = Instant::now().saturating_duration_since(intended);
    latencies.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
}

/// Publishes at the rate; each event on its way by itself.
async fn paced(serving: &Serving, first: u64, lasts: Duration) -> anyhow::Result<Found> {
    let found = Rc::new(RefCell::new(Found::new(first)?));
    let mut messages = subscribed(serving.address(), SubscribeRequest::default()).await?;
    let (told, mut ended) = oneshot::channel::<u64>();
    let noted = Rc::clone(&found);
    let subscriber = tokio::task::spawn_local(async move {
        let mut all = None;
        loop {
            if all.is_some_and(|all| noted.borrow().decided.len() >= all) {
                return anyhow::Ok(());
            }
            tokio::select! {
                sent = &mut ended, if all.is_none() => all = Some(sent?),
                message = messages.message() => {
                    if let Some(raw::SubscribeMessage::Decision(bytes)) = message?.context("the stream ended")?.message {
                        noted.borrow_mut().decision(&bytes)?;
                    }
                }
            }
        }
    });
    let clients = (
        IntakeServiceClient::new(channel(serving.address()).await?),
        CheckServiceClient::new(channel(serving.address()).await?),
    );
    let (send, mut due) = mpsc::unbounded_channel();
    let pacer = std::thread::spawn(move || pace(to_f64(RATE), lasts, &send));
    let mut tasks = JoinSet::new();
    let mut number = first;
    while let Some(intended) = due.recv().await {
        found.borrow_mut().intended.push(intended);
        found.borrow_mut().has_come.push(false);
        let (clients, found, one) = (clients.clone(), Rc::clone(&found), (number, intended));
        tasks.spawn_local(async move { published(clients, one, &found).await });
        number += 1;
        while let Some(ended) = tasks.try_join_next() {
            ended??;
        }
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    drop(pacer.join());
    if told.send(number - first).is_ok() {
        tokio::time::timeout(PATIENCE, subscriber).await.context("decisions did not come")???;
    } else {
        subscriber.await??;
    }
    Ok(Rc::into_inner(found).context("a task is left")?.into_inner())
}

/// Publishes one event, and checks whom it is about as soon as it is answered.
async fn published(
    (mut intake, checks): (IntakeServiceClient<Channel>, CheckServiceClient<Channel>),
    (number, intended): (u64, Instant),
    found: &RefCell<Found>,
) -> anyhow::Result<()> {
    let answer = intake.publish(PublishRequest { event: Some(event(number)?) }).await?.into_inner();
    let token = accepted(answer.outcome.and_then(|it| it.outcome))?;
    record(&mut found.borrow_mut().answered, intended);
    barred(checks, number, token).await?;
    record(&mut found.borrow_mut().changed, intended);
    Ok(())
}

/// Checks an enterprise that is barred from procurement by now, or by a token.
pub(super) async fn barred(
    mut checks: CheckServiceClient<Channel>,
    number: u64,
    at_least: Vec<u8>,
) -> anyhow::Result<()> {
    let request = CheckRequest {
        subject: enterprise(number)?.to_string(),
        matter: "procurement.bid".to_owned(),
        at_least,
        purpose: "bench".to_owned(),
        ..CheckRequest::default()
    };
    let verdict = checks.check(request).await?.into_inner().answer.context("no answer")?.verdict();
    anyhow::ensure!(verdict == Verdict::Bar, "enterprise {number} is not barred after its event: {verdict:?}");
    Ok(())
}

fn accepted(outcome: Option<Outcome>) -> anyhow::Result<Vec<u8>> {
    match outcome.context("no outcome")? {
        Outcome::Accepted(accepted) => Ok(accepted.token),
        other => anyhow::bail!("an event was not accepted: {other:?}"),
    }
}
