//! The broker that everything is measured on: a given one, or one for this run.

use crate::Size;
use crate::report::note;
use anyhow::Context as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Brokers, ready.
pub(super) struct Broker {
    /// Host and port, comma-separated.
    pub(super) addresses: String,
    own: Option<Own>,
}

/// A broker that was started here.
struct Own {
    folder: PathBuf,
    /// Wipes the folder once its input is closed, which the system does however this process ends.
    janitor: Child,
}

impl Broker {
    /// The brokers that were named; else one of this run's own, in a folder that is gone afterwards.
    ///
    /// # Errors
    /// Where none can be started: nothing can be measured then.
    pub(super) fn of(size: &Size) -> anyhow::Result<Self> {
        if let Some(addresses) = &size.brokers {
            return Ok(Self { addresses: addresses.clone(), own: None });
        }
        let folder = tempfile::Builder::new().prefix("heng-bench-kafka-").tempdir()?.keep();
        let janitor = Command::new("sh")
            // What interrupts this process is sent to it too.
            .args(["-c", "trap '' HUP INT TERM; read -r _; exec \"$0\" wipe --dir \"$1\""])
            .args([script(), folder.clone()])
            .stdin(Stdio::piped())
            .spawn()
            .context("no shell")?;
        let mut broker = Self { addresses: String::new(), own: Some(Own { folder: folder.clone(), janitor }) };
        note("starting a broker");
        let port = free_port().context("no port is free")?;
        let mut up = Command::new(script());
        up.args(["up", "--port", &port.to_string(), "--dir"]).arg(&folder).stdin(Stdio::null());
        let said = up.output().with_context(|| format!("cannot run `{}`", script().display()))?;
        anyhow::ensure!(
            said.status.success(),
            "NOTHING WAS MEASURED, since there is no broker: {}Name a running one with --brokers HOST:PORT, or install \
             Java from 17 on and Maven",
            String::from_utf8_lossy(&said.stderr)
        );
        broker.addresses = String::from_utf8(said.stdout)?.trim().to_owned();
        Ok(broker)
    }

    /// The processor time that it took so far, where it is this run's own.
    pub(super) fn processor_time(&self) -> Option<Duration> {
        let pid = std::fs::read_to_string(self.own.as_ref()?.folder.join("1/pid")).ok()?;
        crate::clock::of_process(pid.trim().parse().ok()?).ok()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(own) = &mut self.own {
            drop(own.janitor.stdin.take());
            // Nobody is left to tell what kept it from wiping.
            let _ = own.janitor.wait();
        }
    }
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../kafka/broker")
}

/// A port that is free, the next one too, which the controller takes.
fn free_port() -> Option<u16> {
    let is_free = |port: u16| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok();
    let first = 33_000 + u16::try_from(std::process::id() % 8_000).unwrap_or(0);
    (first..first + 1_000).step_by(2).find(|port| is_free(*port) && is_free(port + 1))
}
