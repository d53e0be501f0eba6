//! The thread that writes the access log: takes what was noted, one batch and one sync for all of it.
//!
//! # Invariants
//!
//! What was taken is held until a sync of it has succeeded; while it has not, nothing further is taken and every look-up
//! is refused. A journal whose sync failed is left as it is: another one is begun and given all that is held, so that a
//! look-up may be there twice, and is never lost by it. Each UTC day has a journal of its own.

use super::folder::{self, DIR};
use super::shards::Waiting;
use super::{Shared, State};
use heng_log::{Disk, Journal, JournalOptions, Meta, OpenError, SyncError};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a failed write waits before it is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Bytes of frames appended before they are synced.
const BATCH_BYTES: usize = 32 << 20;

/// Removes journals that are old enough, as seen from an instant.
pub(super) type Retain = Box<dyn FnMut(i64) + Send>;

pub(super) struct Writer<D: Disk> {
    pub(super) shared: Arc<Shared>,
    pub(super) states: watch::Sender<State>,
    pub(super) target: Target<D>,
    pub(super) every: Duration,
    pub(super) now_ms: Box<dyn Fn() -> i64 + Send>,
    pub(super) retain: Retain,
    /// UTC day as seen from which old journals were last removed.
    retained: i64,
    taken: Vec<Waiting>,
}

/// Where it is written.
pub(super) struct Target<D: Disk> {
    disk: D,
    meta: Meta,
    journal: Option<Journal<D>>,
    /// UTC day of the journal.
    day: i64,
    /// The folder of a journal that could not be begun yet.
    name: Option<String>,
    /// So many frames of what was taken the journal holds, and only has to sync.
    appended: usize,
}

/// Why the access log cannot be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Append(#[from] heng_log::AppendError),
    #[error(transparent)]
    Sync(#[from] SyncError),
}

impl<D: Disk> Target<D> {
    /// Begins a journal.
    pub(super) fn begin(disk: D, meta: Meta, now_ms: i64) -> Result<Self, WriteError> {
        let mut target = Self { disk, meta, journal: None, day: 0, name: None, appended: 0 };
        target.journal(now_ms)?;
        Ok(target)
    }

    /// The journal of the day.
    fn journal(&mut self, now_ms: i64) -> Result<&mut Journal<D>, WriteError> {
        let day = folder::utc_day(now_ms);
        if let Some(journal) = self.journal.take_if(|_| day != self.day) {
            journal.close()?;
        }
        let journal = match self.journal.take() {
            Some(journal) => journal,
            None => {
                let name = self.name.take().unwrap_or_else(|| folder::new_name(&self.disk, now_ms));
                let options = JournalOptions::new(self.meta.access_stamp(&name));
                match Journal::open(&self.disk, &format!("{DIR}/{name}"), options) {
                    Ok((journal, _)) => journal,
                    Err(error) => {
                        self.name = Some(name);
                        return Err(error.into());
                    }
                }
            }
        };
        self.day = day;
        Ok(self.journal.insert(journal))
    }

    /// Makes what was taken durable; how many frames and bytes.
    pub(super) fn write(&mut self, taken: &[Waiting], now_ms: i64) -> Result<(u64, u64), WriteError> {
        if taken.iter().all(Waiting::is_empty) {
            return Ok((0, 0));
        }
        let mut appended = std::mem::take(&mut self.appended);
        let journal = self.journal(now_ms)?;
        let written = append(journal, taken, &mut appended);
        match &written {
            // The batch stays in the journal and may be synced once there is room again.
            Err(WriteError::Sync(SyncError::DiskFull { .. })) if !journal.is_broken() => self.appended = appended,
            Err(_) => self.journal = None,
            Ok(_) => {}
        }
        written
    }

    fn close(self) -> Result<(), WriteError> {
        self.journal.map_or(Ok(()), |journal| Ok(journal.close()?))
    }
}

/// Appends what the journal does not hold yet, and syncs; `appended` says how many frames it holds, also where that fails.
fn append<D: Disk>(
    journal: &mut Journal<D>,
    taken: &[Waiting],
    appended: &mut usize,
) -> Result<(u64, u64), WriteError> {
    let held = *appended;
    if held > 0 {
        journal.sync()?;
    }
    let (mut frames, mut bytes, mut waiting) = (0_u64, 0_u64, 0_usize);
    for (number, frame) in taken.iter().flat_map(Waiting::frames).enumerate() {
        frames += 1;
        bytes += frame.len() as u64;
        if number >= held {
            journal.append(frame, &[])?;
            *appended = number + 1;
            waiting += frame.len();
            if waiting > BATCH_BYTES {
                journal.sync()?;
                waiting = 0;
            }
        }
    }
    journal.sync()?;
    Ok((frames, bytes))
}

impl<D: Disk> Writer<D> {
    pub(super) fn new(
        (shared, states): (Arc<Shared>, watch::Sender<State>),
        target: Target<D>,
        every: Duration,
        now_ms: Box<dyn Fn() -> i64 + Send>,
        retain: Retain,
    ) -> Self {
        // Whoever starts the access log has looked for old journals already.
        let retained = target.day;
        Self { shared, states, target, every, now_ms, retain, retained, taken: Vec::new() }
    }

    /// Writes until told to stop, then what is left.
    pub(super) fn run(mut self) {
        loop {
            let is_stopping = self.shared.is_stopping.load(Ordering::Acquire);
            let is_written = self.round();
            if is_stopping {
                let closed = if is_written { self.target.close() } else { Ok(()) };
                if let Err(error) = closed {
                    tracing::error!(%error, "the access log was not closed");
                }
                return;
            }
            self.wait(is_written);
        }
    }

    fn wait(&self, is_written: bool) {
        let until = Instant::now() + if is_written { self.every } else { RETRY };
        loop {
            let is_called = self.shared.is_wanted.swap(false, Ordering::AcqRel) && is_written;
            let left = until.saturating_duration_since(Instant::now());
            if is_called || left.is_zero() || self.shared.is_stopping.load(Ordering::Acquire) {
                return;
            }
            std::thread::park_timeout(left);
        }
    }

    /// Takes what was noted and makes it durable; false where that failed, and it is held.
    fn round(&mut self) -> bool {
        let now_ms = (self.now_ms)();
        let day = folder::utc_day(now_ms);
        if self.retained != day {
            self.retained = day;
            (self.retain)(now_ms);
        }
        if !self.shared.is_failing.load(Ordering::Acquire) {
            self.shared.shards.take(&mut self.taken);
        }
        let started = Instant::now();
        let metrics = &self.shared.metrics;
        match self.target.write(&self.taken, now_ms) {
            Ok((frames, bytes)) => {
                if frames > 0 {
                    metrics.access_sync.note(started.elapsed());
                    metrics.access_frames.add(frames);
                    metrics.access_bytes.add(bytes);
                    metrics.access_looks.add(self.taken.iter().map(|it| it.looks).sum());
                }
                self.taken.iter_mut().for_each(Waiting::clear);
                if self.shared.is_failing.swap(false, Ordering::AcqRel) {
                    tracing::info!("the access log is written again: look-ups are answered");
                }
                self.states.send_modify(|state| *state = State { rounds: state.rounds + 1, is_failing: false });
                true
            }
            Err(error) => {
                if !self.shared.is_failing.swap(true, Ordering::AcqRel) {
                    metrics.access_failures.add(1);
                    tracing::error!(%error, "the access log cannot be written: look-ups are refused until it can");
                }
                self.states.send_modify(|state| state.is_failing = true);
                false
            }
        }
    }
}
