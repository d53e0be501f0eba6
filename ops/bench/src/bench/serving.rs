//! Heng, serving in this process: engine, access log and gRPC on a port of its own.
//!
//! # Invariants
//!
//! An event that is refused after it was on the log ends the engine: a benchmark in which events are refused measures
//! something else than it says.

use anyhow::Context as _;
use heng_core::{Entry, Event, Refusal};
use heng_files::{LineError, OwnedEvent, Sent};
use heng_log::DataDir;
use heng_model::SubjectId;
use heng_rules::PackFiles;
use heng_server::access::{Access, AccessOptions, AccessThread};
use heng_server::grpc::{Desk, ENCODE, Limits, Server, ServerOptions};
use heng_server::runner::{
    Clock, DeadLetters, EventReader, Handle, Incoming, Parts, ReadEvent, Runner, RunnerOptions, Violation,
};
use heng_server::subscription::Names;
use heng_server::{Engine, EngineOptions, ResolveError};
use heng_store::SledStore;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How Heng is served.
pub(super) struct How {
    /// Serving threads.
    pub(super) threads: usize,
    pub(super) access: AccessOptions,
    pub(super) clock: Arc<dyn Clock>,
    /// A pack that takes effect with the next day.
    pub(super) pack: Option<PackFiles>,
}

/// Heng, serving.
pub(super) struct Serving {
    pub(super) handle: Handle,
    runner: Runner,
    server: Server,
    access: AccessThread,
}

impl Serving {
    /// Starts from the newest checkpoint, if there is one, and serves once the log is caught up with.
    pub(super) async fn start(dir: &DataDir, how: How) -> anyhow::Result<Self> {
        let parts = Parts {
            reader: Arc::new(Reader),
            letters: Box::new(NoLetters),
            clock: Arc::clone(&how.clock),
            pack: how.pack,
            encode: ENCODE,
            traces: heng_server::trace::Traces::default(),
        };
        let (disk, meta, state) = (dir.disk(), dir.meta().clone(), dir.state());
        let open = move || {
            let store = Some(Box::new(SledStore::new(state)) as _);
            Engine::open(disk, meta, EngineOptions { store, progress: &mut |_| {} })
        };
        let (runner, handle) = Runner::start(open, parts, RunnerOptions::default())?;
        let metrics = Arc::default();
        let (access, access_thread) = Access::start(dir, how.access, Arc::clone(&how.clock), Arc::clone(&metrics))?;
        let desk = Desk {
            handle: handle.clone(),
            clock: how.clock,
            limits: Limits::default(),
            metrics,
            names: Arc::new(Names::open(dir.disk(), dir.meta(), 1)?),
            packs: dir.disk(),
            access,
        };
        let options = ServerOptions {
            threads: how.threads,
            subscriptions: Some("127.0.0.1:0".parse()?),
            connections_max: 1_024,
            streams_max: 1_024,
            call_timeout: Duration::from_secs(30),
            keepalive: Duration::from_secs(60),
            drain: Duration::ZERO,
        };
        let server = Server::start("127.0.0.1:0".parse()?, &desk, options).await?;
        if handle.tick().await.is_err() {
            runner.join()?;
            anyhow::bail!("the engine ended");
        }
        Ok(Self { handle, runner, server, access: access_thread })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The port for who subscribes.
    pub(super) fn subscriptions(&self) -> anyhow::Result<SocketAddr> {
        self.server.subscriptions().context("there is no port for subscribers")
    }

    /// Decisions on the log, hidden ones included.
    pub(super) fn decisions(&self) -> u64 {
        self.handle.published().marks().iter().sum()
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        self.server.stop().await;
        self.handle.stop().await;
        self.access.stop();
        Ok(self.runner.join()?)
    }
}

/// Reads data as JSON.
struct Reader;

struct Read(OwnedEvent);

fn violation(error: &LineError) -> Violation {
    Violation { field: error.field().to_owned(), message: error.to_string() }
}

impl EventReader for Reader {
    fn read(&self, incoming: Incoming) -> Result<Box<dyn ReadEvent>, Violation> {
        let Incoming { id, source, kind, subject, data, .. } = incoming;
        let sent = Sent { id, source, kind, subject, data, ..Sent::default() };
        Ok(Box::new(Read(OwnedEvent::read(sent).map_err(|error| violation(&error))?)))
    }
}

impl ReadEvent for Read {
    fn event(&self, resolve: &dyn Fn(&str) -> Result<SubjectId, ResolveError>) -> Result<Event<'_>, Violation> {
        let subject = resolve(self.subject_as_sent());
        let subject = subject.map_err(|error| Violation { field: "subject".to_owned(), message: error.to_string() })?;
        self.0.parsed().event(subject, None).map_err(|error| violation(&error))
    }

    fn subject_as_sent(&self) -> &str {
        self.0.parsed().subject_as_sent()
    }

    fn other_as_sent(&self) -> Option<&str> {
        None
    }

    fn claimed_time(&self) -> Option<&str> {
        None
    }

    fn traceparent(&self) -> Option<&str> {
        None
    }
}

struct NoLetters;

impl DeadLetters for NoLetters {
    fn keep(&mut self, entry: &Entry<'_>, _: Option<&str>, refusal: &Refusal) -> std::io::Result<()> {
        Err(std::io::Error::other(format!("{} was refused: {refusal}", entry.position)))
    }

    fn sync(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
