//! Checkpoints that engines share: where the state comes from at the start, and how this engine's are shared.
//!
//! # Invariants
//!
//! An engine starts and goes on without the place where checkpoints are shared: what fails is told, nothing else comes of it.

use crate::config::{Config, Role};
use anyhow::Context as _;
use heng_core::FOLD_VERSION;
use heng_log::{DataDir, Frame, Meta, RealDisk, Stream};
use heng_model::PartitionId;
use heng_objects::fetch::{SharedState, Wanted, finish_incoming, is_incoming_complete, remove_incoming};
use heng_objects::publish::{Journals, JournalsError};
use heng_objects::{Chain, PublishOptions, Publisher, Source, Status, TeedStore};
use heng_server::runner::Handle;
use heng_server::{Opened, Store};
use heng_store::SledStore;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// What this process has to do with shared checkpoints.
#[derive(Clone)]
pub(super) struct Checkpoints {
    status: Arc<Status>,
    began: Instant,
    /// Where checkpoints are shared: the place, and this engine's files.
    shared: Option<(Wanted, Arc<Chain>)>,
}

fn wanted(config: &Config, meta: &Meta) -> anyhow::Result<Option<Wanted>> {
    let location = config.checkpoints.location().context("checkpoints.shared")?;
    Ok(location.map(|location| Wanted { location, meta: meta.clone(), fold_version: FOLD_VERSION }))
}

/// Does this process share its own checkpoints?
fn shares(config: &Config) -> bool {
    config.checkpoints.publish && config.serve.role == Role::Engine
}

/// Gets the newest shared checkpoint for a log, and makes a data directory of it; none where there is none to be had.
pub(super) fn fetched(config: &Config, meta: &Meta) -> anyhow::Result<Option<DataDir>> {
    let dir = &config.data.dir;
    if !is_incoming_complete(dir) {
        if let Err(error) = remove_incoming(dir) {
            tracing::warn!("what an earlier start fetched cannot be removed: {error}");
        }
        let Some(wanted) = wanted(config, meta)? else { return Ok(None) };
        // The place is asked by a runtime of its own, which may not be run inside this one's.
        let fetched = thread::scope(|scope| scope.spawn(|| wanted.fetch_into(dir)).join());
        let is_fetched = fetched.map_or_else(
            |_| {
                tracing::error!("the thread that fetches a checkpoint panicked; the state comes from the log");
                false
            },
            |fetched| fetched.is_some(),
        );
        if !is_fetched {
            return Ok(None);
        }
    }
    Ok(Some(finish_incoming(dir)?))
}

/// Goes on where an earlier start was interrupted while it put a fetched data directory in its place.
pub(super) fn resume(dir: &Path) -> anyhow::Result<Option<DataDir>> {
    Ok(if is_incoming_complete(dir) { Some(finish_incoming(dir)?) } else { None })
}

impl Checkpoints {
    pub(super) fn new(config: &Config, dir: &DataDir, is_fetched: bool, began: Instant) -> anyhow::Result<Self> {
        let partitions = dir.meta().partitions;
        let open = |wanted| match Chain::open(Chain::place(dir.root()), partitions, shares(config)) {
            Ok(chain) => {
                if is_fetched {
                    chain.all_fetched();
                }
                Some((wanted, Arc::new(chain)))
            }
            Err(error) => {
                tracing::warn!("checkpoints are neither fetched nor shared until the next start: {error}");
                None
            }
        };
        let shared = wanted(config, dir.meta())?.and_then(open);
        Ok(Self { status: Arc::new(Status::new(partitions)), began, shared })
    }

    /// What is counted.
    pub(super) fn status(&self) -> Arc<Status> {
        Arc::clone(&self.status)
    }

    /// Calls are served: notes after how many milliseconds, and tells them.
    pub(super) fn serving(&self) -> u64 {
        let after_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.status.note_serving(after_ms);
        after_ms
    }

    /// The store of this engine's checkpoints.
    pub(super) fn store(&self, state: &Path, disk: &RealDisk) -> Store {
        let state = state.to_owned();
        match &self.shared {
            None => Box::new(SledStore::new(state)),
            Some((wanted, chain)) => {
                let fallback = Box::new(SharedState::new(wanted.clone(), disk.clone()));
                let own = Box::new(move || SledStore::new(state.clone()));
                Box::new(TeedStore::new(own, Arc::clone(chain), Arc::clone(&self.status), Some(fallback)))
            }
        }
    }

    /// Tells where the state came from.
    pub(super) fn opened(&self, opened: &Opened) {
        if self.shared.is_none() {
            opened.restored.iter().for_each(|partition| self.status.came_from(*partition, Source::Own));
        }
        let [own, shared, log] = [Source::Own, Source::Shared, Source::Log].map(|source| self.status.from(source));
        tracing::info!(own, shared, log, folded = opened.folded.entries, "partitions by where their state came from");
    }

    /// Begins to share, where this engine is to; it ends when what is returned is dropped.
    pub(super) fn publish(&self, config: &Config, dir: &DataDir, handle: &Handle) -> Option<Publisher> {
        let (wanted, chain) = self.shared.as_ref().filter(|_| shares(config))?;
        let options = PublishOptions {
            location: wanted.location.clone(),
            every: Duration::from_secs(config.checkpoints.publish_every_s.into()),
            keep: config.checkpoints.keep,
            meta: dir.meta().clone(),
            packs: dir.packs(),
        };
        let journals = EngineJournals { handle: handle.clone(), runtime: None };
        Publisher::start(options, Arc::clone(chain), journals, Arc::clone(&self.status))
            .inspect_err(|error| tracing::warn!("no checkpoints are shared until the next start: {error}"))
            .ok()
    }
}

/// The journals as the engine has them durable, read on the thread that shares.
struct EngineJournals {
    handle: Handle,
    /// Made on the thread that uses it.
    runtime: Option<Runtime>,
}

impl Journals for EngineJournals {
    fn read(
        &mut self,
        stream: Stream,
        partition: PartitionId,
        from: u64,
        visit: &mut dyn FnMut(Frame<'_>) -> bool,
    ) -> Result<(), JournalsError> {
        if self.runtime.is_none() {
            self.runtime = Some(tokio::runtime::Builder::new_current_thread().enable_time().build()?);
        }
        let Some(runtime) = &self.runtime else { return Ok(()) };
        let frames = runtime.block_on(self.handle.scan(stream, partition, from))?;
        let mut frames = frames.ok_or("the log has no such partition")?;
        while let Some(frame) = frames.next_frame() {
            if !visit(frame?.1) {
                break;
            }
        }
        Ok(())
    }
}
