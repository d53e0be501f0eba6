//! What the compiler says no to, or warns of, with file, line, column and a hint.
//!
//! # Invariants
//!
//! All that is wrong with a pack is collected, not only the first of it; diagnostics are sorted by place.

use crate::pack::Place;
use std::cell::RefCell;
use std::fmt;

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pack cannot be used.
    Error,
    /// A finding: it fails `heng pack check`, elsewhere it is shown.
    Warning,
}

/// One thing that is wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// Where.
    pub place: Place,
    /// How grave.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do; empty where nothing can be said.
    pub hint: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\n  hint: {}", self.hint) }
    }
}

/// Collects diagnostics while a pack is read.
#[derive(Debug, Default)]
pub(crate) struct Report(RefCell<Vec<Diagnostic>>);

impl Report {
    pub(crate) fn error(&self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.push(place, Severity::Error, message.into(), hint.into());
    }

    pub(crate) fn warning(&self, place: Place, message: impl Into<String>, hint: impl Into<String>) {
        self.push(place, Severity::Warning, message.into(), hint.into());
    }

    fn push(&self, place: Place, severity: Severity, message: String, hint: String) {
        self.0.borrow_mut().push(Diagnostic { place, severity, message, hint });
    }

    /// Has an error been reported?
    pub(crate) fn has_errors(&self) -> bool {
        self.0.borrow().iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All diagnostics by place, each once; `Err` if one of them is an error.
    pub(crate) fn finish(self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let mut all = self.0.into_inner();
        all.sort();
        all.dedup();
        if all.iter().any(|diagnostic| diagnostic.severity == Severity::Error) { Err(all) } else { Ok(all) }
    }
}
