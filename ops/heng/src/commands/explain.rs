//! `heng explain`: one decision, whole.

mod page;

use crate::data::{Data, DataArg, is_visible, load_files};
use crate::output::line;
use heng_core::PackSource;
use heng_files::decision_json;
use heng_replay::{PartitionLog, explain};
use heng_server::Shelf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng explain 5f0c2a --data ./data
  heng explain 5f0c2a --data ./data --json    every revision a line, the newest first

The page is that of the newest revision: the last one is the truth about a decision.")]
pub(crate) struct Args {
    /// The decision's id, or as many digits of it as no other one begins with
    #[arg(value_name = "DECISION")]
    decision: String,
    #[command(flatten)]
    data: DataArg,
    /// Revisions that were only scheduled too
    #[arg(long)]
    all: bool,
    /// JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let data = Data::open(&args.data.data)?;
    let disk = data.view.disk();
    let logs = PartitionLog::open_all(&disk, data.view.meta())?;
    let mut revisions = explain(&logs, &args.decision)?;
    if !args.all && revisions.iter().any(is_visible) {
        revisions.retain(is_visible);
    }
    if args.json {
        revisions.iter().try_for_each(|event| line(&decision_json(event).to_string()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let shelf = Shelf::open(&disk)?;
    let pack = revisions.first().and_then(|newest| shelf.pack(&newest.pack_sha256));
    let pack = pack.map(|files| load_files(&files)).transpose()?;
    page::print(&revisions, pack.as_ref())?;
    Ok(ExitCode::SUCCESS)
}
