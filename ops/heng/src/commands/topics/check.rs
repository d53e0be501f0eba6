//! `heng topics check`.

use super::{runtime, topics_of};
use crate::config::Config;
use crate::output::{line, table};
use heng_kafka::topics::{Topics, Wanted, Wrong, compare};
use serde_json::json;
use std::process::ExitCode;

pub(super) fn run(config: &Config, as_json: bool) -> anyhow::Result<ExitCode> {
    report(config, &topics_of(config)?, as_json)
}

/// Says what is wrong; exit code 1 where anything is.
pub(super) fn report(config: &Config, wanted: &[Wanted], as_json: bool) -> anyhow::Result<ExitCode> {
    let found = runtime()?.block_on(Topics::new(&config.kafka)?.found(wanted))?;
    let wrong: Vec<Wrong> =
        wanted.iter().flat_map(|topic| compare(topic, found.get(&topic.name), &config.kafka.brokers)).collect();
    if as_json {
        for Wrong { topic, what, found, wanted, remedy } in &wrong {
            let told = json!({"topic": topic, "what": what, "found": found, "wanted": wanted, "remedy": remedy});
            line(&told.to_string())?;
        }
        line(&json!({"topics": wanted.len(), "wrong": wrong.len()}).to_string())?;
    } else if wrong.is_empty() {
        line(&format!("{} topics are as they must be", wanted.len()))?;
    } else {
        let mut rows = table(["topic", "what", "is", "must be"]);
        for it in &wrong {
            rows.add_row([&it.topic, &it.what, &it.found, &it.wanted]);
        }
        line(&rows.to_string())?;
        line("To mend it:")?;
        // Not in the table: a command must not be broken in two.
        let mut remedies: Vec<&str> = wrong.iter().map(|it| it.remedy.as_str()).collect();
        remedies.dedup();
        remedies.into_iter().try_for_each(|remedy| line(&format!("  {remedy}")))?;
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
