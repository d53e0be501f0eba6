//! From what an event touched to what every rule now yields, in this subject and in linked ones.
//!
//! # Invariants
//!
//! Rules are derived stratum by stratum; an outcome that a linked subject is told of feeds later strata only, so that
//! telling ends after as many rounds as there are strata, in circles of companies too.

use super::{Journal, Outputs, Partition, SubjectNo};
use crate::apply::Touched;
use crate::derive::{Judge, Obligation, Obligations, Scope};
use crate::facts::{Book, View};
use crate::program::{Program, Reach, yields};
use crate::subject::{Decision, Key, Review, State, Subject};
use heng_model::{DaySet, Position, Symbol};
use heng_rules::{Rule, RuleIdx};
use smallvec::SmallVec;

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
        let Self { program, subjects, journal, .. } = self;
        let (Some(program), Some((id, subject))) = (program.as_deref(), subjects.open(number)) else {
            return false;
        };
        let mut agenda = agenda(program, subject, touched);
        if touched.everything {
            subject.matches.clear();
        }
        touched.records.iter().for_each(|record| subject.matches.forget(*record));
        // Rules change decisions and nothing else: what they read stays as it is meanwhile.
        let (decisions, matches) = (std::mem::take(&mut subject.decisions), std::mem::take(&mut subject.matches));
        let mut book = Book::new(View { program, id, subject });
        book.matches = matches;
        let mut round = Round { number, program, book: &mut book, decisions, near: None, journal };
        let whole = touched.everything || touched.profile || touched.related;
        // An officer may have confirmed measures alone: no day differs, and yet the outcome does.
        let mut told = touched.reviewed;
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
            if round.derive(rule, scope) {
                round.book.forget_outcomes();
                agenda.extend(program.readers_of(index));
                told |= program.told.iter().any(|(_, outcome)| yields(rule, *outcome));
            }
        }
        let Round { decisions, .. } = round;
        let matches = std::mem::take(&mut book.matches);
        drop(book);
        (subject.decisions, subject.matches) = (decisions, matches);
        told
    }
}

fn agenda(program: &Program, subject: &Subject, touched: &Touched) -> Agenda {
    let mut agenda = Agenda::default();
    let mut items: SmallVec<[Symbol; 8]> = SmallVec::new();
    let records = touched.records.iter().filter_map(|record| subject.record(*record));
    let all = if touched.everything { subject.records.as_slice() } else { &[] };
    for item in records.chain(all).map(|record| record.item) {
        if !items.contains(&item) {
            items.push(item);
            agenda.extend(program.item_index(item).map_or(&[], |item| program.rules_of_item(item)));
        }
    }
    if touched.everything || touched.start_moved {
        // What reads no record, profile, link or outcome of this subject yields what it yields about anybody. Links and
        // outcomes may be older than the first day on which rules on conditions are read, and wait for it.
        for rule in subject.decisions.iter().filter_map(|decision| program.rule_index(decision.rule)) {
            agenda.extend(&[rule]);
            agenda.extend(program.readers_of(rule));
        }
        agenda.extend(&program.restless);
    }
    if touched.profile || touched.everything {
        agenda.extend(&program.by_profile);
    }
    if touched.related || touched.everything || touched.start_moved {
        agenda.extend(&program.by_related);
    }
    agenda
}

/// The rules that an event touched, derived one after another for a subject.
struct Round<'a, 'b> {
    number: SubjectNo,
    program: &'a Program,
    book: &'b mut Book<'a>,
    decisions: Vec<Decision>,
    /// Rules and places of the decisions that were about touched records, or about runs, before the first rule was
    /// derived; looked for once, since several rules look at one record.
    near: Option<SmallVec<[(Symbol, usize); 8]>>,
    journal: &'b mut Journal,
}

impl Round<'_, '_> {
    /// Brings the decisions of a rule in line with what it yields now; did any outcome change?
    fn derive(&mut self, rule: &Rule, scope: Scope<'_>) -> bool {
        let mut judge = Judge { book: self.book, decisions: &self.decisions };
        let mut found = judge.obligations(rule, scope);
        let mut standing: SmallVec<[Standing; 4]> = SmallVec::new();
        self.push_standing(rule, scope, &mut standing);
        assign(&mut standing, &mut found);
        let mut changed = false;
        for Standing { at, obligation, .. } in standing {
            changed |= self.settle(at, rule, obligation);
        }
        for obligation in found {
            self.begin(rule, obligation);
            changed = true;
        }
        changed
    }

    /// Adds the decisions of a rule that are derived anew.
    fn push_standing(&mut self, rule: &Rule, scope: Scope<'_>, standing: &mut SmallVec<[Standing; 4]>) {
        let subject = self.book.view.subject;
        let is_in_scope = |decision: &Decision| match decision.key {
            Key::Run(_) => true,
            Key::Record(number) => subject.record(number).is_none_or(|record| scope.holds(number, record)),
        };
        let mut push = |at: usize, decision: &Decision| {
            let rank = (decision.state == State::Void, decision.origin != 0);
            standing.push(Standing { key: decision.key, rank, at, obligation: None });
        };
        let Self { decisions, near, .. } = self;
        let numbered = || decisions.iter().enumerate();
        if !matches!(scope, Scope::These(_)) {
            let of_rule = numbered().filter(|(_, decision)| decision.rule == rule.symbol && is_in_scope(decision));
            return of_rule.for_each(|(at, decision)| push(at, decision));
        }
        // A rule is derived once in a round, so that none of its decisions has been added since.
        let near = near.get_or_insert_with(|| {
            let near = numbered().filter(|(_, decision)| is_in_scope(decision));
            near.map(|(at, decision)| (decision.rule, at)).collect()
        });
        for (_, at) in near.iter().filter(|(of, _)| *of == rule.symbol) {
            if let Some(decision) = decisions.get(*at) {
                push(*at, decision);
            }
        }
    }

    /// Brings a decision in line with the obligation about its key, or the absence of one.
    fn settle(&mut self, at: usize, rule: &Rule, obligation: Option<Obligation>) -> bool {
        let program = self.program;
        let Some(decision) = self.decisions.get_mut(at) else { return false };
        if is_settled(decision, rule, obligation.as_ref()) {
            return false;
        }
        let after = settle(decision, rule, obligation, &|| measures_of(program, rule));
        if after == *decision {
            return false;
        }
        let changed = after.days != decision.days || after.paused != decision.paused;
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        let before = std::mem::replace(decision, after);
        self.journal.entry((self.number, index)).or_insert(Some(before));
        changed
    }

    fn begin(&mut self, rule: &Rule, obligation: Obligation) {
        let program = self.program;
        let origin = match obligation.key {
            Key::Record(number) => self.book.view.subject.record(number).map_or(0, |record| record.origin),
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
        let index = u32::try_from(self.decisions.len()).unwrap_or(u32::MAX);
        self.decisions.push(settle(&blank, rule, Some(obligation), &|| measures_of(program, rule)));
        self.journal.insert((self.number, index), None);
    }
}

fn measures_of(program: &Program, rule: &Rule) -> Vec<Symbol> {
    rule.outcome.measures.iter().filter_map(|index| program.measure_symbol(*index)).collect()
}

/// A decision of the rule being derived, and what it is given.
struct Standing {
    key: Key,
    /// Of several about one key (after a merge) one that stands comes first, the subject's own before others.
    rank: (bool, bool),
    /// Where it is among the subject's decisions.
    at: usize,
    obligation: Option<Obligation>,
}

/// Gives each obligation to the decision that already is about its key; those about none stay in `found`.
fn assign(standing: &mut SmallVec<[Standing; 4]>, found: &mut Obligations) {
    if standing.is_empty() {
        return;
    }
    standing.sort_unstable_by_key(|it| (it.key, it.rank, it.at));
    found.retain(|obligation| {
        let best = standing.partition_point(|it| it.key < obligation.key);
        match standing.get_mut(best).filter(|it| it.key == obligation.key && it.obligation.is_none()) {
            Some(it) => {
                it.obligation = Some(obligation.clone());
                false
            }
            None => true,
        }
    });
    standing.sort_unstable_by_key(|it| it.at);
}

/// Does the obligation, or its absence, leave the decision as it is? The commonest case, told without a copy.
fn is_settled(decision: &Decision, rule: &Rule, obligation: Option<&Obligation>) -> bool {
    if rule.review || decision.review.is_some() {
        return false;
    }
    match obligation {
        Some(it) => {
            decision.grounds == it.grounds
                && decision.days == it.days
                && decision.paused.as_deref().map_or(it.paused.is_empty(), |paused| *paused == it.paused)
        }
        None => decision.days.is_empty() && decision.paused.is_none(),
    }
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
