//! `heng pack test`: the cases of a pack, through the real fold.

mod watch;

use crate::commands::decisions::days;
use crate::data::read_pack;
use crate::output::line;
use heng_replay::cases::{CaseRun, Failure, run_cases};
use heng_rules::Place;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng pack test rules/packs/cn-hubei
  heng pack test rules/packs/cn-hubei --case 'reorganisation'
  heng pack test rules/packs/cn-hubei --watch

Every case of tests/*.yaml is folded as a log of its own, in memory. An expectation that fails is shown with its place,
what was expected and found, and every decision with its days. With --watch the cases are run again with every save, and what
changed is shown, until Ctrl-C.

Exit code 0: every case passed; 1: one failed, or none was found.")]
pub(super) struct Args {
    /// Folder of the rule pack
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Only cases whose name contains this
    #[arg(long, value_name = "NAME-PART")]
    case: Option<String>,
    /// One case a line, as JSON; the last line is the total
    #[arg(long)]
    json: bool,
    /// Run again with every save, and show what changed
    #[arg(long, conflicts_with = "json")]
    watch: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.watch {
        watch::watch(&args.dir, args.case.as_deref())?;
    }
    let files = read_pack(&args.dir)?;
    let report = run_cases(&files, args.case.as_deref())?;
    if report.runs.is_empty() {
        match &args.case {
            Some(part) => anyhow::bail!("no case of `{}` has `{part}` in its name", args.dir.display()),
            None => anyhow::bail!("`{}` has no cases: write some in tests/", args.dir.display()),
        }
    }
    for run in &report.runs {
        if args.json {
            line(&run_json(run).to_string())?;
        } else if !run.failures.is_empty() {
            line(&failed_text(&args.dir, run))?;
        }
    }
    let failed = report.failed_len();
    let passed = report.runs.len() - failed;
    line(&if args.json {
        json!({"passed": passed, "failed": failed}).to_string()
    } else {
        format!("{passed} passed, {failed} failed")
    })?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn failed_text(dir: &Path, run: &CaseRun) -> String {
    let mut text = String::new();
    for failure in &run.failures {
        let on = failure.on.map(|day| format!("on {day}: ")).unwrap_or_default();
        text.push_str(&format!("{}: {}\n", place_of(dir, &failure.place), run.case.name));
        text.push_str(&format!("  {on}expected {}\n", failure.expected));
        text.push_str(&format!("  {:width$}found {}\n", "", failure.found, width = on.len()));
    }
    text.push_str("  decisions:\n");
    if run.decisions.is_empty() {
        text.push_str("    none\n");
    }
    for decision in &run.decisions {
        let other = if Some(&decision.subject) == run.subject.as_ref() {
            String::new()
        } else {
            format!(" about {}", decision.subject)
        };
        let proposed = decision.proposal.as_ref().map(|proposal| format!("; proposed: {}", days(&proposal.days)));
        text.push_str(&format!(
            "    {} by {}{other}: {}{}\n",
            decision.outcome,
            decision.rule,
            days(&decision.in_force),
            proposed.unwrap_or_default()
        ));
    }
    text
}

/// File and line, as a terminal makes a link of them.
fn place_of(dir: &Path, place: &Place) -> String {
    format!("{}:{}", dir.join(&place.file).display(), place.line)
}

fn run_json(run: &CaseRun) -> Value {
    let decisions = run.decisions.iter().map(|decision| {
        json!({
            "subject": decision.subject.to_string(), "rule": decision.rule, "outcome": decision.outcome,
            "kind": decision.kind.word(), "days": days(&decision.in_force),
        })
    });
    json!({
        "case": run.case.name, "file": run.case.place.file, "line": run.case.place.line,
        "passed": run.failures.is_empty(), "failures": run.failures.iter().map(failure_json).collect::<Vec<_>>(),
        "decisions": decisions.collect::<Vec<_>>(),
    })
}

fn failure_json(failure: &Failure) -> Value {
    json!({
        "file": failure.place.file, "line": failure.place.line, "on": failure.on.map(|day| day.to_string()),
        "expected": failure.expected, "found": failure.found,
    })
}
