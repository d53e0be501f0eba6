//! Rules on conditions: each run of days on which the condition holds yields an obligation.

use super::{Judge, Obligation, Obligations, applies_on, fingerprint};
use crate::facts::{Moment, Reading, View};
use crate::subject::{Key, Record, RecordNo};
use heng_model::{Day, DaySet, Period, Span};
use heng_rules::condition::Condition;
use heng_rules::{FactIdx, Reads, Rule, Value};
use smallvec::SmallVec;

impl Judge<'_, '_> {
    pub(super) fn on_condition(
        &mut self,
        rule: &Rule,
        when: &Condition,
        lasts: Option<Period>,
        and_while: bool,
    ) -> Obligations {
        let subject = self.view().subject;
        let Some(lived) = subject.start().and_then(|start| Span::new(start, subject.end())) else {
            return Obligations::new();
        };
        let fitting = fitting_days(self.view(), rule, lived);
        let held = self.days_where(when, None, lived, Reading::Plain).intersect(&fitting);
        if held.is_empty() {
            return Obligations::new();
        }
        let held_paused = subject.has_pauses().then(|| self.days_where(when, None, lived, Reading::Paused));
        let mut one = |run: &Span| -> Option<Obligation> {
            let run_days = DaySet::from(*run);
            let run_passing = held_paused.as_ref().map_or_else(|| run_days.clone(), |held| run_days.intersect(held));
            let (days, passing) = match lasts {
                None => (run_days, run_passing),
                Some(period) => {
                    let last = period.last_from(run.first);
                    let mut term = Term { judge: self, rule, when, first: run.first, last };
                    let (days, passing) = term.days(held_paused.is_some());
                    if and_while { (days.union(&run_days), passing.union(&run_passing)) } else { (days, passing) }
                }
            };
            let paused = days.minus(&passing);
            let (days, paused) = self.cut(rule, run.first, None, days, paused)?;
            Some(Obligation { key: Key::Run(run.first), days, paused, grounds: self.grounds(when, run.first) })
        };
        held.spans().iter().filter_map(&mut one).collect()
    }

    /// Fingerprint of the records that count on the first day, and of the decisions behind outcomes.
    fn grounds(&mut self, when: &Condition, day: Day) -> u32 {
        let view = self.view();
        let behind = self.records_behind(when, day);
        let records = behind.iter().filter_map(|number| view.subject.record(*number));
        let records = records.map(|record| record.offset ^ (u64::from(record.partition) << 48));
        let decisions = crate::decide::decisions_behind(view, self.decisions, when, day).map(|decision| {
            let key = match decision.key {
                Key::Record(number) => view.subject.record(number).map_or(0, |record| record.offset),
                Key::Run(day) => u64::from(day.number().cast_unsigned()),
            };
            (u64::from(decision.rule.0) << 40) ^ key
        });
        fingerprint(1, records.chain(decisions))
    }
}

/// The days on which the subject is of a kind that the rule applies to.
fn fitting_days(view: View<'_>, rule: &Rule, lived: Span) -> DaySet {
    let changes = view.subject.profile.change_days();
    let mut days: SmallVec<[Day; 8]> = changes.filter(|day| *day > lived.first && *day <= lived.last).collect();
    days.push(lived.first);
    days.sort_unstable();
    days.dedup();
    let end = |at: usize| days.get(at.saturating_add(1)).map_or(lived.last, |next| next.previous());
    let fitting = days.iter().enumerate().filter(|(_, day)| applies_on(view, rule, **day));
    fitting.filter_map(|(at, day)| Span::new(*day, end(at))).collect()
}

/// A fixed term: a day of it is in force only if the condition, read on its first day, would hold without what was
/// repaired or is paused by then.
struct Term<'t, 'a, 'b> {
    judge: &'t mut Judge<'a, 'b>,
    rule: &'t Rule,
    when: &'t Condition,
    first: Day,
    last: Day,
}

impl Term<'_, '_, '_> {
    /// Days in force as if nothing were paused, and those of them that pass with pauses too.
    fn days(&mut self, has_pauses: bool) -> (DaySet, DaySet) {
        let whole = Span::new(self.first, self.last);
        let drops = self.repairs();
        if drops.is_empty() && !has_pauses {
            let days: DaySet = whole.into_iter().collect();
            return (days.clone(), days);
        }
        let pauses = if has_pauses { self.pauses() } else { Vec::new() };
        let mut turns: Vec<Day> = drops.iter().map(|(_, day)| *day).collect();
        turns.extend(pauses.iter().flat_map(|(_, days)| days.spans()).flat_map(|span| [span.first, span.last.next()]));
        turns.push(self.first);
        turns.retain(|day| *day >= self.first && *day <= self.last && !day.is_forever());
        turns.sort_unstable();
        turns.dedup();
        let (mut days, mut passing) = (Vec::new(), Vec::new());
        for (at, turn) in turns.iter().enumerate() {
            let end = turns.get(at.saturating_add(1)).map_or(self.last, |next| next.previous());
            if !self.holds(*turn, &drops, None) {
                continue;
            }
            days.extend(Span::new(*turn, end));
            if !has_pauses || self.holds(*turn, &drops, Some(&pauses)) {
                passing.extend(Span::new(*turn, end));
            }
        }
        (days.into_iter().collect(), passing.into_iter().collect())
    }

    /// Records whose repair takes them out of a day's reading, with the first such day.
    fn repairs(&self) -> Vec<(RecordNo, Day)> {
        if self.rule.include_repaired {
            return Vec::new();
        }
        let least = self.rule.not_before.map_or(Day::DAWN, |period| period.last_from(self.first).next());
        let from = |record: &Record| record.repaired_on().map(|on| on.max(least)).filter(|day| *day <= self.last);
        self.judge.view().subject.numbered().filter_map(|(number, record)| Some((number, from(record)?))).collect()
    }

    fn pauses(&self) -> Vec<(RecordNo, DaySet)> {
        let subject = self.judge.view().subject;
        let pauses = subject.numbered().map(|(number, _)| (number, subject.pauses_of(number)));
        pauses.filter(|(_, days)| !days.is_empty()).collect()
    }

    /// Does the condition, read on the first day, hold without the records repaired by `turn` (a fact that lets
    /// repaired records go on counting keeps them) and without those paused on it, with outcomes as paused?
    fn holds(&mut self, turn: Day, drops: &[(RecordNo, Day)], pauses: Option<&[(RecordNo, DaySet)]>) -> bool {
        let repaired = |number: RecordNo| drops.iter().any(|(of, day)| *of == number && *day <= turn);
        let paused = |number: RecordNo| {
            pauses.is_some_and(|pauses| pauses.iter().any(|(of, days)| *of == number && days.contains(turn)))
        };
        let view = self.judge.view();
        let reading = if pauses.is_some() { Reading::Paused } else { Reading::Plain };
        let mut value = |index: FactIdx| -> Value<'_> {
            let Some(fact) = view.fact(index) else { return Value::Empty };
            match &fact.reads {
                // Which records are paused is asked of the day judged, not of the first day.
                Reads::Records(records) => {
                    let without = |number: RecordNo| paused(number) || (!records.include_repaired && repaired(number));
                    view.record_value(fact, records, self.first, None, &without)
                }
                _ => self.judge.book.value(index, self.first, reading, self.judge.decisions),
            }
        };
        let facts = self.when.facts.iter().map(|fact| (*fact, value(*fact))).collect();
        self.when.holds(&Moment { view, record: None, facts })
    }
}
