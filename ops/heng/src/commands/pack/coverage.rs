//! `heng pack coverage`: which rules the cases try.

use crate::data::read_pack;
use crate::output::{line, table};
use heng_replay::cases::{CasesReport, run_cases};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  heng pack coverage rules/packs/cn-hubei

A case fires a rule if it expects something of a day on which the rule's outcome is in force; it does not if it has records
that the rule reads and expects something of a day on which the outcome is not.

Exit code 0: every rule has cases of both sorts; 1: one lacks some.")]
pub(super) struct Args {
    /// Folder of the rule pack
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// One rule a line, as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let report = run_cases(&read_pack(&args.dir)?, None)?;
    let mut rows = table(["rule", "cases that fire it", "cases that do not", "for example"]);
    let mut lacking = 0_usize;
    for row in &report.coverage.rules {
        lacking += usize::from(row.fires.is_empty() || row.rests.is_empty());
        if args.json {
            let names = |cases: &[usize]| cases.iter().filter_map(|at| name(&report, *at)).collect::<Vec<_>>();
            line(
                &json!({"rule": row.rule, "fires": names(&row.fires), "does_not_fire": names(&row.rests)}).to_string(),
            )?;
        } else {
            let example = row.fires.first().and_then(|at| name(&report, *at)).unwrap_or("—");
            rows.add_row([&row.rule, &row.fires.len().to_string(), &row.rests.len().to_string(), example]);
        }
    }
    if !args.json {
        line(&rows.to_string())?;
        line(&format!("{} rules, {lacking} of them lack a case", report.coverage.rules.len()))?;
    }
    Ok(if lacking == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn name(report: &CasesReport, at: usize) -> Option<&str> {
    report.runs.get(at).map(|run| run.case.name.as_str())
}
