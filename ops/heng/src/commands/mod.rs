//! One module a command: its arguments, and what it does with them.

mod access;
mod check;
mod checkpoints;
mod config;
mod convert;
mod deadletter;
mod decisions;
mod demo;
mod explain;
mod generate;
mod history;
mod log;
mod pack;
mod replay;
mod run;
mod scorecard;
mod serve;
mod subjects;
mod topics;
mod waiting;

use clap::Subcommand;
use std::process::ExitCode;

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Tell the whole story once, in a temporary folder: events in, decisions out, checks answered, replay proved
    Demo(demo::Args),
    /// Serve: events in, checks answered, over gRPC
    Serve(serve::Args),
    /// Check or print the configuration of `heng serve`
    Config(config::Args),
    /// Make, check and verify the topics of Kafka
    Topics(topics::Args),
    /// List and verify the checkpoints that engines of a shared log share
    Checkpoints(checkpoints::Args),
    /// List what inboxes were sent and nothing could be made of, and send it again
    Deadletter(deadletter::Args),
    /// Ingest event files into an embedded log and fold them
    Run(run::Args),
    /// May a subject do something on a day? One check
    Check(check::Args),
    /// List decision events, every revision
    Decisions(decisions::Args),
    /// List the subjects that have an outcome in force on a day
    Subjects(subjects::Args),
    /// List events that wait for a record that has not come
    Waiting(waiting::Args),
    /// List who looked at what: the access log of `heng serve`
    Access(access::Args),
    /// Count, per authority and measure, what was delivered, answered, applied, late and overdue
    Scorecard(scorecard::Args),
    /// Show what is on the log about a subject, and what followed from it
    History(history::Args),
    /// Explain one decision: grounds, law, facts, days, remedies
    Explain(explain::Args),
    /// Fold the log anew and compare every decision, bit for bit
    Replay(replay::Args),
    /// Verify the log itself
    Log(log::Args),
    /// Check, test, compare and document rule packs
    Pack(pack::Args),
    /// Write a synthetic province as events
    Generate(generate::Args),
    /// Turn a department's CSV, workbook or JSON into events through a mapping
    Convert(convert::Args),
}

impl Command {
    /// Does it start the log itself, as its configuration says?
    pub(crate) fn starts_log(&self) -> bool {
        matches!(self, Self::Serve(_))
    }
}

/// Runs a command; the exit code is its own.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Topics(args) => topics::run(&args),
        Command::Checkpoints(args) => checkpoints::run(&args),
        Command::Deadletter(args) => deadletter::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Decisions(args) => decisions::run(&args),
        Command::Subjects(args) => subjects::run(&args),
        Command::Waiting(args) => waiting::run(&args),
        Command::Access(args) => access::run(&args),
        Command::Scorecard(args) => scorecard::run(&args),
        Command::History(args) => history::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Log(args) => log::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Convert(args) => convert::run(&args),
    }
}
