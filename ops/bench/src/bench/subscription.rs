//! Decisions of a whole log to one subscriber and to many at once, over a real port, client and server on the same cores.
//!
//! # Invariants
//!
//! The yardstick, a bare tonic service, streams the very messages that Heng sent, ready as bytes, one by one from a
//! channel. Both have the same client, and take turns (ABBA).

use super::check::bare;
use super::check::client::{Raw, endpoint};
use super::serving::{How, Serving};
use crate::Size;
use crate::clock;
use crate::pack::OnePack;
use crate::province;
use crate::report::{Report, note, ns_each, per_second, to_f64, whole};
use anyhow::Context;
use bytes::Bytes;
use heng_log::{DataDir, DataDirView, Journal, JournalOptions, Meta, Stream};
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::subscribe_response::Message;
use heng_proto::subscription::v1::{Beginning, SubscribeRequest, SubscribeResponse};
use heng_server::Shelf;
use heng_server::access::AccessOptions;
use heng_server::runner::WallClock;
use prost::Message as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::codegen::http::uri::PathAndQuery;

const SUBJECTS: u64 = 200_000;
const SUBSCRIBERS: u64 = 50;
pub(super) const PATH: &str = "/heng.subscription.v1.SubscriptionService/Subscribe";
/// Messages that the bare service has ready.
const READY: usize = 200_000;
/// The key of the field that holds a decision.
const DECISION_KEY: u8 = 0x0a;
/// Bytes in an HTTP/2 frame that a client takes: the usual 16 KiB, and many times that.
const FRAMES: [u32; 2] = [16 << 10, 1 << 20];

/// Decisions a second to subscribers that begin at the beginning.
pub(crate) fn subscription(size: &Size) -> anyhow::Result<Report> {
    let subjects = size.subjects.unwrap_or(if size.smoke { 300 } else { SUBJECTS });
    let years = if size.smoke { 2 } else { size.years };
    let folder = tempfile::tempdir()?;
    let dir = written(&folder.path().join("data"), subjects, years)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(measured(&dir))
}

/// A data directory with a province's log, of which nothing is folded yet.
fn written(path: &std::path::Path, subjects: u64, years: u32) -> anyhow::Result<DataDir> {
    let packs = OnePack::hubei()?;
    let dir = DataDir::create(path, Meta { partitions: 1, simulated: true, log_id: [7; 32] })?;
    Shelf::open(&dir.disk())?.keep(&dir.disk(), &packs.files)?;
    let stamp = dir.meta().stamp(Stream::Events, 0);
    let journal_dir = DataDirView::journal_dir(Stream::Events, 0);
    let (mut journal, _) = Journal::open(&dir.disk(), &journal_dir, JournalOptions::new(stamp))?;
    province::write_journal(subjects, years, &packs, &mut journal, None)?;
    journal.close()?;
    Ok(dir)
}

async fn measured(dir: &DataDir) -> anyhow::Result<Report> {
    let how = How { threads: 1, access: AccessOptions::default(), clock: Arc::new(WallClock), pack: None };
    let serving = Serving::start(dir, how).await?;
    let decisions = serving.decisions();
    note(&format!("log with {} decisions folded; subscribing", whole(decisions)));
    let heng = |frame| Source { address: serving.address(), path: PATH, frame };
    let columns = ["subscribers", "client", "server", "decisions received", "decisions/s, all", "processor, ns each"];
    let mut report = Report::new("subscription", &columns);
    let mut ready = Vec::new();
    let sent = received(heng(FRAMES[0]), |message| {
        if ready.len() < READY && message.first() == Some(&DECISION_KEY) {
            ready.push(Bytes::copy_from_slice(message));
        }
    })
    .await?;
    let bytes: usize = ready.iter().map(Bytes::len).sum();
    report.note("bytes of a message, on average", (bytes / ready.len().max(1)).to_string());
    let messages: Arc<[Bytes]> = ready.iter().cycle().take(usize::try_from(sent)?).cloned().collect();
    let bare = bare::start(1, Some(messages)).await?;
    let bare = |frame| Source { address: bare, path: bare::STREAM, frame };
    for frame in FRAMES {
        let mut all = [Turn::default(); 2];
        for at in [1, 0, 0, 1] {
            let source = if at == 0 { heng(frame) } else { bare(frame) };
            if let Some(turn) = all.get_mut(at) {
                turn.add(source, 1, is_counted).await?;
            }
        }
        let client = format!("takes bytes, frames of {} KiB", frame >> 10);
        for (turn, name) in all.iter().zip(["Heng", "bare"]) {
            report.row(turn.row(1, &client, name));
        }
        let [heng, bare] = all.map(|turn| turn.rate());
        let name = if frame == FRAMES[0] { "Heng to bare" } else { "Heng to bare, large frames" };
        report.note(name, format!("{:.2}", heng / bare));
    }
    let mut decoding = Turn::default();
    decoding.add(heng(FRAMES[0]), 1, is_decoded).await?;
    report.row(decoding.row(1, "decodes", "Heng"));
    let mut many = Turn::default();
    many.add(heng(FRAMES[0]), SUBSCRIBERS, is_counted).await?;
    report.row(many.row(SUBSCRIBERS, "takes bytes, frames of 16 KiB", "Heng"));
    report.note("decisions on the log, hidden ones included", whole(decisions));
    serving.stop().await?;
    Ok(report)
}

fn is_counted(message: &[u8]) {
    std::hint::black_box(message);
}

fn is_decoded(message: &[u8]) {
    std::hint::black_box(SubscribeResponse::decode(message).is_ok());
}

/// What some turns found.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    count: u64,
    took: Duration,
    cost: Duration,
}

impl Turn {
    async fn add(&mut self, source: Source, subscribers: u64, take: fn(&[u8])) -> anyhow::Result<()> {
        let (started, before) = (Instant::now(), clock::process());
        let each: Vec<_> = (0..subscribers).map(|_| tokio::spawn(received(source, take))).collect();
        for one in each {
            self.count += one.await??;
        }
        self.took += started.elapsed();
        self.cost += clock::process().saturating_sub(before);
        Ok(())
    }

    fn rate(self) -> f64 {
        to_f64(self.count) / self.took.as_secs_f64()
    }

    fn row(self, subscribers: u64, client: &str, server: &str) -> Vec<String> {
        let each = format!("{:.0}", ns_each(self.cost, self.count));
        let names = [whole(subscribers), client.to_owned(), server.to_owned()];
        names.into_iter().chain([whole(self.count), per_second(self.took, self.count), each]).collect()
    }
}

/// Where a stream comes from.
#[derive(Debug, Clone, Copy)]
struct Source {
    address: SocketAddr,
    path: &'static str,
    frame: u32,
}

/// Follows from the beginning until the head is reached or the stream ends; how many decisions came.
async fn received(source: Source, mut take: impl FnMut(&[u8])) -> anyhow::Result<u64> {
    let mut client = tonic::client::Grpc::new(endpoint(source.address)?.max_frame_size(source.frame).connect().await?);
    client.ready().await?;
    let request = SubscribeRequest { start: Some(Start::Beginning(Beginning {})), ..SubscribeRequest::default() };
    let (request, path) = (tonic::Request::new(request.encode_to_vec().into()), PathAndQuery::from_static(source.path));
    let mut messages = client.server_streaming(request, path, Raw).await?.into_inner();
    let mut count = 0;
    while let Some(message) = messages.message().await? {
        take(&message);
        if message.first() == Some(&DECISION_KEY) {
            count += 1;
            continue;
        }
        let message = SubscribeResponse::decode(message)?.message.context("an empty message")?;
        if matches!(message, Message::Heartbeat(heartbeat) if heartbeat.is_live) {
            return Ok(count);
        }
    }
    anyhow::ensure!(source.path == bare::STREAM, "the stream ended");
    Ok(count)
}
