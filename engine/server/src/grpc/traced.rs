//! Calls that are traced: a span each, under the context that its caller sent.
//!
//! # Invariants
//!
//! One place for all services: none asks for a header by itself. A call that is not traced pays for a look at one header, and
//! where traces are off for nothing. A span ends with the answer's head: of a stream it covers the beginning.

use super::paths;
use crate::trace::{Span, Traces};
use opentelemetry::trace::SpanContext;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tonic::Extensions;
use tonic::codegen::{Service, http};
use tonic::metadata::MetadataMap;
use tower::Layer;

/// The header of a W3C trace context.
pub(super) const TRACEPARENT: &str = "traceparent";

/// The context of a call's span, for whoever answers it.
#[derive(Debug, Clone)]
pub(super) struct CallContext(SpanContext);

/// Traces calls.
#[derive(Clone)]
pub(super) struct TraceCalls(pub(super) Traces);

/// A service whose calls are traced.
#[derive(Clone)]
pub(super) struct TracedCalls<S> {
    inner: S,
    traces: Traces,
}

pin_project! {
    /// An answer under way, and its span.
    pub(super) struct Answering<F> {
        #[pin]
        inner: F,
        // In a box: a call that is not traced moves about with no room for it.
        span: Option<Box<Span>>,
    }
}

impl<S> Layer<S> for TraceCalls {
    type Service = TracedCalls<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TracedCalls { inner, traces: self.0.clone() }
    }
}

impl<S, B, R> Service<http::Request<B>> for TracedCalls<S>
where
    S: Service<http::Request<B>, Response = http::Response<R>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        let given = || request.headers().get(TRACEPARENT).map(http::HeaderValue::as_bytes);
        let name = || paths::name(request.uri().path());
        let span = self.traces.call(given, name);
        if let Some(span) = &span {
            request.extensions_mut().insert(CallContext(span.context().clone()));
        }
        Answering { inner: self.inner.call(request), span: span.map(Box::new) }
    }
}

impl<F, R, E> Future for Answering<F>
where
    F: Future<Output = Result<http::Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answered = ready!(this.inner.poll(cx));
        if let Some(mut span) = this.span.take() {
            let status = answered.as_ref().ok().and_then(|answer| answer.headers().get("grpc-status")?.to_str().ok());
            // Only a call that failed at once has its status in the head.
            span.note("rpc.grpc.status_code", status.unwrap_or("0").to_owned());
        }
        Poll::Ready(answered)
    }
}

/// The span of taking an event, and the context that is kept with it: the event's own goes before its call's.
pub(super) fn event_span(
    traces: &Traces,
    own: &mut String,
    metadata: &MetadataMap,
    extensions: &Extensions,
) -> Option<Span> {
    let called = extensions.get::<CallContext>().map(|CallContext(context)| context);
    if own.is_empty() {
        if let Some(given) = metadata.get(TRACEPARENT).and_then(|given| given.to_str().ok())
            && crate::trace::parse(given.as_bytes()).is_some()
        {
            given.clone_into(own);
        }
        return traces.under("heng.publish", called?);
    }
    match crate::trace::parse(own.as_bytes()) {
        Some(parent) => traces.under("heng.publish", &parent),
        None => traces.under("heng.publish", called?),
    }
}
