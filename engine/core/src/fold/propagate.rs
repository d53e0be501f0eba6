//! From what an event touched to what every rule now yields, in this subject and in linked ones.
//!
//! # Invariants
//!
//! Rules are derived stratum by stratum; an outcome that a linked subject is told of feeds later strata only, so that
//! telling ends after as many rounds as there are strata, in circles of companies too.

use super::{Outputs, Partition, SubjectNo};
use crate::apply::Touched;
use crate::derive::{Obligation, Scope, obligations};
use crate::facts::View;
use crate::program::{Program, Reach, yields};
use crate::subject::{Decision, Key, Review, State, make_room};
use heng_model::{DaySet, Position, Symbol};
use heng_rules::{Rule, RuleIdx};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules to be derived, lowest index first: a rule's readers have higher ones.
#[derive(Default)]
struct Agenda(SmallVec<[RuleIdx; 16]>);

impl Agenda {
    fn extend(&mut self, rules: &[RuleIdx]) {
        for rule in rules {
            if let Err(at) = self.0.binary_search(rule) {
                self.0.insert(at, *rule);
            }
        }
    }
}

impl Partition {
    /// Derives what an event of a subject touched, and tells linked subjects.
    pub(super) fn propagate(
        &mut self,
        position: Position,
        number: SubjectNo,
        touched: &Touched,
        outputs: &mut Outputs,
    ) {
        let told = self.rederive(number, touched);
        self.tell(position, number, told, &touched.tell, outputs);
    }

    /// Derives the rules touched; did an outcome change that linked subjects are told of?
    pub(super) fn rederive(&mut self, number: SubjectNo, touched: &Touched) -> bool {
        let Some(program) = self.program.clone() else { return false };
        let mut agenda = self.agenda(&program, number, touched);
        let whole = touched.everything || touched.profile || touched.related;
        let mut told = false;
        let mut next = 0;
        while let Some(index) = agenda.0.get(next).copied() {
            next = next.saturating_add(1);
            let Some(rule) = program.pack.rules.get(index.at()) else { continue };
            let scope = match program.reach(index) {
                _ if whole => Scope::All,
                Reach::Own => Scope::These(&touched.records),
                Reach::Later => match touched.from {
                    Some(day) => Scope::From(day, &touched.records),
                    None => Scope::These(&touched.records),
                },
                Reach::All => Scope::All,
            };
            let changed = self.derive_rule(&program, number, rule, scope);
            if changed {
                agenda.extend(program.readers_of(index));
                told |= program.told.iter().any(|(_, outcome)| yields(rule, *outcome));
            }
        }
        self.dirty.insert(number, ());
        told
    }

    fn agenda(&self, program: &Program, number: SubjectNo, touched: &Touched) -> Agenda {
        let mut agenda = Agenda::default();
        let Some((_, subject)) = self.subject_at(number) else { return agenda };
        for record in touched.records.iter().filter_map(|record| subject.record(*record)) {
            if let Some(item) = program.item_index(record.item) {
                agenda.extend(program.rules_of_item(item));
            }
        }
        let is_blank = subject.records.is_empty() && subject.decisions.is_empty();
        if touched.everything && !is_blank {
            let all = 0..u16::try_from(program.pack.rules.len()).unwrap_or(u16::MAX);
            agenda.0 = all.map(RuleIdx).collect();
        } else if touched.everything || touched.start_moved {
            agenda.extend(&program.restless);
        }
        if touched.profile || touched.everything {
            agenda.extend(&program.by_profile);
        }
        if touched.related || touched.everything {
            agenda.extend(&program.by_related);
        }
        agenda
    }

    fn derive_rule(&mut self, program: &Arc<Program>, number: SubjectNo, rule: &Rule, scope: Scope<'_>) -> bool {
        let Some((id, subject)) = self.subjects.get_index(number.at()) else { return false };
        let found = obligations(View { program, id, subject }, rule, scope);
        self.reconcile(program, number, rule, scope, found)
    }

    /// Brings the decisions of a rule in line with what was derived; did any outcome change?
    fn reconcile(
        &mut self,
        program: &Program,
        number: SubjectNo,
        rule: &Rule,
        scope: Scope<'_>,
        mut found: Vec<Obligation>,
    ) -> bool {
        let Self { subjects, journal, .. } = self;
        let Some((_, subject)) = subjects.get_index_mut(number.at()) else { return false };
        let measures = || -> Vec<Symbol> {
            rule.outcome.measures.iter().filter_map(|index| program.measure_symbol(*index)).collect()
        };
        let mut changed = false;
        let mut standing: SmallVec<[(usize, Option<Obligation>); 4]> = SmallVec::new();
        for (at, decision) in subject.decisions.iter().enumerate() {
            let in_scope = match decision.key {
                Key::Run(_) => true,
                Key::Record(number) => subject.record(number).is_none_or(|record| scope.holds(number, record)),
            };
            if decision.rule == rule.symbol && in_scope {
                standing.push((at, None));
            }
        }
        assign(&subject.decisions, &mut standing, &mut found);
        for (at, obligation) in standing {
            let Some(decision) = subject.decisions.get_mut(at) else { continue };
            let after = settle(decision, rule, obligation, &measures);
            if after != *decision {
                changed |= after.days != decision.days || after.paused != decision.paused;
                let index = u32::try_from(at).unwrap_or(u32::MAX);
                let before = std::mem::replace(decision, after);
                journal.entry((number, index)).or_insert(Some(before));
            }
        }
        for obligation in found {
            let origin = match obligation.key {
                Key::Record(number) => subject.record(number).map_or(0, |record| record.origin),
                Key::Run(_) => 0,
            };
            let blank = Decision {
                rule: rule.symbol,
                key: obligation.key,
                origin,
                shown: false,
                state: State::Void,
                revision: 0,
                grounds: 0,
                days: DaySet::empty(),
                paused: None,
                review: rule.review.then(Box::default),
            };
            let index = u32::try_from(subject.decisions.len()).unwrap_or(u32::MAX);
            make_room(&mut subject.decisions, 1);
            subject.decisions.push(settle(&blank, rule, Some(obligation), &measures));
            journal.insert((number, index), None);
            changed = true;
        }
        changed
    }
}

/// Gives each obligation to the decision that already is about its key; of several (after a merge) to one that
/// stands, the subject's own first.
fn assign(
    decisions: &[Decision],
    standing: &mut SmallVec<[(usize, Option<Obligation>); 4]>,
    found: &mut Vec<Obligation>,
) {
    let rank = |decision: &Decision| (decision.state == State::Void, decision.origin != 0);
    let mut about: BTreeMap<Key, SmallVec<[usize; 1]>> = BTreeMap::new();
    for (slot, (at, _)) in standing.iter().enumerate() {
        if let Some(decision) = decisions.get(*at) {
            about.entry(decision.key).or_default().push(slot);
        }
    }
    found.retain(|obligation| {
        let slots = about.get(&obligation.key).map_or(&[][..], |slots| slots.as_slice());
        let at = |slot: &usize| standing.get(*slot).map(|(at, _)| *at);
        let best = slots.iter().min_by_key(|slot| at(slot).and_then(|at| decisions.get(at)).map(rank)).copied();
        match best.and_then(|slot| standing.get_mut(slot)) {
            Some((_, taken)) if taken.is_none() => {
                *taken = Some(obligation.clone());
                false
            }
            _ => true,
        }
    });
}

/// The decision as the obligation (or its absence) makes it, and as far as an officer has confirmed it.
fn settle(
    decision: &Decision,
    rule: &Rule,
    obligation: Option<Obligation>,
    measures: &dyn Fn() -> Vec<Symbol>,
) -> Decision {
    let mut after = decision.clone();
    let (derived, paused) = match obligation {
        Some(obligation) => {
            after.grounds = obligation.grounds;
            (obligation.days, obligation.paused)
        }
        None => (DaySet::empty(), DaySet::empty()),
    };
    if rule.review {
        let review = after.review.get_or_insert_default();
        after.days = confirmed_part(review, derived, after.grounds, measures);
    } else {
        after.review = None;
        after.days = derived;
    }
    let paused = paused.intersect(&after.days);
    after.paused = (!paused.is_empty()).then(|| Box::new(paused));
    after
}

/// What of the days derived an officer has confirmed; whatever adds a day or a measure is proposed anew.
fn confirmed_part(review: &mut Review, derived: DaySet, grounds: u32, measures: &dyn Fn() -> Vec<Symbol>) -> DaySet {
    let (stands, adds) = match &review.confirmed {
        None => (DaySet::empty(), true),
        Some((on, days, confirmed)) => {
            let from = DaySet::from_to(*on, heng_model::Day::FOREVER);
            let adds = !derived.minus(days).is_empty() || measures().iter().any(|measure| !confirmed.contains(measure));
            (derived.intersect(days).intersect(&from), adds)
        }
    };
    let declined = review.declined.as_ref().is_some_and(|(of, days)| *of == grounds && *days == derived);
    review.pending = adds && !declined && !derived.is_empty();
    review.derived = derived;
    stands
}
