//! Which entries were traced lately, so that whoever is told of their decisions learns of the trace.
//!
//! # Invariants
//!
//! Bounded: the oldest is forgotten first, and its decisions go out without a context. An entry is remembered before its
//! decisions are shown.

use heng_model::Position;
use opentelemetry::trace::SpanContext;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Entries remembered.
pub(crate) const ENTRIES_MAX: usize = 16_384;

/// The contexts of entries that were traced lately.
#[derive(Debug, Default)]
pub struct Remembered {
    /// Read before the lock is asked for: where nothing is traced nobody waits.
    len: AtomicUsize,
    entries: Mutex<Entries>,
}

/// Contexts by position.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    contexts: FxHashMap<Position, SpanContext>,
    order: VecDeque<Position>,
}

impl Remembered {
    /// Remembers an entry's context.
    pub(super) fn put(&self, position: Position, context: SpanContext) {
        let mut entries = self.lock();
        if entries.contexts.insert(position, context).is_none() {
            entries.order.push_back(position);
        }
        while entries.order.len() > ENTRIES_MAX
            && let Some(oldest) = entries.order.pop_front()
        {
            entries.contexts.remove(&oldest);
        }
        self.len.store(entries.order.len(), Ordering::Release);
    }

    /// What is remembered, to look several up; none where there is nothing.
    pub(crate) fn entries(&self) -> Option<MutexGuard<'_, Entries>> {
        (self.len.load(Ordering::Acquire) > 0).then(|| self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// The context of an entry.
    pub(crate) fn get(&self, position: &Position) -> Option<&SpanContext> {
        self.contexts.get(position)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::trace::parse;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let context = parse(b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        let remembered = Remembered::default();
        assert!(remembered.entries().is_none());
        let at = |offset| Position { partition: 1, offset };
        let last = u64::try_from(ENTRIES_MAX).unwrap();
        (0..=last).for_each(|offset| remembered.put(at(offset), context.clone()));
        let entries = remembered.entries().unwrap();
        assert_eq!((entries.get(&at(0)), entries.get(&at(1))), (None, Some(&context)));
        assert_eq!(entries.contexts.len(), ENTRIES_MAX);
    }
}
