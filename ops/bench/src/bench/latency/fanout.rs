//! What subscribers at work cost intake and fold.

use super::{PATIENCE, accepted, channel, event, subscribed};
use crate::Size;
use crate::bench::serving::Serving;
use crate::clock;
use crate::report::{Report, ns_each, per_second, whole};
use anyhow::Context;
use heng_proto::intake::v1::PublishStreamRequest;
use heng_proto::subscription::v1::{Filter, SubscribeRequest};
use heng_rpc::client::intake::v1::intake_service_client::IntakeServiceClient;
use heng_rpc::raw;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, LocalSet};

const SUBSCRIBERS: usize = 50;
/// Events of a turn.
const EVENTS: u64 = 20_000;
/// Time between heartbeats, by which subscribers learn that they have everything.
const HEARTBEAT_MS: u32 = 100;
/// An authority that no decision about the events of this benchmark is for.
const UNCONCERNED: &str = "hrss";
/// By how much the priority of subscribers is lower than that of who publishes, and of Heng.
const GIVES_WAY: i32 = 19;

/// Who subscribes.
#[derive(Debug, Clone, Copy)]
enum Who {
    Nobody,
    /// Departments that these decisions are not for.
    Others,
    /// Those who take every decision.
    Everything,
}

/// What the turns of a kind found.
#[derive(Debug, Clone, Copy, Default)]
struct Turns {
    events: u64,
    took: Duration,
    engine: Duration,
    received: u64,
    /// The longest time after the last event until every subscriber had everything.
    behind: Duration,
}

/// Events a second with and without subscribers.
pub(super) async fn measured(
    serving: &Serving,
    mut first: u64,
    size: &Size,
    report: &mut Report,
) -> anyhow::Result<()> {
    const EACH: [(Who, &str); 3] = [
        (Who::Nobody, "no subscribers"),
        (Who::Others, "50 that are not concerned"),
        (Who::Everything, "50 that take everything"),
    ];
    let events = if size.smoke { 200 } else { EVENTS };
    let mut all = [Turns::default(); 3];
    for at in [0, 1, 2, 2, 1, 0] {
        let (Some(turns), Some((who, _))) = (all.get_mut(at), EACH.get(at)) else { continue };
        turns.add(serving, *who, first, events).await?;
        first += events;
    }
    let alone = all.first().copied().unwrap_or_default();
    for (turns, (_, name)) in all.iter().zip(EACH) {
        let ratio = turns.took.as_secs_f64() / alone.took.as_secs_f64();
        let engine = turns.engine.as_secs_f64() / alone.engine.as_secs_f64();
        let value = format!(
            "{} events/s ({ratio:.2} of the time), engine {:.0} ns an event ({engine:.2}), {} decisions received, all of them \
             {:.1} s after the last event",
            per_second(turns.took, turns.events),
            ns_each(turns.engine, turns.events),
            whole(turns.received),
            turns.behind.as_secs_f64(),
        );
        report.note(name, value);
    }
    Ok(())
}

impl Turns {
    async fn add(&mut self, serving: &Serving, who: Who, first: u64, events: u64) -> anyhow::Result<()> {
        let (done, is_done) = watch::channel(Vec::new());
        let address = serving.subscriptions()?;
        let (tell, are_there) = oneshot::channel();
        let subscribers = thread::spawn(move || subscribers(address, who, &is_done, tell));
        // Where there are none, the thread tells why.
        let _ = are_there.await;
        let (started, before) = (Instant::now(), clock::of_thread("engine")?);
        let token = published(serving.address(), first, events).await?;
        self.took += started.elapsed();
        self.engine += clock::of_thread("engine")?.saturating_sub(before);
        self.events += events;
        done.send_replace(token);
        let published = Instant::now();
        let received = tokio::task::spawn_blocking(|| subscribers.join()).await?;
        self.behind = self.behind.max(published.elapsed());
        for received in received.map_err(|_| anyhow::anyhow!("the subscribers' thread ended by a panic"))?? {
            let expected = if matches!(who, Who::Everything) { events } else { 0 };
            anyhow::ensure!(received >= expected, "a subscriber got {received} decisions about {events} enterprises");
            self.received += received;
        }
        Ok(())
    }
}

/// All who subscribe, on a thread that gives way: elsewhere they would have processors of their own. How many decisions each
/// had.
fn subscribers(
    address: SocketAddr,
    who: Who,
    done: &watch::Receiver<Vec<u8>>,
    are_there: oneshot::Sender<()>,
) -> anyhow::Result<Vec<u64>> {
    rustix::process::setpriority_process(None, GIVES_WAY)?;
    let count = if matches!(who, Who::Nobody) { 0 } else { SUBSCRIBERS };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async {
        let mut subscribers = Vec::new();
        for _ in 0..count {
            subscribers.push(subscriber(address, who, done.clone()).await?);
        }
        // Nobody is left to be told only where the benchmark has failed.
        let _ = are_there.send(());
        let mut received = Vec::new();
        // Their time begins with the last event.
        let _ = done.clone().wait_for(|token| !token.is_empty()).await;
        for one in subscribers {
            received.push(tokio::time::timeout(PATIENCE, one).await.context("decisions did not come")???);
        }
        Ok(received)
    })
}

/// Takes decisions until a heartbeat says that it has everything up to a token; how many they were.
async fn subscriber(
    address: SocketAddr,
    who: Who,
    mut done: watch::Receiver<Vec<u8>>,
) -> anyhow::Result<JoinHandle<anyhow::Result<u64>>> {
    let authorities = if matches!(who, Who::Others) { vec![UNCONCERNED.to_owned()] } else { Vec::new() };
    let filter = Some(Filter { authorities, ..Filter::default() });
    let request = SubscribeRequest { filter, heartbeat_ms: HEARTBEAT_MS, ..SubscribeRequest::default() };
    let mut messages = subscribed(address, request).await?;
    Ok(tokio::task::spawn_local(async move {
        let mut received = 0;
        loop {
            match messages.message().await?.and_then(|it| it.message).context("the stream ended")? {
                raw::SubscribeMessage::Decision(_) => received += 1,
                raw::SubscribeMessage::Heartbeat(heartbeat) => {
                    let token = heartbeat.freshness.map(|it| it.token).unwrap_or_default();
                    let last = done.borrow_and_update();
                    if heartbeat.is_live && !last.is_empty() && *last == token {
                        return Ok(received);
                    }
                }
            }
        }
    }))
}

/// Publishes events in a stream, as fast as they are taken; the token of the last.
async fn published(address: SocketAddr, first: u64, events: u64) -> anyhow::Result<Vec<u8>> {
    let mut intake = IntakeServiceClient::new(channel(address).await?);
    let mut requests = Vec::new();
    for number in first..first + events {
        requests.push(PublishStreamRequest { event: Some(event(number)?) });
    }
    let mut answers = intake.publish_stream(tokio_stream::iter(requests)).await?.into_inner();
    let mut token = Vec::new();
    while let Some(answer) = answers.message().await? {
        token = accepted(answer.outcome.and_then(|it| it.outcome))?;
    }
    Ok(token)
}
