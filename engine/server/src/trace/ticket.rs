//! What a traced event carries through the engine's thread, and the spans that are made of its times.

use super::{Span, Traces};
use heng_model::Position;
use opentelemetry::trace::SpanContext;
use std::time::SystemTime;

/// A traced event on its way.
#[derive(Debug)]
pub struct Ticket {
    traces: Traces,
    context: SpanContext,
    queued: SystemTime,
}

/// When a batch passed its stages.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Its entries are on the log, not yet durable.
    pub appended: SystemTime,
    /// It is durable and folded, its decisions too.
    pub folded: SystemTime,
    /// Its decisions are in the index.
    pub indexed: SystemTime,
}

impl Ticket {
    /// The ticket of an event that is handed in now.
    #[must_use]
    pub fn new(traces: &Traces, span: &Span) -> Self {
        Self { traces: traces.clone(), context: span.context().clone(), queued: SystemTime::now() }
    }

    /// The ticket of an event that came without a call, by the context that it carries; none where that is not sampled.
    #[must_use]
    pub fn of(traces: &Traces, traceparent: &str) -> Option<Self> {
        traces.0.as_ref()?;
        let context = super::parse(traceparent.as_bytes()).filter(SpanContext::is_sampled)?;
        Some(Self { traces: traces.clone(), context, queued: SystemTime::now() })
    }

    /// Notes where the event went and how long each stage took; before its decisions are shown. A batch is one flush:
    /// its events share the times.
    pub fn passed(self, position: Option<Position>, times: Times) {
        self.traces.past("heng.queue", &self.context, (self.queued, times.appended));
        match position {
            Some(position) => self.traces.folded(position, self.context, times),
            None => self.traces.stages(&self.context, times),
        }
    }

    /// The context under which the event is worked on, as a header carries it.
    pub(crate) fn traceparent(&self) -> String {
        super::context::text(&self.context)
    }
}
