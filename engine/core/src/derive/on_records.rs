//! Rules on records: every matching record yields an obligation.

use super::{Obligation, Scope, applies_on, cut, fingerprint};
use crate::facts::{Moment, Reading, Steps, View, value_at};
use crate::subject::{Key, Record, RecordNo};
use heng_model::{Day, DaySet, Symbol};
use heng_rules::condition::Condition;
use heng_rules::{End, FactIdx, ItemIdx, Rule, Start, Value};

/// The clauses of a rule on records.
pub(super) struct Terms<'a> {
    pub(super) item: ItemIdx,
    pub(super) filter: Option<&'a Condition>,
    pub(super) from: Start,
    pub(super) end: End,
}

pub(super) fn derive(view: View<'_>, rule: &Rule, terms: &Terms<'_>, scope: Scope<'_>) -> Vec<Obligation> {
    let facts = absolute_facts(view, terms.filter);
    let judge = |number: RecordNo, record: &Record| -> Option<Obligation> {
        let effect_day = record.effect_day.filter(|_| !record.retracted)?;
        let is_of_item = view.program.item_index(record.item) == Some(terms.item);
        if !is_of_item || !applies_on(view, rule, effect_day) {
            return None;
        }
        let days = term(view, rule, terms, record, effect_day)?;
        if !matches(view, terms.filter, &facts, number, record, effect_day) {
            return None;
        }
        let pauses = view.subject.pauses_of(number);
        let (days, paused) = cut(view, rule, effect_day, Some(record), days, pauses)?;
        let grounds = fingerprint(u64::from(record.partition), [record.offset].into_iter());
        Some(Obligation { key: Key::Record(number), days, paused, grounds })
    };
    match scope {
        Scope::These(these) => {
            let records = these.iter().filter_map(|number| Some((*number, view.subject.record(*number)?)));
            records.filter_map(|(number, record)| judge(number, record)).collect()
        }
        _ => {
            let records = view.subject.numbered().filter(|(number, record)| scope.holds(*number, record));
            records.filter_map(|(number, record)| judge(number, record)).collect()
        }
    }
}

/// The facts of a filter that do not depend on the record judged, on every day: read once for all records.
fn absolute_facts<'a>(view: View<'a>, filter: Option<&Condition>) -> Vec<(FactIdx, Steps<'a>)> {
    let facts = filter.map_or(&[][..], |filter| &filter.facts);
    let absolute = facts.iter().filter(|fact| view.fact(**fact).is_some_and(|fact| !fact.is_relative()));
    absolute.map(|fact| (*fact, view.steps(*fact, Reading::Plain))).collect()
}

fn matches(
    view: View<'_>,
    filter: Option<&Condition>,
    absolute: &[(FactIdx, Steps<'_>)],
    number: RecordNo,
    record: &Record,
    effect_day: Day,
) -> bool {
    let Some(filter) = filter else { return true };
    let value = |fact: FactIdx| match absolute.iter().find(|(index, _)| *index == fact) {
        Some((_, steps)) => value_at(steps, effect_day),
        None => view.value_on(fact, effect_day, Some((number, record)), Reading::Plain, &|_| false),
    };
    let facts = filter.facts.iter().map(|fact| (*fact, value(*fact))).collect();
    filter.holds(&Moment { view, record: Some(record), facts })
}

/// First through last day, before anything is cut.
fn term(view: View<'_>, rule: &Rule, terms: &Terms<'_>, record: &Record, effect_day: Day) -> Option<DaySet> {
    let day_in = |field: Symbol| match view.record_field(record, field) {
        Value::Day(day) => Some(day),
        _ => None,
    };
    let first = match terms.from {
        Start::EffectDay => effect_day,
        Start::Field(field) => day_in(field)?,
        Start::AfterField(field) => day_in(field)?.next(),
        Start::AfterPeriod(period) => period.last_from(effect_day).next(),
    };
    let repaired_on = record.repaired_on.filter(|_| !rule.include_repaired);
    let mut last = match terms.end {
        End::Open => Day::FOREVER,
        End::Lasts { lasts, extends } => {
            let regular = lasts.last_from(first);
            match extends {
                Some(longer) if repaired_on.is_none_or(|on| on > regular) => longer.last_from(first),
                _ => regular,
            }
        }
        End::Through(field) => day_in(field).unwrap_or(Day::FOREVER),
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
    (first <= last && !first.is_forever()).then(|| DaySet::from_to(first, last))
}
