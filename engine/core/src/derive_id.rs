//! Ids of decisions, from what a subject's state holds.

use crate::subject::{Decision, Key, Subject};
use heng_model::{DecisionId, DecisionKey, SubjectId, Symbols};

/// The subject under which a record or decision was first issued.
pub(crate) fn origin<'a>(id: &'a SubjectId, subject: &'a Subject, origin: u8) -> &'a SubjectId {
    let other = origin.checked_sub(1).and_then(|at| subject.more.as_ref()?.origins.get(usize::from(at)));
    other.unwrap_or(id)
}

/// The id of a decision: a merge keeps it, since it is of the subject as first issued.
#[must_use]
pub fn decision_id(symbols: &Symbols, id: &SubjectId, subject: &Subject, decision: &Decision) -> DecisionId {
    let rule = symbols.name(decision.rule);
    let issued_to = origin(id, subject, decision.origin);
    match decision.key {
        Key::Run(day) => DecisionId::derive(issued_to, rule, DecisionKey::Run(day)),
        Key::Record(number) => {
            let (source, record) = subject
                .record(number)
                .map(|record| (symbols.name(record.source), subject.record_name(record)))
                .unwrap_or_default();
            DecisionId::derive(issued_to, rule, DecisionKey::Record { source, record })
        }
    }
}
