//! How counting records become one value, one record in or out at a time.

use super::nothing;
use heng_model::{Day, Decimal, Symbol};
use heng_rules::condition::Type;
use heng_rules::{Aggregate, Fact, Value};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BinaryHeap};

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

/// The place before all others.
const FIRST_PLACE: Place = (Day::DAWN, 0, 0);

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

/// A value at its place; of two the later place is the greater.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    place: Place,
    value: Value<'a>,
}

impl PartialEq for Placed<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Placed<'_> {}

impl PartialOrd for Placed<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Placed<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place.cmp(&other.place)
    }
}

/// The records counting, folded so far.
pub(super) enum Fold<'a> {
    Count(i64),
    SumInt(i128),
    SumDecimal(Option<Decimal>),
    Max(Top<Ranked<'a>>),
    Min(Top<Reverse<Ranked<'a>>>),
    Distinct(BTreeMap<Ranked<'a>, u32>),
    Latest(Top<Placed<'a>>),
    Streak(BTreeMap<(i64, Place), bool>),
}

impl<'a> Fold<'a> {
    /// Nothing yet, with room for `most` records.
    pub(super) fn new(fact: &Fact, aggregate: Aggregate, most: usize) -> Self {
        match aggregate {
            Aggregate::Count => Self::Count(0),
            Aggregate::Sum if matches!(fact.ty, Type::Int) => Self::SumInt(0),
            Aggregate::Sum => Self::SumDecimal(Some(Decimal::ZERO)),
            Aggregate::Max => Self::Max(Top::with_room(most)),
            Aggregate::Min => Self::Min(Top::with_room(most)),
            Aggregate::Distinct => Self::Distinct(BTreeMap::new()),
            Aggregate::Latest => Self::Latest(Top::with_room(most)),
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
            Self::Max(top) => top.add(Ranked::new(member.value)),
            Self::Min(top) => top.add(Ranked::new(member.value).map(Reverse)),
            Self::Distinct(values) => {
                if let Some(value) = Ranked::new(member.value) {
                    let times = values.entry(value).or_insert(0);
                    *times = times.saturating_add(1);
                }
            }
            Self::Latest(top) => top.add(Some(Placed { place: member.place, value: member.value })),
            Self::Streak(years) => {
                years.extend(member.year.map(|year| ((year, member.place), member.satisfies)));
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
            Self::Max(top) => top.remove(Ranked::new(member.value)),
            Self::Min(top) => top.remove(Ranked::new(member.value).map(Reverse)),
            Self::Distinct(values) => {
                if let Some(value) = Ranked::new(member.value)
                    && let Some(times) = values.get_mut(&value)
                {
                    *times = times.saturating_sub(1);
                    if *times == 0 {
                        values.remove(&value);
                    }
                }
            }
            Self::Latest(top) => top.remove(Some(Placed { place: member.place, value: member.value })),
            Self::Streak(years) => {
                if let Some(year) = member.year {
                    years.remove(&(year, member.place));
                }
            }
        }
    }

    pub(super) fn value(&mut self, fact: &'a Fact) -> Value<'a> {
        let or_nothing = |value: Option<Value<'a>>| match value {
            None | Some(Value::Empty) => nothing(fact),
            Some(value) => value,
        };
        match self {
            Self::Count(total) => Value::Int(*total),
            // A sum beyond 64 bits is nothing that a rule could have meant: it reads as empty.
            Self::SumInt(sum) => i64::try_from(*sum).map_or(Value::Empty, Value::Int),
            Self::SumDecimal(sum) => sum.map_or(Value::Empty, Value::Decimal),
            Self::Max(top) => or_nothing(top.get().map(Ranked::value)),
            Self::Min(top) => or_nothing(top.get().map(|Reverse(value)| value.value())),
            Self::Distinct(values) => Value::Int(i64::try_from(values.len()).unwrap_or(i64::MAX)),
            Self::Latest(top) => or_nothing(top.get().map(|placed| placed.value)),
            Self::Streak(years) => Value::Int(streak(years)),
        }
    }
}

/// The greatest of what was added and not removed since; removals wait until they would be the greatest.
pub(super) struct Top<T: Ord> {
    all: BinaryHeap<T>,
    removed: BinaryHeap<T>,
}

impl<T: Ord + Copy> Top<T> {
    fn with_room(most: usize) -> Self {
        Self { all: BinaryHeap::with_capacity(most), removed: BinaryHeap::new() }
    }

    fn add(&mut self, value: Option<T>) {
        self.all.extend(value);
    }

    fn remove(&mut self, value: Option<T>) {
        self.removed.extend(value);
    }

    fn get(&mut self) -> Option<T> {
        while let (Some(top), Some(removed)) = (self.all.peek(), self.removed.peek())
            && top == removed
        {
            self.all.pop();
            self.removed.pop();
        }
        self.all.peek().copied()
    }
}

/// Consecutive years, ending with the newest, whose latest record satisfies.
fn streak(years: &BTreeMap<(i64, Place), bool>) -> i64 {
    let mut length = 0_i64;
    let mut newest = years.last_key_value();
    while let Some(((year, _), true)) = newest {
        length = length.saturating_add(1);
        newest = years
            .range(..(*year, FIRST_PLACE))
            .next_back()
            .filter(|((before, _), _)| before.checked_add(1) == Some(*year));
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
