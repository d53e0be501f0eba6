//! What services read of a state and a program beside the fold: ids, grounds and remedies of decisions.
//!
//! # Invariants
//!
//! Says what [`Partition::render`](crate::Partition::render) would say of the same decision, by the same functions.

use crate::decision::{Bilingual, DecisionKind};
use crate::derive::records_behind;
use crate::explain::{Explained, objection_remedy, repair_remedy};
use crate::facts::View;
use crate::program::Program;
use crate::subject::{Decision, Key, Subject};
use heng_model::{DaySet, Position, SubjectId};
use heng_rules::{Body, Rule};

/// On how many records a decision rests, and where the first of them to become known stands.
#[must_use]
pub fn grounds_of(
    program: &Program,
    id: &SubjectId,
    subject: &Subject,
    decision: &Decision,
) -> (usize, Option<Position>) {
    let records = match (decision.key, program.rule(decision.rule).map(|rule| &rule.body)) {
        (Key::Record(number), _) => vec![number],
        (Key::Run(day), Some(Body::OnCondition { when, .. })) => {
            records_behind(View { program, id, subject }, when, day)
        }
        _ => Vec::new(),
    };
    let first = records.iter().filter_map(|number| subject.record(*number)).map(|record| record.position()).min();
    (records.len(), first)
}

/// How a decision of a rule is contested, and how it is ended early.
#[must_use]
pub fn remedies(program: &Program, rule: &Rule) -> (Bilingual, Bilingual) {
    let item = match rule.body {
        Body::OnRecords { item, .. } => program.pack.items.get(item.at()),
        Body::OnCondition { .. } => None,
    };
    let explained = Explained {
        pack: &program.pack,
        rule: Some(rule),
        kind: DecisionKind::Issued,
        days: &DaySet::empty(),
        grounds: &[],
        grounds_len: 0,
        item,
    };
    (objection_remedy(&explained), repair_remedy(&explained))
}
