//! Values that every serving thread has one of, or nearly so: what all of them write to would go from core to core.
//!
//! # Invariants
//!
//! Two of them share no line of a cache. A thread keeps its own as long as it lives; where there are more threads than
//! places some share one, so that a value must bear several threads at once.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// As many as there are serving threads on most machines; more threads share.
pub(crate) const PLACES: usize = 8;

/// A value for each thread, or nearly so.
#[derive(Debug, Default)]
pub(crate) struct PerThread<T>([Apart<T>; PLACES]);

/// Two lines, since processors fetch them in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Apart<T>(T);

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed));
}

impl<T> PerThread<T> {
    /// This thread's.
    pub(crate) fn own(&self) -> &T {
        let [first, ..] = &self.0;
        &self.0.get(THREAD.get() % PLACES).unwrap_or(first).0
    }

    /// All of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|Apart(value)| value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::sync::atomic::AtomicU64;

    #[test]
    fn what_threads_add_to_their_own_is_found_in_all() {
        let counts: PerThread<AtomicU64> = PerThread::default();
        std::thread::scope(|scope| {
            for _ in 0..3 * PLACES {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        counts.own().fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(counts.each().map(|count| count.load(Ordering::Relaxed)).sum::<u64>(), 3_000 * PLACES as u64);
        assert!(std::ptr::eq(counts.own(), counts.own()));
    }
}
