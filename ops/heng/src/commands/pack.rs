//! `heng pack`: begin, check, test, compare and document rule packs.

mod check;
mod coverage;
mod diff;
mod doc;
mod mutate;
mod new;
mod schema;
mod test;

use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a pack, or a sector of one
    New(new::Args),
    /// Check a pack: errors, and findings that look like mistakes
    Check(check::Args),
    /// Run a pack's cases through the engine
    Test(test::Args),
    /// Show which rules the cases try, and which not
    Coverage(coverage::Args),
    /// Show what changes for whom between two packs
    Diff(diff::Args),
    /// Print the JSON Schema of a pack's files, for editors
    Schema(schema::Args),
    /// Write a pack's handbook, in Chinese and English
    Doc(doc::Args),
    /// Move each number, period and date by its smallest step, and show which moves no case notices
    Mutate(mutate::Args),
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::Check(args) => check::run(args),
        Command::Test(args) => test::run(args),
        Command::Coverage(args) => coverage::run(args),
        Command::Diff(args) => diff::run(args),
        Command::New(args) => new::run(args),
        Command::Schema(args) => schema::run(args),
        Command::Doc(args) => doc::run(args),
        Command::Mutate(args) => mutate::run(args),
    }
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
