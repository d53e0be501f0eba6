//! A case that would notice a mutant, in words.

use crate::cases::{CaseRun, CasesReport};
use heng_model::Day;
use heng_rules::mutation::{Mutation, Shows};

pub(super) fn advice(report: &CasesReport, mutation: &Mutation, rules: &[String]) -> String {
    let Some(rule) = rules.first() else {
        return "no rule reads this: leave it out, or use it".to_owned();
    };
    match &mutation.shows {
        Shows::Value { side, value, holds } => {
            let ends = if *holds { "it must apply" } else { "it must not apply" };
            format!("a case of `{rule}` in which {side} is exactly {value} and everything else is fulfilled: {ends}")
        }
        Shows::Number => format!(
            "a case of `{rule}` whose numbers lie so that {} and {} come to different ends",
            mutation.from, mutation.to
        ),
        Shows::Day { day, is_law: true } => format!(
            "a case with `{rule}` applying on {day}, an end of the days on which it is law, and an expectation on it"
        ),
        Shows::Day { day, is_law: false } => {
            format!("a case that fulfils `{rule}` on {day}, the day beside those on which it is law: it must not apply")
        }
        Shows::FirstDay => first_day(report, rule),
        Shows::Period { longer } if mutation.clause == "lasts" || mutation.clause == "extends" => {
            last_day(report, rule, *longer)
        }
        Shows::Period { longer: true } => format!(
            "a case of `{rule}` with an expectation on the day after `{}` ({}) has run out",
            mutation.clause, mutation.from
        ),
        Shows::Period { longer: false } => format!(
            "a case of `{rule}` with an expectation on the last day of `{}` ({})",
            mutation.clause, mutation.from
        ),
    }
}

fn first_day(report: &CasesReport, rule: &str) -> String {
    match firing(report, rule) {
        Some((run, outcome, first, _)) => format!(
            "in {}: expect that {outcome} is not in force on {} and is on {first}",
            named(run),
            first.previous()
        ),
        None => format!("a case of `{rule}` with expectations on its first day and on the day before"),
    }
}

fn last_day(report: &CasesReport, rule: &str, longer: bool) -> String {
    let known = firing(report, rule).filter(|(.., last)| !last.is_forever());
    match (known, longer) {
        (Some((run, outcome, _, last)), true) => {
            format!("in {}: expect that {outcome} is no longer in force on {}", named(run), last.next())
        }
        (Some((run, outcome, _, last)), false) => {
            format!("in {}: expect that {outcome} is still in force on {last}", named(run))
        }
        (None, true) => format!("a case of `{rule}` with an expectation on the day after its last day"),
        (None, false) => format!("a case of `{rule}` with an expectation on its last day"),
    }
}

fn named(run: &CaseRun) -> String {
    format!("`{}` ({}:{})", run.case.name, run.case.place.file, run.case.place.line)
}

/// The first case in which the rule applies without a break: its outcome, first and last day.
fn firing<'r>(report: &'r CasesReport, rule: &str) -> Option<(&'r CaseRun, &'r str, Day, Day)> {
    let row = report.coverage.rules.iter().find(|row| row.rule == rule)?;
    let runs = row.fires.iter().filter_map(|at| report.runs.get(*at));
    runs.flat_map(|run| run.decisions.iter().map(move |decision| (run, decision))).find_map(|(run, decision)| {
        let [span] = decision.in_force.spans() else { return None };
        (decision.rule == rule).then_some((run, decision.outcome.as_str(), span.first, span.last))
    })
}
