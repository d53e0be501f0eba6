//! How counting records become one value, one record in or out at a time.

use super::nothing;
use heng_model::{Day, Decimal, Symbol};
use heng_rules::condition::Type;
use heng_rules::{Aggregate, Fact, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A value that can be ordered, for greatest, least and different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ranked<'a> {
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Symbol(Symbol),
    Day(Day),
    Text(&'a str),
}

impl<'a> Ranked<'a> {
    /// `None` for empty values and lists.
    pub(super) fn new(value: Value<'a>) -> Option<Self> {
        Some(match value {
            Value::Bool(flag) => Self::Bool(flag),
            Value::Int(number) => Self::Int(number),
            Value::Decimal(number) => Self::Decimal(number),
            Value::Symbol(symbol) => Self::Symbol(symbol),
            Value::Day(day) => Self::Day(day),
            Value::Text(text) => Self::Text(text),
            Value::Empty | Value::List(_) => return None,
        })
    }

    fn value(self) -> Value<'a> {
        match self {
            Self::Bool(flag) => Value::Bool(flag),
            Self::Int(number) => Value::Int(number),
            Self::Decimal(number) => Value::Decimal(number),
            Self::Symbol(symbol) => Value::Symbol(symbol),
            Self::Day(day) => Value::Day(day),
            Self::Text(text) => Value::Text(text),
        }
    }
}

/// Place of a record among others: effect day, then position.
pub(super) type Place = (Day, u64, u32);

/// A record that counts, with what the fact needs of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) place: Place,
    /// The field read.
    pub(super) value: Value<'a>,
    /// For a streak: the year, and whether the record satisfies `where`.
    pub(super) year: Option<i64>,
    pub(super) satisfies: bool,
}

/// The records counting, folded so far.
pub(super) enum Fold<'a> {
    Count(i64),
    SumInt(i128),
    SumDecimal(Option<Decimal>),
    Ranked(Aggregate, BTreeMap<Ranked<'a>, u32>),
    Latest(BTreeMap<Place, Value<'a>>),
    Streak(BTreeMap<i64, BTreeMap<Place, bool>>),
}

impl<'a> Fold<'a> {
    pub(super) fn new(fact: &Fact, aggregate: Aggregate) -> Self {
        match aggregate {
            Aggregate::Count => Self::Count(0),
            Aggregate::Sum if matches!(fact.ty, Type::Int) => Self::SumInt(0),
            Aggregate::Sum => Self::SumDecimal(Some(Decimal::ZERO)),
            Aggregate::Max | Aggregate::Min | Aggregate::Distinct => Self::Ranked(aggregate, BTreeMap::new()),
            Aggregate::Latest => Self::Latest(BTreeMap::new()),
            Aggregate::Streak => Self::Streak(BTreeMap::new()),
        }
    }

    pub(super) fn add(&mut self, member: &Member<'a>) {
        match self {
            Self::Count(count) => *count = count.saturating_add(1),
            Self::SumInt(sum) => {
                if let Value::Int(number) = member.value {
                    *sum = sum.saturating_add(i128::from(number));
                }
            }
            Self::SumDecimal(sum) => {
                if let Value::Decimal(number) = member.value {
                    *sum = sum.and_then(|sum| sum.checked_add(number));
                }
            }
            Self::Ranked(_, values) => {
                if let Some(value) = Ranked::new(member.value) {
                    let times = values.entry(value).or_insert(0);
                    *times = times.saturating_add(1);
                }
            }
            Self::Latest(members) => {
                members.insert(member.place, member.value);
            }
            Self::Streak(years) => {
                if let Some(year) = member.year {
                    years.entry(year).or_default().insert(member.place, member.satisfies);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, member: &Member<'a>) {
        match self {
            Self::Count(count) => *count = count.saturating_sub(1),
            Self::SumInt(sum) => {
                if let Value::Int(number) = member.value {
                    *sum = sum.saturating_sub(i128::from(number));
                }
            }
            Self::SumDecimal(sum) => {
                if let Value::Decimal(number) = member.value {
                    *sum = sum.and_then(|sum| sum.checked_sub(number));
                }
            }
            Self::Ranked(_, values) => {
                if let Some(value) = Ranked::new(member.value)
                    && let Some(times) = values.get_mut(&value)
                {
                    *times = times.saturating_sub(1);
                    if *times == 0 {
                        values.remove(&value);
                    }
                }
            }
            Self::Latest(members) => {
                members.remove(&member.place);
            }
            Self::Streak(years) => {
                if let Some(year) = member.year
                    && let Some(members) = years.get_mut(&year)
                {
                    members.remove(&member.place);
                    if members.is_empty() {
                        years.remove(&year);
                    }
                }
            }
        }
    }

    pub(super) fn value(&self, fact: &'a Fact) -> Value<'a> {
        let count = |count: usize| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
        match self {
            Self::Count(total) => Value::Int(*total),
            // A sum beyond 64 bits is nothing that a rule could have meant: it reads as empty.
            Self::SumInt(sum) => i64::try_from(*sum).map_or(Value::Empty, Value::Int),
            Self::SumDecimal(sum) => sum.map_or(Value::Empty, Value::Decimal),
            Self::Ranked(Aggregate::Distinct, values) => count(values.len()),
            Self::Ranked(aggregate, values) => {
                let extreme =
                    if *aggregate == Aggregate::Max { values.last_key_value() } else { values.first_key_value() };
                extreme.map_or_else(|| nothing(fact), |(value, _)| value.value())
            }
            Self::Latest(members) => match members.last_key_value() {
                Some((_, Value::Empty)) | None => nothing(fact),
                Some((_, value)) => *value,
            },
            Self::Streak(years) => Value::Int(streak(years)),
        }
    }
}

/// Consecutive years, ending with the newest, whose latest record satisfies.
fn streak(years: &BTreeMap<i64, BTreeMap<Place, bool>>) -> i64 {
    let mut length = 0_i64;
    let mut expected = None;
    for (year, members) in years.iter().rev() {
        let satisfied = members.last_key_value().is_some_and(|(_, satisfies)| *satisfies);
        if !satisfied || expected.is_some_and(|expected| expected != *year) {
            break;
        }
        length = length.saturating_add(1);
        expected = year.checked_sub(1);
    }
    length
}

/// Do two values say the same? Empty values never do.
pub(super) fn same(a: Value<'_>, b: Value<'_>) -> bool {
    match (a, b) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b)),
        _ => match (Ranked::new(a), Ranked::new(b)) {
            (Some(a), Some(b)) => a.cmp(&b) == Ordering::Equal,
            _ => false,
        },
    }
}
