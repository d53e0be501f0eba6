//! The body of a subscription: messages framed once for all who share a chunk, handed on without a copy.
//!
//! # Invariants
//!
//! The bytes are those that a gRPC server would send for the messages one by one: framing is laid down with the chunk. Runs
//! of messages that are wanted are slices of it; what is short is put together, so that no message has an HTTP/2
//! frame of its own. A piece has a bounded size, and no more is asked for before the client has room for it.

use super::desk::Desk;
use super::patience::Patient;
use super::subscriber::Part;
use crate::metrics::Metrics;
use crate::subscription::Chunk;
use crate::trace::Traces;
use bytes::{Bytes, BytesMut};
use heng_rpc::raw::{SubscribeMessage, SubscribeResponse, frame};
use hyper::body::{Body, Frame};
use hyper::http::HeaderMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio_stream::Stream as _;
use tonic::Status;

/// Bytes of a piece that are not exceeded by more than a message.
const PIECE_BYTES: usize = 64 * 1024;
/// Runs from so many bytes on are not copied.
const WHOLE_BYTES: usize = 16 * 1024;

/// The messages of a subscription, as a response's body.
pub(super) struct Framed {
    parts: Patient<Part>,
    now: Option<Places>,
    is_over: bool,
    metrics: Arc<Metrics>,
    traces: Traces,
}

/// Decisions of a chunk that are left to send.
struct Places {
    chunk: Arc<Chunk>,
    places: Vec<u32>,
    next: usize,
}

impl Places {
    /// The next decisions that can be sent as they are; none where the next one is traced.
    fn run(&self) -> Option<(Bytes, usize)> {
        self.chunk.run(self.places.get(self.next..)?, PIECE_BYTES)
    }

    /// The next decision, with the context of its delivery.
    fn traced(&mut self, traces: &Traces) -> Option<SubscribeResponse> {
        let place = *self.places.get(self.next)?;
        self.next += 1;
        let delivery = self.chunk.trace(place).and_then(|(context, read_at)| traces.delivery(context, read_at));
        let traceparent = delivery.map(|span| span.traceparent()).unwrap_or_default();
        Some(SubscribeResponse { message: Some(SubscribeMessage::Decision(self.chunk.decision(place)?)), traceparent })
    }
}

impl Framed {
    pub(super) fn new(parts: Patient<Part>, desk: &Desk) -> Self {
        let (metrics, traces) = (Arc::clone(&desk.metrics), desk.handle.traces().clone());
        Self { parts, now: None, is_over: false, metrics, traces }
    }

    /// What can be sent of the chunk at hand.
    fn piece(&mut self) -> Option<Bytes> {
        let now = self.now.as_mut()?;
        let mut copied = BytesMut::new();
        while now.next < now.places.len() && copied.len() < PIECE_BYTES {
            match now.run() {
                Some((run, count)) if run.len() >= WHOLE_BYTES => {
                    if !copied.is_empty() {
                        break;
                    }
                    now.next += count;
                    return Some(run);
                }
                Some((run, count)) => {
                    now.next += count;
                    copied.extend_from_slice(&run);
                }
                None => {
                    let Some(message) = now.traced(&self.traces) else { break };
                    frame(&message, &mut copied);
                }
            }
        }
        (!copied.is_empty()).then(|| copied.freeze())
    }

    /// The end, and why.
    fn ended(&mut self, status: &Status) -> Frame<Bytes> {
        self.is_over = true;
        let mut trailers = HeaderMap::new();
        if status.add_header(&mut trailers).is_err() {
            // What cannot be said in a header is left out; the code always can.
            trailers.clear();
            let _ = Status::new(status.code(), "").add_header(&mut trailers);
        }
        Frame::trailers(trailers)
    }
}

impl Body for Framed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let frame = loop {
            if let Some(piece) = self.piece() {
                break Frame::data(piece);
            }
            self.now = None;
            match ready!(Pin::new(&mut self.parts).poll_next(context)) {
                Some(Ok(Part::Decisions(chunk, places))) => {
                    self.metrics.decisions_sent.add(u64::try_from(places.len()).unwrap_or(u64::MAX));
                    self.now = Some(Places { chunk, places, next: 0 });
                }
                Some(Ok(Part::Heartbeat(heartbeat))) => {
                    let message = Some(SubscribeMessage::Heartbeat(heartbeat));
                    let mut bytes = BytesMut::new();
                    frame(&SubscribeResponse { message, traceparent: String::new() }, &mut bytes);
                    break Frame::data(bytes.freeze());
                }
                Some(Err(status)) => break self.ended(&status),
                None => break self.ended(&Status::ok("")),
            }
        };
        Poll::Ready(Some(Ok(frame)))
    }
}
