//! Processor time of this thread: what else the machine does is not in it.
//!
//! # Invariants
//!
//! Never runs back. What waiting for memory costs is in it, what waiting for the processor costs is not.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Processor time of this thread so far.
pub(crate) fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Processor time of all threads of this process so far.
pub(crate) fn process() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Processor time since an earlier moment.
pub(crate) fn since(start: Duration) -> Duration {
    now().saturating_sub(start)
}

/// What one look at the clock costs, found out by looking often.
pub(crate) fn cost() -> Duration {
    const LOOKS: u32 = 10_000;
    let start = now();
    for _ in 1..LOOKS {
        std::hint::black_box(now());
    }
    since(start) / LOOKS
}

/// Processor time so far of another process: of the threads that it has.
///
/// # Errors
/// Where there is none, or the system tells nothing about it.
pub(crate) fn of_process(id: u32) -> anyhow::Result<Duration> {
    let mut all = Duration::ZERO;
    for task in std::fs::read_dir(format!("/proc/{id}/task"))? {
        // A thread that ended since then is left out.
        let Ok(text) = std::fs::read_to_string(task?.path().join("schedstat")) else { continue };
        let first = text.split_whitespace().next().and_then(|ns| ns.parse().ok());
        all += first.map(Duration::from_nanos).ok_or_else(|| anyhow::anyhow!("schedstat says `{text}`"))?;
    }
    Ok(all)
}

/// Processor time so far of a thread of this process, by its name.
///
/// # Errors
/// Where the system tells nothing about threads, or there is none of that name.
pub(crate) fn of_thread(name: &str) -> anyhow::Result<Duration> {
    for task in std::fs::read_dir("/proc/self/task")? {
        let task = task?.path();
        if std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim_end() == name) {
            let text = std::fs::read_to_string(task.join("schedstat"))?;
            let first = text.split_whitespace().next().and_then(|ns| ns.parse().ok());
            return first.map(Duration::from_nanos).ok_or_else(|| anyhow::anyhow!("schedstat says `{text}`"));
        }
    }
    anyhow::bail!("no thread is called {name}")
}
