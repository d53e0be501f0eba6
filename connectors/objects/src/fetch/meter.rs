//! Says how far a long fetch is, and how fast.

use std::time::{Duration, Instant};

/// Time between two lines.
const SAY_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Meter {
    place: String,
    total: u64,
    done: u64,
    began: Instant,
    said: Instant,
}

impl Meter {
    pub(super) fn new(place: &str, total: u64) -> Self {
        let now = Instant::now();
        tracing::info!(%place, bytes = total, "fetching a shared checkpoint");
        Self { place: place.to_owned(), total, done: 0, began: now, said: now }
    }

    pub(super) fn add(&mut self, bytes: usize) {
        self.done += bytes as u64;
        if self.said.elapsed() >= SAY_EVERY {
            self.said = Instant::now();
            let (done, total, rate) = (self.done, self.total, self.rate());
            let left_s = (total.saturating_sub(done)).checked_div(rate).unwrap_or_default();
            tracing::info!(done, total, bytes_per_s = rate, left_s, "fetching a shared checkpoint");
        }
    }

    pub(super) fn done(self) {
        let (took_ms, rate) = (u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX), self.rate());
        tracing::info!(place = %self.place, bytes = self.done, took_ms, bytes_per_s = rate, "shared checkpoint fetched");
    }

    fn rate(&self) -> u64 {
        let ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        self.done.saturating_mul(1_000) / ms
    }
}
