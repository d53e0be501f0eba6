//! Packs that differ from one in a single number, comparison, period or date: what a pack's cases ought to notice.
//!
//! # Invariants
//!
//! A mutation changes one piece of one sector file and nothing else; it is moved by the smallest step that its kind has
//! (one, one fen, one day), in each direction. Whether a mutant still compiles is for the loader to say.

mod step;
mod walk;

use crate::diagnostic::{Diagnostic, Report};
use crate::files::PackFiles;
use crate::pack::Place;
use crate::yaml::{At, Document};
use std::ops::Range;

/// Whose meaning a mutation changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A rule, by its id.
    Rule(String),
    /// A fact, by its sector and name: all rules that read it.
    Fact(String, String),
    /// An item, by its code: all rules that read its records.
    Item(String),
}

/// A single change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// Whose.
    pub owner: Owner,
    /// The clause, as it is written: `where`, `lasts`, `effective.from`.
    pub clause: &'static str,
    /// Where the piece that is changed stands.
    pub place: Place,
    /// The piece as it is written.
    pub from: String,
    /// What takes its place.
    pub to: String,
    /// What a case would have to show.
    pub shows: Shows,
    bytes: Range<usize>,
}

/// What a case shows that tells a mutant from the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// A comparison whose one side has exactly this value: it then holds, or does not.
    Value {
        /// The other side, as written.
        side: String,
        /// The value.
        value: String,
        /// Does the comparison hold?
        holds: bool,
    },
    /// Something on either side of the number.
    Number,
    /// A term, window or delay: its last day (`longer`: the day after).
    Period {
        /// Is the mutant longer?
        longer: bool,
    },
    /// A day at an end of those on which the rule is law.
    Day {
        /// The day.
        day: String,
        /// Is the rule law on it?
        is_law: bool,
    },
    /// The first day of an obligation.
    FirstDay,
}

impl Mutation {
    /// The pack with the change made.
    #[must_use]
    pub fn apply(&self, files: &PackFiles) -> PackFiles {
        let mut files = files.clone();
        files.replace(&self.place.file, self.bytes.clone(), &self.to);
        files
    }
}

/// Every mutation of a pack's rules, facts and items, in the order written.
///
/// # Errors
/// What makes a sector file unreadable.
pub fn mutations(files: &PackFiles) -> Result<Vec<Mutation>, Vec<Diagnostic>> {
    let report = Report::default();
    let mut found = Vec::new();
    for (path, bytes) in files.under("sectors/") {
        if let Some(document) = Document::read(path, bytes, &report) {
            walk::sector(document.root(), &mut found);
        }
    }
    report.finish().map(|_| found)
}

/// The pack without the longest terms of measures and laws.
///
/// They bound what a rule may state and change no outcome; but they cannot be compared with a term in days, which is
/// how a term in years is moved by a day.
///
/// # Errors
/// What makes `measures.yaml` or `laws.yaml` unreadable.
pub fn unbounded(files: &PackFiles) -> Result<PackFiles, Vec<Diagnostic>> {
    let report = Report::default();
    let mut free = files.clone();
    for (path, table) in [("measures.yaml", "measures"), ("laws.yaml", "laws")] {
        let Some(document) = files.get(path).and_then(|bytes| Document::read(path, bytes, &report)) else { continue };
        let rows = document.root().peek(table).and_then(At::any_map).map(|map| map.at.entries(table));
        let limits = rows.into_iter().flatten().filter_map(|(_, row)| row.peek("max"));
        let pieces = limits.filter_map(|at| Some(at.piece(0, at.scalar()?)?.1));
        // From the last to the first, so that no place moves before it is used.
        let pieces: Vec<Range<usize>> = pieces.collect();
        pieces.into_iter().rev().for_each(|bytes| free.replace(path, bytes, "~"));
    }
    report.finish().map(|_| free)
}

#[cfg(test)]
mod tests;
