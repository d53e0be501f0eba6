//! `heng pack check`: may the pack be used, and does anything in it look like a mistake?

use crate::data::read_pack;
use crate::output::line;
use heng_replay::cases::{CasesReport, RunCasesError, run_cases};
use heng_rules::{Diagnostic, Pack, Severity};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng pack check rules/packs/cn-hubei
  heng pack check rules/packs/cn-hubei --json

Errors make a pack unusable. Warnings are findings: a fact that no rule uses, a measure that no rule gives, a matter that
no measure touches, a rule that can never apply, a rule without a case that fires it and one that does not.

Exit code 0: nothing found; 1: errors or findings.")]
pub(super) struct Args {
    /// Folder of the rule pack
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// JSON, one object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let files = read_pack(&args.dir)?;
    match run_cases(&files, None) {
        Ok(report) => {
            let mut found = report.findings.clone();
            found.extend(report.coverage.findings(&report.pack));
            found.sort();
            tell(args, &found, Some(&report))?;
            Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(error @ RunCasesError::Names) => Err(error.into()),
        Err(RunCasesError::Pack(found) | RunCasesError::Cases(found)) => {
            tell(args, &found, None)?;
            Ok(ExitCode::FAILURE)
        }
    }
}

fn tell(args: &Args, found: &[Diagnostic], report: Option<&CasesReport>) -> anyhow::Result<()> {
    let errors = found.iter().filter(|it| it.severity == Severity::Error).count();
    let warnings = found.len() - errors;
    if args.json {
        let summary = report.map(|report| summary_json(&report.pack, report.runs.len()));
        let found: Vec<Value> = found.iter().map(diagnostic_json).collect();
        return line(
            &json!({"errors": errors, "warnings": warnings, "diagnostics": found, "pack": summary}).to_string(),
        );
    }
    for it in found {
        line(&diagnostic_text(&args.dir, it))?;
    }
    if let Some(report) = report {
        line(&summary(&report.pack, report.runs.len()))?;
    }
    if !found.is_empty() {
        line(&format!("{errors} errors, {warnings} warnings"))?;
    }
    Ok(())
}

/// `file:line:column: message`, clickable from where the command was given, with its hint.
fn diagnostic_text(dir: &Path, it: &Diagnostic) -> String {
    let grade = match it.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let file = dir.join(&it.place.file);
    let hint = if it.hint.is_empty() { String::new() } else { format!("\n  hint: {}", it.hint) };
    format!("{}:{}:{}: {grade}: {}{hint}", file.display(), it.place.line, it.place.column, it.message)
}

fn diagnostic_json(it: &Diagnostic) -> Value {
    let severity = if it.severity == Severity::Error { "error" } else { "warning" };
    json!({
        "file": it.place.file, "line": it.place.line, "column": it.place.column, "severity": severity,
        "message": it.message, "hint": it.hint,
    })
}

fn summary(pack: &Pack, cases: usize) -> String {
    format!(
        "{}@{}: {} items, {} facts, {} rules, {} measures, {} matters, {} laws, {cases} cases; sha256 {}",
        pack.name,
        pack.version,
        pack.items.len(),
        pack.facts.len(),
        pack.rules.len(),
        pack.measures.len(),
        pack.matters.len(),
        pack.laws.len(),
        super::hex(&pack.sha256)
    )
}

fn summary_json(pack: &Pack, cases: usize) -> Value {
    json!({
        "name": pack.name, "version": pack.version, "items": pack.items.len(), "facts": pack.facts.len(),
        "rules": pack.rules.len(), "measures": pack.measures.len(), "matters": pack.matters.len(),
        "laws": pack.laws.len(), "cases": cases, "sha256": super::hex(&pack.sha256),
    })
}
