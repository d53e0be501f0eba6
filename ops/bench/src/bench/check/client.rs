//! Clients, and a closed loop: as many calls as can be.
//!
//! # Invariants
//!
//! Answers are taken as bytes and not decoded, so that clients cost as little as can be, and the same for both servers.

use anyhow::Context as _;
use bytes::{Buf, BufMut, Bytes};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::LocalSet;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// Threads of the client, a runtime and connections each.
pub(super) const THREADS: usize = 2;
/// Connections of a thread.
pub(super) const CONNECTIONS: usize = 2;
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
    pub(super) async fn connect(&self) -> anyhow::Result<Vec<Client>> {
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

    pub(super) fn request(&self, number: usize) -> Bytes {
        self.requests.get(number % self.requests.len().max(1)).cloned().unwrap_or_default()
    }
}

pub(super) async fn call(client: &mut Client, path: &'static str, request: Bytes) -> anyhow::Result<Bytes> {
    client.ready().await.context(path)?;
    let answer = client.unary(Request::new(request), PathAndQuery::from_static(path), Raw).await;
    Ok(answer.context(path)?.into_inner())
}

/// Runs a client on each of its threads; what each found.
pub(super) fn on_threads<T: Send>(
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
