//! Which rules the cases of a pack try: with what fires them, and with what does not.

use super::CaseRun;
use heng_model::Day;
use heng_rules::{Body, CaseAct, Diagnostic, FactIdx, ItemIdx, OutcomeEntry, OutcomeRef, Pack, Reads, Rule, Severity};
use std::collections::BTreeSet;

/// What the cases show of every rule, in the pack's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// A row a rule.
    pub rules: Vec<RuleCoverage>,
}

/// What the cases show of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCoverage {
    /// Rule id.
    pub rule: String,
    /// Cases, as indexes of the runs, with an expectation on a day on which the rule's outcome is in force.
    pub fires: Vec<usize>,
    /// Cases about records that the rule reads, with an expectation on a day on which it is not.
    pub rests: Vec<usize>,
    /// Cases about records that the rule reads, whatever they expect.
    pub concerns: Vec<usize>,
}

impl Coverage {
    pub(super) fn of(pack: &Pack, runs: &[CaseRun]) -> Self {
        let rules = pack.rules.iter().map(|rule| {
            let items = items_read(pack, rule);
            let days =
                |run: &CaseRun, wanted: bool| run.case.expect.iter().any(|it| is_in_force(run, rule, it.on) == wanted);
            let cases = |wanted: &dyn Fn(&CaseRun) -> bool| {
                runs.iter().enumerate().filter(|(_, run)| wanted(run)).map(|(at, _)| at).collect()
            };
            RuleCoverage {
                rule: rule.id.clone(),
                fires: cases(&|run| days(run, true)),
                rests: cases(&|run| concerns(run, &items) && days(run, false)),
                concerns: cases(&|run| concerns(run, &items)),
            }
        });
        Self { rules: rules.collect() }
    }

    /// A rule without a case that fires it and one that does not.
    #[must_use]
    pub fn findings(&self, pack: &Pack) -> Vec<Diagnostic> {
        let lacking = |row: &RuleCoverage| match (row.fires.is_empty(), row.rests.is_empty()) {
            (true, true) => Some("no case that fires it, and none that does not"),
            (true, false) => Some("no case that fires it"),
            (false, true) => Some("no case that does not fire it"),
            (false, false) => None,
        };
        let rows = self.rules.iter().filter_map(|row| Some((row, lacking(row)?)));
        rows.filter_map(|(row, what)| {
            let rule = pack.rules.iter().find(|rule| rule.id == row.rule)?;
            Some(Diagnostic {
                place: rule.place.clone(),
                severity: Severity::Warning,
                message: format!("rule `{}` has {what}", rule.id),
                hint: "add cases to tests/: one on the boundary, one just beside it".to_owned(),
            })
        })
        .collect()
    }
}

fn is_in_force(run: &CaseRun, rule: &Rule, on: Day) -> bool {
    run.decisions.iter().any(|decision| decision.rule == rule.id && decision.in_force.contains(on))
}

/// Does the case have a record of one of these items? One that must be refused tries no rule; a rule that reads no record is tried by
/// every case.
fn concerns(run: &CaseRun, items: &BTreeSet<&str>) -> bool {
    let is_read = |act: &CaseAct| matches!(act, CaseAct::Record { item, .. } if items.contains(item.as_str()));
    items.is_empty() || run.case.events.iter().any(|event| event.refused.is_none() && is_read(&event.act))
}

/// The items a rule reads, by itself or through the outcomes of earlier rules.
fn items_read<'p>(pack: &'p Pack, rule: &'p Rule) -> BTreeSet<&'p str> {
    let mut items = BTreeSet::new();
    let mut waiting = vec![rule];
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while let Some(rule) = waiting.pop() {
        if !done.insert(&rule.id) {
            continue;
        }
        if let Body::OnRecords { item, .. } = &rule.body {
            items.extend(code(pack, *item));
        }
        for fact in heng_core::facts_of(rule).into_iter().filter_map(|index: FactIdx| pack.facts.get(index.at())) {
            match &fact.reads {
                Reads::Records(records) => items.extend(records.items.iter().filter_map(|item| code(pack, *item))),
                Reads::Outcome { outcome, .. } | Reads::Related { outcome, .. } => {
                    waiting.extend(pack.rules.iter().filter(|maker| yields(maker, *outcome)));
                }
                Reads::Profile(_) | Reads::Elapsed { .. } => {}
            }
        }
    }
    items
}

fn code(pack: &Pack, item: ItemIdx) -> Option<&str> {
    pack.items.get(item.at()).map(|item| item.code.as_str())
}

fn yields(rule: &Rule, outcome: OutcomeRef) -> bool {
    match (outcome, rule.outcome.entry) {
        (OutcomeRef::Measure(measure), _) => rule.outcome.measures.contains(&measure),
        (OutcomeRef::List(wanted), OutcomeEntry::List(list)) => wanted == list,
        (OutcomeRef::Grade(wanted, value), OutcomeEntry::Grade(scheme, given)) => {
            wanted == scheme && value.is_none_or(|value| value == given)
        }
        _ => false,
    }
}
