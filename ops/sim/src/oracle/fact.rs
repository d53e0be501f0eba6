//! The value of a fact on a day, by going through all records.
//!
//! # Invariants
//!
//! A [`Reading`] says everything that the value depends on besides what is known.

use super::expr::{self, Scope};
use super::outcome::Outcomes;
use super::record::Record;
use super::subject::Subject;
use super::value::Value;
use heng_model::{Day, Decimal, Symbol, Symbols};
use heng_rules::condition::{Condition, Type};
use heng_rules::{Aggregate, Fact, FactIdx, Pack, ProfileField, Reads, RecordFact, Window};
use std::cmp::Ordering;

/// How facts are read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    /// The day on which records and outcomes are read.
    pub(super) day: Day,
    /// Leave out records paused on this day, and read outcomes as paused.
    pub(super) paused_on: Option<Day>,
    /// Leave out records repaired by this day.
    pub(super) repaired_by: Option<Day>,
    /// The record judged, by a rule on records.
    pub(super) judged: Option<&'a Record>,
}

impl<'a> Reading<'a> {
    /// Without pauses.
    pub(super) fn plain(day: Day, judged: Option<&'a Record>) -> Self {
        Self { day, paused_on: None, repaired_by: None, judged }
    }

    /// With the pauses of the day.
    pub(super) fn paused(day: Day, judged: Option<&'a Record>) -> Self {
        Self { paused_on: Some(day), ..Self::plain(day, judged) }
    }
}

/// What facts about one subject are computed from.
pub(super) struct World<'a> {
    pub(super) pack: &'a Pack,
    pub(super) symbols: &'a Symbols,
    pub(super) subjects: &'a [Subject],
    pub(super) outcomes: &'a Outcomes,
}

impl World<'_> {
    /// Does a condition hold for the subject?
    pub(super) fn holds(&self, subject: &Subject, condition: &Condition, reading: Reading<'_>) -> bool {
        let field = |name: Symbol| reading.judged.map_or(Value::Empty, |record| record.field(name));
        let fact = |fact: FactIdx| self.fact_value(subject, fact, reading);
        expr::holds(&condition.expr, &Scope { symbols: self.symbols, field: &field, fact: &fact })
    }

    /// The value of a fact.
    pub(super) fn fact_value(&self, subject: &Subject, at: FactIdx, reading: Reading<'_>) -> Value {
        let Some(fact) = self.pack.facts.get(at.at()) else { return Value::Empty };
        let value = match &fact.reads {
            Reads::Records(reads) => self.over_records(subject, fact, reads, reading),
            Reads::Profile(field) => profile(subject, *field, reading.day),
            Reads::Elapsed { at_least } => {
                let since = subject.registered_on();
                Value::Bool(since.is_some_and(|since| reading.day > at_least.last_from(since)))
            }
            Reads::Outcome { prior, .. } => {
                let before = reading.judged.and_then(|record| record.x).map(Day::previous);
                let day = if *prior { before.unwrap_or(reading.day) } else { reading.day };
                self.outcome(subject, at, fact, day, reading.paused_on.is_some())
            }
            Reads::Related { role, reverse, linked_after, .. } => {
                self.related(subject, at, (self.symbols.name(*role), *reverse, *linked_after), reading)
            }
        };
        match (&value, &fact.default) {
            (Value::Empty, Some(default)) => Value::of_constant(default, self.symbols),
            _ => value,
        }
    }

    fn outcome(&self, subject: &Subject, at: FactIdx, fact: &Fact, day: Day, with_pauses: bool) -> Value {
        let values = self.outcomes.get(&subject.id, at.at());
        let worst = values.iter().rfind(|(_, days)| days.holds(day, with_pauses));
        match (worst, &fact.ty) {
            (Some((Some(value), _)), _) => Value::text(self.symbols.name(*value)),
            (found, Type::Bool) => Value::Bool(found.is_some()),
            _ => Value::Empty,
        }
    }

    fn related(&self, subject: &Subject, at: FactIdx, how: (&str, bool, bool), reading: Reading<'_>) -> Value {
        let (role, reverse, linked_after) = how;
        let count = self.subjects.iter().filter(|other| {
            let (from, to) = if reverse { (*other, subject) } else { (subject, *other) };
            let links = from.links.iter().filter(|link| link.role == role && link.to == to.id);
            let mut standing = links.filter(|link| link.first <= reading.day && reading.day <= link.last);
            standing.any(|link| {
                self.outcomes.get(&other.id, at.at()).iter().any(|(_, days)| {
                    days.holds(reading.day, reading.paused_on.is_some())
                        && (!linked_after || link.first > days.run_start(reading.day))
                })
            })
        });
        Value::Int(i64::try_from(count.count()).unwrap_or(i64::MAX))
    }

    fn satisfies(&self, record: &Record, filter: Option<&Condition>) -> bool {
        let field = |name: Symbol| record.field(name);
        let fact = |_: FactIdx| Value::Empty;
        let scope = Scope { symbols: self.symbols, field: &field, fact: &fact };
        filter.is_none_or(|filter| expr::holds(&filter.expr, &scope))
    }

    fn over_records(&self, subject: &Subject, fact: &Fact, reads: &RecordFact, reading: Reading<'_>) -> Value {
        let counting = subject.records.iter().filter(|record| self.counts(record, reads, reading));
        if reads.aggregate == Aggregate::Streak {
            return self.streak(&counting.collect::<Vec<_>>(), reads);
        }
        let chosen: Vec<&Record> = counting.filter(|record| self.satisfies(record, reads.filter.as_ref())).collect();
        let read = |record: &Record| reads.field.map_or(Value::Empty, |name| record.field(name));
        let stated = chosen.iter().map(|record| read(record)).filter(|value| !value.is_empty());
        match reads.aggregate {
            Aggregate::Count => int(chosen.len()),
            Aggregate::Sum => sum(stated, &fact.ty),
            Aggregate::Max => extreme(stated, Ordering::Greater),
            Aggregate::Min => extreme(stated, Ordering::Less),
            Aggregate::Distinct => distinct(stated),
            Aggregate::Latest => latest(&chosen).map_or(Value::Empty, read),
            Aggregate::Streak => Value::Empty,
        }
    }

    /// Does a record count for a fact in this reading, `where` apart?
    fn counts(&self, record: &Record, reads: &RecordFact, reading: Reading<'_>) -> bool {
        let (Some(x), day) = (record.x, reading.day) else { return false };
        let valid = self.pack.items.get(record.item.at()).and_then(|item| item.valid);
        let in_window = match reads.window {
            Window::Always => true,
            Window::Rolling(period) => day <= period.last_from(x),
            Window::Year => day.year() == x.year(),
            Window::PreviousYear => day.year() == x.year().saturating_add(1),
        };
        let repaired_by = |day: Day| !reads.include_repaired && record.repaired_by(day);
        let equal = |judged: &Record| reads.same.iter().all(|name| judged.field(*name).equals(&record.field(*name)));
        reads.items.contains(&record.item)
            && !record.retracted
            && x <= day
            && valid.is_none_or(|valid| day <= valid.last_from(x))
            && in_window
            && !repaired_by(day)
            && !reading.repaired_by.is_some_and(repaired_by)
            && !reading.paused_on.is_some_and(|day| record.paused_on(day))
            && reading.judged.is_none_or(equal)
            && (!reads.prior || reading.judged.and_then(|judged| judged.x).is_some_and(|before| x < before))
    }

    fn streak(&self, counting: &[&Record], reads: &RecordFact) -> Value {
        let year_of = |record: &Record| match (reads.field, record.x) {
            (None, Some(x)) => Some(i64::from(x.year())),
            (Some(name), _) => match record.field(name) {
                Value::Int(year) => Some(year),
                _ => None,
            },
            _ => None,
        };
        let newest = counting.iter().filter_map(|record| year_of(record)).max();
        let mut years = 0;
        while let Some(year) = newest.map(|newest| newest - years) {
            let in_year: Vec<&Record> = counting.iter().copied().filter(|one| year_of(one) == Some(year)).collect();
            match latest(&in_year) {
                Some(decides) if self.satisfies(decides, reads.filter.as_ref()) => years += 1,
                _ => break,
            }
        }
        Value::Int(years)
    }
}

fn profile(subject: &Subject, field: ProfileField, day: Day) -> Value {
    match field {
        ProfileField::Kind => Value::text(subject.kind(day).word()),
        ProfileField::Region => subject.profile_value("region", day),
        ProfileField::Industry => subject.profile_value("industry", day),
        ProfileField::Name => subject.profile_value("name", day),
        ProfileField::RegisteredOn => subject.registered_on().map_or(Value::Empty, Value::Day),
    }
}

/// The greatest effect day, ties to the later position.
fn latest<'r>(records: &[&'r Record]) -> Option<&'r Record> {
    records.iter().copied().max_by_key(|record| (record.x, record.position))
}

fn int(number: usize) -> Value {
    i64::try_from(number).map_or(Value::Empty, Value::Int)
}

fn sum(values: impl Iterator<Item = Value>, ty: &Type) -> Value {
    let mut total = Decimal::ZERO;
    for value in values {
        match value.number().and_then(|number| total.checked_add(number)) {
            Some(more) => total = more,
            None => return Value::Empty,
        }
    }
    match ty {
        Type::Int | Type::Year => i64::try_from(total.mantissa()).map_or(Value::Empty, Value::Int),
        _ => Value::Decimal(total),
    }
}

fn extreme(values: impl Iterator<Item = Value>, wanted: Ordering) -> Value {
    values.fold(Value::Empty, |best, value| match value.compare(&best) {
        None => value,
        Some(order) if order == wanted => value,
        Some(_) => best,
    })
}

fn distinct(values: impl Iterator<Item = Value>) -> Value {
    let mut different: Vec<Value> = Vec::new();
    for value in values {
        if !different.iter().any(|known| known.equals(&value)) {
            different.push(value);
        }
    }
    int(different.len())
}
