//! What is counted while Kafka is spoken to, and its text in the form that Prometheus reads.
//!
//! # Invariants
//!
//! Nothing here names a subject. Lag is what the brokers say there is beyond what has been answered durably.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Brokers that take longer do not answer, as far as whoever stops or watches this process is concerned.
const ANSWER: Duration = Duration::from_millis(200);

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// As it stands.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// The brokers refuse who this client says it is.
    Credentials,
    /// No broker can be connected to.
    NoBroker,
    /// The connection cannot be encrypted.
    Tls,
    /// There is no token to come in by.
    Token,
}

impl Failure {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Credentials, "credentials"), (Self::NoBroker, "no_broker"), (Self::Tls, "tls"), (Self::Token, "token")];
}

/// What is counted; shared by everything that speaks to Kafka.
#[derive(Debug, Default)]
pub struct Watch {
    pub(crate) consumed: Count,
    pub(crate) accepted: Count,
    pub(crate) duplicates: Count,
    pub(crate) skipped: Count,
    /// Refused messages, by the word for the reason.
    refused: Mutex<BTreeMap<&'static str, u64>>,
    /// Connections that failed, by the reason.
    failures: Mutex<BTreeMap<Failure, u64>>,
    pub(crate) letters: Count,
    pub(crate) pauses: Count,
    pub(crate) decisions: Count,
    pub(crate) transactions: Count,
    pub(crate) aborted: Count,
    pub(crate) takeovers: Count,
    pub(crate) appended: Count,
    paused: AtomicBool,
    is_reached: AtomicBool,
    /// Outages that are over, that before the start among them.
    outages: Count,
    has_joined: AtomicBool,
    is_ready: AtomicBool,
    inboxes: Mutex<BTreeMap<(String, i32), Inbox>>,
    behind: Mutex<BTreeMap<u16, u64>>,
    /// By partition of the log: entries read, entries there are, until when everything was read.
    log: Mutex<BTreeMap<u16, (u64, u64, i64)>>,
    /// Since when something is on its way to brokers that have not answered.
    waiting_since: Mutex<Option<Instant>>,
    owned: Mutex<Option<Vec<u16>>>,
    /// Is the log not read, since this process alone writes it?
    log_rests: AtomicBool,
    clock_differs_ms: AtomicI64,
}

/// How far a partition of an inbox is.
#[derive(Debug, Clone, Copy, Default)]
struct Inbox {
    /// Up to where messages have been answered.
    next: i64,
    /// When the last of them was written, in milliseconds since 1970-01-01T00:00:00Z.
    written_ms: i64,
    /// Where the partition ends, as far as is known.
    end: i64,
}

impl Watch {
    /// A message was refused.
    pub(crate) fn note_refused(&self, code: &'static str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let count = refused.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    /// A connection to the brokers failed.
    pub(crate) fn note_failure(&self, reason: Failure) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    /// A message was answered durably.
    pub(crate) fn note_answered(&self, topic: &str, partition: i32, offset: i64, written_ms: i64) {
        let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        let inbox = match inboxes.get_mut(&(topic.to_owned(), partition)) {
            Some(inbox) => inbox,
            None => inboxes.entry((topic.to_owned(), partition)).or_default(),
        };
        (inbox.next, inbox.written_ms) = (offset.saturating_add(1), written_ms);
    }

    /// Where a partition of an inbox ends, and how far it was committed, as the brokers say.
    pub(crate) fn note_end(&self, topic: &str, partition: i32, end: i64, committed: i64) {
        let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        let inbox = inboxes.entry((topic.to_owned(), partition)).or_default();
        (inbox.end, inbox.next) = (end, inbox.next.max(committed));
    }

    /// Partitions that another member has now.
    pub(crate) fn forget<'a>(&self, gone: impl Iterator<Item = (&'a str, i32)>) {
        let mut inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner);
        for (topic, partition) in gone {
            inboxes.remove(&(topic.to_owned(), partition));
        }
    }

    /// How many decisions of a partition are on the log and not yet on the topic.
    pub(crate) fn note_behind(&self, partition: u16, decisions: u64) {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, decisions);
    }

    /// How far a partition of the log was read, and how far it goes.
    pub(crate) fn note_log(&self, partition: u16, read: u64, end: u64, as_of_ms: i64) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, (read, end, as_of_ms));
    }

    pub(crate) fn set_log_rests(&self, rests: bool) {
        self.log_rests.store(rests, Ordering::Relaxed);
    }

    pub(crate) fn set_waiting(&self, is_waiting: bool) {
        let mut since = self.waiting_since.lock().unwrap_or_else(PoisonError::into_inner);
        // What waits already waits since then.
        *since = is_waiting.then(|| since.unwrap_or_else(Instant::now));
    }

    /// Is the engine waiting for brokers that do not answer?
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        let since = *self.waiting_since.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() >= ANSWER)
    }

    /// The partitions of the log that this process owns.
    pub(crate) fn set_owned(&self, owned: impl Iterator<Item = u16>) {
        *self.owned.lock().unwrap_or_else(PoisonError::into_inner) = Some(owned.collect());
    }

    /// By how much the clocks differ.
    pub(crate) fn note_clock(&self, differs_ms: i64) {
        self.clock_differs_ms.store(differs_ms, Ordering::Relaxed);
    }

    /// Decisions of a partition that another process publishes now.
    pub(crate) fn forget_behind(&self, partition: u16) {
        self.behind.lock().unwrap_or_else(PoisonError::into_inner).remove(&partition);
    }

    pub(crate) fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// Do the brokers answer?
    pub(crate) fn set_reached(&self, is_reached: bool) {
        if !self.is_reached.swap(is_reached, Ordering::Relaxed) && is_reached {
            self.outages.add(1);
        }
    }

    /// The number of the outage that is, or of the one to come.
    pub(crate) fn outage(&self) -> u64 {
        self.outages.get()
    }

    /// The group of the inboxes has this member.
    pub(crate) fn set_joined(&self) {
        self.has_joined.store(true, Ordering::Release);
    }

    pub(crate) fn has_joined(&self) -> bool {
        self.has_joined.load(Ordering::Acquire)
    }

    /// What there is to wait for was waited for: topics taken over, inboxes joined. From then on it stays so.
    pub fn set_ready(&self) {
        self.is_ready.store(true, Ordering::Release);
    }

    /// Were the topics taken over, and the inboxes joined?
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    /// Writes the text that Prometheus reads.
    pub fn write(&self, now_ms: i64, text: &mut String) {
        let flags = [
            ("heng_kafka_up", "1 while brokers answer.", self.is_reached.load(Ordering::Relaxed)),
            ("heng_kafka_inbox_paused", "1 while no more messages are fetched.", self.paused.load(Ordering::Relaxed)),
        ];
        for (name, help, flag) in flags {
            head(text, name, "gauge", help);
            let _ = writeln!(text, "{name} {}", u64::from(flag));
        }
        let counts = [
            ("heng_kafka_inbox_consumed_total", "Messages read from inboxes.", &self.consumed),
            ("heng_kafka_inbox_accepted_total", "Messages that became entries of the log.", &self.accepted),
            ("heng_kafka_inbox_duplicates_total", "Messages whose event was on the log before.", &self.duplicates),
            ("heng_kafka_inbox_skipped_total", "Messages that their mapping says mean nothing.", &self.skipped),
            ("heng_kafka_inbox_pauses_total", "Times that fetching was paused.", &self.pauses),
            ("heng_kafka_deadletters_total", "Dead letters written.", &self.letters),
            ("heng_kafka_decisions_total", "Decisions committed to their topic.", &self.decisions),
            ("heng_kafka_transactions_total", "Transactions committed.", &self.transactions),
            ("heng_kafka_transactions_aborted_total", "Transactions that failed.", &self.aborted),
            ("heng_kafka_takeovers_total", "Partitions of decisions taken over.", &self.takeovers),
        ];
        for (name, help, count) in counts {
            head(text, name, "counter", help);
            let _ = writeln!(text, "{name} {}", count.get());
        }
        let name = "heng_kafka_inbox_refused_total";
        head(text, name, "counter", "Messages refused, by reason.");
        for (reason, count) in self.refused.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(text, "{name}{{reason=\"{reason}\"}} {count}");
        }
        self.write_failures(text);
        let inboxes = self.inboxes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let lags = inboxes.iter().map(|(place, inbox)| (place, inbox, inbox.end.saturating_sub(inbox.next).max(0)));
        head(text, "heng_kafka_inbox_lag", "gauge", "Messages of an inbox that wait.");
        for ((topic, partition), _, lag) in lags.clone() {
            let _ = writeln!(text, "heng_kafka_inbox_lag{{topic=\"{topic}\",partition=\"{partition}\"}} {lag}");
        }
        let name = "heng_kafka_inbox_lag_seconds";
        head(text, name, "gauge", "Age of the last message answered where others wait behind it; 0 where none does.");
        for ((topic, partition), inbox, lag) in lags {
            let waits = lag > 0 && inbox.written_ms > 0;
            let age_s = if waits { now_ms.saturating_sub(inbox.written_ms).max(0) / 1_000 } else { 0 };
            let _ = writeln!(text, "{name}{{topic=\"{topic}\",partition=\"{partition}\"}} {age_s}");
        }
        self.write_log(now_ms, text);
        let name = "heng_kafka_decisions_behind";
        head(text, name, "gauge", "Decisions on the log that are not yet on the topic.");
        for (partition, behind) in self.behind.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = writeln!(text, "{name}{{partition=\"{partition}\"}} {behind}");
        }
    }
}

impl Watch {
    /// Every reason from the start: how much a count grew is told from its first value on.
    fn write_failures(&self, text: &mut String) {
        let name = "heng_kafka_connection_failures_total";
        head(text, name, "counter", "Connections that failed, by reason.");
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for (failure, reason) in Failure::ALL {
            let count = failures.get(&failure).copied().unwrap_or_default();
            let _ = writeln!(text, "{name}{{reason=\"{reason}\"}} {count}");
        }
    }

    /// What concerns the log on Kafka, where it is there.
    fn write_log(&self, now_ms: i64, text: &mut String) {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let owned = self.owned.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if log.is_empty() && owned.is_none() {
            return;
        }
        head(text, "heng_kafka_log_lag", "gauge", "Entries of the log that are not read yet.");
        for (partition, (read, end, _)) in &log {
            let _ = writeln!(text, "heng_kafka_log_lag{{partition=\"{partition}\"}} {}", end.saturating_sub(*read));
        }
        head(text, "heng_kafka_log_lag_seconds", "gauge", "Time since everything was known to be read.");
        for (partition, (_, _, as_of_ms)) in &log {
            let age_s = now_ms.saturating_sub(*as_of_ms).max(0) / 1_000;
            let _ = writeln!(text, "heng_kafka_log_lag_seconds{{partition=\"{partition}\"}} {age_s}");
        }
        head(text, "heng_kafka_log_owned", "gauge", "1 for each partition of the log that this process owns.");
        for partition in owned.into_iter().flatten() {
            let _ = writeln!(text, "heng_kafka_log_owned{{partition=\"{partition}\"}} 1");
        }
        let help = "1 while the log is not read, since what stands there is this process's own.";
        head(text, "heng_kafka_log_rests", "gauge", help);
        let _ = writeln!(text, "heng_kafka_log_rests {}", u64::from(self.log_rests.load(Ordering::Relaxed)));
        head(text, "heng_kafka_log_appended_total", "counter", "Entries that this process put on the log.");
        let _ = writeln!(text, "heng_kafka_log_appended_total {}", self.appended.get());
        let help = "By how much this machine's clock is ahead of the brokers', as far as that can be told.";
        head(text, "heng_kafka_clock_differs_seconds", "gauge", help);
        let differs_ms = self.clock_differs_ms.load(Ordering::Relaxed);
        let sign = if differs_ms < 0 { "-" } else { "" };
        let (whole, rest) = (differs_ms.unsigned_abs() / 1_000, differs_ms.unsigned_abs() % 1_000);
        let _ = writeln!(text, "heng_kafka_clock_differs_seconds {sign}{whole}.{rest:03}");
    }
}

/// What Prometheus reads before the values of a metric.
fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_is_what_is_not_answered_and_as_old_as_the_last_answer() {
        let watch = Watch::default();
        watch.note_end("credit.inbox.tax", 2, 100, 40);
        watch.note_answered("credit.inbox.tax", 2, 59, 1_000);
        watch.note_refused("too_long");
        watch.note_behind(3, 7);
        watch.note_failure(Failure::Token);
        let text = |now_ms| {
            let mut text = String::new();
            watch.write(now_ms, &mut text);
            text
        };
        let at = "{topic=\"credit.inbox.tax\",partition=\"2\"}";
        for line in [
            format!("heng_kafka_inbox_lag{at} 40"),
            format!("heng_kafka_inbox_lag_seconds{at} 8"),
            "heng_kafka_inbox_refused_total{reason=\"too_long\"} 1".to_owned(),
            "heng_kafka_decisions_behind{partition=\"3\"} 7".to_owned(),
            "heng_kafka_up 0".to_owned(),
            "heng_kafka_connection_failures_total{reason=\"token\"} 1".to_owned(),
            "heng_kafka_connection_failures_total{reason=\"credentials\"} 0".to_owned(),
            "heng_kafka_connection_failures_total{reason=\"tls\"} 0".to_owned(),
            "heng_kafka_connection_failures_total{reason=\"no_broker\"} 0".to_owned(),
        ] {
            assert!(text(9_500).lines().any(|it| it == line), "{line} is not in\n{}", text(9_500));
        }
        watch.note_answered("credit.inbox.tax", 2, 99, 1_000);
        assert!(text(9_500).contains(&format!("heng_kafka_inbox_lag_seconds{at} 0")));
        watch.forget([("credit.inbox.tax", 2)].into_iter());
        assert!(!text(9_500).contains("credit.inbox.tax"));
    }
}
