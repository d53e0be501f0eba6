//! Everything at work: brokers are waited for, decisions taken over, inboxes read, and all ended in order.
//!
//! # Invariants
//!
//! Where the log is this process's own, no inbox is read before every partition of the decisions has been taken over: a
//! topic that is not what it must be ends the connector before anything more is accepted through it. Where it is shared,
//! partitions come and go, and an inbox is read by whoever has caught up with the log.

use crate::decisions::{Decisions, PublishError, Publisher, Publishers, Told};
use crate::inbox::{Authority, Inbox, InboxError, Intake, MappedTopic};
use crate::log::{LogError, LogParts, Owners};
use crate::settings::LogName;
use crate::topics::{Names, Topics, TopicsError, wanted};
use crate::{Settings, Watch};
use heng_log::RealDisk;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// The brokers are asked so long before it is looked whether to stop.
const ASK: Duration = Duration::from_secs(2);

/// It is looked so often whether events can be judged.
const LOOK: Duration = Duration::from_millis(50);

/// What the connector is handed.
pub struct Parts<I, D> {
    /// Settings.
    pub settings: Settings,
    /// Id of the log.
    pub log_id: [u8; 32],
    /// Who may publish.
    pub authorities: Vec<Authority>,
    /// Topics that departments write in forms of their own.
    pub mapped: Vec<MappedTopic>,
    /// Takes events.
    pub intake: I,
    /// The decisions of each partition of the log, in order.
    pub decisions: Vec<D>,
    /// The data directory.
    pub disk: RealDisk,
    /// Counters.
    pub watch: Arc<Watch>,
    /// Where the log is on Kafka: the partitions are shared out among processes.
    pub shared: Option<LogParts>,
}

/// Why the connector ended.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// Decisions do not go to their topic.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// Partitions are not shared out.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Inboxes are not read.
    #[error(transparent)]
    Inbox(#[from] InboxError),
    /// The client library refuses its configuration.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// A topic has another number of partitions than the log.
    #[error(
        "`{topic}` has {found} partitions and the log {wanted}: the decisions of a partition go to the same partition; \
         `heng topics check` says what to do"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many the log has.
        wanted: usize,
    },
    /// The thread cannot be started.
    #[error("the thread of the Kafka connector: {0}")]
    Thread(#[source] io::Error),
    /// Something in it is broken.
    #[error("the Kafka connector ended by a panic")]
    Panicked,
}

/// The connector at work.
pub struct Connector {
    thread: JoinHandle<Result<(), ConnectorError>>,
    ended: watch::Receiver<bool>,
    stop_inbox: watch::Sender<bool>,
    stop: Arc<AtomicBool>,
}

impl Connector {
    /// Starts the connector's thread.
    ///
    /// # Errors
    /// [`ConnectorError::Thread`].
    pub fn start<I: Intake, D: Decisions + Clone>(parts: Parts<I, D>) -> Result<Self, ConnectorError> {
        let (stop_inbox, stop_receiver) = watch::channel(false);
        let (ending, ended) = watch::channel(false);
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let done = runtime.map_err(ConnectorError::Thread).and_then(|runtime| {
                let done = runtime.block_on(work(parts, stop_receiver, &stopping));
                stopping.store(true, Ordering::Release);
                done
            });
            // Nobody listens any more where the program is ending.
            let _ = ending.send(true);
            done
        };
        let thread = std::thread::Builder::new().name("kafka".to_owned()).spawn(run).map_err(ConnectorError::Thread)?;
        Ok(Self { thread, ended, stop_inbox, stop })
    }

    /// Waits until the connector has ended by itself.
    pub async fn ended(&mut self) {
        // A sender that is gone has ended as well.
        let _ = self.ended.wait_for(|ended| *ended).await;
    }

    /// Asks the connector to end: what was read from inboxes is answered, what is shown of decisions published.
    pub fn stop(&self) {
        // Nobody is left to tell where it has ended.
        let _ = self.stop_inbox.send(true);
        self.stop.store(true, Ordering::Release);
    }

    /// Waits for the connector to end.
    ///
    /// # Errors
    /// [`ConnectorError`], what ended it.
    pub fn join(self) -> Result<(), ConnectorError> {
        self.thread.join().unwrap_or(Err(ConnectorError::Panicked))
    }
}

async fn work<I: Intake, D: Decisions + Clone>(
    parts: Parts<I, D>,
    stop_inbox: watch::Receiver<bool>,
    stop: &Arc<AtomicBool>,
) -> Result<(), ConnectorError> {
    let Parts { settings, log_id, authorities, mapped, intake, decisions, disk, watch, shared } = parts;
    if !wait_for_topics(&settings, &authorities, decisions.len(), shared.is_some(), &watch, stop).await? {
        return Ok(());
    }
    let publisher = Publisher {
        settings: settings.clone(),
        log: LogName::of(&log_id),
        log_id,
        disk,
        watch: Arc::clone(&watch),
        is_shared: shared.is_some(),
    };
    let mut publishers = publisher.publishers()?;
    // The owners leave last: until then nobody else begins with their partitions.
    let stop_owners = Arc::new(AtomicBool::new(false));
    let mut owners = match &shared {
        // Who has not caught up would only keep partitions from those that have.
        Some(log) => match caught_up(&decisions, stop).await {
            true => Some(Owners::start(log, Arc::clone(&stop_owners))?),
            false => return Ok(publishers.end()?),
        },
        None => None,
    };
    let office =
        Office { settings: &settings, log_id, authorities: &authorities, decisions: &decisions, watch: &watch };
    let done = office.serve((intake, mapped), &mut publishers, owners.as_mut(), stop_inbox).await;
    // The publishers end after the inboxes: what those brought is decided by then.
    let ended = publishers.end();
    stop_owners.store(true, Ordering::Release);
    let left = owners.map_or(Ok(()), Owners::join);
    done.and(left.map_err(ConnectorError::from)).and(ended.map_err(ConnectorError::from))
}

/// Waits until the engine shows what the log holds; false where it is told to stop meanwhile.
async fn caught_up<D: Decisions + Clone>(decisions: &[D], stop: &AtomicBool) -> bool {
    let Some(first) = decisions.first() else { return true };
    while !stop.load(Ordering::Acquire) {
        let mut first = first.clone();
        // On a thread that may block.
        let shown = tokio::task::spawn_blocking(move || first.shown(LOOK)).await;
        if matches!(shown, Ok(Some(_))) {
            return true;
        }
    }
    false
}

/// What inboxes are read by.
struct Office<'a, D> {
    settings: &'a Settings,
    log_id: [u8; 32],
    authorities: &'a [Authority],
    decisions: &'a [D],
    watch: &'a Arc<Watch>,
}

impl<D: Decisions + Clone> Office<'_, D> {
    async fn serve<I: Intake>(
        &self,
        (intake, mapped): (I, Vec<MappedTopic>),
        publishers: &mut Publishers,
        owners: Option<&mut Owners>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        if owners.is_none() {
            let all = (0_u16..).zip(self.decisions).map(|(partition, _)| partition).collect();
            publishers.publish(&all, self.decisions)?;
            if !taken_over(publishers, self.decisions.len(), &mut stop).await? {
                return Ok(());
            }
        }
        let reading = async {
            while !intake.is_open() {
                tokio::select! {
                    _ = stop.wait_for(|stop| *stop) => return Ok(()),
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            let (log, watch) = (LogName::of(&self.log_id), Arc::clone(self.watch));
            Inbox::subscribe(self.settings, &log, (self.authorities, mapped), intake, watch)?.run(stop).await
        };
        self.watch_over(reading, publishers, owners).await
    }

    /// Reads the inboxes until told to stop, or until something fails; ready as soon as their group has this member.
    async fn watch_over(
        &self,
        reading: impl Future<Output = Result<(), InboxError>>,
        publishers: &mut Publishers,
        owners: Option<&mut Owners>,
    ) -> Result<(), ConnectorError> {
        let mut reading = std::pin::pin!(reading);
        let mut owned = owners.map(|owners| owners.owned.clone());
        loop {
            tokio::select! {
                done = &mut reading => return Ok(done?),
                told = publishers.told.recv() => match told {
                    // Taken over anew after a failure, or come from another process.
                    Some(Told::TakenOver) => {}
                    Some(Told::Failed(error)) => return Err(error.into()),
                    None => return Err(ConnectorError::Panicked),
                },
                partitions = changed(&mut owned) => match partitions {
                    Some(partitions) => publishers.publish(&partitions, self.decisions)?,
                    // Its thread says why.
                    None => return Ok(()),
                },
                () = joined(self.watch), if !self.watch.is_ready() => {
                    self.watch.set_ready();
                    tracing::info!("Kafka: inboxes joined");
                }
            }
        }
    }
}

/// The partitions owned, when they change; for ever where all are.
async fn changed(owned: &mut Option<watch::Receiver<BTreeSet<u16>>>) -> Option<BTreeSet<u16>> {
    match owned {
        Some(owned) => {
            owned.changed().await.ok()?;
            Some(owned.borrow_and_update().clone())
        }
        None => std::future::pending().await,
    }
}

/// Waits for the brokers and for the topics; false where it is told to stop meanwhile.
async fn wait_for_topics(
    settings: &Settings,
    authorities: &[Authority],
    partitions: usize,
    is_shared: bool,
    watch: &Arc<Watch>,
    stop: &AtomicBool,
) -> Result<bool, ConnectorError> {
    let topics = Topics::watched(settings, Arc::clone(watch))?;
    let names = Names::of(settings);
    let codes = authorities.iter().map(|it| it.code.as_str());
    let count = u16::try_from(partitions).unwrap_or(u16::MAX);
    let unused = match is_shared {
        true => vec![names.access()],
        false => vec![names.events(), names.packs(), names.access()],
    };
    let needed: Vec<_> = wanted(settings, count, codes).into_iter().filter(|it| !unused.contains(&it.name)).collect();
    let mut told = Vec::new();
    tracing::info!(brokers = %settings.brokers, "waiting for Kafka");
    while !stop.load(Ordering::Acquire) {
        let Ok(metadata) = topics.metadata(ASK) else { continue };
        let found = |name: &str| {
            let topic = metadata.topics().iter().find(|it| it.name() == name);
            topic.map(|topic| topic.partitions().len()).filter(|partitions| *partitions > 0)
        };
        let missing: Vec<&str> = needed.iter().map(|it| it.name.as_str()).filter(|it| found(it).is_none()).collect();
        if missing.is_empty() {
            let of_log = [Some(names.decisions()), is_shared.then(|| names.events())];
            for topic in of_log.into_iter().flatten() {
                let found = found(&topic).unwrap_or_default();
                if found != partitions {
                    return Err(ConnectorError::Partitions { topic, found, wanted: partitions });
                }
            }
            return Ok(true);
        }
        if told != missing {
            tracing::error!(topics = missing.join(" "), "topics are missing: heng topics create --config FILE");
            told = missing.into_iter().map(str::to_owned).collect();
        }
        tokio::time::sleep(ASK).await;
    }
    Ok(false)
}

/// Waits until every partition has been taken over; false where it is told to stop meanwhile.
async fn taken_over(
    publishers: &mut Publishers,
    partitions: usize,
    stop: &mut watch::Receiver<bool>,
) -> Result<bool, ConnectorError> {
    for _ in 0..partitions {
        tokio::select! {
            told = publishers.told.recv() => match told {
                Some(Told::TakenOver) => {}
                Some(Told::Failed(error)) => return Err(error.into()),
                None => return Err(ConnectorError::Panicked),
            },
            _ = stop.wait_for(|stop| *stop) => return Ok(false),
        }
    }
    Ok(true)
}

async fn joined(watch: &Watch) {
    while !watch.has_joined() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
