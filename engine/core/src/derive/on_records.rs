//! Rules on records: every matching record yields an obligation.

use super::{Judge, Obligation, Obligations, Scope, applies_on, fingerprint};
use crate::facts::{Moment, Reading, View};
use crate::subject::{Key, Record, RecordNo};
use heng_model::{Day, DaySet, Symbol};
use heng_rules::condition::Condition;
use heng_rules::{End, ItemIdx, Rule, Start, Value};

/// The clauses of a rule on records.
pub(super) struct Terms<'a> {
    pub(super) item: ItemIdx,
    pub(super) filter: Option<&'a Condition>,
    pub(super) from: Start,
    pub(super) end: End,
}

impl Judge<'_, '_> {
    pub(super) fn on_records(&mut self, rule: &Rule, terms: &Terms<'_>, scope: Scope<'_>) -> Obligations {
        let view = self.view();
        match scope {
            Scope::These(these) => {
                let records = these.iter().filter_map(|number| Some((*number, view.subject.record(*number)?)));
                records.filter_map(|(number, record)| self.judge(rule, terms, number, record)).collect()
            }
            _ => {
                let records = view.subject.numbered().filter(|(number, record)| scope.holds(*number, record));
                records.filter_map(|(number, record)| self.judge(rule, terms, number, record)).collect()
            }
        }
    }

    fn judge(&mut self, rule: &Rule, terms: &Terms<'_>, number: RecordNo, record: &Record) -> Option<Obligation> {
        let view = self.view();
        let effect_day = record.effect_day().filter(|_| !record.retracted)?;
        let is_of_item = view.program.item_index(record.item) == Some(terms.item);
        let is_law = !rule.effective_by_record || rule.effective.contains(effect_day);
        if !is_of_item || !is_law || !applies_on(view, rule, effect_day) {
            return None;
        }
        let days = term(view, rule, terms, record, effect_day)?;
        if !self.matches(terms.filter, number, record, effect_day) {
            return None;
        }
        let pauses = view.subject.pauses_of(number);
        let (days, paused) = self.cut(rule, effect_day, Some(record), days, pauses)?;
        let grounds = fingerprint(u64::from(record.partition), [record.offset].into_iter());
        Some(Obligation { key: Key::Record(number), days, paused, grounds })
    }

    fn matches(&mut self, filter: Option<&Condition>, number: RecordNo, record: &Record, effect_day: Day) -> bool {
        let Some(filter) = filter else { return true };
        let judged = Some((number, record));
        let mut value = |fact| self.book.value_on(fact, effect_day, judged, Reading::Plain, self.decisions);
        let facts = filter.facts.iter().map(|fact| (*fact, value(*fact))).collect();
        filter.holds(&Moment { view: self.view(), record: Some(record), facts })
    }
}

/// The first day of a record's term; none while the field that names it is empty.
pub(crate) fn first_day(view: View<'_>, from: Start, record: &Record, effect_day: Day) -> Option<Day> {
    Some(match from {
        Start::EffectDay => effect_day,
        Start::Field(field) => day_in(view, record, field)?,
        Start::AfterField(field) => day_in(view, record, field)?.next(),
        Start::AfterPeriod(period) => period.last_from(effect_day).next(),
    })
}

fn day_in(view: View<'_>, record: &Record, field: Symbol) -> Option<Day> {
    match view.record_field(record, field) {
        Value::Day(day) => Some(day),
        _ => None,
    }
}

/// First through last day, before anything is cut.
fn term(view: View<'_>, rule: &Rule, terms: &Terms<'_>, record: &Record, effect_day: Day) -> Option<DaySet> {
    let first = first_day(view, terms.from, record, effect_day)?;
    let repaired_on = record.repaired_on().filter(|_| !rule.include_repaired);
    let mut last = match terms.end {
        End::Open => Day::FOREVER,
        End::Lasts { lasts, extends } => {
            let regular = lasts.last_from(first);
            match extends {
                Some(longer) if repaired_on.is_none_or(|on| on > regular) => longer.last_from(first),
                _ => regular,
            }
        }
        End::Through(field) => day_in(view, record, field).unwrap_or(Day::FOREVER),
    };
    if let Some(valid) = view.program.item(record.item).and_then(|item| item.valid) {
        last = last.min(valid.last_from(effect_day));
    }
    if let Some(on) = repaired_on {
        if on <= first {
            return None;
        }
        let least = rule.not_before.map_or(Day::DAWN, |period| period.last_from(first));
        last = last.min(on.previous().max(least));
    }
    // What would begin beyond the calendar never does.
    (first <= last && first <= Day::LATEST).then(|| DaySet::from_to(first, last))
}
