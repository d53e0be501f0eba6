//! Values of fields, facts and constants, owned and plain.
//!
//! # Invariants
//!
//! A value of an enum and a string are both text; int and decimal compare as numbers.

use heng_model::{Day, Decimal, Symbols};
use heng_rules::condition::{Constant, Type};
use serde_json::Value as Json;
use std::cmp::Ordering;
use std::sync::Arc;

/// A value, or the absence of one.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Nothing was stated.
    Empty,
    /// bool
    Bool(bool),
    /// int, year
    Int(i64),
    /// decimal, money
    Decimal(Decimal),
    /// string, enum
    Text(Arc<str>),
    /// date
    Day(Day),
    /// list
    List(Vec<Value>),
}

impl Value {
    /// Text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Is nothing stated?
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// As an exact number.
    pub(super) fn number(&self) -> Option<Decimal> {
        match self {
            Self::Int(number) => Some(Decimal::from(*number)),
            Self::Decimal(number) => Some(*number),
            _ => None,
        }
    }

    /// The order of two values of one type; `None` where one is empty or the types do not compare.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return Some(a.cmp(&b));
        }
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Day(a), Self::Day(b)) => Some(a.cmp(b)),
            (Self::List(a), Self::List(b)) if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b)) => {
                Some(Ordering::Equal)
            }
            _ => None,
        }
    }

    /// Are both stated and equal?
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.compare(other) == Some(Ordering::Equal)
    }

    /// A value written in a pack.
    pub(super) fn of_constant(constant: &Constant, symbols: &Symbols) -> Self {
        match constant {
            Constant::Bool(flag) => Self::Bool(*flag),
            Constant::Int(number) => Self::Int(*number),
            Constant::Decimal(number) => Self::Decimal(*number),
            Constant::Symbol(symbol) => Self::text(symbols.name(*symbol)),
            Constant::Day(day) => Self::Day(*day),
            Constant::Text(text) => Self::text(text),
        }
    }

    /// A field of an event; null, or what is not of the type, is empty.
    pub(super) fn of_json(json: &Json, ty: &Type) -> Self {
        let stated = match ty {
            Type::Bool => json.as_bool().map(Self::Bool),
            Type::Int | Type::Year => json.as_i64().map(Self::Int),
            Type::Decimal | Type::Money(_) => json.as_str().and_then(|text| text.parse().ok()).map(Self::Decimal),
            Type::Text | Type::Enum(_) => json.as_str().map(Self::text),
            Type::Date => json.as_str().and_then(|text| text.parse().ok()).map(Self::Day),
            Type::List(of) => {
                json.as_array().map(|list| Self::List(list.iter().map(|one| Self::of_json(one, of)).collect()))
            }
        };
        stated.unwrap_or(Self::Empty)
    }
}
