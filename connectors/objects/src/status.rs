//! What is known of shared checkpoints, for logs and metrics.

use heng_model::PartitionId;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering};

/// Where a partition's state came from at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// This engine's own last checkpoint.
    Own,
    /// A checkpoint that another engine shared.
    Shared,
    /// The log, from its beginning.
    Log,
}

const SOURCES: [Source; 3] = [Source::Own, Source::Shared, Source::Log];

/// Counters, written by the threads that share and load.
#[derive(Debug)]
pub struct Status {
    sources: Vec<AtomicU8>,
    serving_ms: AtomicU64,
    published: AtomicU64,
    failures: AtomicU64,
    bytes: AtomicU64,
    last_ms: AtomicI64,
    entries: AtomicU64,
}

impl Source {
    /// Its name in logs and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Shared => "shared",
            Self::Log => "log",
        }
    }
}

impl Status {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new(partitions: PartitionId) -> Self {
        let log = Self::number(Source::Log);
        Self {
            sources: (0..partitions).map(|_| AtomicU8::new(log)).collect(),
            serving_ms: AtomicU64::new(0),
            published: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            last_ms: AtomicI64::new(0),
            entries: AtomicU64::new(0),
        }
    }

    fn number(source: Source) -> u8 {
        match source {
            Source::Own => 0,
            Source::Shared => 1,
            Source::Log => 2,
        }
    }

    /// A partition's state came from somewhere.
    pub fn came_from(&self, partition: PartitionId, source: Source) {
        if let Some(place) = self.sources.get(usize::from(partition)) {
            place.store(Self::number(source), Ordering::Relaxed);
        }
    }

    /// How many partitions' state came from somewhere.
    #[must_use]
    pub fn from(&self, source: Source) -> usize {
        self.sources.iter().filter(|it| it.load(Ordering::Relaxed) == Self::number(source)).count()
    }

    /// Calls are served, so long after the program began.
    pub fn note_serving(&self, after_ms: u64) {
        self.serving_ms.store(after_ms, Ordering::Relaxed);
    }

    /// A checkpoint was shared.
    pub(crate) fn note_published(&self, now_ms: i64, entries: u64, bytes: u64) {
        self.published.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.last_ms.store(now_ms, Ordering::Relaxed);
        self.entries.store(entries, Ordering::Relaxed);
    }

    /// Sharing one failed.
    pub(crate) fn note_failure(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes the metrics in the form that Prometheus reads.
    pub fn write(&self, text: &mut String) {
        let mut head = |name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            name.to_owned()
        };
        let name = head("heng_state_partitions", "gauge", "Partitions by where their state came from at the start.");
        let sources: Vec<String> = SOURCES
            .iter()
            .map(|source| format!("{name}{{source=\"{}\"}} {}", source.name(), self.from(*source)))
            .collect();
        let _ = writeln!(text, "{}", sources.join("\n"));
        let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let last_s = u64::try_from(self.last_ms.load(Ordering::Relaxed) / 1_000).unwrap_or_default();
        for (name, kind, help, number) in [
            (
                "heng_time_to_serve_milliseconds",
                "gauge",
                "From the start of the program to its first answer; 0 before it.",
                count(&self.serving_ms),
            ),
            ("heng_shared_checkpoints_total", "counter", "Checkpoints shared by this engine.", count(&self.published)),
            (
                "heng_shared_checkpoint_failures_total",
                "counter",
                "Times that a checkpoint could not be shared; it is tried again.",
                count(&self.failures),
            ),
            ("heng_shared_checkpoint_bytes_total", "counter", "Bytes sent for them.", count(&self.bytes)),
            ("heng_shared_checkpoint_timestamp_seconds", "gauge", "When the last was shared; 0 before it.", last_s),
            (
                "heng_shared_checkpoint_entries",
                "gauge",
                "Entries of the log that the last one covers, over all partitions.",
                count(&self.entries),
            ),
        ] {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {number}");
        }
    }
}
