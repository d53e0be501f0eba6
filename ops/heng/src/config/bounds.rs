//! What values a configuration may have: each that is wrong is named with its key and what it may be.

use super::{Config, Role};
use heng_objects::Location;
use std::net::SocketAddr;
use tracing_subscriber::filter::LevelFilter;

/// Everything that is wrong, a line each.
pub(super) fn wrong(config: &Config) -> Vec<String> {
    let Config { data, listen, engine, serve, limits, subscriptions, folder, access, telemetry, .. } = config;
    let Config { kafka, checkpoints, log, .. } = config;
    let numbers = [
        ("data.partitions", u64::from(data.partitions), 1, 1_024),
        ("engine.queue_commands_max", number(engine.queue_commands_max), 1, 1_000_000),
        ("engine.batch_events_max", number(engine.batch_events_max), 1, 4_096),
        ("engine.checkpoint_subjects", number(engine.checkpoint_subjects), 1, u64::MAX),
        ("engine.checkpoint_every_s", u64::from(engine.checkpoint_every_s), 1, u64::MAX),
        ("serve.threads", number(serve.threads), 0, 256),
        ("serve.connections_max", number(serve.connections_max), 1, 1_000_000),
        ("serve.streams_max", u64::from(serve.streams_max), 1, 1_000_000),
        ("serve.request_bytes_max", number(serve.request_bytes_max), 1_024, 64 << 20),
        ("serve.call_timeout_ms", serve.call_timeout_ms, 1, 86_400_000),
        ("serve.keepalive_s", serve.keepalive_s, 1, 86_400),
        ("serve.drain_ms", serve.drain_ms, 0, 86_400_000),
        ("limits.batch_entries_max", number(limits.batch_entries_max), 1, 1_000_000),
        ("limits.lookups_max", number(limits.lookups_max), 1, 1_024),
        ("limits.reports_max", number(limits.reports_max), 1, 1_024),
        ("limits.audits_max", number(limits.audits_max), 1, 64),
        ("limits.stream_events_max", number(limits.stream_events_max), 1, 1_000_000),
        ("limits.stall_ms_max", limits.stall_ms_max, 1, 86_400_000),
        ("limits.at_least_wait_ms_max", limits.at_least_wait_ms_max, 0, 86_400_000),
        ("limits.stale_ms_max", limits.stale_ms_max, 0, 86_400_000),
        ("subscriptions.open_max", number(subscriptions.open_max), 1, 1_000_000),
        ("subscriptions.names_max", number(subscriptions.names_max), 1, 1_000_000),
        ("subscriptions.heartbeat_ms", subscriptions.heartbeat_ms, 10, 3_600_000),
        ("access.sync_every_ms", access.sync_every_ms, 1, 60_000),
        ("access.buffer_bytes_max", number(access.buffer_bytes_max), 1 << 20, 4 << 30),
        ("access.keep_days", u64::from(access.keep_days), 0, 36_500),
        ("folder.poll_ms", folder.poll_ms, 10, 3_600_000),
        ("folder.settle_ms", folder.settle_ms, 0, 3_600_000),
        ("telemetry.sample_per_million", u64::from(telemetry.sample_per_million), 0, 1_000_000),
        ("checkpoints.publish_every_s", u64::from(checkpoints.publish_every_s), 1, 604_800),
        ("checkpoints.keep", number(checkpoints.keep), 2, 1_000),
        ("subscriptions.recent_bytes_max", number(subscriptions.recent_bytes_max), 0, u64::MAX),
    ];
    let mut wrong: Vec<String> = numbers.into_iter().filter_map(|it| out_of_bounds(&it)).collect();
    let addresses = [
        ("listen.grpc", &listen.grpc, false),
        ("listen.subscriptions", &listen.subscriptions, true),
        ("listen.http", &listen.http, true),
    ];
    for (key, text, may_be_empty) in addresses {
        if text.parse::<SocketAddr>().is_err() && !(may_be_empty && text.is_empty()) {
            wrong.push(format!("{key} is `{text}`: write address and port, such as \"127.0.0.1:7470\""));
        }
    }
    if !listen.grpc.is_empty() && listen.subscriptions == listen.grpc && !listen.grpc.ends_with(":0") {
        wrong.push(format!(
            "listen.subscriptions is `{}`, which is listen.grpc: name another port, or nothing",
            listen.grpc
        ));
    }
    if data.dir.as_os_str().is_empty() {
        wrong.push("data.dir is empty: name the data directory".to_owned());
    }
    wrong.extend(kafka.wrong());
    wrong.extend(wrong_role(config));
    wrong.extend(wrong_checkpoints(config));
    if !telemetry.endpoint.is_empty() && !telemetry.endpoint.starts_with("http://") {
        let endpoint = &telemetry.endpoint;
        wrong.push(format!("telemetry.endpoint is `{endpoint}`: write such as \"http://127.0.0.1:4317\", or nothing"));
    }
    if log.level.parse::<LevelFilter>().is_err() {
        wrong.push(format!("log.level is `{}`: write error, warn, info, debug or trace", log.level));
    }
    wrong
}

/// What is wrong with the place where checkpoints are shared.
fn wrong_checkpoints(config: &Config) -> Option<String> {
    let Config { data, kafka, checkpoints, .. } = config;
    let location = match checkpoints.location() {
        Err(error) => return Some(format!("checkpoints.shared: {error}")),
        Ok(location) => location?,
    };
    if !kafka.has_log() {
        return Some(
            "checkpoints.shared names a place and there is no shared log: set kafka.shared_log and kafka.brokers, or \
             empty checkpoints.shared"
                .to_owned(),
        );
    }
    match location {
        Location::Folder(folder) if folder.starts_with(&data.dir) => Some(format!(
            "checkpoints.shared is `{}`, inside data.dir: name a folder that the other engines see too",
            folder.display()
        )),
        _ => None,
    }
}

/// What does not go with the role.
pub(super) fn wrong_role(config: &Config) -> Option<String> {
    if config.serve.role == Role::Engine {
        return None;
    }
    if !config.kafka.has_log() {
        return Some(
            "serve.role is `check` and there is no shared log to read: set kafka.shared_log and kafka.brokers"
                .to_owned(),
        );
    }
    let has_folder = !config.folder.dir.as_os_str().is_empty();
    has_folder.then(|| "serve.role is `check` and folder.dir names a folder: events are taken by an engine".to_owned())
}

fn number(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

fn out_of_bounds((key, value, least, most): &(&str, u64, u64, u64)) -> Option<String> {
    if (least..=most).contains(&value) {
        return None;
    }
    Some(match *most {
        u64::MAX => format!("{key} is {value}: write a number from {least}"),
        _ => format!("{key} is {value}: write a number from {least} to {most}"),
    })
}
