//! Numbers and durations that are counted.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A number that only grows, or a gauge that is set.
#[derive(Debug, Default)]
pub struct Number(AtomicU64);

impl Number {
    /// One more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// One less, for gauges.
    pub(crate) fn take(&self, less: u64) {
        self.0.fetch_sub(less, Ordering::Relaxed);
    }

    /// As it is now, for gauges.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// As it stands.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Upper bounds of the buckets of a duration, in microseconds.
const BUCKETS_US: [u64; 12] = [10, 25, 50, 100, 250, 500, 1_000, 5_000, 20_000, 100_000, 1_000_000, 10_000_000];

/// How long something took.
#[derive(Debug, Default)]
pub struct Durations {
    /// The last one has no bound.
    buckets: [Number; BUCKETS_US.len() + 1],
    sum_us: Number,
}

impl Durations {
    /// Notes one.
    pub fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = BUCKETS_US.iter().position(|bound| micros <= *bound).unwrap_or(BUCKETS_US.len());
        if let Some(bucket) = self.buckets.get(at) {
            bucket.add(1);
        }
        self.sum_us.add(micros);
    }

    /// Writes those of several counters as one.
    pub(super) fn write<'d>(all: impl Iterator<Item = &'d Self>, name: &str, text: &mut String) {
        let (mut buckets, mut sum_us) = ([0; BUCKETS_US.len() + 1], 0_u64);
        for one in all {
            for (bucket, more) in buckets.iter_mut().zip(&one.buckets) {
                *bucket += more.get();
            }
            sum_us = sum_us.wrapping_add(one.sum_us.get());
        }
        let mut below = 0;
        for (at, bucket) in buckets.iter().enumerate() {
            below += bucket;
            let bound = BUCKETS_US.get(at).map_or_else(|| "+Inf".to_owned(), |bound| seconds(*bound));
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {below}");
        }
        let _ = writeln!(text, "{name}_sum {}\n{name}_count {below}", seconds(sum_us));
    }
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_counters_are_written_as_one() {
        let (one, other) = (Durations::default(), Durations::default());
        one.note(Duration::from_micros(10));
        one.note(Duration::from_secs(20));
        other.note(Duration::from_micros(11));
        let mut text = String::new();
        Durations::write([&one, &other].into_iter(), "t", &mut text);
        for line in [
            "t_bucket{le=\"0.000010\"} 1",
            "t_bucket{le=\"0.000025\"} 2",
            "t_bucket{le=\"10.000000\"} 2",
            "t_bucket{le=\"+Inf\"} 3",
            "t_sum 20.000021",
            "t_count 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
    }
}
