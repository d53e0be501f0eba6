//! `heng log`: the log itself.

mod export;
mod verify;

use crate::data::DataArg;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng log verify --data ./data
  heng log export --data ./data > entries.jsonl")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Check every frame and entry, their order, and compute the Merkle roots
    Verify(VerifyArgs),
    /// Print every entry, one a line
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  heng log verify --data ./data

Nothing is changed. Exit code 0: the log is whole (an unfinished tail is reported, not a fault); 1: it is damaged.")]
struct VerifyArgs {
    #[command(flatten)]
    data: DataArg,
    /// JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  heng log export --data ./data > entries.jsonl

One JSON object a line, by partition and offset: position, known time, Merkle leaf, and the event as CloudEvents JSON
(`event`), or what Heng wrote itself (`control`, `derived`).")]
struct ExportArgs {
    #[command(flatten)]
    data: DataArg,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.action {
        Action::Verify(args) => verify::run(&args.data.data, args.json),
        Action::Export(args) => export::run(&args.data.data),
    }
}
