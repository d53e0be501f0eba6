//! The publishers: a thread and a fenced transactional producer for each partition that is published from here.

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
use std::collections::{BTreeMap, BTreeSet};
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
    /// Do other processes have the log too? Then a partition goes from one to another, and who is fenced has lost it.
    pub(crate) is_shared: bool,
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
    publisher: Publisher,
    at_work: BTreeMap<u16, (JoinHandle<()>, Arc<AtomicBool>)>,
    /// Told to stop, and ending what they have begun.
    ending: Vec<JoinHandle<()>>,
    telling: mpsc::UnboundedSender<Told>,
    pub(crate) told: mpsc::UnboundedReceiver<Told>,
}

impl Publisher {
    pub(super) fn topic(&self) -> String {
        Names::of(&self.settings).decisions()
    }

    pub(super) fn context(&self) -> Context {
        Context::new(Arc::clone(&self.watch), self.settings.token_file.clone())
    }

    /// None at work yet.
    pub(crate) fn publishers(self) -> Result<Publishers, PublishError> {
        let folder = |source| PublishError::Remember { path: PathBuf::from(FOLDER), source };
        self.disk.create_dir(FOLDER).map_err(folder)?;
        let (telling, told) = mpsc::unbounded_channel();
        Ok(Publishers { publisher: self, at_work: BTreeMap::new(), ending: Vec::new(), telling, told })
    }
}

impl Publishers {
    /// Publishes these partitions from now on and no others; `decisions` are those of every partition of the log.
    pub(crate) fn publish<D: Decisions + Clone>(
        &mut self,
        partitions: &BTreeSet<u16>,
        decisions: &[D],
    ) -> Result<(), PublishError> {
        let lost: Vec<u16> = self.at_work.keys().copied().filter(|it| !partitions.contains(it)).collect();
        for partition in lost {
            if let Some((thread, stop)) = self.at_work.remove(&partition) {
                stop.store(true, Ordering::Release);
                self.ending.push(thread);
                self.publisher.watch.forget_behind(partition);
            }
        }
        self.ending.retain(|thread| !thread.is_finished());
        for (partition, decisions) in (0_u16..).zip(decisions) {
            if partitions.contains(&partition) && !self.at_work.contains_key(&partition) {
                self.start(partition, decisions.clone())?;
            }
        }
        Ok(())
    }

    fn start<D: Decisions>(&mut self, partition: u16, decisions: D) -> Result<(), PublishError> {
        let remember = |source| PublishError::Remember { path: Remembered::path(partition).into(), source };
        let remembered = Remembered::open(self.publisher.disk.clone(), partition).map_err(remember)?;
        let stop = Arc::new(AtomicBool::new(false));
        let parts = (self.publisher.clone(), Arc::clone(&stop));
        let running = Running::new(parts, partition, decisions, remembered, self.telling.clone());
        let thread = std::thread::Builder::new().name(format!("decisions-{partition}"));
        let started = thread.spawn(move || running.run());
        let thread = started.map_err(|source| PublishError::Thread { partition, source })?;
        self.at_work.insert(partition, (thread, stop));
        Ok(())
    }

    /// Tells the threads to publish what is shown and end, and waits for them.
    pub(crate) fn end(self) -> Result<(), PublishError> {
        self.at_work.values().for_each(|(_, stop)| stop.store(true, Ordering::Release));
        let threads = self.at_work.into_values().map(|(thread, _)| thread).chain(self.ending);
        let joined: Vec<_> = threads.map(JoinHandle::join).collect();
        if joined.iter().any(Result::is_err) { Err(PublishError::Panicked) } else { Ok(()) }
    }
}
