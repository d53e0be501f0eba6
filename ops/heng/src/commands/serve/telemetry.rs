//! Where traces go: an OpenTelemetry collector, over gRPC.
//!
//! # Invariants
//!
//! No collector, or a slow one, holds nothing up: spans wait in a bounded queue and the rest of them is dropped.

use crate::config;
use anyhow::Context;
use heng_server::trace::Traces;
use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

/// Sends spans, if it is configured to.
pub(super) struct Telemetry(Option<SdkTracerProvider>);

impl Telemetry {
    /// Starts to send, on the runtime of the caller.
    pub(super) fn start(config: &config::Telemetry) -> anyhow::Result<(Self, Traces)> {
        if config.endpoint.is_empty() {
            return Ok((Self(None), Traces::default()));
        }
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(&config.endpoint).build();
        let exporter = exporter.with_context(|| format!("telemetry.endpoint `{}`", config.endpoint))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            // What is sampled was decided before a span is made.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(Resource::builder().with_service_name(config.service_name.clone()).build())
            .build();
        let tracer = BoxedTracer::new(Box::new(provider.tracer("heng")));
        Ok((Self(Some(provider)), Traces::to(tracer, config.sample_per_million)))
    }

    /// Sends what still waits.
    pub(super) async fn stop(self) {
        let Some(provider) = self.0 else { return };
        // It blocks until the collector has answered, which this thread's runtime must carry.
        match tokio::task::spawn_blocking(move || provider.shutdown()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces were not sent"),
            Err(error) => tracing::warn!(%error, "the last traces were not sent"),
        }
    }
}
