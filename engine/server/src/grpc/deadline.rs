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
        Timing { longest, sleep: None, inner: self.inner.call(request) }
    }
}

pin_project! {
    /// A call under way.
    pub(super) struct Timing<F> {
        #[pin]
        inner: F,
        longest: Duration,
        // Made when there is something to wait for: most calls are answered when they are first looked at.
        sleep: Option<Pin<Box<tokio::time::Sleep>>>,
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
        let sleep = this.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(*this.longest)));
        ready!(sleep.as_mut().poll(context));
        let status = Status::deadline_exceeded("the answer did not begin within the deadline: try again");
        Poll::Ready(Ok(status.into_http()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::convert::Infallible;
    use tower::Layer as _;

    /// Answers at once, or never.
    struct Silent(bool);

    impl Service<http::Request<()>> for Silent {
        type Response = http::Response<Body>;
        type Error = Infallible;
        type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>>>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: http::Request<()>) -> Self::Future {
            if self.0 {
                Box::pin(std::future::ready(Ok(http::Response::default())))
            } else {
                Box::pin(std::future::pending())
            }
        }
    }

    async fn status(answers: bool, longest: Duration, own: Option<&str>) -> Option<String> {
        let mut request = http::Request::new(());
        if let Some(own) = own {
            request.headers_mut().insert("grpc-timeout", own.parse().unwrap());
        }
        let answer = Deadlines { longest }.layer(Silent(answers)).call(request).await.unwrap();
        answer.headers().get("grpc-status").map(|status| status.to_str().unwrap().to_owned())
    }

    #[tokio::test]
    async fn what_does_not_answer_is_told_deadline_exceeded() {
        let (short, long) = (Duration::from_millis(5), Duration::from_secs(3_600));
        for (longest, own) in [(short, None), (long, Some("5m")), (short, Some("1H")), (short, Some("soon"))] {
            assert_eq!(status(false, longest, own).await.as_deref(), Some("4"));
            assert_eq!(status(true, longest, own).await, None);
        }
    }
}
