//! Traces: one trace from whoever published an event to whoever is told of its decisions, in the form of W3C and OpenTelemetry.
//!
//! # Invariants
//!
//! Where traces are off there is nothing but a test of an option; a request that is not sampled costs a look for its header.
//! No span names a subject: a trace leaves the building. What is decided never depends on a trace, and no recorded
//! byte of a decision does: a subscriber gets the context beside the decision, as long as it is remembered.

mod context;
mod recent;
mod ticket;

pub(crate) use context::known;
pub use context::parse;
pub(crate) use recent::ENTRIES_MAX;
pub use recent::Remembered;
pub use ticket::{Ticket, Times};

use heng_model::Position;
use opentelemetry::global::{BoxedSpan, BoxedTracer};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Makes spans, where traces are on.
#[derive(Debug, Clone, Default)]
pub struct Traces(Option<Arc<Inner>>);

#[derive(Debug)]
struct Inner {
    tracer: BoxedTracer,
    /// Of 2^32 requests that come without a context this many begin a trace.
    begun: u64,
    asked: AtomicU64,
    remembered: Remembered,
}

/// A span under way; it ends when it is dropped.
#[derive(Debug)]
pub struct Span {
    span: BoxedSpan,
    context: SpanContext,
}

impl Traces {
    /// Traces that go to a tracer, which must take every span it is given: what is sampled is decided here.
    #[must_use]
    pub fn to(tracer: BoxedTracer, sample_per_million: u32) -> Self {
        let begun = (u64::from(sample_per_million.min(1_000_000)) << 32) / 1_000_000;
        Self(Some(Arc::new(Inner { tracer, begun, asked: AtomicU64::new(0), remembered: Remembered::default() })))
    }

    /// The span of a call: under its caller's context, or the first of a trace where it is chosen to be; none where the
    /// caller's is not sampled.
    #[must_use]
    pub fn call<'a>(
        &self,
        traceparent: impl FnOnce() -> Option<&'a [u8]>,
        name: impl FnOnce() -> String,
    ) -> Option<Span> {
        self.entered(SpanKind::Server, traceparent, || name().into())
    }

    /// The span of an event that a message brought, as [`Traces::call`] has that of a call; of the message it says where it
    /// lies.
    #[must_use]
    pub fn message(&self, traceparent: &str, (topic, partition, offset): (&str, i32, i64)) -> Option<Span> {
        let given = || (!traceparent.is_empty()).then_some(traceparent.as_bytes());
        let mut span = self.entered(SpanKind::Consumer, given, || "heng.inbox".into())?;
        span.note_place(topic, partition);
        span.note("messaging.kafka.offset", offset);
        Some(span)
    }

    fn entered<'a>(
        &self,
        kind: SpanKind,
        traceparent: impl FnOnce() -> Option<&'a [u8]>,
        name: impl FnOnce() -> Cow<'static, str>,
    ) -> Option<Span> {
        let inner = self.0.as_ref()?;
        match traceparent().and_then(parse) {
            Some(parent) if parent.is_sampled() => Some(inner.span(name(), kind, &parent, None)),
            Some(_) => None,
            None => inner.is_chosen().then(|| inner.span(name(), kind, &SpanContext::NONE, None)),
        }
    }

    /// Are traces on?
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// A span under a context; none where that is not sampled.
    #[must_use]
    pub fn under(&self, name: &'static str, parent: &SpanContext) -> Option<Span> {
        let inner = self.0.as_ref().filter(|_| parent.is_sampled())?;
        Some(inner.span(name.into(), SpanKind::Internal, parent, None))
    }

    /// The span of handing a decision to a subscriber, begun when it was read for that.
    #[must_use]
    pub fn delivery(&self, parent: &SpanContext, since: SystemTime) -> Option<Span> {
        Some(self.0.as_ref()?.span("heng.deliver".into(), SpanKind::Producer, parent, Some(since)))
    }

    /// The span of putting a decision on a topic, under the context of the entry that caused it; none where that was not
    /// traced lately.
    #[must_use]
    pub fn publication(&self, cause: &Position, (topic, partition): (&str, i32)) -> Option<Span> {
        let inner = self.0.as_ref()?;
        let parent = inner.remembered.entries()?.get(cause)?.clone();
        let mut span = inner.span("heng.publish_decision".into(), SpanKind::Producer, &parent, None);
        span.note_place(topic, partition);
        Some(span)
    }

    /// Notes an entry that came without a ticket and was folded here, under the context that it carries.
    pub(crate) fn folded(&self, position: Position, context: SpanContext, times: Times) {
        self.stages(&context, times);
        if let Some(remembered) = self.remembered() {
            remembered.put(position, context);
        }
    }

    fn stages(&self, context: &SpanContext, times: Times) {
        self.past("heng.flush_and_fold", context, (times.appended, times.folded));
        self.past("heng.index", context, (times.folded, times.indexed));
    }

    /// The contexts of events that were traced lately; none where traces are off.
    #[must_use]
    pub fn remembered(&self) -> Option<&Remembered> {
        self.0.as_deref().map(|inner| &inner.remembered)
    }

    /// A span over a time that has passed.
    fn past(&self, name: &'static str, parent: &SpanContext, (from, until): (SystemTime, SystemTime)) {
        if let Some(inner) = &self.0 {
            inner.span(name.into(), SpanKind::Internal, parent, Some(from)).span.end_with_timestamp(until);
        }
    }
}

impl Inner {
    fn span(&self, name: Cow<'static, str>, kind: SpanKind, parent: &SpanContext, since: Option<SystemTime>) -> Span {
        let mut builder = SpanBuilder::from_name(name).with_kind(kind);
        builder.start_time = since;
        let around = Context::new().with_remote_span_context(parent.clone());
        let span = self.tracer.build_with_context(builder, &around);
        let context = span.span_context().clone();
        Span { span, context }
    }

    /// Spread evenly over the requests, by steps of the golden section: no randomness is asked for.
    fn is_chosen(&self) -> bool {
        if self.begun == 0 {
            return false;
        }
        let asked = self.asked.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        asked >> 32 < self.begun
    }
}

impl Span {
    /// The context that goes on to whoever works on it next.
    #[must_use]
    pub fn context(&self) -> &SpanContext {
        &self.context
    }

    /// The context as a header carries it.
    #[must_use]
    pub fn traceparent(&self) -> String {
        context::text(&self.context)
    }

    /// Notes which partition of which topic it is about.
    fn note_place(&mut self, topic: &str, partition: i32) {
        self.note("messaging.system", "kafka");
        self.note("messaging.destination.name", topic.to_owned());
        self.note("messaging.destination.partition.id", partition.to_string());
    }

    /// Notes something about it: never who it is about.
    pub fn note(&mut self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        self.span.set_attribute(KeyValue::new(key, value));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use opentelemetry::trace::noop::NoopTracer;

    fn on(sample_per_million: u32) -> Traces {
        Traces::to(BoxedTracer::new(Box::new(NoopTracer::new())), sample_per_million)
    }

    #[test]
    fn callers_decide_for_themselves_and_the_ratio_for_the_rest() {
        let sampled: &[u8] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let unsampled: &[u8] = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        let begins = |traces: &Traces, parent: Option<&'static [u8]>| traces.call(|| parent, String::new).is_some();
        assert!(begins(&on(0), Some(sampled)) && !begins(&on(1_000_000), Some(unsampled)));
        assert!(!begins(&on(0), None) && begins(&on(1_000_000), None));
        assert!(!begins(&Traces::default(), Some(sampled)));
        let some = on(250_000);
        let begun = (0..1_000).filter(|_| begins(&some, None)).count();
        assert!((240..=260).contains(&begun), "{begun}");
    }
}
