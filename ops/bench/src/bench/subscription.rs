//! Decisions of a whole log to one subscriber and to many at once, over a real port, client and server on the same cores.

use crate::Size;
use crate::pack::OnePack;
use crate::province;
use crate::report::{Report, note, per_second, whole};
use anyhow::Context;
use heng_core::{Entry, Refusal};
use heng_log::{DataDir, DataDirView, Journal, JournalOptions, Meta, Stream};
use heng_proto::subscription::v1::subscribe_request::Start;
use heng_proto::subscription::v1::{Beginning, SubscribeRequest, SubscribeResponse};
use heng_rpc::raw;
use heng_server::access::{Access, AccessOptions};
use heng_server::grpc::{Desk, ENCODE, Limits, Server, ServerOptions};
use heng_server::runner::{
    Clock, DeadLetters, EventReader, Incoming, Parts, ReadEvent, Runner, RunnerOptions, Violation, WallClock,
};
use heng_server::subscription::Names;
use heng_server::{Engine, EngineOptions, Shelf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;

const SUBJECTS: u64 = 200_000;
const SUBSCRIBERS: u64 = 50;
const PATH: &str = "/heng.subscription.v1.SubscriptionService/Subscribe";

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
    let parts = Parts {
        reader: Arc::new(Nothing),
        letters: Box::new(Nothing),
        clock: Arc::new(WallClock),
        pack: None,
        encode: ENCODE,
    };
    let (disk, meta) = (dir.disk(), dir.meta().clone());
    let open = move || Engine::open(disk, meta, EngineOptions { store: None, progress: &mut |_| {} });
    let (runner, handle) = Runner::start(open, parts, RunnerOptions::default())?;
    handle.tick().await?;
    let decisions: u64 = handle.published().marks().iter().sum();
    note(&format!("log with {} decisions folded; subscribing", whole(decisions)));
    let metrics = Arc::default();
    let clock: Arc<dyn Clock> = Arc::new(WallClock);
    let (access, access_thread) =
        Access::start(dir, AccessOptions::default(), Arc::clone(&clock), Arc::clone(&metrics))?;
    let desk = Desk {
        handle: handle.clone(),
        clock,
        limits: Limits::default(),
        metrics,
        names: Arc::new(Names::open(dir.disk(), dir.meta(), 1)?),
        packs: dir.disk(),
        access,
    };
    let options = ServerOptions {
        threads: 1,
        connections_max: 1_024,
        streams_max: 1_024,
        call_timeout: Duration::from_secs(30),
        keepalive: Duration::from_secs(60),
        drain: Duration::ZERO,
    };
    let server = Server::start("127.0.0.1:0".parse()?, &desk, options).await?;
    let address = format!("http://{}", server.address());
    let mut report = Report::new("subscription", &["subscribers", "client", "decisions received", "decisions/s, all"]);
    for (subscribers, is_decoding) in [(1, false), (1, true), (SUBSCRIBERS, false)] {
        let started = Instant::now();
        let each: Vec<_> = (0..subscribers).map(|_| tokio::spawn(received(address.clone(), is_decoding))).collect();
        let mut all = 0;
        for one in each {
            all += one.await??;
        }
        let client = if is_decoding { "decodes" } else { "takes bytes" };
        report.row(vec![whole(subscribers), client.to_owned(), whole(all), per_second(started.elapsed(), all)]);
    }
    report.note("decisions on the log, hidden ones included", whole(decisions));
    server.stop().await;
    handle.stop().await;
    access_thread.stop();
    runner.join()?;
    Ok(report)
}

/// Follows from the beginning until the head is reached; how many decisions came.
async fn received(address: String, is_decoding: bool) -> anyhow::Result<u64> {
    let endpoint = Channel::from_shared(address)?;
    let window = endpoint.initial_stream_window_size(4 << 20).initial_connection_window_size(4 << 20);
    let mut client = tonic::client::Grpc::new(window.connect().await?);
    client.ready().await?;
    let request = SubscribeRequest { start: Some(Start::Beginning(Beginning {})), ..SubscribeRequest::default() };
    let (request, path) = (tonic::Request::new(request), PathAndQuery::from_static(PATH));
    let mut count = 0;
    if is_decoding {
        use heng_proto::subscription::v1::subscribe_response::Message;
        let codec = tonic_prost::ProstCodec::<_, SubscribeResponse>::default();
        let mut messages = client.server_streaming(request, path, codec).await?.into_inner();
        loop {
            match messages.message().await?.and_then(|it| it.message).context("the stream ended")? {
                Message::Decision(_) => count += 1,
                Message::Heartbeat(heartbeat) if heartbeat.is_live => return Ok(count),
                Message::Heartbeat(_) => {}
            }
        }
    }
    let codec = tonic_prost::ProstCodec::<_, raw::SubscribeResponse>::default();
    let mut messages = client.server_streaming(request, path, codec).await?.into_inner();
    loop {
        match messages.message().await?.and_then(|it| it.message).context("the stream ended")? {
            raw::SubscribeMessage::Decision(_) => count += 1,
            raw::SubscribeMessage::Heartbeat(heartbeat) if heartbeat.is_live => return Ok(count),
            raw::SubscribeMessage::Heartbeat(_) => {}
        }
    }
}

/// No events come, and nothing is kept of those that the fold refuses.
pub(super) struct Nothing;

impl EventReader for Nothing {
    fn read<'a>(&self, _: &'a Incoming) -> Result<Box<dyn ReadEvent + 'a>, Violation> {
        Err(Violation { field: String::new(), message: "nothing is published here".to_owned() })
    }
}

impl DeadLetters for Nothing {
    fn keep(&mut self, _: &Entry<'_>, _: Option<&str>, _: &Refusal) -> std::io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
