//! `heng convert`: a department's CSV, workbook or JSON into events.

mod told;

use crate::output::{note, progress};
use anyhow::{Context, bail};
use heng_files::{Mapping, Options, RowTold, Summary, convert};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Exit code where some rows were refused.
const SOME_REFUSED: u8 = 3;

/// Rows between two looks at the progress bar.
const ROWS_A_LOOK: u64 = 256;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng convert --mapping connectors/files/mappings/penalties-tax.yaml penalties.xlsx --out events.jsonl
  heng convert --mapping mapping.yaml input.csv --explain            what would become of every row
  heng convert --mapping mapping.yaml input.csv --explain --row 7    row 7, value by value and filter by filter
  heng convert --mapping mapping.yaml book.xlsx --sheet 处罚 --out events.jsonl

CSV, XLSX and JSON (a list of objects, or an object a line) are told apart by what is in the file. A row is written,
skipped for a reason that the mapping words, or refused; refused rows go to standard error, each with its place, column,
value and what was expected. connectors/files/mappings/README.md tells how to write a mapping.
Exit code 0: no row was refused; 3: some were; 1: failure.")]
pub(crate) struct Args {
    /// File of the mapping
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// CSV, XLSX or JSON file; `-` is standard input
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    /// File to write (default: standard output)
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    out: Option<PathBuf>,
    /// Write no events; say what would become of every row
    #[arg(long)]
    explain: bool,
    /// With --explain: only this row, with every value and filter (the header is not counted)
    #[arg(long, value_name = "N", requires = "explain", value_parser = clap::value_parser!(u64).range(1..))]
    row: Option<u64>,
    /// Sheet of a workbook (default: the mapping's, else the first)
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// Encoding of a CSV file (default: the mapping's, else found out)
    #[arg(long, value_name = "NAME", value_parser = ["auto", "utf-8", "gb18030"])]
    encoding: Option<String>,
    /// Summary and rows as JSON lines
    #[arg(long)]
    json: bool,
    /// Show no progress
    #[arg(long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let path = &args.mapping;
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mapping = Mapping::parse(&path.display().to_string(), &text)?;
    let input = open(&args.input)?;
    let summary = match &args.out {
        _ if args.explain => explain(args, &mapping, input)?,
        Some(path) => {
            if is_same_file(path, &args.input) {
                bail!("`{}` is the input: write to another file", path.display());
            }
            let file = File::create(path).with_context(|| format!("cannot write `{}`", path.display()))?;
            write(args, &mapping, input, BufWriter::with_capacity(1 << 20, file))?
        }
        None => write(args, &mapping, input, BufWriter::with_capacity(1 << 20, std::io::stdout().lock()))?,
    };
    told::summary(args, &mapping, &summary)?;
    Ok(if summary.refused > 0 { ExitCode::from(SOME_REFUSED) } else { ExitCode::SUCCESS })
}

/// The input, as a file that can be read again from the start: what a file is, and in which encoding, it says itself.
fn open(path: &Path) -> anyhow::Result<File> {
    if path != Path::new("-") {
        return File::open(path).with_context(|| format!("cannot read `{}`", path.display()));
    }
    let mut file = tempfile::tempfile().context("cannot keep standard input in a temporary file")?;
    std::io::copy(&mut std::io::stdin().lock(), &mut file).context("cannot read standard input")?;
    Ok(file)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn options(args: &Args) -> anyhow::Result<Options> {
    let mut options = Options::default();
    if let Some(sheet) = &args.sheet {
        options.sheet(sheet);
    }
    if let Some(encoding) = &args.encoding {
        options.encoding(encoding).map_err(anyhow::Error::msg)?;
    }
    if let Some(row) = args.row {
        options.trace(row);
    }
    Ok(options)
}

/// Writes the events, and tells of the rows that gave none for no reason.
fn write(args: &Args, mapping: &Mapping, input: File, output: impl Write) -> anyhow::Result<Summary> {
    let bar = progress(0, "bytes", args.quiet || args.json);
    bar.set_message("converting");
    let mut told = |row: &RowTold<'_>| {
        if let Err(refused) = row.gave {
            bar.suspend(|| note(&if args.json { told::row_json(row).to_string() } else { refused.to_string() }));
        }
        if row.row.is_multiple_of(ROWS_A_LOOK) {
            let (read, whole) = row.progress;
            bar.set_length(whole);
            bar.set_position(read);
        }
    };
    let summary = convert(mapping, &args.input.display().to_string(), input, output, &options(args)?, &mut told);
    bar.finish_and_clear();
    Ok(summary?)
}

/// Tells of every row, or of the one that was asked for.
fn explain(args: &Args, mapping: &Mapping, input: File) -> anyhow::Result<Summary> {
    if !args.json {
        let columns: Vec<&str> = mapping.columns().collect();
        crate::output::line(&format!("mapping {} reads the columns {}", mapping.name(), columns.join(", ")))?;
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut failed, mut is_found) = (Ok(()), false);
    let mut told = |row: &RowTold<'_>| {
        if failed.is_ok() && args.row.is_none_or(|asked| asked == row.row) {
            is_found = true;
            failed = if args.json {
                writeln!(out, "{}", told::row_json(row))
            } else {
                writeln!(out, "{}", told::row_text(row))
            };
        }
    };
    let name = args.input.display().to_string();
    let summary = convert(mapping, &name, input, std::io::sink(), &options(args)?, &mut told)?;
    failed?;
    out.flush()?;
    if let (Some(row), false) = (args.row, is_found) {
        bail!("`{name}` has no row {row}: it has {} rows, the header not counted", summary.rows);
    }
    Ok(summary)
}
