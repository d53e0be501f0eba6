//! `heng convert`: a department's CSV into events.

use crate::output::{line, note};
use anyhow::{Context, bail};
use heng_files::{Mapping, Reason, RowRefused, Summary, convert};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit code where some rows were refused.
const SOME_REFUSED: u8 = 3;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng convert --mapping connectors/files/mappings/worldbank-debarred.yaml debarred.csv --out events.jsonl
  heng convert --mapping mapping.yaml input.csv --explain    only say what would become of the rows

A row is written, skipped for a reason that the mapping words, or refused; refused rows go to standard error, each with
its line, column, value and what was expected. connectors/files/mappings/README.md tells how to write a mapping.
Exit code 0: no row was refused; 3: some were; 1: failure.")]
pub(crate) struct Args {
    /// File of the mapping
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// CSV file; `-` is standard input
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// File to write (default: standard output)
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    out: Option<PathBuf>,
    /// Write no events; say what the mapping reads and what would become of the rows
    #[arg(long)]
    explain: bool,
    /// Summary and refused rows as JSON lines
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let path = &args.mapping;
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mapping = Mapping::parse(&path.display().to_string(), &text)?;
    let input: Box<dyn Read> = if args.input == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(File::open(&args.input).with_context(|| format!("cannot read `{}`", args.input.display()))?)
    };
    let mut refused = |row: &RowRefused| note(&told(args, row));
    let name = args.input.display().to_string();
    let input = BufReader::with_capacity(1 << 20, input);
    let summary = match &args.out {
        _ if args.explain => convert(&mapping, &name, input, std::io::sink(), &mut refused)?,
        Some(path) => {
            if is_same_file(path, &args.input) {
                bail!("`{}` is the input: write to another file", path.display());
            }
            let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
            convert(&mapping, &name, input, BufWriter::with_capacity(1 << 20, file), &mut refused)?
        }
        None => {
            convert(&mapping, &name, input, BufWriter::with_capacity(1 << 20, std::io::stdout().lock()), &mut refused)?
        }
    };
    print(args, &mapping, &summary)?;
    Ok(if summary.refused > 0 { ExitCode::from(SOME_REFUSED) } else { ExitCode::SUCCESS })
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

/// A refused row, for people or machines.
fn told(args: &Args, row: &RowRefused) -> String {
    if !args.json {
        return row.to_string();
    }
    let (column, value, expected) = match &row.reason {
        Reason::Value { column, value, expected } => (Some(column), Some(value.clone()), Some(expected.clone())),
        Reason::NotCounted { column, value, .. } => (Some(column), Some(value.clone()), None),
        Reason::Encoding { column, encoding } => (Some(column), None, Some((*encoding).to_owned())),
        Reason::Cells { found, expected } => (None, Some(format!("{found} cells")), Some(format!("{expected} cells"))),
        Reason::TooLong { .. } | Reason::Event(_) => (None, None, None),
    };
    json!({
        "file": row.file, "row": row.row, "line": row.line, "column": column, "value": value, "expected": expected,
        "reason": row.reason.to_string(),
    })
    .to_string()
}

fn summary_json(mapping: &Mapping, summary: &Summary) -> Value {
    json!({
        "mapping": mapping.name(), "rows": summary.rows, "events": summary.events, "skipped": summary.skipped,
        "refused": summary.refused,
    })
}

/// The summary; on standard error where the events take standard output.
fn print(args: &Args, mapping: &Mapping, summary: &Summary) -> anyhow::Result<()> {
    let say = |text: &str| {
        if args.out.is_some() || args.explain { line(text) } else { Ok(writeln!(std::io::stderr(), "{text}")?) }
    };
    if args.json {
        return say(&summary_json(mapping, summary).to_string());
    }
    if args.explain {
        say(&format!(
            "mapping {} reads the columns {}",
            mapping.name(),
            mapping.columns().collect::<Vec<_>>().join(", ")
        ))?;
    }
    let skipped: u64 = summary.skipped.values().sum();
    let Summary { rows, events, refused, .. } = summary;
    say(&format!("{rows} rows = {events} events + {skipped} skipped + {refused} refused"))?;
    summary.skipped.iter().try_for_each(|(reason, count)| say(&format!("  skipped {count}: {reason}")))
}
