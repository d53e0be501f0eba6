//! Streams whose client may be slow, but not for ever.
//!
//! # Invariants
//!
//! One part waits for the client at a time. A client that takes none for longer than is allowed is told so, and what
//! its stream held is let go.

use super::status::CallError;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tonic::Status;

/// A stream of parts that a task feeds.
pub struct Patient<T> {
    parts: mpsc::Receiver<T>,
    end: Arc<OnceLock<Status>>,
    is_over: bool,
}

/// What feeds it.
pub(super) struct Feeder<T> {
    parts: mpsc::Sender<T>,
    end: Arc<OnceLock<Status>>,
    stall: Duration,
}

/// Why a part was not taken.
pub(super) enum Untaken {
    /// The client has gone.
    Gone,
    /// The client takes nothing.
    Stalled(CallError),
}

/// A stream of which one part waits for the client at a time.
pub(super) fn patient<T>(stall: Duration) -> (Feeder<T>, Patient<T>) {
    let (sender, parts) = mpsc::channel(1);
    let end = Arc::new(OnceLock::new());
    (Feeder { parts: sender, end: Arc::clone(&end), stall }, Patient { parts, end, is_over: false })
}

impl<T> Feeder<T> {
    /// Hands over a part, once the client has taken the one before.
    pub(super) async fn send(&self, part: T) -> Result<(), Untaken> {
        match tokio::time::timeout(self.stall, self.parts.send(part)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Untaken::Gone),
            Err(_) => Err(Untaken::Stalled(CallError::Stalled(self.stall))),
        }
    }

    /// Waits until the client has gone.
    pub(super) async fn gone(&self) {
        self.parts.closed().await;
    }

    /// Ends the stream: what was handed over is followed by a status.
    pub(super) fn end(self, status: Status) {
        // Only this sets it, and is used up by it.
        let _ = self.end.set(status);
    }
}

/// Feeds a client with parts, one at a time; `held` is let go when the stream ends, for whatever reason.
pub(super) fn feed<T, H>(parts: impl Iterator<Item = T> + Send + 'static, stall: Duration, held: H) -> Patient<T>
where
    T: Send + 'static,
    H: Send + 'static,
{
    let (feeder, patient) = patient(stall);
    tokio::spawn(async move {
        for part in parts {
            match feeder.send(part).await {
                Ok(()) => {}
                Err(Untaken::Gone) => break,
                Err(Untaken::Stalled(error)) => {
                    feeder.end(error.into());
                    break;
                }
            }
        }
        drop(held);
    });
    patient
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
        Poll::Ready(self.end.get().cloned().map(Err))
    }
}
