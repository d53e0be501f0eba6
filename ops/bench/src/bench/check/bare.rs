//! The yardstick: a bare tonic service that answers with as many bytes as it is asked for, or streams messages that it has
//! ready, and does nothing else.

use super::client::Raw;
use bytes::Bytes;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::{ReceiverStream, UnboundedReceiverStream};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status};

pub(super) const PATH: &str = "/bare.Bare/Call";
pub(in crate::bench) const STREAM: &str = "/bare.Bare/Stream";
/// Messages of a stream that wait in its channel.
const QUEUE: usize = 1_024;
/// Calls open at once on a connection, as Heng is given.
const STREAMS_MAX: u32 = 1_024;
/// More than any answer has.
const MOST: usize = 1 << 20;
static BYTES: [u8; MOST] = [7; MOST];

/// What it streams, if anything.
#[derive(Clone)]
struct Bare(Option<Arc<[Bytes]>>);

impl NamedService for Bare {
    const NAME: &'static str = "bare.Bare";
}

impl Service<http::Request<Body>> for Bare {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let streamed = self.0.clone().filter(|_| request.uri().path() == STREAM);
        Box::pin(async move {
            Ok(match streamed {
                Some(messages) => Grpc::new(Raw).server_streaming(Stream(messages), request).await,
                None => Grpc::new(Raw).unary(Call, request).await,
            })
        })
    }
}

/// The first four bytes of a request say how long its answer is.
struct Call;

impl UnaryService<Bytes> for Call {
    type Response = Bytes;
    type Future = std::future::Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let wanted = request.get_ref().first_chunk().map_or(0, |len| u32::from_le_bytes(*len) as usize);
        let answer = Bytes::from_static(BYTES.get(..wanted).unwrap_or_default());
        std::future::ready(Ok(Response::new(answer)))
    }
}

/// Messages that are bytes already, one by one from a channel.
struct Stream(Arc<[Bytes]>);

impl ServerStreamingService<Bytes> for Stream {
    type Response = Bytes;
    type ResponseStream = ReceiverStream<Result<Bytes, Status>>;
    type Future = std::future::Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let messages = Arc::clone(&self.0);
        tokio::spawn(async move {
            for message in messages.iter() {
                if sender.send(Ok(message.clone())).await.is_err() {
                    return;
                }
            }
        });
        std::future::ready(Ok(Response::new(ReceiverStream::new(receiver))))
    }
}

/// A bare request as long as another one.
pub(super) fn request(like: &Bytes, answer_bytes: usize) -> anyhow::Result<Bytes> {
    let mut bytes = like.to_vec();
    bytes.resize(bytes.len().max(4), 0);
    if let Some(len) = bytes.first_chunk_mut() {
        *len = u32::try_from(answer_bytes)?.to_le_bytes();
    }
    Ok(bytes.into())
}

/// Serves on threads of its own, a runtime each, connections handed round: until the process ends.
pub(in crate::bench) async fn start(threads: usize, streams: Option<Arc<[Bytes]>>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut inboxes = Vec::new();
    for _ in 0..threads {
        let (inbox, handed) = mpsc::unbounded_channel::<std::net::TcpStream>();
        inboxes.push(inbox);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let connections = UnboundedReceiverStream::new(handed).map(|stream| {
            stream.set_nodelay(true)?;
            tokio::net::TcpStream::from_std(stream)
        });
        let bare = Bare(streams.clone());
        std::thread::Builder::new().name("bare".to_owned()).spawn(move || {
            // Without a limit h2 takes a queue of many small messages for an attack, and ends the connection.
            let mut builder = tonic::transport::Server::builder().max_concurrent_streams(STREAMS_MAX);
            runtime.block_on(builder.add_service(bare).serve_with_incoming(connections))
        })?;
    }
    tokio::spawn(async move {
        for inbox in inboxes.iter().cycle() {
            let Ok((stream, _)) = listener.accept().await else { return };
            if stream.into_std().is_ok_and(|stream| inbox.send(stream).is_err()) {
                return;
            }
        }
    });
    Ok(address)
}
