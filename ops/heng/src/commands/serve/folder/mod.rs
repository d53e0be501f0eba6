//! The watched folder: files of events, taken line by line as if each were published.
//!
//! # Invariants
//!
//! A file leaves the inbox when each of its lines was answered and everything about it is durable, and not before: a crash
//! in its midst costs reading it again, and what was accepted is a duplicate then. What a file says is never passed over: a
//! line is accepted, a duplicate, or a dead letter with file and line; a file that cannot be read at all is one itself.
//! Files are taken one by one, in the order of their names; no more lines are under way than the engine may lag behind.
//! One that cannot be read now is said once, passed over, and tried again with every look; only where no letter can be
//! written do all wait.

mod inbox;
mod letters;
mod rows;
mod take;

use super::letters::SharedLetters;
use crate::config;
use anyhow::Context;
use heng_server::metrics::Metrics;
use heng_server::runner::Handle;
use inbox::Inbox;
use letters::Places;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;
use take::{Ended, Failure, Taker};

/// What takes the files; it stops when told to.
pub(super) struct Folder {
    stop: mpsc::Sender<()>,
    thread: JoinHandle<()>,
}

/// What it works with.
struct Watch {
    inbox: Inbox,
    taker: Taker,
    handle: Handle,
    metrics: Arc<Metrics>,
    poll: Duration,
    stop: mpsc::Receiver<()>,
    /// What fails now, as it was said: by file, and under no name what concerns all.
    failing: BTreeMap<String, String>,
}

/// What concerns all files.
const ALL: &str = "";

impl Folder {
    /// Starts to watch, if a folder is configured.
    pub(super) fn start(
        config: &config::Folder,
        handle: &Handle,
        metrics: &Arc<Metrics>,
        letters: SharedLetters,
    ) -> anyhow::Result<Option<Self>> {
        if config.dir.as_os_str().is_empty() {
            return Ok(None);
        }
        let inbox = Inbox::open(&config.dir, Duration::from_millis(config.settle_ms)).context("folder.dir")?;
        let places = Places::open(letters, &inbox.names()?)?;
        let mappings = (!config.mappings.as_os_str().is_empty()).then(|| PathBuf::from(&config.mappings));
        let taker = Taker::new(handle.clone(), Arc::clone(metrics), places, mappings)?;
        let (stop, told) = mpsc::channel();
        let watch = Watch {
            inbox,
            taker,
            handle: handle.clone(),
            metrics: Arc::clone(metrics),
            poll: Duration::from_millis(config.poll_ms),
            stop: told,
            failing: BTreeMap::new(),
        };
        let thread = std::thread::Builder::new().name("folder".to_owned()).spawn(move || watch.run())?;
        Ok(Some(Self { stop, thread }))
    }

    /// Stops: lines under way are answered, the file they are of stays in the inbox and is taken again by the next start.
    pub(super) async fn stop(self) {
        drop(self.stop);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await;
        if !matches!(joined, Ok(Ok(()))) {
            tracing::error!("the thread of the watched folder is gone: files that wait are taken by the next start");
        }
    }
}

impl Watch {
    fn run(mut self) {
        while matches!(self.stop.recv_timeout(self.poll), Err(RecvTimeoutError::Timeout)) {
            // Before the log has been caught up with, or without a pack, nothing can be judged.
            if !self.handle.index().view().as_ref().is_some_and(|view| view.is_open()) {
                continue;
            }
            match self.round() {
                Ok(()) => self.goes_well(ALL),
                Err(error) => self.fails(ALL, &error),
            }
        }
    }

    /// Notes that a file, or all, cannot be taken: said once, until it changes.
    fn fails(&mut self, name: &str, error: &anyhow::Error) {
        let error = format!("{error:#}");
        if self.failing.get(name) == Some(&error) {
            return;
        }
        self.metrics.folder_failures.add(1);
        if name == ALL {
            tracing::error!(error, "files of the watched folder stay in the inbox");
        } else {
            tracing::error!(file = name, error, "a file of the watched folder stays in the inbox, others are taken");
        }
        self.failing.insert(name.to_owned(), error);
    }

    fn goes_well(&mut self, name: &str) {
        if self.failing.remove(name).is_some() {
            tracing::info!(file = name, "what failed in the watched folder goes well again");
        }
    }

    /// Takes what lies there.
    fn round(&mut self) -> anyhow::Result<()> {
        let (settled, waiting) = self.inbox.settled()?;
        self.metrics.folder_waiting.set(waiting);
        // One that was taken away fails no more.
        self.failing.retain(|name, _| name == ALL || settled.contains(name));
        for name in settled {
            match self.take(&name) {
                Ok(true) => self.goes_well(&name),
                Ok(false) => return Ok(()),
                Err(Failure::File(error)) => self.fails(&name, &error),
                Err(Failure::Letters(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes a file; false where all stops.
    fn take(&mut self, name: &str) -> Result<bool, Failure> {
        let path = self.inbox.path(name);
        let told = &self.stop;
        let is_over = || !matches!(told.try_recv(), Err(mpsc::TryRecvError::Empty));
        let is_away = match self.taker.take(name, &path, &is_over)? {
            Ended::Stopped => return Ok(false),
            // Somebody still writes it: once it has settled it is taken again, from the beginning.
            Ended::Grew => return Ok(true),
            Ended::Done(id) => self.inbox.done(name, id),
            Ended::Unreadable(id) => self.inbox.refused(name, id),
        };
        if is_away.map_err(Failure::File)? {
            self.taker.forget(name);
            self.metrics.folder_files.add(1);
        } else {
            tracing::warn!(file = name, "the file was written to until it was moved, and is taken again");
        }
        Ok(true)
    }
}
