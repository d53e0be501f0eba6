//! What services read of a state and a program beside the fold: ids, grounds and remedies of decisions.
//!
//! # Invariants
//!
//! Says what [`Partition::render`](crate::Partition::render) would say of the same decision, by the same functions.

use crate::decision::Bilingual;
use crate::derive::Judge;
use crate::facts::{Book, View};
use crate::program::Program;
use crate::subject::{Decision, Key, RecordNo, Subject};
use heng_model::{Position, SubjectId};
use heng_rules::{Body, Rule};
use smallvec::{SmallVec, smallvec};

/// On how many records a decision rests, and where the first of them to become known stands.
#[must_use]
pub fn grounds_of(
    program: &Program,
    id: &SubjectId,
    subject: &Subject,
    decision: &Decision,
) -> (usize, Option<Position>) {
    let records: SmallVec<[RecordNo; 8]> = match (decision.key, program.rule(decision.rule).map(|rule| &rule.body)) {
        (Key::Record(number), _) => smallvec![number],
        (Key::Run(day), Some(Body::OnCondition { when, .. })) => {
            let mut book = Book::new(View { program, id, subject });
            Judge { book: &mut book, decisions: &subject.decisions }.records_behind(when, day)
        }
        _ => SmallVec::new(),
    };
    let first = records.iter().filter_map(|number| subject.record(*number)).map(|record| record.position()).min();
    (records.len(), first)
}

/// How a decision of a rule is contested, and how it is ended early.
#[must_use]
pub fn remedies<'p>(program: &'p Program, rule: &Rule) -> (&'p Bilingual, &'p Bilingual) {
    let item = match rule.body {
        Body::OnRecords { item, .. } => Some(item),
        Body::OnCondition { .. } => None,
    };
    (program.wording.objection(item), &program.wording_of(rule.symbol).repair)
}

/// The legal bases of a rule as decisions cite them, `law#article`.
#[must_use]
pub fn basis_of<'p>(program: &'p Program, rule: &Rule) -> &'p [String] {
    &program.wording_of(rule.symbol).basis
}
