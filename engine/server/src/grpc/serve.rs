//! Threads that serve: an acceptor hands connections round to runtimes of one thread each.
//!
//! A second port, where there is one, has threads of its own that give way to all others: what many subscribers take costs as
//! much as the fold and more, and neither the fold nor a check shall wait for it.
//!
//! # Invariants
//!
//! A connection stays on its thread. Beyond the number allowed none is accepted; the rest wait in the system's queue. A
//! stop takes no further connections, lets calls end, and cuts what has not ended when its time is over.

use super::connection::Connection;
use super::deadline::Deadlines;
use super::direct::Direct;
use super::handoff::Handoff;
use super::traced::TraceCalls;
use super::{Audits, Checks, Desk, Intake, Rights, Subscriptions};
use crate::turns::{Share, give_way};
use heng_rpc::server::audit::v1::audit_service_server::AuditServiceServer;
use heng_rpc::server::check::v1::check_service_server::CheckServiceServer;
use heng_rpc::server::intake::v1::intake_service_server::IntakeServiceServer;
use heng_rpc::server::rights::v1::rights_service_server::RightsServiceServer;
use heng_rpc::server::subscription::v1::subscription_service_server::SubscriptionServiceServer;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// How connections are served.
#[derive(Debug, Clone, Copy)]
pub struct ServerOptions {
    /// Threads of each port, each with a runtime of its own.
    pub threads: usize,
    /// A second address, for who subscribes: the same services, by threads that give way to all others.
    pub subscriptions: Option<SocketAddr>,
    /// Connections open at once on each port.
    pub connections_max: usize,
    /// Calls open at once on a connection.
    pub streams_max: u32,
    /// The longest that a call may take to begin its answer.
    pub call_timeout: Duration,
    /// How often a quiet connection is asked whether it lives.
    pub keepalive: Duration,
    /// How long a stop waits for calls to end.
    pub drain: Duration,
}

/// Why nothing can be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A thread cannot be started.
    #[error("a thread cannot be started: {0}")]
    Thread(#[from] io::Error),
    /// Reflection cannot read the descriptors.
    #[error("reflection: {0}")]
    Reflection(String),
}

/// What the health service is asked about by name.
const SERVICES: [&str; 5] = [
    "heng.audit.v1.AuditService",
    "heng.check.v1.CheckService",
    "heng.intake.v1.IntakeService",
    "heng.rights.v1.RightsService",
    "heng.subscription.v1.SubscriptionService",
];

/// A connection on its way to its thread.
type Handed = (std::net::TcpStream, OwnedSemaphorePermit);

/// What serves.
pub struct Server {
    address: SocketAddr,
    subscriptions: Option<SocketAddr>,
    health: HealthReporter,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
    acceptors: Vec<tokio::task::JoinHandle<()>>,
}

impl Server {
    /// Listens and serves, on the runtime of the caller and threads of its own; not ready until it is told so.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn start(address: SocketAddr, desk: &Desk, options: ServerOptions) -> Result<Self, ServeError> {
        let (listener, address) = listen(address).await?;
        let second = match options.subscriptions {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_service_status("", ServingStatus::NotServing).await;
        let reflection = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(heng_rpc::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                // So that grpcurl can show what is wrong with a request, not its bytes.
                .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
        };
        let error = |error: tonic_reflection::server::Error| ServeError::Reflection(error.to_string());
        let bytes = desk.limits.request_bytes_max;
        let (stop, stopping) = watch::channel(false);
        let subscriptions = Subscriptions::start(desk.clone(), stopping.clone())?;
        let checks = Checks::new(desk.clone());
        let direct = Direct::new(checks.clone(), bytes);
        let routes = Routes::new(CheckServiceServer::new(checks).max_decoding_message_size(bytes))
            .add_service(IntakeServiceServer::new(Intake::new(desk.clone())).max_decoding_message_size(bytes))
            .add_service(Handoff(SubscriptionServiceServer::new(subscriptions).max_decoding_message_size(bytes)))
            .add_service(RightsServiceServer::new(Rights::new(desk.clone())).max_decoding_message_size(bytes))
            .add_service(AuditServiceServer::new(Audits::new(desk.clone())).max_decoding_message_size(bytes))
            .add_service(health_service)
            .add_service(reflection().build_v1().map_err(error)?)
            .add_service(reflection().build_v1alpha().map_err(error)?)
            .prepare();
        let subscriptions = second.as_ref().map(|(_, address)| *address);
        let ports = std::iter::once((listener, false)).chain(second.map(|(listener, _)| (listener, true)));
        let (mut threads, mut acceptors) = (Vec::new(), Vec::new());
        for (listener, gives_way) in ports {
            let mut inboxes = Vec::new();
            for number in 0..options.threads.max(1) {
                let (inbox, handed) = mpsc::unbounded_channel();
                inboxes.push(inbox);
                let services = (direct.clone(), routes.clone());
                let serving = serve(services, desk.clone(), handed, stopping.clone(), options);
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                let name = if gives_way { "subscribe" } else { "serve" };
                let thread = std::thread::Builder::new().name(format!("{name}-{number}"));
                threads.push(thread.spawn(move || {
                    if gives_way && let Err(error) = give_way(Share::Tenth) {
                        tracing::warn!(%error, "threads of listen.subscriptions do not give way to others");
                    }
                    runtime.block_on(serving);
                })?);
            }
            acceptors.push(tokio::spawn(accept(listener, inboxes, options.connections_max)));
        }
        Ok(Self { address, subscriptions, health, stop, threads, acceptors })
    }

    /// The address listened on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The second address listened on, if there is one.
    #[must_use]
    pub fn subscriptions(&self) -> Option<SocketAddr> {
        self.subscriptions
    }

    /// Tells the health service whether calls are served.
    pub async fn set_ready(&self, is_ready: bool) {
        let status = if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.health.set_service_status("", status).await;
        for service in SERVICES {
            self.health.set_service_status(service, status).await;
        }
    }

    /// Takes no further connections and lets calls end.
    pub async fn stop(self) {
        self.set_ready(false).await;
        self.acceptors.iter().for_each(tokio::task::JoinHandle::abort);
        // Whoever listens has ended already where nobody is told.
        let _ = self.stop.send(true);
        let threads = self.threads;
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().for_each(|thread| drop(thread.join())));
        let _ = joined.await;
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let error = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    Ok((listener, address))
}

/// Accepts connections and hands them round.
async fn accept(listener: TcpListener, inboxes: Vec<mpsc::UnboundedSender<Handed>>, connections_max: usize) {
    let room = Arc::new(Semaphore::new(connections_max.clamp(1, Semaphore::MAX_PERMITS)));
    for inbox in inboxes.iter().cycle() {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let stream = loop {
            match listener.accept().await {
                Ok((stream, _)) => break stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    // Out of file descriptors, most likely: others must close first.
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        };
        let Ok(stream) = stream.into_std() else { continue };
        if inbox.send((stream, permit)).is_err() {
            return;
        }
    }
}

/// How long accepting pauses after a failure.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves the connections handed to one thread until told to stop.
async fn serve(
    (direct, routes): (Direct, Routes),
    desk: Desk,
    handed: mpsc::UnboundedReceiver<Handed>,
    mut stopping: watch::Receiver<bool>,
    options: ServerOptions,
) {
    let metrics = Arc::clone(&desk.metrics);
    let connections = UnboundedReceiverStream::new(handed).filter_map(move |(stream, permit)| {
        let stream = TcpStream::from_std(stream).and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        Some(Ok::<_, io::Error>(Connection::new(stream.ok()?, Arc::clone(&metrics), permit)))
    });
    let mut told = stopping.clone();
    let mut builder = tonic::transport::Server::builder()
        .layer(TraceCalls(desk.handle.traces().clone()))
        .layer(Deadlines { longest: options.call_timeout })
        .layer(direct)
        .max_concurrent_streams(options.streams_max)
        .http2_keepalive_interval(Some(options.keepalive))
        .http2_keepalive_timeout(Some(options.keepalive));
    let serving = builder.add_routes(routes).serve_with_incoming_shutdown(connections, async move {
        let _ = told.wait_for(|stop| *stop).await;
    });
    let cut = async {
        let _ = stopping.wait_for(|stop| *stop).await;
        tokio::time::sleep(options.drain).await;
    };
    tokio::select! {
        served = serving => {
            if let Err(error) = served {
                tracing::error!(%error, "a serving thread ended");
            }
        }
        () = cut => tracing::warn!("calls that had not ended were cut off"),
    }
}
