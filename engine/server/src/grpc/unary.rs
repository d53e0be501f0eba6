//! One message in, one message out: gRPC's framing read and written where each buffer of a general codec would be felt.
//!
//! # Invariants
//!
//! On the wire nothing tells an answer from tonic's. Requests are not compressed: who sends such is handed to tonic.

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame};
use hyper::http::HeaderMap;
use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http;

/// Before a message: is it compressed, and how long is it?
pub(super) const FRAME_HEAD_BYTES: usize = 5;

/// The only message of a request.
///
/// # Errors
/// As tonic has them: a message that is compressed, too long, cut short or not alone.
pub(super) async fn message<B>(body: B, bytes_max: usize) -> Result<Bytes, Status>
where
    B: HttpBody<Data = Bytes, Error = Status>,
{
    let mut body = pin!(body);
    let mut whole = Bytes::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        whole = if whole.is_empty() { data } else { joined(whole, &data) };
        if whole.len() > bytes_max.saturating_add(FRAME_HEAD_BYTES) {
            let (found, limit) = (whole.len() - FRAME_HEAD_BYTES, bytes_max);
            let message = format!("the message has {found} bytes or more, and {limit} are the limit");
            return Err(Status::out_of_range(message));
        }
    }
    if whole.is_empty() {
        return Err(Status::internal("Missing request message."));
    }
    let bad = |what: &str| Status::internal(format!("the request is no gRPC message: {what}"));
    if whole.len() < FRAME_HEAD_BYTES {
        return Err(bad("its head is cut short"));
    }
    if whole.get_u8() != 0 {
        return Err(bad("it is compressed, and no header says how"));
    }
    let len = whole.get_u32() as usize;
    if len == whole.len() { Ok(whole) } else { Err(bad("it is not as long as its head says")) }
}

fn joined(first: Bytes, second: &[u8]) -> Bytes {
    let mut both = BytesMut::from(first);
    both.extend_from_slice(second);
    both.freeze()
}

/// The response of a message, its head included.
pub(super) fn response(framed: Bytes) -> http::Response<Body> {
    let mut response = http::Response::new(Body::new(Whole { message: Some(framed), is_over: false }));
    let kind = http::HeaderValue::from_static("application/grpc");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}

/// One message, and that all went well.
struct Whole {
    message: Option<Bytes>,
    is_over: bool,
}

impl HttpBody for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(message) = self.message.take() {
            return Poll::Ready(Some(Ok(Frame::data(message))));
        }
        if self.is_over {
            return Poll::Ready(None);
        }
        self.is_over = true;
        let mut trailers = HeaderMap::with_capacity(1);
        trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
        Poll::Ready(Some(Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use http_body_util::StreamBody;
    use tonic::Code;

    async fn read(pieces: &[&[u8]], bytes_max: usize) -> Result<Bytes, Code> {
        let frames: Vec<_> = pieces.iter().map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
        let read = message(StreamBody::new(tokio_stream::iter(frames)), bytes_max).await;
        read.map_err(|status| status.code())
    }

    #[tokio::test]
    async fn a_message_is_read_however_it_comes() {
        let whole: &[u8] = &[0, 0, 0, 0, 4, 1, 2, 3, 4];
        for cut in 0..=whole.len() {
            let (head, rest) = whole.split_at(cut);
            assert_eq!(read(&[head, rest], 4).await.unwrap(), [1, 2, 3, 4].as_slice(), "cut at {cut}");
        }
        assert_eq!(read(&[&[0, 0, 0, 0, 0]], 4).await.unwrap(), Bytes::new());
    }

    #[tokio::test]
    async fn what_is_no_message_is_refused_as_tonic_would() {
        for (bytes, code) in [
            (&[][..], Code::Internal),
            (&[0, 0, 0], Code::Internal),
            (&[1, 0, 0, 0, 1, 1], Code::Internal),
            (&[0, 0, 0, 0, 2, 1], Code::Internal),
            (&[0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], Code::OutOfRange),
            (&[0, 0, 0, 0, 1, 1, 0], Code::Internal),
            (&[0, 0, 0, 0, 5, 1, 2, 3, 4, 5], Code::OutOfRange),
        ] {
            assert_eq!(read(&[bytes], 4).await.unwrap_err(), code, "{bytes:?}");
        }
    }
}
