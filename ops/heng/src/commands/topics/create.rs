//! `heng topics create`.

use super::{runtime, topics_of};
use crate::config::Config;
use crate::output::line;
use heng_kafka::topics::{Created, Topics};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    let wanted = topics_of(config)?;
    let created = runtime()?.block_on(Topics::new(&config.kafka)?.create(&wanted))?;
    for (topic, created) in wanted.iter().zip(created) {
        let is_new = created == Created::Made;
        if as_json {
            line(&json!({"topic": topic.name, "made": is_new}).to_string())?;
        } else {
            line(&format!("{} {}", if is_new { "made     " } else { "was there" }, topic.name))?;
        }
    }
    super::check::report(config, &wanted, as_json)
}
