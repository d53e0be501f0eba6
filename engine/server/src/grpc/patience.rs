//! Streams whose client may be slow, but not for ever.
//!
//! # Invariants
//!
//! One part waits for the client at a time. A client that takes none for longer than is allowed is told so, and what
//! its stream held is let go.

use super::status::CallError;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tonic::Status;

/// A stream of parts that a task feeds.
pub struct Patient<T> {
    parts: mpsc::Receiver<T>,
    was_cut: Arc<AtomicBool>,
    stall: Duration,
    is_over: bool,
}

/// Feeds a client with parts, one at a time; `held` is let go when the stream ends, for whatever reason.
pub(super) fn feed<T, H>(parts: impl Iterator<Item = T> + Send + 'static, stall: Duration, held: H) -> Patient<T>
where
    T: Send + 'static,
    H: Send + 'static,
{
    let (sender, receiver) = mpsc::channel(1);
    let was_cut = Arc::new(AtomicBool::new(false));
    let cut = Arc::clone(&was_cut);
    tokio::spawn(async move {
        for part in parts {
            match tokio::time::timeout(stall, sender.send(part)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => break,
                Err(_) => {
                    cut.store(true, Ordering::Release);
                    break;
                }
            }
        }
        drop(held);
    });
    Patient { parts: receiver, was_cut, stall, is_over: false }
}

impl<T> Stream for Patient<T> {
    type Item = Result<T, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Some(part) = ready!(self.parts.poll_recv(cx)) {
            return Poll::Ready(Some(Ok(part)));
        }
        self.is_over = true;
        let was_cut = self.was_cut.load(Ordering::Acquire);
        Poll::Ready(was_cut.then(|| Err(CallError::Stalled(self.stall).into())))
    }
}
