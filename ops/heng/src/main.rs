//! The `heng` program: joint sanctions and joint incentives from published credit events.
//!
//! # Invariants
//!
//! Results go to standard output, everything else to standard error; with `--json` every line on standard output is JSON.
//! Exit codes: 0 done, 1 failure, 2 bad usage, 3 and 4 as the command's help says.

mod commands;
mod config;
mod data;
mod output;

use clap::Parser;
use std::process::ExitCode;

/// Heng (衡): joint sanctions and joint incentives, decided from published credit events under published rules.
#[derive(Debug, Parser)]
#[command(name = "heng", version, about, max_term_width = 110, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

const AFTER_HELP: &str = "First steps:
  heng demo                          the whole story in a minute, in a temporary folder
  heng pack check rules/packs/cn-hubei
  heng run --pack rules/packs/cn-hubei --data ./data --until 2025-12-31 events.jsonl
  heng check 91420100MA49XK7P6T procurement.bid --on 2025-06-01 --data ./data";

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if !cli.command.starts_log() {
        output::start_log();
    }
    match commands::run(cli.command) {
        Ok(code) => code,
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
