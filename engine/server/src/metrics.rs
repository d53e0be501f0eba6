//! What is counted while serving, and its text in the form that Prometheus reads.
//!
//! # Invariants
//!
//! Counting is one addition to an atomic: no lock, no allocation; what every check counts has a place for each thread.
//! Nothing here names a subject.

mod number;

pub use number::{Durations, Number};

use crate::per_thread::PerThread;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, OnceLock};

/// What works beside the engine and is watched with it: a connector.
pub trait Beside: Debug + Send + Sync {
    /// May the service say that it is ready?
    fn is_ready(&self) -> bool;

    /// Writes its metrics.
    fn write(&self, text: &mut String);
}

/// What every check counts.
#[derive(Debug, Default)]
pub(crate) struct CheckCounts {
    /// Questions answered, by verdict: clear, favour, caution, restrict, bar.
    pub(crate) verdicts: [Number; 5],
    /// Questions refused, alone or in a batch.
    pub(crate) refused: Number,
    /// Time inside the server of one Check.
    pub(crate) check: Durations,
    /// Time inside the server of one BatchCheck.
    pub(crate) batch: Durations,
}

/// What is counted.
#[derive(Debug, Default)]
pub struct Metrics {
    /// What works beside the engine; set before anything is served.
    pub beside: OnceLock<Arc<dyn Beside>>,
    /// What checks count, a place for each thread.
    pub(crate) checks: PerThread<CheckCounts>,
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
    /// Decisions written and shown, over all partitions.
    pub decisions: u64,
    /// Entries folded and shown, over all partitions.
    pub entries: u64,
    /// Time since the last checkpoint, or since the start where none was written yet.
    pub checkpoint_age_ms: u64,
    /// Checkpoints that could not be written.
    pub checkpoint_failures: u64,
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
        for (at, verdict) in VERDICTS.iter().enumerate() {
            let number: u64 = self.checks.each().filter_map(|counts| counts.verdicts.get(at)).map(Number::get).sum();
            let _ = writeln!(text, "heng_checks_total{{verdict=\"{verdict}\"}} {number}");
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
                self.checks.each().map(|counts| counts.refused.get()).sum(),
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
            ("heng_decisions", "gauge", "Decisions written and shown.", gauges.decisions),
            ("heng_entries", "gauge", "Entries of the log folded and shown.", gauges.entries),
            (
                "heng_checkpoint_age_seconds",
                "gauge",
                "Time since the last checkpoint, or since the start where none was written yet.",
                gauges.checkpoint_age_ms / 1_000,
            ),
            (
                "heng_checkpoint_failures_total",
                "counter",
                "Checkpoints that could not be written; events go on without.",
                gauges.checkpoint_failures,
            ),
        ];
        for (name, kind, help, number) in numbers {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{name} {number}");
        }
        let mut durations = |name: &str, help: &str, all: &mut dyn Iterator<Item = &Durations>| {
            head(&mut text, name, "histogram", help);
            Durations::write(all, name, &mut text);
        };
        let checks = &self.checks;
        let help = "Time inside the server of one Check.";
        durations("heng_check_seconds", help, &mut checks.each().map(|counts| &counts.check));
        let help = "Time inside the server of one BatchCheck.";
        durations("heng_batch_check_seconds", help, &mut checks.each().map(|counts| &counts.batch));
        let help = "Time of one write and sync of the access log.";
        durations("heng_access_sync_seconds", help, &mut std::iter::once(&self.access_sync));
        let help = "Time from an event's arrival to its answer.";
        durations("heng_publish_seconds", help, &mut std::iter::once(&self.publish));
        if let Some(beside) = self.beside.get() {
            beside.write(&mut text);
        }
        text
    }
}
