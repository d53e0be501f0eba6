//! `heng topics`: the topics of Kafka, made, checked, and compared with the log.

mod check;
mod create;
mod verify;

use crate::config::Config;
use crate::data::{Data, load_files, read_pack};
use anyhow::Context;
use clap::Subcommand;
use heng_kafka::topics::{Wanted, wanted};
use heng_log::{DataDirError, DataDirView};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng topics create --config heng.toml
  heng topics check --config heng.toml
  heng topics verify --config heng.toml

The topics are an inbox for each authority of the pack, and those of events, decisions, dead letters, packs and accesses. Their
number of partitions is that of the data directory, or data.partitions where there is none yet.
Exit codes: 0 as it must be, 1 something is wrong or Kafka does not answer, 2 bad usage.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the topics that are missing, then check all
    Create(Common),
    /// Say what is wrong with the topics, and what to do: partitions, copies, retention, cleanup, elections
    Check(Common),
    /// Compare every decision on its topic with the log, byte for byte
    Verify(Common),
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Configuration file of `heng serve`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// JSON, for machines
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Create(common) => create::run(&used(common)?, common.json),
        Command::Check(common) => check::run(&used(common)?, common.json),
        Command::Verify(common) => verify::run(&used(common)?, common.json),
    }
}

/// The configuration, where it names brokers.
fn used(common: &Common) -> anyhow::Result<Config> {
    let config = Config::read(Some(&common.config))?;
    let file = common.config.display();
    anyhow::ensure!(config.kafka.is_used(), "`{file}` names no brokers: write them under kafka.brokers");
    Ok(config)
}

/// The topics that there must be: by the pack that is to be in force, or else the one that is.
fn topics_of(config: &Config) -> anyhow::Result<Vec<Wanted>> {
    let view = match DataDirView::open(&config.data.dir) {
        Ok(view) => Some(view),
        Err(DataDirError::NotData { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let partitions = view.map_or(config.data.partitions, |view| view.meta().partitions);
    let pack = if config.data.pack.as_os_str().is_empty() {
        Data::open(&config.data.dir).context("data.pack names no pack, and data.dir has none")?.pack()?
    } else {
        load_files(&read_pack(&config.data.pack).context("data.pack")?).context("data.pack")?
    };
    Ok(wanted(&config.kafka, partitions, pack.authorities.iter().map(|it| it.code.as_str())))
}

/// A runtime for a few requests.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_time().build()?)
}
