//! Departments' answers to decisions: each speaks for itself, about what is its to act on.
//!
//! # Invariants
//!
//! Whom any pack of the log has named may answer, whatever a later one says of the measures: who was told to act must be
//! able to say what became of it, and who acted, that it was undone.

use super::{IntakeRefusal, violation};
use heng_core::{Event, Partition, Program, decision_id};
use heng_model::{DecisionId, Symbols};
use heng_rules::Pack;
use std::collections::{BTreeMap, BTreeSet};

/// Who has carried out what a rule gives, by the packs that were in force before: by rule, authorities by code.
#[derive(Debug, Default)]
pub(crate) struct FormerCarriers(BTreeMap<String, BTreeSet<String>>);

impl FormerCarriers {
    /// Adds those of a pack, whose names are known by these symbols.
    pub(crate) fn add(&mut self, pack: &Pack, symbols: &Symbols) {
        for rule in &pack.rules {
            let measures = rule.outcome.measures.iter().filter_map(|it| pack.measures.get(it.at()));
            let named = measures.flat_map(|it| &it.authorities).filter_map(|it| pack.authorities.get(it.at()));
            let codes = self.0.entry(symbols.name(rule.symbol).to_owned()).or_default();
            codes.extend(named.map(|authority| authority.code.clone()));
        }
    }

    fn has(&self, rule: &str, authority: &str) -> bool {
        self.0.get(rule).is_some_and(|codes| codes.contains(authority))
    }
}

/// Does the subject have the decision? (One that is on its way must be folded first.)
pub(crate) fn is_known(partition: &Partition, event: &Event<'_>, wanted: DecisionId) -> bool {
    let Some((id, subject)) = partition.subject(&event.subject) else { return false };
    subject.decisions.iter().any(|it| decision_id(partition.symbols(), id, &subject, it) == wanted)
}

/// Checks that the source answers for itself, about a decision on the subject that names it, or once did.
pub(super) fn check(
    partition: &Partition,
    (program, former): (&Program, &FormerCarriers),
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
    let of = decision.ok_or_else(unknown)?.rule;
    let rule = program.rule(of);
    let measures = rule.iter().flat_map(|rule| &rule.outcome.measures);
    let mut named = measures.filter_map(|it| pack.measures.get(it.at())).flat_map(|it| &it.authorities);
    let mut responses = subject.more.iter().flat_map(|more| &more.responses);
    let may_answer = rule.is_none()
        || named.any(|authority| authority.at() == at)
        || former.has(partition.symbols().name(of), code)
        || responses.any(|it| it.decision == wanted && *it.authority == *code);
    if may_answer {
        return Ok(());
    }
    let message = format!("decision `{wanted}` names no measure of `{code}`: who carries it out answers it");
    Err(violation("data.authority", message))
}
