//! The publishers: a thread and a fenced transactional producer for each partition.

use super::Decisions;
use super::error::PublishError;
use super::remembered::{FOLDER, Remembered};
use super::run::Running;
use crate::Settings;
use crate::context::Context;
use crate::settings::LogName;
use crate::topics::Names;
use crate::watch::Watch;
use heng_log::{Disk as _, RealDisk};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::sync::mpsc;

/// What all publishers of a log have.
#[derive(Clone)]
pub(crate) struct Publisher {
    pub(crate) settings: Settings,
    pub(crate) log: LogName,
    pub(crate) log_id: [u8; 32],
    /// The data directory, where it is remembered what was committed.
    pub(crate) disk: RealDisk,
    pub(crate) watch: Arc<Watch>,
    pub(crate) stop: Arc<AtomicBool>,
}

/// What a publisher tells.
pub(crate) enum Told {
    /// The partition was taken over, and goes on.
    TakenOver,
    /// It goes on no more.
    Failed(PublishError),
}

/// The threads.
pub(crate) struct Publishers {
    threads: Vec<JoinHandle<()>>,
    pub(crate) told: mpsc::UnboundedReceiver<Told>,
}

impl Publisher {
    pub(super) fn topic(&self) -> String {
        Names::of(&self.settings).decisions()
    }

    pub(super) fn context(&self) -> Context {
        Context::new(Arc::clone(&self.watch), self.settings.token_file.clone())
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Starts a thread for each partition, in the order of `partitions`.
    pub(crate) fn start<D: Decisions>(&self, partitions: Vec<D>) -> Result<Publishers, PublishError> {
        let folder = |source| PublishError::Remember { path: PathBuf::from(FOLDER), source };
        self.disk.create_dir(FOLDER).map_err(folder)?;
        let (telling, told) = mpsc::unbounded_channel();
        let mut threads = Vec::new();
        for (partition, decisions) in (0_u16..).zip(partitions) {
            let remember = |source| PublishError::Remember { path: Remembered::path(partition).into(), source };
            let remembered = Remembered::open(self.disk.clone(), partition).map_err(remember)?;
            let running = Running::new(self.clone(), partition, decisions, remembered, telling.clone());
            let thread = std::thread::Builder::new().name(format!("decisions-{partition}"));
            let started = thread.spawn(move || running.run());
            threads.push(started.map_err(|source| PublishError::Thread { partition, source })?);
        }
        Ok(Publishers { threads, told })
    }
}

impl Publishers {
    /// Waits for the threads to end, which they do when they are told to stop or have failed.
    pub(crate) fn join(self) -> Result<(), PublishError> {
        let joined: Vec<_> = self.threads.into_iter().map(JoinHandle::join).collect();
        if joined.iter().any(Result::is_err) { Err(PublishError::Panicked) } else { Ok(()) }
    }
}
