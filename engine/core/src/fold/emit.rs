//! What is said because of an entry: the journal of decisions before it, against the state after it.

use super::{Draft, Outputs, Partition, SubjectNo};
use crate::decide::{kind, state_on, wake_after};
use crate::decision::DecisionKind;
use crate::derive_id::decision_id;
use crate::program::Program;
use crate::subject::{Decision, Key, State, Subject};
use heng_model::{Day, SubjectId};
use heng_rules::Rule;
use smallvec::SmallVec;
use std::sync::Arc;

/// Decisions that a revision names besides itself; more would not fit an entry of the log.
const NAMED_MAX: usize = 100;

/// A revision being prepared: whose, which, as it was.
struct Change {
    subject: SubjectNo,
    decision: u32,
    before: Option<Decision>,
    kind: Option<DecisionKind>,
}

impl Partition {
    /// Journals the decisions of the subjects that wake on a day and whose state differs on it.
    pub(super) fn wake(&mut self, today: Day, between_subjects: &dyn Fn()) {
        let Some(program) = self.program.clone() else { return };
        let mut woken = self.calendar.take_through(today);
        woken.sort_unstable();
        woken.dedup();
        for number in woken {
            between_subjects();
            if self.subjects.wake(number).is_none_or(|wake| wake > today) {
                continue;
            }
            let Self { subjects, journal, .. } = self;
            let Some((_, subject)) = subjects.open(number) else { continue };
            for (at, decision) in subject.decisions.iter().enumerate() {
                let Some(rule) = program.rule(decision.rule) else { continue };
                if state_on(decision, rule, today) != decision.state {
                    let index = u32::try_from(at).unwrap_or(u32::MAX);
                    journal.entry((number, index)).or_insert_with(|| Some(decision.clone()));
                }
            }
            subject.wake = subject
                .decisions
                .iter()
                .filter_map(|decision| wake_after(decision, program.rule(decision.rule)?, today))
                .min();
            if let Some(day) = subject.wake {
                self.calendar.put(day, number);
            }
        }
    }

    /// Turns the journal into drafts, in the order subject, rule, decision; subject by subject, since not all may be open.
    pub(super) fn emit(&mut self, outputs: &mut Outputs, between_subjects: &dyn Fn()) {
        let (Some(program), Some(today)) = (self.program.clone(), self.day) else {
            self.journal.clear();
            self.restated = None;
            return;
        };
        if self.journal.is_empty() {
            self.restated = None;
            return;
        }
        let changed = self.journal.drain(..);
        let mut changes: SmallVec<[Change; 2]> =
            changed.map(|((subject, decision), before)| Change { subject, decision, before, kind: None }).collect();
        if changes.len() > 1 {
            changes.sort_by_cached_key(|change| {
                between_subjects();
                self.order(change)
            });
        }
        for of_subject in changes.chunk_by_mut(|one, next| one.subject == next.subject) {
            between_subjects();
            outputs.changed.extend(of_subject.first().map(|change| change.subject));
            for change in of_subject.iter_mut() {
                change.kind = self.conclude(&program, change, today);
            }
            for change in &*of_subject {
                if let Some(kind) = change.kind {
                    let draft = self.draft(&program, change, kind, of_subject, today);
                    outputs.drafts.push(draft);
                    self.next_seq = self.next_seq.saturating_add(1);
                }
            }
        }
        self.restated = None;
    }

    fn order(&self, change: &Change) -> Option<(SubjectId, String, heng_model::DecisionId)> {
        let (id, subject) = self.subject_at(change.subject)?;
        let decision = decision_at(&subject, change.decision)?;
        let rule = self.symbols.name(decision.rule).to_owned();
        Some((id.clone(), rule, decision_id(&self.symbols, id, &subject, decision)))
    }

    /// Brings state, revision and calendar up to date; returns what is to be said, if anything.
    fn conclude(&mut self, program: &Program, change: &Change, today: Day) -> Option<DecisionKind> {
        let Self { subjects, calendar, former, restated, .. } = self;
        let (_, subject) = subjects.open(change.subject)?;
        let decision = subject.decisions.get_mut(usize::try_from(change.decision).ok()?)?;
        let Some(rule) = program.rule(decision.rule) else {
            // The rule was withdrawn: its days are gone already.
            let was = std::mem::replace(&mut decision.state, State::Void);
            let said = !matches!(was, State::Void | State::Declined);
            decision.revision = decision.revision.saturating_add(u32::from(said));
            let kind = if was == State::Scheduled { DecisionKind::Scheduled } else { DecisionKind::Revoked };
            return said.then_some(kind);
        };
        let moved = *restated == Some(change.subject) && decision.origin != 0;
        let differs = moved || former.as_ref().is_some_and(|former| measures_differ(former, program, rule));
        let state = state_on(decision, rule, today);
        let kind = kind(change.before.as_ref(), decision, state, today, differs);
        decision.state = state;
        decision.shown = state != State::Void && (decision.shown || state != State::Scheduled);
        decision.revision = decision.revision.saturating_add(u32::from(kind.is_some()));
        if let Some(day) = wake_after(decision, rule, today)
            && subject.wake.is_none_or(|wake| day < wake || wake <= today)
        {
            subject.wake = Some(day);
            calendar.put(day, change.subject);
        }
        kind
    }

    fn draft(&self, program: &Program, change: &Change, kind: DecisionKind, changes: &[Change], today: Day) -> Draft {
        let mut draft = Draft {
            subject: change.subject,
            decision: change.decision,
            kind,
            seq: self.next_seq,
            replaces: SmallVec::new(),
            also: SmallVec::new(),
        };
        let Some((_, subject)) = self.subject_at(change.subject) else { return draft };
        let Some(decision) = decision_at(&subject, change.decision) else { return draft };
        match kind {
            DecisionKind::Issued | DecisionKind::Expired if is_new(change) => {
                draft.replaces = replaced(&subject, change, decision, changes);
            }
            _ => {}
        }
        if matches!(kind, DecisionKind::Lifted | DecisionKind::Revoked | DecisionKind::Expired) {
            draft.also = also(program, &subject, change.decision, decision, today);
        }
        draft
    }
}

/// Is the decision new, or void before?
fn is_new(change: &Change) -> bool {
    change.before.as_ref().is_none_or(|before| before.state == State::Void)
}

fn decision_at(subject: &Subject, index: u32) -> Option<&Decision> {
    subject.decisions.get(usize::try_from(index).ok()?)
}

/// Revoked decisions of the same rule on a condition that share a day with a new one.
fn replaced(subject: &Subject, change: &Change, decision: &Decision, changes: &[Change]) -> SmallVec<[u32; 1]> {
    let is_replaced = |other: &&Change| {
        other.subject == change.subject
            && other.kind == Some(DecisionKind::Revoked)
            && decision_at(subject, other.decision).is_some_and(|it| it.rule == decision.rule)
            && other.before.as_ref().is_some_and(|before| before.days.overlaps(&decision.days))
    };
    if matches!(decision.key, Key::Record(_)) {
        return SmallVec::new();
    }
    changes.iter().filter(is_replaced).map(|other| other.decision).take(NAMED_MAX).collect()
}

/// Other decisions, in force today or later, that carry a measure of this one.
fn also(program: &Program, subject: &Subject, index: u32, decision: &Decision, today: Day) -> SmallVec<[u32; 1]> {
    let Some(rule) = program.rule(decision.rule) else { return SmallVec::new() };
    let carries = |(at, other): &(usize, &Decision)| {
        u32::try_from(*at) != Ok(index)
            && matches!(other.state, State::InForce | State::Suspended)
            && other.in_force().hull().is_some_and(|hull| hull.last >= today)
            && program
                .rule(other.rule)
                .is_some_and(|it| it.outcome.measures.iter().any(|measure| rule.outcome.measures.contains(measure)))
    };
    let others = subject.decisions.iter().enumerate().filter(carries);
    others.filter_map(|(at, _)| u32::try_from(at).ok()).take(NAMED_MAX).collect()
}

/// Does the rule give other measures than it did under the former pack?
pub(super) fn measures_differ(former: &Arc<Program>, program: &Program, rule: &Rule) -> bool {
    let codes = |program: &Program, rule: &Rule| -> Vec<String> {
        let measures = rule.outcome.measures.iter().filter_map(|index| program.pack.measures.get(index.at()));
        measures.map(|measure| measure.code.clone()).collect()
    };
    former.rule(rule.symbol).is_some_and(|before| codes(former, before) != codes(program, rule))
}
