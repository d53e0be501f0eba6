//! Runs the cases of a pack's `tests/*.yaml` through the real fold, in memory.
//!
//! # Invariants
//!
//! Every case has a partition of its own, so cases cannot touch each other. What is compared with an expectation is the
//! last revision of each decision event, as a department would have received it; nothing is derived here.

mod acts;
mod bodies;
mod coverage;
mod judge;
mod subjects;
mod world;

pub use coverage::{Coverage, RuleCoverage};

use heng_core::{Compiled, DecisionEvent};
use heng_model::{Day, SubjectId, Symbols};
use heng_rules::{Case, Diagnostic, Loaded, Pack, PackFiles, Place, cases, load};

/// What running a pack's cases showed.
#[derive(Debug)]
pub struct CasesReport {
    /// The pack.
    pub pack: Pack,
    /// Its names.
    pub symbols: Symbols,
    /// The pack's findings, as the loader saw them.
    pub findings: Vec<Diagnostic>,
    /// The cases that were run, in the order written.
    pub runs: Vec<CaseRun>,
    /// Which rules the cases try.
    pub coverage: Coverage,
}

impl CasesReport {
    /// How many cases failed.
    #[must_use]
    pub fn failed_len(&self) -> usize {
        self.runs.iter().filter(|run| !run.failures.is_empty()).count()
    }
}

/// One case and what came of it.
#[derive(Debug)]
pub struct CaseRun {
    /// The case.
    pub case: Case,
    /// Its own subject; `None` where no id could be made.
    pub subject: Option<SubjectId>,
    /// What did not hold; empty: passed.
    pub failures: Vec<Failure>,
    /// The last revision of every decision, whoever it is about, in the order first made.
    pub decisions: Vec<DecisionEvent>,
}

/// Something that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The expectation, or the event that could not be folded.
    pub place: Place,
    /// The day, for an expectation.
    pub on: Option<Day>,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

/// Why no case could be run.
#[derive(Debug, thiserror::Error)]
pub enum RunCasesError {
    /// The pack does not load.
    #[error("the pack has errors\n{}", listed(.0))]
    Pack(Vec<Diagnostic>),
    /// There are more names than a log may have.
    #[error("the pack has more names than a log may have: use fewer")]
    Names,
    /// A case is not written as cases are.
    #[error("the cases have errors\n{}", listed(.0))]
    Cases(Vec<Diagnostic>),
}

fn listed(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Runs the cases whose name contains `part` (all, where it is `None`).
///
/// # Errors
/// [`RunCasesError`] if the pack or a case cannot be read; a case that fails is no error.
pub fn run_cases(files: &PackFiles, part: Option<&str>) -> Result<CasesReport, RunCasesError> {
    let mut symbols = Symbols::default();
    let Loaded { pack, findings } = load(files, &mut symbols).map_err(RunCasesError::Pack)?;
    let all = cases(files).map_err(RunCasesError::Cases)?;
    let wanted = all.into_iter().filter(|case| part.is_none_or(|part| case.name.contains(part)));
    // What the loader takes can be made ready, but for more names than there may be.
    let Some(ready) = Compiled::new(files) else { return Err(RunCasesError::Names) };
    let runs: Vec<CaseRun> = wanted.map(|case| world::run(files, &ready, case)).collect();
    let coverage = Coverage::of(&pack, &runs);
    Ok(CasesReport { pack, symbols, findings, runs, coverage })
}

/// Does a case fail on this pack?
pub(crate) fn fails(files: &PackFiles, ready: &Compiled, case: &Case) -> bool {
    !world::run(files, ready, case.clone()).failures.is_empty()
}

#[cfg(test)]
pub(crate) mod tests;
