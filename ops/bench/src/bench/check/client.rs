//! Clients: in a closed loop, as many calls as can be, and in an open one, calls at their times whatever came of others.
//!
//! # Invariants
//!
//! In the open loop a call's latency counts from the time at which it was to be sent: a client that comes too late to
//! send it, or a server that holds others up, is in the figure (no coordinated omission). Answers are taken as bytes and not
//! decoded, so that clients cost as little as can be, and the same for both servers.

use anyhow::Context as _;
use bytes::{Buf, BufMut, Bytes};
use hdrhistogram::Histogram;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Threads of the client, a runtime and connections each.
pub(super) const THREADS: usize = 2;
/// Connections of a thread.
const CONNECTIONS: usize = 2;
/// Calls under way on a connection in the closed loop.
pub(super) const IN_FLIGHT: usize = 64;
const WINDOW_BYTES: u32 = 4 << 20;

/// Messages as their bytes.
#[derive(Clone, Copy)]
pub(in crate::bench) struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let len = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(len)))
    }
}

/// How a server is reached.
pub(in crate::bench) fn endpoint(address: SocketAddr) -> anyhow::Result<Endpoint> {
    let endpoint = Channel::from_shared(format!("http://{address}"))?.tcp_nodelay(true);
    Ok(endpoint.initial_stream_window_size(WINDOW_BYTES).initial_connection_window_size(WINDOW_BYTES))
}

/// A server, and what it is asked.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) address: SocketAddr,
    pub(super) path: &'static str,
    pub(super) requests: Arc<[Bytes]>,
}

type Client = tonic::client::Grpc<Channel>;

impl Target {
    async fn connect(&self) -> anyhow::Result<Vec<Client>> {
        let endpoint = endpoint(self.address)?;
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut client = tonic::client::Grpc::new(endpoint.connect().await?);
            client.ready().await?;
            clients.push(client);
        }
        Ok(clients)
    }

    /// The answer to one request.
    pub(super) async fn answer(&self, request: &Bytes) -> anyhow::Result<Bytes> {
        let mut client = self.connect().await?.into_iter().next().ok_or_else(|| anyhow::anyhow!("no connection"))?;
        call(&mut client, self.path, request.clone()).await
    }

    fn request(&self, number: usize) -> Bytes {
        self.requests.get(number % self.requests.len().max(1)).cloned().unwrap_or_default()
    }
}

async fn call(client: &mut Client, path: &'static str, request: Bytes) -> anyhow::Result<Bytes> {
    client.ready().await.context(path)?;
    let answer = client.unary(Request::new(request), PathAndQuery::from_static(path), Raw).await;
    Ok(answer.context(path)?.into_inner())
}

/// Runs a client on each of its threads; what each found.
fn on_threads<T: Send>(
    run: impl Fn(usize, &LocalSet, &tokio::runtime::Runtime) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    std::thread::scope(|scope| {
        let run = &run;
        let started: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    run(thread, &LocalSet::new(), &runtime)
                })
            })
            .collect();
        let joined = started.into_iter().map(|it| it.join().map_err(|_| anyhow::anyhow!("a client panicked"))?);
        joined.collect()
    })
}

/// Calls answered a second while as many are under way as may be, and how many they were.
pub(super) fn saturate(target: &Target, in_flight: usize, lasts: Duration) -> anyhow::Result<(f64, u64)> {
    let answered = AtomicU64::new(0);
    let took = on_threads(|thread, local, runtime| {
        local.block_on(runtime, async {
            let clients = target.connect().await?;
            let (started, mut tasks) = (Instant::now(), Vec::new());
            for (at, client) in clients.into_iter().flat_map(|it| vec![it; in_flight]).enumerate() {
                let (target, mut client) = (target.clone(), client);
                tasks.push(tokio::task::spawn_local(async move {
                    let (mut number, mut count) = (at * 7_919 + thread * 104_729, 0_u64);
                    while started.elapsed() < lasts {
                        call(&mut client, target.path, target.request(number)).await?;
                        (number, count) = (number + 1, count + 1);
                    }
                    anyhow::Ok(count)
                }));
            }
            for task in tasks {
                answered.fetch_add(task.await??, Ordering::Relaxed);
            }
            anyhow::Ok(started.elapsed())
        })
    })?;
    let longest = took.into_iter().max().unwrap_or(lasts);
    let answered = answered.load(Ordering::Relaxed);
    Ok((crate::report::to_f64(answered) / longest.as_secs_f64(), answered))
}

/// The longest latency that is told from longer ones.
pub(in crate::bench) const LONGEST_NS: u64 = 60_000_000_000;

/// Latencies in nanoseconds.
pub(in crate::bench) type Latencies = Histogram<u64>;

/// Latencies at a rate of calls a second, from the time at which each was to be sent.
pub(super) fn paced(target: &Target, rate: f64, lasts: Duration) -> anyhow::Result<Latencies> {
    let each = on_threads(|thread, local, runtime| {
        local.block_on(runtime, async {
            let clients = target.connect().await?;
            let (send, mut due) = mpsc::unbounded_channel();
            let pacer = std::thread::spawn(move || pace(rate / crate::report::to_f64(THREADS as u64), lasts, &send));
            let found = std::rc::Rc::new(std::cell::RefCell::new(Latencies::new_with_bounds(1, LONGEST_NS, 3)?));
            let mut tasks = tokio::task::JoinSet::new();
            let mut number = thread * 104_729;
            while let Some(intended) = due.recv().await {
                let (request, path, found) = (target.request(number), target.path, std::rc::Rc::clone(&found));
                let Some(mut client) = clients.get(number % CONNECTIONS).cloned() else { break };
                number += 1;
                tasks.spawn_local(async move {
                    call(&mut client, path, request).await?;
                    let took = Instant::now().saturating_duration_since(intended);
                    found.borrow_mut().saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
                    anyhow::Ok(())
                });
                while let Some(ended) = tasks.try_join_next() {
                    ended??;
                }
            }
            while let Some(ended) = tasks.join_next().await {
                ended??;
            }
            drop(pacer.join());
            let found = found.borrow().clone();
            anyhow::Ok(found)
        })
    })?;
    let mut all = Latencies::new_with_bounds(1, LONGEST_NS, 3)?;
    for one in each {
        all.add(one)?;
    }
    Ok(all)
}

/// Hands out the times of calls, each when it has come; a thread of its own, since a runtime's timer ticks in milliseconds.
pub(in crate::bench) fn pace(rate: f64, lasts: Duration, send: &mpsc::UnboundedSender<Instant>) {
    let start = Instant::now();
    let mut number = 0_u64;
    loop {
        let after = Duration::from_secs_f64(crate::report::to_f64(number) / rate);
        if after > lasts {
            return;
        }
        let intended = start + after;
        let left = intended.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            std::thread::sleep(left);
        }
        if send.send(intended).is_err() {
            return;
        }
        number += 1;
    }
}
