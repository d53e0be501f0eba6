//! Departments' answers to decisions: each speaks for itself, about what is its to act on.
//!
//! # Invariants
//!
//! Who acted on a decision may go on answering it, whatever a later pack says of its measures: a lift must be answerable
//! by those whom it concerns.

use super::{IntakeRefusal, violation};
use heng_core::{Event, Partition, Program, decision_id};
use heng_model::DecisionId;

/// Does the subject have the decision? (One that is on its way must be folded first.)
pub(crate) fn is_known(partition: &Partition, event: &Event<'_>, wanted: DecisionId) -> bool {
    let Some((id, subject)) = partition.subject(&event.subject) else { return false };
    subject.decisions.iter().any(|it| decision_id(partition.symbols(), id, &subject, it) == wanted)
}

/// Checks that the source answers for itself, about a decision on the subject that names it.
pub(super) fn check(
    partition: &Partition,
    program: &Program,
    event: &Event<'_>,
    wanted: DecisionId,
    code: &str,
) -> Result<(), IntakeRefusal> {
    let pack = &program.pack;
    let Some(at) = pack.authorities.iter().position(|it| it.code == code) else {
        let known: Vec<&str> = pack.authorities.iter().map(|it| it.code.as_str()).collect();
        let message =
            format!("`{code}` is no authority of pack {}; its authorities are {}", program.label, known.join(", "));
        return Err(violation("data.authority", message));
    };
    if pack.authorities.get(at).is_some_and(|it| it.source != event.source) {
        return Err(violation("data.authority", format!("`{}` does not answer for `{code}`", event.source)));
    }
    let unknown = || {
        let subject = &event.subject;
        violation("data.decision", format!("{subject} has no decision `{wanted}`: give the id as it was sent"))
    };
    let (id, subject) = partition.subject(&event.subject).ok_or_else(unknown)?;
    let mut decisions = subject.decisions.iter();
    let decision = decisions.find(|it| decision_id(partition.symbols(), id, &subject, it) == wanted);
    let rule = program.rule(decision.ok_or_else(unknown)?.rule);
    let measures = rule.iter().flat_map(|rule| &rule.outcome.measures);
    let mut named = measures.filter_map(|it| pack.measures.get(it.at())).flat_map(|it| &it.authorities);
    let mut responses = subject.more.iter().flat_map(|more| &more.responses);
    let may_answer = rule.is_none()
        || named.any(|authority| authority.at() == at)
        || responses.any(|it| it.decision == wanted && *it.authority == *code);
    if may_answer {
        return Ok(());
    }
    let message = format!("decision `{wanted}` names no measure of `{code}`: who carries it out answers it");
    Err(violation("data.authority", message))
}
