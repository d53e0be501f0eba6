//! Exact numbers and the order of values while a condition is evaluated.

use super::Arithmetic;
use crate::value::Value;
use heng_model::Decimal;
use std::cmp::Ordering;

/// Digits after the point that a result may have: beyond, whole part and fraction no longer fit an i128 together.
const PLACES_MAX: u8 = 38;

/// A number.
#[derive(Debug, Clone, Copy)]
pub(super) enum Exact {
    /// int, year
    Int(i64),
    /// decimal, money
    Decimal(Decimal),
}

impl Exact {
    /// The number that a value is, if it is one.
    pub(super) fn of(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(number) => Some(Self::Int(number)),
            Value::Decimal(number) => Some(Self::Decimal(number)),
            _ => None,
        }
    }

    pub(super) fn value<'a>(self) -> Value<'a> {
        match self {
            Self::Int(number) => Value::Int(number),
            Self::Decimal(number) => Value::Decimal(number),
        }
    }

    fn decimal(self) -> Decimal {
        match self {
            Self::Int(number) => Decimal::from(number),
            Self::Decimal(number) => number,
        }
    }

    /// `self operation other`; `None` beyond i64 for ints, beyond 38 digits in all or after the point else.
    pub(super) fn apply(self, operation: Arithmetic, other: Self) -> Option<Self> {
        if let (Self::Int(a), Self::Int(b)) = (self, other) {
            return match operation {
                Arithmetic::Add => a.checked_add(b),
                Arithmetic::Subtract => a.checked_sub(b),
                Arithmetic::Multiply => a.checked_mul(b),
            }
            .map(Self::Int);
        }
        let (a, b) = (self.decimal(), other.decimal());
        match operation {
            Arithmetic::Add => a.checked_add(b),
            Arithmetic::Subtract => a.checked_sub(b),
            Arithmetic::Multiply => a.checked_mul(b),
        }
        .filter(|number| number.scale() <= PLACES_MAX)
        .map(Self::Decimal)
    }

    /// The number with the other sign; `None` for the least int.
    pub(super) fn negated(self) -> Option<Self> {
        match self {
            Self::Int(number) => number.checked_neg().map(Self::Int),
            Self::Decimal(number) => Decimal::ZERO.checked_sub(number).map(Self::Decimal),
        }
    }
}

/// The order of two values; `None` if one is empty. Symbols are ordered by number, which only `==` and `!=` may use.
pub(super) fn order(a: Value<'_>, b: Value<'_>) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
        (Value::Decimal(a), Value::Decimal(b)) => Some(a.cmp(&b)),
        (Value::Int(a), Value::Decimal(b)) => Some(Decimal::from(a).cmp(&b)),
        (Value::Decimal(a), Value::Int(b)) => Some(a.cmp(&Decimal::from(b))),
        (Value::Symbol(a), Value::Symbol(b)) => Some(a.cmp(&b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(&b)),
        (Value::Day(a), Value::Day(b)) => Some(a.cmp(&b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
