//! `heng serve`: the services on an embedded log.

mod checkpoints;
mod folder;
mod kafka;
mod letters;
mod reader;
pub(crate) mod shared_log;
mod stop;
mod supervisor;
mod telemetry;
mod watched;

use super::run::DeadLetters;
use crate::config::{Config, Role};
use crate::data::read_pack;
use crate::output::{line, start_server_log};
use anyhow::Context;
use checkpoints::Checkpoints;
use folder::Folder;
use heng_kafka::log::LogParts;
use heng_kafka::{Connector, Watch};
use heng_log::{DataDir, DataDirError, Meta};
use heng_rules::PackFiles;
use heng_server::access::{Access, AccessOptions};
use heng_server::grpc::{Desk, ENCODE, HttpServer, Limits, Server, ServerOptions};
use heng_server::metrics::Metrics;
use heng_server::runner::{Handle, Parts, RunError, Runner, RunnerOptions, WallClock};
use heng_server::shared::SharedLogError;
use heng_server::subscription::Names;
use heng_server::trace::Traces;
use heng_server::{Engine, EngineError, EngineOptions};
use letters::{Letters, SharedLetters};
use reader::JsonReader;
use serde_json::json;
use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use telemetry::Telemetry;
use tokio::task::JoinHandle;
use watched::Watched;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  heng config print > heng.toml      every key, with its default
  heng serve --config heng.toml
  heng serve --config replica.toml --role check

One line of JSON on standard output names the ports listened on; the log goes to standard error. Calls are served as soon
as the log has been caught up with: grpc.health.v1 then says SERVING, and /readyz 200. SIGTERM and SIGINT stop it: calls
end, everything is written, exit code 0.")]
pub(crate) struct Args {
    /// Configuration file (default: every key's default)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What this process does, whatever serve.role says: engine, or check for one that only answers from a shared log
    #[arg(long, value_enum)]
    role: Option<Role>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = Config::read(args.config.as_deref())?.with_role(args.role)?;
    start_server_log(&config.log.level, config.log.json);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(&config))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    let began = Instant::now();
    let pack = match config.data.pack.as_os_str().is_empty() {
        true => None,
        false => Some(read_pack(&config.data.pack).context("data.pack")?),
    };
    let watch: Arc<Watch> = Arc::default();
    // Held to the end: its lock says who writes.
    let (dir, is_fetched) = match config.kafka.has_log() {
        true => shared_log::data_dir(config, &watch, &new_meta(config))?,
        false => (data_dir(config, pack.as_ref())?, false),
    };
    let checkpoints = Checkpoints::new(config, &dir, is_fetched, began)?;
    let log = shared_log::parts(config, dir.meta(), &watch);
    let names = Names::open(dir.disk(), dir.meta(), config.subscriptions.names_max)?;
    let names = match &log {
        Some(log) => names.shared_by(shared_log::names(log).context("names of durable subscriptions")?),
        None => names,
    };
    let authorities = kafka::authorities(config, pack.as_ref())?;
    let metrics: Arc<Metrics> = Arc::default();
    let (access, access_thread) =
        Access::start(&dir, access_options(config), Arc::new(WallClock), Arc::clone(&metrics))?;
    let letters: SharedLetters = Arc::new(Mutex::new(DeadLetters::open(&dir.dead_letters())?));
    let (telemetry, traces) = Telemetry::start(&config.telemetry)?;
    let (runner, handle) = start_engine(config, &dir, pack, Arc::clone(&letters), (log.clone(), traces, &checkpoints))?;
    let desk = Desk {
        handle: handle.clone(),
        clock: Arc::new(WallClock),
        limits: limits(config),
        metrics: Arc::clone(&metrics),
        names: Arc::new(names),
        packs: dir.disk(),
        access,
    };
    let folder = Folder::start(&config.folder, &handle, &desk.metrics, letters)?;
    // Set once: nobody else sets what works beside the engine.
    let _ =
        metrics.beside.set(Arc::new(Watched { kafka: kafka::watched(config, &watch), status: checkpoints.status() }));
    let mut kafka = kafka::start(config, &dir, &handle, (authorities, Arc::clone(&watch), log.clone()))?;
    let server = Server::start(config.grpc()?, &desk, server_options(config)?).await?;
    let http = match config.http()? {
        Some(address) => Some(HttpServer::start(address, desk).await?),
        None => None,
    };
    let (grpc_address, http_address) = (server.address(), http.as_ref().map(HttpServer::address));
    let mut ports = json!({"grpc": grpc_address.to_string(), "http": http_address.map(|it| it.to_string())});
    if let (Some(address), Some(ports)) = (server.subscriptions(), ports.as_object_mut()) {
        ports.insert("subscriptions".to_owned(), address.to_string().into());
    }
    line(&ports.to_string())?;
    let sharing = checkpoints.publish(config, &dir, &handle);
    let ended = until_end(&handle, &server, (&metrics, &watch, &checkpoints), &mut kafka).await;
    // What is being shared is given up: the next start shares a newer one.
    drop(sharing);
    // What inboxes brought is answered, and what was decided published, while the engine is there to ask.
    let kafka = kafka.map(|it| kafka::stop(it, Duration::from_millis(config.serve.drain_ms)));
    server.stop().await;
    let kafka_ended = match kafka {
        Some(ending) => ending.await,
        None => Ok(()),
    };
    http.into_iter().for_each(HttpServer::stop);
    let patience = log.clone().map(|log| {
        let (watch, drain) = (Arc::clone(&watch), Duration::from_millis(config.serve.drain_ms));
        tokio::spawn(async move { give_up(&log, &watch, drain).await })
    });
    if let Some(folder) = folder {
        folder.stop().await;
    }
    handle.stop().await;
    let closed = tokio::task::spawn_blocking(move || access_thread.stop()).await;
    closed.context("the access log was not closed")?;
    let joined = join(runner).await;
    if let Some(patience) = patience {
        patience.abort();
    }
    telemetry.stop().await;
    joined.context("the engine stopped")?;
    drop(dir);
    kafka_ended?;
    ended
}

/// Ends the wait for brokers that do not answer, when a stop has waited for them so long.
async fn give_up(log: &LogParts, watch: &Watch, drain: Duration) {
    loop {
        tokio::time::sleep(drain).await;
        if watch.is_waiting() {
            tracing::warn!("Kafka does not answer: what was not acknowledged is sent again by whoever sent it");
            log.stop.store(true, Ordering::Release);
            return;
        }
    }
}

/// Waits for the engine to end.
async fn join(runner: Runner) -> anyhow::Result<()> {
    let joined = tokio::task::spawn_blocking(|| runner.join()).await;
    match joined.context("the engine's thread is gone")? {
        Err(RunError::Engine(EngineError::Shared(SharedLogError::Stopped))) => Ok(()),
        ended => Ok(ended?),
    }
}

/// Serves until a signal comes, or the engine or the Kafka connector ends by itself.
async fn until_end(
    handle: &Handle,
    server: &Server,
    (metrics, watch, checkpoints): (&Metrics, &Arc<Watch>, &Checkpoints),
    kafka: &mut Option<Connector>,
) -> anyhow::Result<()> {
    let mut published = handle.published();
    let (mut is_caught_up, mut is_ready) = (false, false);
    let mut signs_of_life: Option<JoinHandle<()>> = None;
    let mut asked = std::pin::pin!(stop::asked());
    loop {
        tokio::select! {
            is_alive = published.changed() => {
                // Why it ended is told by its thread.
                if !is_alive {
                    return Ok(());
                }
                // What supervises it is told as soon as the log is: Kafka may be away for long.
                if !std::mem::replace(&mut is_caught_up, true) {
                    supervisor::ready();
                    signs_of_life = supervisor::signs_of_life(handle, watch);
                }
            }
            () = kafka::ready(metrics), if is_caught_up && !is_ready => {
                is_ready = true;
                server.set_ready(true).await;
                let after_ms = checkpoints.serving();
                tracing::info!(after_ms, "serving");
            }
            () = kafka::ended(kafka) => return Ok(()),
            asked = &mut asked => {
                tracing::info!("stopping");
                supervisor::stopping();
                if let Some(signs_of_life) = signs_of_life {
                    signs_of_life.abort();
                }
                return asked;
            }
        }
    }
}

fn start_engine(
    config: &Config,
    dir: &DataDir,
    pack: Option<PackFiles>,
    letters: SharedLetters,
    (log, traces, checkpoints): (Option<LogParts>, Traces, &Checkpoints),
) -> anyhow::Result<(Runner, Handle)> {
    let parts = Parts {
        reader: Arc::new(JsonReader),
        letters: Box::new(Letters(letters)),
        clock: Arc::new(WallClock),
        pack,
        encode: ENCODE,
        traces,
    };
    let options = RunnerOptions {
        queue_commands_max: config.engine.queue_commands_max,
        batch_events_max: config.engine.batch_events_max,
        checkpoint_subjects: config.engine.checkpoint_subjects,
        checkpoint_every_ms: i64::from(config.engine.checkpoint_every_s).saturating_mul(1_000),
    };
    let (disk, meta, state, checkpoints) = (dir.disk(), dir.meta().clone(), dir.state(), checkpoints.clone());
    let open = move || {
        let mut folded = 0_u64;
        let mut progress = |entries: u64| {
            folded = folded.saturating_add(entries);
            tracing::debug!(folded, "catching up");
        };
        let store = Some(checkpoints.store(&state, &disk));
        let options = EngineOptions { store, progress: &mut progress };
        let (engine, opened) = match log {
            Some(parts) => {
                let log = shared_log::open(parts, &meta)?;
                Engine::open_shared(disk, meta, options, log)?
            }
            None => Engine::open(disk, meta, options)?,
        };
        for (journal, recovery) in &opened.recoveries {
            if let Some(torn) = &recovery.torn {
                tracing::warn!(%journal, "{torn}");
            }
        }
        opened.rejected.iter().for_each(|reason| tracing::warn!("{reason}"));
        checkpoints.opened(&opened);
        Ok((engine, opened))
    };
    Ok(Runner::start(open, parts, options)?)
}

/// Opens the data directory, or makes it.
fn data_dir(config: &Config, pack: Option<&PackFiles>) -> anyhow::Result<DataDir> {
    match DataDir::open(&config.data.dir) {
        Err(DataDirError::NotData { .. }) => {
            let dir = config.data.dir.display();
            pack.with_context(|| format!("`{dir}` is no data directory: name a pack under data.pack to make one"))?;
            Ok(DataDir::create(&config.data.dir, new_meta(config))?)
        }
        opened => {
            let opened = opened?;
            anyhow::ensure!(
                !shared_log::is_copy(&opened),
                "`{}` is a copy of a log on Kafka: set kafka.shared_log, or name another data.dir",
                config.data.dir.display()
            );
            if opened.meta().simulated {
                tracing::warn!("the log was made by `heng run`, with known times that its events claimed");
            }
            Ok(opened)
        }
    }
}

fn new_meta(config: &Config) -> Meta {
    Meta { partitions: config.data.partitions, simulated: false, log_id: new_log_id() }
}

/// An id that no other log has: from the system's randomness, which seeds the standard library's hashes.
fn new_log_id() -> [u8; 32] {
    let mut id = [0; 32];
    for part in id.chunks_exact_mut(8) {
        part.copy_from_slice(&RandomState::new().hash_one(std::process::id()).to_le_bytes());
    }
    id
}

fn access_options(config: &Config) -> AccessOptions {
    AccessOptions {
        sync_every: Duration::from_millis(config.access.sync_every_ms),
        strict: config.access.strict,
        buffer_bytes_max: config.access.buffer_bytes_max,
        keep_days: config.access.keep_days,
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        takes_events: config.serve.role == Role::Engine,
        batch_entries_max: config.limits.batch_entries_max,
        request_bytes_max: config.serve.request_bytes_max,
        lookups_max: config.limits.lookups_max,
        reports_max: config.limits.reports_max,
        audits_max: config.limits.audits_max,
        stream_events_max: config.limits.stream_events_max,
        stall_ms_max: config.limits.stall_ms_max,
        at_least_wait_ms_max: config.limits.at_least_wait_ms_max,
        subscribers_max: config.subscriptions.open_max,
        heartbeat_ms: config.subscriptions.heartbeat_ms,
        stale_ms_max: config.limits.stale_ms_max,
        requires_caller: config.access.require_caller,
        recent_bytes_max: config.subscriptions.recent_bytes_max,
    }
}

fn server_options(config: &Config) -> anyhow::Result<ServerOptions> {
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    Ok(ServerOptions {
        subscriptions: config.subscriptions()?,
        threads: if config.serve.threads == 0 { cores() } else { config.serve.threads },
        connections_max: config.serve.connections_max,
        streams_max: config.serve.streams_max,
        call_timeout: Duration::from_millis(config.serve.call_timeout_ms),
        keepalive: Duration::from_secs(config.serve.keepalive_s),
        drain: Duration::from_millis(config.serve.drain_ms),
    })
}
