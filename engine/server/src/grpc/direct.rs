//! Checks, answered beside router and codecs: a single one costs less than they do.
//!
//! # Invariants
//!
//! A call is answered by the same functions as through the router, which has the service too and is handed whatever is
//! not quite usual. No thread shares a reference count with another in the path of a check.

use super::check::Checks;
use super::unary;
use bytes::Bytes;
use hyper::body::Body as HttpBody;
use pin_project_lite::pin_project;
use prost::Message;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};

/// Puts checks before the router.
#[derive(Clone)]
pub(super) struct Direct {
    checks: Checks,
    request_bytes_max: usize,
}

impl Direct {
    pub(super) fn new(checks: Checks, request_bytes_max: usize) -> Self {
        Self { checks, request_bytes_max }
    }
}

/// Checks before the router.
#[derive(Clone)]
pub(super) struct Before<R> {
    checks: Arc<Checks>,
    request_bytes_max: usize,
    router: R,
}

impl<R> tower::Layer<R> for Direct {
    type Service = Before<R>;

    fn layer(&self, router: R) -> Before<R> {
        // Made anew for each thread.
        Before { checks: Arc::new(self.checks.clone()), request_bytes_max: self.request_bytes_max, router }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Check,
    BatchCheck,
}

/// The method that a call is for, if it can be answered here.
fn method<B>(request: &http::Request<B>) -> Option<Method> {
    let method = match request.uri().path() {
        "/heng.check.v1.CheckService/Check" => Method::Check,
        "/heng.check.v1.CheckService/BatchCheck" => Method::BatchCheck,
        _ => return None,
    };
    (!request.headers().contains_key("grpc-encoding")).then_some(method)
}

async fn answer<B>(
    checks: Arc<Checks>,
    method: Method,
    request: http::Request<B>,
    bytes_max: usize,
) -> Result<Bytes, Status>
where
    B: HttpBody<Data = Bytes, Error = Status>,
{
    let (head, body) = request.into_parts();
    let message = unary::message(body, bytes_max).await?;
    let metadata = MetadataMap::from_headers(head.headers);
    let written = match method {
        Method::Check => checks.answer(Request::from_parts(metadata, head.extensions, decoded(message)?)).await?,
        Method::BatchCheck => {
            checks.answer_batch(Request::from_parts(metadata, head.extensions, decoded(message)?)).await?
        }
    };
    Ok(written.framed())
}

fn decoded<M: Message + Default>(message: Bytes) -> Result<M, Status> {
    M::decode(message).map_err(|error| Status::internal(error.to_string()))
}

impl<R, B> Service<http::Request<B>> for Before<R>
where
    R: Service<http::Request<B>, Response = http::Response<Body>, Error = Infallible>,
    B: HttpBody<Data = Bytes, Error = Status> + Send + 'static,
{
    type Response = R::Response;
    type Error = Infallible;
    type Future = Answering<R::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.router.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let Some(method) = method(&request) else {
            return Answering::Routed { future: self.router.call(request) };
        };
        let (checks, bytes_max) = (Arc::clone(&self.checks), self.request_bytes_max);
        let future = async move {
            let answered = answer(checks, method, request, bytes_max).await;
            Ok(answered.map_or_else(Status::into_http, unary::response))
        };
        Answering::Checked { future: Box::pin(future) }
    }
}

pin_project! {
    /// A call under way.
    #[project = Way]
    pub(super) enum Answering<F> {
        Checked { future: BoxFuture<http::Response<Body>, Infallible> },
        Routed { #[pin] future: F },
    }
}

impl<F: Future<Output = Result<http::Response<Body>, Infallible>>> Future for Answering<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            Way::Checked { future } => future.as_mut().poll(context),
            Way::Routed { future } => future.poll(context),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn checks_that_are_compressed_and_other_calls_go_to_the_router() {
        let of = |path: &str, encoding: Option<&str>| {
            let mut request = http::Request::new(());
            *request.uri_mut() = path.parse().unwrap();
            if let Some(encoding) = encoding {
                request.headers_mut().insert("grpc-encoding", encoding.parse().unwrap());
            }
            method(&request)
        };
        assert_eq!(of("/heng.check.v1.CheckService/Check", None), Some(Method::Check));
        assert_eq!(of("/heng.check.v1.CheckService/BatchCheck", None), Some(Method::BatchCheck));
        assert_eq!(of("/heng.check.v1.CheckService/Check", Some("gzip")), None);
        for other in ["/heng.check.v1.CheckService/LookupSubjects", "/heng.check.v1.CheckService", "/"] {
            assert_eq!(of(other, None), None, "{other}");
        }
    }
}
