//! Trace contexts of entries that no call and no inbox of this process brought: effects on other partitions, and what other
//! engines put on a shared log.
//!
//! # Invariants
//!
//! Nothing is decided by them.

use super::Engine;
use crate::trace;
use heng_log::Disk;
use heng_model::Position;
use opentelemetry::trace::SpanContext;
use std::collections::VecDeque;

/// Entries folded that carry a context; no more than are remembered afterwards, the newest.
pub(super) type Traced = VecDeque<(Position, SpanContext)>;

impl<D: Disk> Engine<D> {
    /// From now on the engine tells which entries carry a context that is sampled.
    pub(crate) fn trace(&mut self) {
        self.traced = Some(Traced::new());
    }

    /// The entries folded since the last call that carry such a context: effects, and whatever came from a shared log.
    pub(crate) fn take_traced(&mut self) -> Traced {
        self.traced.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// Notes an entry's context, where somebody asks for it and it is sampled.
pub(super) fn note(traced: &mut Option<Traced>, position: Position, traceparent: Option<&str>) {
    if let (Some(traced), Some(traceparent)) = (traced, traceparent)
        && let Some(context) = trace::parse(traceparent.as_bytes()).filter(SpanContext::is_sampled)
    {
        // A flush that catches up with a shared log folds any number.
        if traced.len() >= trace::ENTRIES_MAX {
            traced.pop_front();
        }
        traced.push_back((position, context));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_newest_entries_stay() {
        let context = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let last = u64::try_from(trace::ENTRIES_MAX).unwrap();
        let mut traced = Some(Traced::new());
        (0..=last).for_each(|offset| note(&mut traced, Position { partition: 0, offset }, Some(context)));
        note(&mut traced, Position { partition: 0, offset: last + 1 }, Some(&context.replace("-01", "-00")));
        let traced = traced.unwrap();
        let offset = |it: Option<&(Position, SpanContext)>| it.unwrap().0.offset;
        assert_eq!((traced.len(), offset(traced.front()), offset(traced.back())), (trace::ENTRIES_MAX, 1, last));
    }
}
