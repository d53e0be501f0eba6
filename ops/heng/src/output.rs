//! What people see: tables, progress, errors.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use tracing_subscriber::filter::LevelFilter;

/// Structured logs on standard error; warnings and errors unless `HENG_LOG` asks for more (`info`, `debug`).
pub(crate) fn start_log() {
    let level = wanted_level().unwrap_or(LevelFilter::WARN);
    tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_target(false).init();
}

/// The same for a server, at the level of its configuration, in JSON where it says so.
pub(crate) fn start_server_log(level: &str, json: bool) {
    let level = wanted_level().or_else(|| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(io::stderr).with_target(false);
    if json { log.json().init() } else { log.init() }
}

fn wanted_level() -> Option<LevelFilter> {
    std::env::var("HENG_LOG").ok().and_then(|level| level.parse().ok())
}

/// A line on standard error.
pub(crate) fn note(text: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(io::stderr(), "{text}");
}

/// An error with its causes, a line each.
pub(crate) fn error(error: &anyhow::Error) {
    note(&format!("error: {error}"));
    for cause in error.chain().skip(1) {
        note(&format!("  because: {cause}"));
    }
}

/// Has the reader of our output gone away? Then there is nothing left to do, and nothing wrong.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(broken)
}

/// A table for people, as wide as the terminal.
pub(crate) fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_header(header);
    if !io::stdout().is_terminal() {
        table.set_width(160);
    }
    table
}

/// A line on standard output.
pub(crate) fn line(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}

/// Progress with rate and remaining time, on a terminal's standard error; silent elsewhere.
pub(crate) fn progress(total: u64, unit: &str, quiet: bool) -> ProgressBar {
    let target = if quiet || !io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr_with_hz(5)
    };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let amount =
        if unit == "bytes" { "{bytes}/{total_bytes}  {bytes_per_sec}" } else { "{human_pos}/{human_len}  {per_sec}" };
    let template = format!("{{msg}} {{bar:32}} {amount}  {{eta}} left");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
