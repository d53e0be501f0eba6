//! The configuration of `heng serve`: one TOML file.
//!
//! # Invariants
//!
//! `default.toml` names every key with its unit, default and bounds, and says the same as the defaults here. What a file
//! says is checked before anything is opened; what is not known is refused, never passed over.

mod bounds;
#[cfg(test)]
mod tests;

use anyhow::Context;
use heng_objects::{BucketAccess, Location, LocationError};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Every key, documented, with its default.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) data: Data,
    pub(crate) listen: Listen,
    pub(crate) engine: Engine,
    pub(crate) serve: Serve,
    pub(crate) limits: Limits,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) access: Access,
    pub(crate) folder: Folder,
    pub(crate) telemetry: Telemetry,
    pub(crate) kafka: heng_kafka::Settings,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Data {
    pub(crate) dir: PathBuf,
    pub(crate) pack: PathBuf,
    pub(crate) partitions: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Listen {
    pub(crate) grpc: String,
    pub(crate) subscriptions: String,
    pub(crate) http: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Engine {
    pub(crate) queue_commands_max: usize,
    pub(crate) batch_events_max: usize,
    pub(crate) checkpoint_subjects: usize,
    pub(crate) checkpoint_every_s: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Serve {
    pub(crate) role: Role,
    pub(crate) threads: usize,
    pub(crate) connections_max: usize,
    pub(crate) streams_max: u32,
    pub(crate) request_bytes_max: usize,
    pub(crate) call_timeout_ms: u64,
    pub(crate) keepalive_s: u64,
    pub(crate) drain_ms: u64,
}

/// What a process does for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Takes events, speaks for the partitions that it owns, answers.
    Engine,
    /// Answers only.
    Check,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    pub(crate) batch_entries_max: usize,
    pub(crate) lookups_max: usize,
    pub(crate) reports_max: usize,
    pub(crate) audits_max: usize,
    pub(crate) stream_events_max: usize,
    pub(crate) stall_ms_max: u64,
    pub(crate) at_least_wait_ms_max: u64,
    pub(crate) stale_ms_max: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Subscriptions {
    pub(crate) open_max: usize,
    pub(crate) names_max: usize,
    pub(crate) heartbeat_ms: u64,
    pub(crate) recent_bytes_max: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Access {
    pub(crate) sync_every_ms: u64,
    pub(crate) strict: bool,
    pub(crate) require_caller: bool,
    pub(crate) buffer_bytes_max: usize,
    pub(crate) keep_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Folder {
    pub(crate) dir: PathBuf,
    pub(crate) mappings: PathBuf,
    pub(crate) poll_ms: u64,
    pub(crate) settle_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Telemetry {
    pub(crate) endpoint: String,
    pub(crate) sample_per_million: u32,
    pub(crate) service_name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Checkpoints {
    pub(crate) shared: String,
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_key_file: PathBuf,
    pub(crate) publish: bool,
    pub(crate) publish_every_s: u32,
    pub(crate) keep: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) json: bool,
}

impl Default for Data {
    fn default() -> Self {
        Self { dir: "./data".into(), pack: PathBuf::new(), partitions: 1 }
    }
}

impl Default for Listen {
    fn default() -> Self {
        let (grpc, http) = ("127.0.0.1:7470".to_owned(), "127.0.0.1:7471".to_owned());
        Self { grpc, subscriptions: String::new(), http }
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            queue_commands_max: 4_096,
            batch_events_max: 4_096,
            checkpoint_subjects: 200_000,
            checkpoint_every_s: 300,
        }
    }
}

impl Default for Serve {
    fn default() -> Self {
        Self {
            role: Role::Engine,
            threads: 0,
            connections_max: 1_024,
            streams_max: 1_024,
            request_bytes_max: 1 << 20,
            call_timeout_ms: 30_000,
            keepalive_s: 30,
            drain_ms: 10_000,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_entries_max: 1_000,
            lookups_max: 2,
            reports_max: 16,
            audits_max: 1,
            stream_events_max: 1_024,
            stall_ms_max: 10_000,
            at_least_wait_ms_max: 2_000,
            stale_ms_max: 0,
        }
    }
}

impl Default for Subscriptions {
    fn default() -> Self {
        Self { open_max: 256, names_max: 1_024, heartbeat_ms: 5_000, recent_bytes_max: 64 << 20 }
    }
}

impl Default for Access {
    fn default() -> Self {
        Self { sync_every_ms: 200, strict: false, require_caller: false, buffer_bytes_max: 32 << 20, keep_days: 0 }
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self { dir: PathBuf::new(), mappings: PathBuf::new(), poll_ms: 1_000, settle_ms: 2_000 }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { endpoint: String::new(), sample_per_million: 1_000, service_name: "heng".to_owned() }
    }
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self {
            shared: String::new(),
            endpoint: String::new(),
            region: String::new(),
            access_key_id: String::new(),
            secret_key_file: PathBuf::new(),
            publish: true,
            publish_every_s: 900,
            keep: 3,
        }
    }
}

impl Checkpoints {
    /// Where checkpoints are shared, if they are.
    pub(crate) fn location(&self) -> Result<Option<Location>, LocationError> {
        match self.shared.as_str() {
            "" => Ok(None),
            text => Location::parse(text, self.access()).map(Some),
        }
    }

    fn access(&self) -> BucketAccess {
        BucketAccess {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_key_file: self.secret_key_file.clone(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned(), json: false }
    }
}

impl Config {
    /// Reads a file, or the defaults where there is none.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        Self::parse(&text).with_context(|| format!("`{}` is no configuration of `heng serve`", file.display()))
    }

    /// Reads a text; everything that is wrong with its values is part of the error.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        let config: Self = toml::from_str(text)?;
        let wrong = bounds::wrong(&config);
        anyhow::ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(config)
    }

    /// The same for a process of another role.
    pub(crate) fn with_role(mut self, role: Option<Role>) -> anyhow::Result<Self> {
        self.serve.role = role.unwrap_or(self.serve.role);
        let wrong = bounds::wrong_role(&self);
        anyhow::ensure!(wrong.is_none(), "{}", wrong.unwrap_or_default());
        Ok(self)
    }

    /// Where gRPC is listened on.
    pub(crate) fn grpc(&self) -> anyhow::Result<SocketAddr> {
        self.listen.grpc.parse().with_context(|| format!("listen.grpc: `{}`", self.listen.grpc))
    }

    /// Where who subscribes is listened for by itself, if it is.
    pub(crate) fn subscriptions(&self) -> anyhow::Result<Option<SocketAddr>> {
        optional("listen.subscriptions", &self.listen.subscriptions)
    }

    /// Where HTTP is listened on, if it is.
    pub(crate) fn http(&self) -> anyhow::Result<Option<SocketAddr>> {
        optional("listen.http", &self.listen.http)
    }
}

fn optional(key: &str, text: &str) -> anyhow::Result<Option<SocketAddr>> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).with_context(|| format!("{key}: `{text}`")),
    }
}
