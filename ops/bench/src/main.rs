//! Benchmarks: what an event costs, stage by stage, and what it must not depend on.
//!
//! # Invariants
//!
//! Every ratio compares two measurements of one run. A figure that is not measured is not printed. `--smoke` shrinks every
//! benchmark to seconds: it proves that they run, its figures mean nothing.

mod bench;
mod clock;
mod entries;
mod fold;
mod memory;
mod pack;
mod province;
mod report;
mod synthetic;

use anyhow::Result;
use clap::Parser;
use std::process::ExitCode;

/// Benchmarks of Heng.
#[derive(Debug, Parser)]
#[command(name = "heng-bench", version, max_term_width = 110)]
struct Cli {
    /// Which one
    name: Name,
    #[command(flatten)]
    size: Size,
    /// One line of JSON for each table instead of tables
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// Every benchmark, one after another; those on a Kafka where --brokers names one
    All,
    /// A province's log by stages
    Replay,
    /// One more event on a subject with many records
    Records,
    /// The whole pack against its tax and wages sectors: loading, and what an event costs
    Pack,
    /// Rules that an event cannot touch
    Rules,
    /// Few subjects and many
    Subjects,
    /// What a subject takes in memory
    Memory,
    /// The in-force index: memory, and what a look into it costs
    Index,
    /// From nothing in memory to a folded log: by an own checkpoint, by a shared one, by folding
    Start,
    /// Checks over a port, against a bare service in the same run
    Check,
    /// Latencies of checks in an open loop, at several rates
    CheckLatency,
    /// The same while a pack takes effect for every subject, against before
    PackLatency,
    /// Compiled conditions
    Conditions,
    /// Entries decoded and hashed, nothing folded
    Decode,
    /// Decisions to one subscriber, and to many at once
    Subscription,
    /// From publication to subscriber and changed check in an open loop, and what fifty subscribers cost the fold
    Latency,
    /// What traces cost a call
    Traces,
    /// From inboxes of a Kafka to committed decisions, against a bare loop on the same broker
    Kafka,
    /// From an event acknowledged by a Kafka to its decision, in an open loop
    KafkaLatency,
    /// A shared log's engine is killed: until another speaks for its partitions
    KafkaTakeover,
}

impl Name {
    /// Is it left out of all where no broker is named? To start one takes Java and Maven.
    fn needs_a_broker(self) -> bool {
        matches!(self, Self::Kafka | Self::KafkaLatency | Self::KafkaTakeover)
    }
}

/// How large.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Size {
    /// replay: stop after this many entries of the log; records: the most of a subject (default 1,000; 10,000 takes minutes);
    /// kafka: how many (default 100,000; more than a million once, between two probes); start: of each subject (default 5)
    #[arg(long)]
    pub(crate) events: Option<u64>,
    /// replay, decode: organisations of the province (default 200,000, 5,000); pack: 10,000; subjects: the largest number (default 1,000,000); memory:
    /// how many (default 1,000,000), start likewise; kafka-takeover: 100,000
    #[arg(long)]
    pub(crate) subjects: Option<u64>,
    /// replay, decode: years of the province
    #[arg(long, default_value_t = 5)]
    pub(crate) years: u32,
    /// replay: leave out the look at a window's subjects before folding the first of its entries
    #[arg(long)]
    pub(crate) untouched: bool,
    /// check, check-latency, latency: a data directory to make, or one that an earlier run made with as many subjects
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<std::path::PathBuf>,
    /// check, check-latency: milliseconds of each turn; latency, kafka-latency: of the open loop (default 10,000)
    #[arg(long)]
    pub(crate) millis: Option<u64>,
    /// check, check-latency: answers wait until their look-ups are on the disk
    #[arg(long)]
    pub(crate) strict: bool,
    /// kafka, kafka-latency, kafka-takeover: a running broker; else one is started in a temporary folder (needs Java and Maven)
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) brokers: Option<String>,
    /// The same: the program `heng` (default: next to this one)
    #[arg(long, value_name = "PATH")]
    pub(crate) heng: Option<std::path::PathBuf>,
    /// The same: in which form events are published
    #[arg(long, value_enum, default_value_t)]
    pub(crate) form: bench::Form,
    /// As small as possible
    #[arg(long)]
    pub(crate) smoke: bool,
}

fn run(cli: &Cli) -> Result<()> {
    const EACH: [(Name, bench::Bench); 19] = [
        (Name::Conditions, bench::conditions),
        (Name::Decode, bench::decode),
        (Name::Records, bench::records),
        (Name::Pack, bench::pack),
        (Name::Rules, bench::rules),
        (Name::Subjects, bench::subjects),
        (Name::Memory, bench::memory),
        (Name::Index, bench::index),
        (Name::Replay, bench::replay),
        (Name::Subscription, bench::subscription),
        (Name::Latency, bench::latency),
        (Name::Traces, bench::traces),
        (Name::Start, bench::start),
        (Name::Check, bench::check),
        (Name::CheckLatency, bench::check_latency),
        (Name::PackLatency, bench::pack_latency),
        (Name::Kafka, bench::kafka),
        (Name::KafkaLatency, bench::kafka_latency),
        (Name::KafkaTakeover, bench::kafka_takeover),
    ];
    for (name, bench) in EACH {
        let is_one_of_all = cli.name == Name::All && (cli.size.brokers.is_some() || !name.needs_a_broker());
        if is_one_of_all || cli.name == name {
            bench(&cli.size)?.print(cli.json)?;
        }
    }
    Ok(())
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::note(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
