//! Which mutants of a pack its cases do not notice: where a boundary is untested.
//!
//! # Invariants
//!
//! A mutant is killed by a case that passes on the pack and fails on it, or by the loader that refuses it; everything
//! else survives and is told. Of a rule on records, only cases that have a record which it reads are run: no other can
//! end otherwise. A rule on a condition may apply to anybody, so all cases are run, those that try the rule first.

mod advice;

use crate::cases::{CasesReport, RunCasesError, fails, run_cases};
use heng_core::{Compiled, facts_of};
use heng_rules::mutation::{Mutation, Owner, mutations, unbounded};
use heng_rules::{Body, Fact, Pack, PackFiles, Reads, Rule};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A case failed.
    Killed,
    /// The loader refused it.
    Refused,
    /// Nothing noticed.
    Survived,
}

/// A mutation that was tried.
#[derive(Debug, Clone)]
pub struct Tried {
    /// What was changed.
    pub mutation: Mutation,
    /// Rules that it touches.
    pub rules: Vec<String>,
    /// How many cases touch them.
    pub cases: usize,
    /// What became of it.
    pub fate: Fate,
    /// For one that survived: a case that would notice.
    pub advice: String,
}

/// Why nothing could be tried.
#[derive(Debug, thiserror::Error)]
pub enum MutateError {
    /// The pack or a case cannot be read.
    #[error(transparent)]
    Run(#[from] RunCasesError),
    /// Cases that fail show nothing.
    #[error("{0} cases fail on the pack as it is: a mutant cannot be told from it")]
    Failing(usize),
    /// No rule has this id.
    #[error("the pack has no rule `{0}`")]
    Rule(String),
}

/// What is to be tried, before anything is.
#[derive(Debug)]
pub struct Mutants {
    files: PackFiles,
    report: CasesReport,
    planned: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    mutation: Mutation,
    rules: Vec<String>,
    /// Cases by their place among the runs, likeliest to notice first.
    cases: Vec<usize>,
}

impl Mutants {
    /// Runs the cases once and finds what can be moved, of one rule or of all.
    ///
    /// # Errors
    /// [`MutateError`] where the pack cannot be used as it is, or has no such rule.
    pub fn plan(files: &PackFiles, rule: Option<&str>) -> Result<Self, MutateError> {
        let files = unbounded(files).map_err(RunCasesError::Pack)?;
        let report = run_cases(&files, None)?;
        if report.failed_len() > 0 {
            return Err(MutateError::Failing(report.failed_len()));
        }
        if let Some(id) = rule.filter(|id| !report.pack.rules.iter().any(|rule| rule.id == **id)) {
            return Err(MutateError::Rule(id.to_owned()));
        }
        let found = mutations(&files).map_err(RunCasesError::Pack)?;
        let planned = found.into_iter().map(|mutation| {
            let rules = touched(&report.pack, &mutation.owner);
            let cases = cases(&report, &rules);
            Planned { mutation, rules, cases }
        });
        let wanted = planned.filter(|it| rule.is_none_or(|id| it.rules.iter().any(|touched| touched == id)));
        let planned = wanted.collect();
        Ok(Self { files, report, planned })
    }

    /// How many mutants there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.planned.len()
    }

    /// Is there nothing to move?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// Rules, in the order of the pack.
    #[must_use]
    pub fn pack(&self) -> &Pack {
        &self.report.pack
    }

    /// Tries all of them, on as many threads; `done` is told of each. The answer does not depend on the threads.
    pub fn run(&self, threads: usize, done: &(dyn Fn() + Sync)) -> Vec<Tried> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut tried = Vec::new();
            while let Some((at, planned)) = {
                let at = next.fetch_add(1, Ordering::Relaxed);
                self.planned.get(at).map(|planned| (at, planned))
            } {
                tried.push((at, self.try_one(planned)));
                done();
            }
            tried
        };
        let mut all: Vec<(usize, Tried)> = std::thread::scope(|scope| {
            let handles: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
            handles
                .into_iter()
                .flat_map(|handle| handle.join().unwrap_or_else(|it| std::panic::resume_unwind(it)))
                .collect()
        });
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, tried)| tried).collect()
    }

    fn try_one(&self, planned: &Planned) -> Tried {
        let Planned { mutation, rules, cases } = planned;
        let files = mutation.apply(&self.files);
        let fate = match Compiled::new(&files) {
            None => Fate::Refused,
            Some(ready) => {
                let mut runs = cases.iter().filter_map(|at| self.report.runs.get(*at));
                let noticed = runs.any(|run| fails(&files, &ready, &run.case));
                if noticed { Fate::Killed } else { Fate::Survived }
            }
        };
        let advice = if fate == Fate::Survived { advice::advice(&self.report, mutation, rules) } else { String::new() };
        Tried { mutation: mutation.clone(), rules: rules.clone(), cases: cases.len(), fate, advice }
    }
}

/// The rules that read what a mutation changes.
fn touched(pack: &Pack, owner: &Owner) -> Vec<String> {
    let is_item = |index: heng_rules::ItemIdx, code: &str| pack.items.get(index.at()).is_some_and(|it| it.code == code);
    let reads = |rule: &Rule, wanted: &dyn Fn(&Fact) -> bool| {
        facts_of(rule).into_iter().filter_map(|index| pack.facts.get(index.at())).any(wanted)
    };
    let is_touched = |rule: &&Rule| match owner {
        Owner::Rule(id) => rule.id == *id,
        Owner::Fact(sector, name) => reads(rule, &|fact| {
            fact.name == *name && pack.sectors.get(fact.sector.at()).is_some_and(|known| known.code == *sector)
        }),
        Owner::Item(code) => {
            matches!(&rule.body, Body::OnRecords { item, .. } if is_item(*item, code))
                || reads(rule, &|fact| match &fact.reads {
                    Reads::Records(records) => records.items.iter().any(|item| is_item(*item, code)),
                    _ => false,
                })
        }
    };
    pack.rules.iter().filter(is_touched).map(|rule| rule.id.clone()).collect()
}

/// The cases that touch some of these rules: first those in which they apply.
fn cases(report: &CasesReport, rules: &[String]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let rows = || report.coverage.rules.iter().filter(|row| rules.contains(&row.rule));
    let fires = rows().flat_map(|row| &row.fires);
    let tried = fires.chain(rows().flat_map(|row| &row.rests)).chain(rows().flat_map(|row| &row.concerns));
    let on_condition = |rule: &&Rule| matches!(rule.body, Body::OnCondition { .. }) && rules.contains(&rule.id);
    let others = if report.pack.rules.iter().any(|rule| on_condition(&rule)) { report.runs.len() } else { 0 };
    tried.copied().chain(0..others).filter(|at| seen.insert(*at)).collect()
}

#[cfg(test)]
mod tests;
