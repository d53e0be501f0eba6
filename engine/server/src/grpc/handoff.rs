//! Bodies that a service has made itself, in place of what tonic would encode message by message.
//!
//! # Invariants
//!
//! Tonic reads the request and writes the head of the response; where the service handed a body over, that one is sent.

use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::server::NamedService;

/// A body on its way, among a response's extensions.
#[derive(Clone)]
struct Made(Arc<Mutex<Option<Body>>>);

/// A response whose body is made; its stream of messages is empty.
pub(super) fn made<T>(body: Body) -> tonic::Response<tokio_stream::Empty<T>> {
    let mut response = tonic::Response::new(tokio_stream::empty());
    response.extensions_mut().insert(Made(Arc::new(Mutex::new(Some(body)))));
    response
}

/// A service that may hand over bodies.
#[derive(Debug, Clone)]
pub(super) struct Handoff<S>(pub(super) S);

impl<S: NamedService> NamedService for Handoff<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B> Service<http::Request<B>> for Handoff<S>
where
    S: Service<http::Request<B>, Response = http::Response<Body>>,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = Handing<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        Handing { inner: self.0.call(request) }
    }
}

pin_project! {
    /// A call under way.
    pub(super) struct Handing<F> {
        #[pin]
        inner: F,
    }
}

impl<F, E> Future for Handing<F>
where
    F: Future<Output = Result<http::Response<Body>, E>>,
{
    type Output = Result<http::Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut response = ready!(self.project().inner.poll(context))?;
        let made = response.extensions_mut().remove::<Made>();
        if let Some(body) = made.and_then(|made| made.0.lock().unwrap_or_else(PoisonError::into_inner).take()) {
            *response.body_mut() = body;
        }
        Poll::Ready(Ok(response))
    }
}
