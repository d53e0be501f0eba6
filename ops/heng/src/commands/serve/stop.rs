//! When the system asks the program to stop.

/// Waits for SIGTERM or SIGINT.
#[cfg(unix)]
pub(super) async fn asked() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn asked() -> anyhow::Result<()> {
    Ok(tokio::signal::ctrl_c().await?)
}
