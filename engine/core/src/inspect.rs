//! What services read of a state and a program beside the fold: ids, grounds and remedies of decisions.
//!
//! # Invariants
//!
//! Says what [`Partition::render`](crate::Partition::render) would say of the same decision, by the same functions.

use crate::decision::Bilingual;
use crate::derive::{Judge, first_day};
use crate::facts::{Book, View};
use crate::program::Program;
use crate::subject::{Decision, Key, RecordNo, Subject};
use heng_model::{Day, Position, SubjectId};
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

/// What repair of the records behind a decision can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repairable {
    /// The law excludes it.
    Excluded,
    /// It frees no day before this one.
    From(Day),
    /// Nothing is left that it could free.
    Nothing,
}

/// From which day on repair of the records behind a decision can free days.
#[must_use]
pub fn repairable(program: &Program, id: &SubjectId, subject: &Subject, decision: &Decision) -> Repairable {
    let Some(rule) = program.rule(decision.rule) else { return Repairable::Nothing };
    if rule.include_repaired {
        return Repairable::Excluded;
    }
    let (first, least) = match (decision.key, &rule.body) {
        (Key::Record(number), Body::OnRecords { from, .. }) => {
            let view = View { program, id, subject };
            let record = subject.record(number);
            let first = record.and_then(|record| first_day(view, *from, record, record.effect_day()?));
            (first, rule.not_before)
        }
        // Without a term a condition is read on each day, without whatever is repaired by then.
        (Key::Run(day), Body::OnCondition { lasts, .. }) => (Some(day), rule.not_before.filter(|_| lasts.is_some())),
        _ => (None, None),
    };
    let from = first.map(|first| least.map_or(first, |period| period.last_from(first)).next());
    let last = decision.days.hull().map(|hull| hull.last);
    match from.filter(|from| last.is_some_and(|last| *from <= last)) {
        Some(from) => Repairable::From(from),
        None => Repairable::Nothing,
    }
}

/// The first day on which nothing is in force that a record's repair on a day has ended, or will: rules may let it work
/// later only. Of what rests on several records the others decide too; it is left out.
#[must_use]
pub fn repair_works_from(program: &Program, subject: &Subject, of: RecordNo, on: Day) -> Day {
    let can_end = |decision: &&Decision| program.rule(decision.rule).is_some_and(|rule| !rule.include_repaired);
    let rest_on = subject.decisions.iter().filter(|decision| decision.key == Key::Record(of)).filter(can_end);
    // The days that are derived have heard of the repair already.
    rest_on.filter_map(|decision| decision.days.hull()).map(|hull| hull.last.next()).chain([on]).max().unwrap_or(on)
}
