//! `heng generate`: a synthetic province.

use crate::output::{note, progress};
use anyhow::Context;
use heng_model::Day;
use heng_sim::province::{Kind, Options, SUBJECTS_MAX, Totals, YEARS_MAX, generate};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng generate --seed 7 --subjects 10000 --years 5 --out events.jsonl
  heng generate --seed 7 --subjects 10000 --years 5 | heng run --pack rules/packs/cn-hubei --data ./data --until 2026-10-31 -

CloudEvents JSON lines for the pack cn-hubei, in the order of their time; the same options give the same bytes.
Everybody in it is made up. Totals go to standard error.")]
pub(crate) struct Args {
    /// Seed
    #[arg(long, value_name = "N")]
    seed: u64,
    /// Organisations; the persons who represent them come on top
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=SUBJECTS_MAX))]
    subjects: u64,
    /// Years
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(YEARS_MAX)))]
    years: u32,
    /// The first day (default: so that the last year ends with October 2026)
    #[arg(long, value_name = "DATE")]
    start: Option<Day>,
    /// File to write (default: standard output)
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Totals as one line of JSON
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

/// Events of one organisation in a year, about: the progress bar's length until the totals are known.
const EVENTS_A_YEAR: u64 = 2;

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut options = Options::new(args.seed, args.subjects, args.years);
    options.start = args.start.unwrap_or(options.start);
    let guess = args.subjects.saturating_mul(args.years.into()).saturating_mul(EVENTS_A_YEAR);
    let bar = progress(guess, "events", args.quiet);
    bar.set_message("generating");
    let mut told = |events: u64| {
        bar.set_length(guess.max(events));
        bar.set_position(events);
    };
    let totals = match &args.out {
        Some(path) => {
            let failed = || format!("cannot write `{}`", path.display());
            let mut file = File::create(path).with_context(failed)?;
            let totals = generate(&options, &mut file, &mut told).with_context(failed)?;
            file.sync_all().with_context(failed)?;
            totals
        }
        None => generate(&options, &mut std::io::stdout().lock(), &mut told)?,
    };
    bar.finish_and_clear();
    print(args, &totals)?;
    Ok(ExitCode::SUCCESS)
}

fn print(args: &Args, totals: &Totals) -> anyhow::Result<()> {
    let by_type = Kind::ALL.iter().map(|kind| (kind.name(), totals.of(*kind))).filter(|(_, count)| *count > 0);
    if !args.json {
        let Totals { events, duplicates, bytes, .. } = totals;
        if !args.quiet {
            note(&format!("{events} events, {duplicates} of them sent twice, {bytes} bytes"));
        }
        return Ok(());
    }
    let by_type: Map<String, Value> = by_type.map(|(name, count)| (name.to_owned(), count.into())).collect();
    let totals = json!({
        "events": totals.events, "duplicates": totals.duplicates, "bytes": totals.bytes, "by_type": by_type,
    });
    // Where the events take standard output, the totals must not be among them.
    if args.out.is_some() {
        crate::output::line(&totals.to_string())
    } else {
        Ok(writeln!(std::io::stderr(), "{totals}")?)
    }
}
