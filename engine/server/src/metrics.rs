//! What is counted while serving, and its text in the form that Prometheus reads.
//!
//! # Invariants
//!
//! Counting is one addition to an atomic: no lock, no allocation. Nothing here names a subject.

use std::fmt::{Debug, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
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
    buckets: [Number; BUCKETS_US.len()],
    count: Number,
    sum_us: Number,
}

impl Durations {
    /// Notes one.
    pub fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some((_, bucket)) = BUCKETS_US.iter().zip(&self.buckets).find(|(bound, _)| micros <= **bound) {
            bucket.add(1);
        }
        self.count.add(1);
        self.sum_us.add(micros);
    }

    fn write(&self, name: &str, text: &mut String) {
        let mut below: u64 = 0;
        for (bound, bucket) in BUCKETS_US.iter().zip(&self.buckets) {
            below = below.saturating_add(bucket.get());
            let _ = writeln!(text, "{name}_bucket{{le=\"{}\"}} {below}", seconds(*bound));
        }
        let (count, sum) = (self.count.get(), self.sum_us.get());
        let _ =
            writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {}\n{name}_count {count}", seconds(sum));
    }
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// What works beside the engine and is watched with it: a connector.
pub trait Beside: Debug + Send + Sync {
    /// May the service say that it is ready?
    fn is_ready(&self) -> bool;

    /// Writes its metrics.
    fn write(&self, text: &mut String);
}

/// What is counted.
#[derive(Debug, Default)]
pub struct Metrics {
    /// What works beside the engine; set before anything is served.
    pub beside: OnceLock<Arc<dyn Beside>>,
    /// Questions answered, by verdict: clear, favour, caution, restrict, bar.
    pub verdicts: [Number; 5],
    /// Questions refused, alone or in a batch.
    pub checks_refused: Number,
    /// Time inside the server of one Check.
    pub check: Durations,
    /// Time inside the server of one BatchCheck.
    pub batch: Durations,
    /// Look-ups answered.
    pub lookups: Number,
    /// Events published: accepted, duplicate, refused.
    pub events: [Number; 3],
    /// Time from an event's arrival to its answer: queue, sync, fold and publication.
    pub publish: Durations,
    /// Subscriptions open.
    pub subscribers: Number,
    /// Subscriptions whose client did not read them.
    pub subscribers_cut: Number,
    /// Times that the shared reader could not read decisions; it tries again.
    pub subscription_read_failures: Number,
    /// 1 while it cannot: subscribers wait for what is decided.
    pub subscribers_waiting: Number,
    /// Decisions handed to subscribers.
    pub decisions_sent: Number,
    /// Look-ups in the access log, and on the disk.
    pub access_looks: Number,
    /// Frames of the access log written.
    pub access_frames: Number,
    /// Bytes of these frames.
    pub access_bytes: Number,
    /// Time of one write and sync of the access log.
    pub access_sync: Durations,
    /// Look-ups that had to wait for room in the access log.
    pub access_waits: Number,
    /// How often the access log could not be written.
    pub access_failures: Number,
    /// Lines of the watched folder's files: accepted, duplicate, refused.
    pub folder_lines: [Number; 3],
    /// Files of the watched folder that were taken or refused as a whole.
    pub folder_files: Number,
    /// Times that a file could not be taken.
    pub folder_failures: Number,
    /// Files in the inbox of the watched folder.
    pub folder_waiting: Number,
    /// Connections open.
    pub connections: Number,
    /// Connections taken.
    pub connections_total: Number,
}

/// What is not counted but read when asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gauges {
    /// Serving, and caught up?
    pub is_ready: bool,
    /// Subjects in the index.
    pub subjects: u64,
    /// How long the oldest event not yet reflected has waited.
    pub stale_by_ms: u64,
    /// Decisions durable and shown, over all partitions.
    pub decisions: u64,
}

const VERDICTS: [&str; 5] = ["clear", "favour", "caution", "restrict", "bar"];
const OUTCOMES: [&str; 3] = ["accepted", "duplicate", "refused"];

impl Metrics {
    /// May the service say that it is ready, as far as what works beside the engine is concerned?
    #[must_use]
    pub fn is_beside_ready(&self) -> bool {
        self.beside.get().is_none_or(|beside| beside.is_ready())
    }

    /// The text that Prometheus reads.
    #[must_use]
    pub fn text(&self, gauges: &Gauges) -> String {
        let mut text = String::new();
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        head(&mut text, "heng_checks_total", "counter", "Questions answered, by verdict.");
        for (verdict, number) in VERDICTS.iter().zip(&self.verdicts) {
            let _ = writeln!(text, "heng_checks_total{{verdict=\"{verdict}\"}} {}", number.get());
        }
        head(&mut text, "heng_events_total", "counter", "Events published, by what became of them.");
        for (outcome, number) in OUTCOMES.iter().zip(&self.events) {
            let _ = writeln!(text, "heng_events_total{{outcome=\"{outcome}\"}} {}", number.get());
        }
        head(&mut text, "heng_folder_lines_total", "counter", "Lines of the watched folder, by what became of them.");
        for (outcome, number) in OUTCOMES.iter().zip(&self.folder_lines) {
            let _ = writeln!(text, "heng_folder_lines_total{{outcome=\"{outcome}\"}} {}", number.get());
        }
        let numbers = [
            ("heng_folder_files_total", "counter", "Files of the watched folder taken.", self.folder_files.get()),
            (
                "heng_folder_failures_total",
                "counter",
                "Times that a file of the watched folder could not be taken.",
                self.folder_failures.get(),
            ),
            ("heng_folder_waiting", "gauge", "Files in the inbox of the watched folder.", self.folder_waiting.get()),
            (
                "heng_checks_refused_total",
                "counter",
                "Questions that could not be answered.",
                self.checks_refused.get(),
            ),
            ("heng_lookups_total", "counter", "Look-ups answered.", self.lookups.get()),
            ("heng_subscribers", "gauge", "Subscriptions open.", self.subscribers.get()),
            (
                "heng_subscribers_cut_total",
                "counter",
                "Subscriptions whose client did not read them.",
                self.subscribers_cut.get(),
            ),
            (
                "heng_subscription_read_failures_total",
                "counter",
                "Times that decisions could not be read for subscribers.",
                self.subscription_read_failures.get(),
            ),
            (
                "heng_subscribers_waiting",
                "gauge",
                "1 while decisions cannot be read for subscribers.",
                self.subscribers_waiting.get(),
            ),
            ("heng_decisions_sent_total", "counter", "Decisions handed to subscribers.", self.decisions_sent.get()),
            ("heng_access_looks_total", "counter", "Look-ups in the access log, on the disk.", self.access_looks.get()),
            ("heng_access_frames_total", "counter", "Frames of the access log written.", self.access_frames.get()),
            ("heng_access_bytes_total", "counter", "Bytes of the access log written.", self.access_bytes.get()),
            ("heng_access_waits_total", "counter", "Look-ups that waited for room.", self.access_waits.get()),
            (
                "heng_access_failures_total",
                "counter",
                "How often the access log could not be written, and look-ups were refused.",
                self.access_failures.get(),
            ),
            ("heng_connections_total", "counter", "Connections taken.", self.connections_total.get()),
            ("heng_connections", "gauge", "Connections open.", self.connections.get()),
            ("heng_ready", "gauge", "1 where the log has been caught up with.", u64::from(gauges.is_ready)),
            ("heng_index_subjects", "gauge", "Subjects in the in-force index.", gauges.subjects),
            ("heng_stale_milliseconds", "gauge", "Age of the oldest event not yet reflected.", gauges.stale_by_ms),
            ("heng_decisions", "gauge", "Decisions durable and shown.", gauges.decisions),
        ];
        for (name, kind, help, number) in numbers {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {number}");
        }
        let durations = [
            ("heng_check_seconds", "Time inside the server of one Check.", &self.check),
            ("heng_batch_check_seconds", "Time inside the server of one BatchCheck.", &self.batch),
            ("heng_access_sync_seconds", "Time of one write and sync of the access log.", &self.access_sync),
            ("heng_publish_seconds", "Time from an event's arrival to its answer.", &self.publish),
        ];
        for (name, help, durations) in durations {
            head(&mut text, name, "histogram", help);
            durations.write(name, &mut text);
        }
        if let Some(beside) = self.beside.get() {
            beside.write(&mut text);
        }
        text
    }
}
