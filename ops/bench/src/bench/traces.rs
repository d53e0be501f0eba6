//! What traces cost a call that is not traced, and one that is.

use crate::Size;
use crate::clock;
use crate::report::{Report, ns_each};
use heng_server::trace::Traces;
use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::hint::black_box;
use tonic::codegen::http::{HeaderMap, HeaderValue};

const SAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const UNSAMPLED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// Time of the decision whether a call is traced, its header looked up, and of the span where it is.
pub(crate) fn traces(size: &Size) -> anyhow::Result<Report> {
    // Spans are made and go nowhere: what sending costs is paid on another thread.
    let provider = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOn).build();
    let on =
        |sample_per_million| Traces::to(BoxedTracer::new(Box::new(provider.tracer("heng-bench"))), sample_per_million);
    let cases = [
        ("off", Traces::default(), None),
        ("on, call without a context, none sampled", on(0), None),
        ("on, call without a context, one in a thousand sampled", on(1_000), None),
        ("on, caller did not sample", on(1_000), Some(UNSAMPLED)),
        ("on, caller sampled: a span is made", on(1_000), Some(SAMPLED)),
    ];
    let times: u64 = if size.smoke { 1_000 } else { 1_000_000 };
    let mut report = Report::new("traces", &["traces", "ns a call"]);
    for (name, traces, given) in cases {
        let headers = headers(given);
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = clock::now();
            for _ in 0..times {
                let given = || black_box(&headers).get("traceparent").map(HeaderValue::as_bytes);
                black_box(traces.call(given, || "heng.check.v1.CheckService/Check".to_owned()));
            }
            best = best.min(ns_each(clock::since(start), times));
        }
        report.row(vec![name.to_owned(), format!("{best:.1}")]);
    }
    Ok(report)
}

/// What a gRPC client sends, and a context.
fn headers(traceparent: Option<&'static str>) -> HeaderMap {
    let sent =
        [("te", "trailers"), ("content-type", "application/grpc"), ("user-agent", "heng"), ("grpc-timeout", "1S")];
    let sent = sent.into_iter().chain(traceparent.map(|given| ("traceparent", given)));
    sent.filter_map(|(name, value)| Some((name.parse().ok()?, HeaderValue::from_static(value)))).collect()
}
