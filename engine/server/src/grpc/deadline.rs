//! A call that takes too long to begin its answer is told DEADLINE_EXCEEDED.
//!
//! # Invariants
//!
//! The shorter of the call's own deadline and the server's holds. Tonic's timeout of the same name answers CANCELLED,
//! which a caller takes for its own doing and does not try again.

use super::desk::deadline_of;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{Service, http};

/// Wraps services so that their calls have deadlines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadlines {
    pub(super) longest: Duration,
}

/// A service whose calls have deadlines.
#[derive(Debug, Clone)]
pub(super) struct Timed<S> {
    inner: S,
    longest: Duration,
}

impl<S> tower::Layer<S> for Deadlines {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner, longest: self.longest }
    }
}

/// So much before a call's own deadline it is answered: the client shall hear it from the server.
const AHEAD: Duration = Duration::from_millis(1);

impl<S, B> Service<http::Request<B>> for Timed<S>
where
    S: Service<http::Request<B>, Response = http::Response<Body>>,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = Timing<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let own = request.headers().get("grpc-timeout").and_then(|text| deadline_of(text.to_str().ok()?));
        let longest = own.map_or(self.longest, |own| self.longest.min(own.saturating_sub(AHEAD)));
        Timing { sleep: tokio::time::sleep(longest), inner: self.inner.call(request) }
    }
}

pin_project! {
    /// A call under way.
    pub(super) struct Timing<F> {
        #[pin]
        inner: F,
        #[pin]
        sleep: tokio::time::Sleep,
    }
}

impl<F, E> Future for Timing<F>
where
    F: Future<Output = Result<http::Response<Body>, E>>,
{
    type Output = Result<http::Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let ready @ Poll::Ready(_) = this.inner.poll(context) {
            return ready;
        }
        ready!(this.sleep.poll(context));
        let status = Status::deadline_exceeded("the answer did not begin within the deadline: try again");
        Poll::Ready(Ok(status.into_http()))
    }
}
