//! `heng pack doc`: the handbook of a pack.

use crate::data::read_pack;
use crate::output::note;
use anyhow::Context;
use heng_replay::cases::run_cases;
use heng_replay::handbook::{Format, handbook};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng pack doc rules/packs/cn-hubei --out cn-hubei.html
  heng pack doc rules/packs/cn-hubei --format markdown > cn-hubei.md

One file without external resources: it can be sent, printed and archived. The pack's cases are run, and serve as
worked examples.")]
pub(super) struct Args {
    /// Folder of the rule pack
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// File to write (default: standard output)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What it is written in
    #[arg(long, value_enum, default_value_t = Kind::Html)]
    format: Kind,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Html,
    Markdown,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let report = run_cases(&read_pack(&args.dir)?, None)?;
    let failed = report.failed_len();
    if failed > 0 {
        note(&format!("{failed} cases fail: `heng pack test {}` shows them", args.dir.display()));
    }
    let format = match args.format {
        Kind::Html => Format::Html,
        Kind::Markdown => Format::Markdown,
    };
    let text = handbook(&report, format);
    match &args.out {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))?;
            note(&format!("written: {}", path.display()));
        }
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(ExitCode::SUCCESS)
}
