//! `heng config`: the configuration of `heng serve`, checked and documented.

use crate::config::{Config, DEFAULT};
use crate::output::line;
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng config print > heng.toml
  heng config check heng.toml")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what is wrong with a configuration file, if anything is
    Check {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print every key with its unit, default and bounds
    Print,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check { file } => {
            Config::read(Some(file))?;
            line(&format!("`{}` is a configuration of `heng serve`", file.display()))?;
        }
        Command::Print => line(DEFAULT.trim_end())?,
    }
    Ok(ExitCode::SUCCESS)
}
