//! What is told to systemd, where it started the program: ready, stopping, and alive as long as the engine answers.
//!
//! # Invariants
//!
//! Ready means caught up. A sign of life is sent only after the engine's thread has done something that it was asked for:
//! one that hangs is started again, but not one that waits for Kafka. Where nobody supervises, nothing is sent.

use heng_kafka::Watch;
use heng_server::runner::Handle;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Tells that calls are served.
pub(super) fn ready() {
    send("READY=1\nSTATUS=serving");
}

/// Tells that the end was asked for.
pub(super) fn stopping() {
    send("STOPPING=1\nSTATUS=calls end, the last checkpoint is written");
}

/// Sends signs of life at half the interval that is asked for, if one is.
pub(super) fn signs_of_life(handle: &Handle, kafka: &Arc<Watch>) -> Option<JoinHandle<()>> {
    let every = asked_for()? / 2;
    let (handle, kafka) = (handle.clone(), Arc::clone(kafka));
    Some(tokio::spawn(async move {
        loop {
            match tokio::time::timeout(every, handle.tick()).await {
                Ok(Ok(())) => tokio::time::sleep(every).await,
                Ok(Err(_)) => return,
                // Another start would wait for the brokers too, and answer no checks meanwhile.
                Err(_) if kafka.is_waiting() => {}
                Err(_) => continue,
            }
            send("WATCHDOG=1");
        }
    }))
}

#[cfg(target_os = "linux")]
fn send(state: &str) {
    let told = sd_notify::notify(&[sd_notify::NotifyState::Custom(state)]);
    if let Err(error) = told {
        tracing::warn!(%error, state, "systemd could not be told");
    }
}

#[cfg(target_os = "linux")]
fn asked_for() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

#[cfg(not(target_os = "linux"))]
fn send(_: &str) {}

#[cfg(not(target_os = "linux"))]
fn asked_for() -> Option<Duration> {
    None
}
