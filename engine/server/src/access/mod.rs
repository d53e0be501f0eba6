//! The access log: no look-up without a trace. Who asked about whom, for which matter, and what the answer rested on.
//!
//! A service enters a look-up before it answers, in one line:
//!
//! ```ignore
//! let caller = self.desk.caller(&metadata, &extensions)?;
//! let head = Head { kind: Kind::History, at_ms, caller, purpose: "", as_of: None, token: view.token() };
//! self.desk.access.note_one(&head, &subject, &decisions).await?;
//! ```
//!
//! [`Access::note`] takes a [`Draft`] where there is more to say: several subjects, matters, verdicts. Both return when
//! the answer may be given, or with [`NotKept`]: then it may not.
//!
//! # Invariants
//!
//! Entered before it is answered. Unless `strict`, what was entered is on the disk [`AccessOptions::sync_every`] later at
//! the latest: that is what a crash may lose. With `strict` it is there before the answer is given. While the disk takes
//! nothing no look-up is answered. Where the buffers are full who asks waits: nothing is dropped.

mod draft;
mod folder;
mod reader;
mod shards;
#[cfg(test)]
mod tests;
mod writer;

pub use draft::{Draft, Head, Listed};
pub use heng_proto::access::v1::Kind;
pub use reader::{AccessLog, Look, ReadAccessError, Seen};

use crate::metrics::Metrics;
use crate::runner::Clock;
use heng_log::{DataDirView, Disk, Meta};
use heng_model::{DecisionId, SubjectId};
use shards::{Pushed, Shards};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;
use tokio::sync::watch;
use writer::{Retain, Target, WriteError, Writer};

/// Bytes beyond which a frame is closed: a look of usual length still fits behind it.
const FRAME_BYTES: usize = 32 << 10;

/// How the access log is kept.
#[derive(Debug, Clone, Copy)]
pub struct AccessOptions {
    /// The longest time between two syncs: what a crash may lose of look-ups that were answered.
    pub sync_every: Duration,
    /// Is no answer given before its look-up is on the disk?
    pub strict: bool,
    /// Bytes that wait to be written; beyond them who asks waits.
    pub buffer_bytes_max: usize,
    /// Days after which a day's journal is removed; 0 keeps all.
    pub keep_days: u32,
}

impl Default for AccessOptions {
    fn default() -> Self {
        Self { sync_every: Duration::from_millis(200), strict: false, buffer_bytes_max: 32 << 20, keep_days: 0 }
    }
}

/// The access log cannot be written, so nothing may be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the access log cannot be written, and no look-up is answered without a trace: tell whoever runs the engine")]
pub struct NotKept;

/// Why the access log cannot be begun.
#[derive(Debug, thiserror::Error)]
#[error("the access log cannot be begun: {0}")]
pub struct StartAccessError(#[source] Cause);

#[derive(Debug, thiserror::Error)]
enum Cause {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("its thread: {0}")]
    Thread(#[from] io::Error),
}

impl<E: Into<Cause>> From<E> for StartAccessError {
    fn from(cause: E) -> Self {
        Self(cause.into())
    }
}

/// The access log: cheap to clone, usable from any thread.
#[derive(Debug, Clone)]
pub struct Access {
    shared: Arc<Shared>,
    states: watch::Receiver<State>,
    thread: Thread,
}

/// Ends the access log.
#[derive(Debug)]
pub struct AccessThread {
    access: Access,
    joined: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    shards: Shards,
    is_strict: bool,
    /// Shall the writer not wait for its time?
    is_wanted: AtomicBool,
    is_failing: AtomicBool,
    is_stopping: AtomicBool,
    metrics: Arc<Metrics>,
}

/// How far the writer has come.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Rounds that are on the disk.
    rounds: u64,
    is_failing: bool,
}

impl Access {
    /// Begins the access log of a data directory, with a thread of its own.
    ///
    /// # Errors
    /// [`StartAccessError`] where nothing can be written.
    pub fn start(
        dir: &DataDirView,
        options: AccessOptions,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> Result<(Self, AccessThread), StartAccessError> {
        let root = dir.root().to_owned();
        folder::retain(&root, options.keep_days, clock.now_ms());
        let retain: Retain = Box::new(move |now_ms| folder::retain(&root, options.keep_days, now_ms));
        Self::start_on(dir.disk(), dir.meta().clone(), options, (clock, metrics), retain)
    }

    fn start_on<D: Disk>(
        disk: D,
        meta: Meta,
        options: AccessOptions,
        (clock, metrics): (Arc<dyn Clock>, Arc<Metrics>),
        retain: Retain,
    ) -> Result<(Self, AccessThread), StartAccessError> {
        let target = Target::begin(disk, meta, clock.now_ms())?;
        let (sender, states) = watch::channel(State::default());
        let shared = Arc::new(Shared {
            shards: Shards::new(options.buffer_bytes_max),
            is_strict: options.strict,
            is_wanted: AtomicBool::new(false),
            is_failing: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            metrics,
        });
        let now_ms = Box::new(move || clock.now_ms());
        let writer = Writer::new((Arc::clone(&shared), sender), target, options.sync_every, now_ms, retain);
        let joined = std::thread::Builder::new().name("access".to_owned()).spawn(move || writer.run())?;
        let access = Self { shared, states, thread: joined.thread().clone() };
        Ok((access.clone(), AccessThread { access, joined: Mutex::new(Some(joined)) }))
    }

    /// Enters a look-up; returns when its answer may be given.
    ///
    /// # Errors
    /// [`NotKept`]: it may not be given.
    pub async fn note(&self, draft: Draft) -> Result<(), NotKept> {
        let shared = &*self.shared;
        if shared.is_failing.load(Ordering::Acquire) {
            return Err(NotKept);
        }
        let mut round = 0;
        if shared.shards.is_long(&draft) {
            let count = draft.parts().count();
            for (at, part) in draft.parts().enumerate() {
                // Another thread's buffer may be a round behind while rounds change.
                round = round.max(self.enter(|shards| shards.push_part(part, at + 1 == count)).await?);
            }
        } else {
            round = self.enter(|shards| shards.push(&draft)).await?;
        }
        if shared.is_strict { self.wait_for(round).await } else { Ok(()) }
    }

    /// Enters a look-up that is about one subject and asks for no verdict.
    ///
    /// # Errors
    /// [`NotKept`]: its answer may not be given.
    pub async fn note_one(
        &self,
        head: &Head<'_>,
        subject: &SubjectId,
        decisions: &[DecisionId],
    ) -> Result<(), NotKept> {
        let mut draft = Draft::new(head);
        draft.seen(&subject.text(), "", 0, decisions.iter().map(|id| id.0.as_slice()));
        self.note(draft).await
    }

    /// Is it written?
    #[must_use]
    pub fn is_kept(&self) -> bool {
        !self.shared.is_failing.load(Ordering::Acquire)
    }

    /// Pushes something, as soon as there is room for it; the round with which it goes to the disk.
    async fn enter(&self, push: impl Fn(&Shards) -> Pushed) -> Result<u64, NotKept> {
        match push(&self.shared.shards) {
            Pushed::Round(round) => Ok(round),
            Pushed::Filling(round) => {
                self.call();
                Ok(round)
            }
            Pushed::Full => self.wait_for_room(push).await,
        }
    }

    async fn wait_for_room(&self, push: impl Fn(&Shards) -> Pushed) -> Result<u64, NotKept> {
        self.shared.metrics.access_waits.add(1);
        let mut states = self.states.clone();
        loop {
            // Seen before it is tried: what is taken in between is not missed.
            if states.borrow_and_update().is_failing {
                return Err(NotKept);
            }
            match push(&self.shared.shards) {
                Pushed::Round(round) | Pushed::Filling(round) => return Ok(round),
                Pushed::Full => self.call(),
            }
            states.changed().await.map_err(|_| NotKept)?;
        }
    }

    async fn wait_for(&self, round: u64) -> Result<(), NotKept> {
        self.call();
        let mut states = self.states.clone();
        let state = states.wait_for(|state| state.rounds > round || state.is_failing).await;
        state.ok().filter(|state| state.rounds > round).map(drop).ok_or(NotKept)
    }

    /// Has the writer begin a round now.
    fn call(&self) {
        if !self.shared.is_wanted.swap(true, Ordering::AcqRel) {
            self.thread.unpark();
        }
    }
}

impl AccessThread {
    /// Writes what was entered, and ends; whatever is entered later is not kept.
    pub fn stop(&self) {
        self.access.shared.is_stopping.store(true, Ordering::Release);
        self.access.thread.unpark();
        let joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner).take();
        if joined.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the access log ended by a panic");
        }
        self.access.shared.is_failing.store(true, Ordering::Release);
    }
}

impl Drop for AccessThread {
    fn drop(&mut self) {
        self.stop();
    }
}
