//! Types of the rule language and values written in a pack.

use crate::value::Value;
use heng_model::{Day, Decimal, Symbol};
use std::fmt;

/// Type of an expression, a field or a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// bool
    Bool,
    /// int
    Int,
    /// decimal, exact
    Decimal,
    /// money, exact, in this currency (ISO 4217)
    Money(String),
    /// string
    Text,
    /// enum, by values
    Enum(Vec<Symbol>),
    /// date
    Date,
    /// year: compares with int
    Year,
    /// list of one of the above
    List(Box<Type>),
}

/// A value written in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// bool
    Bool(bool),
    /// int, year
    Int(i64),
    /// decimal, money
    Decimal(Decimal),
    /// value of an enum, or the default of an enum fact
    Symbol(Symbol),
    /// date
    Day(Day),
    /// string
    Text(String),
}

impl Constant {
    /// As a condition reads it.
    #[must_use]
    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Int(number) => Value::Int(*number),
            Self::Decimal(number) => Value::Decimal(*number),
            Self::Symbol(symbol) => Value::Symbol(*symbol),
            Self::Day(day) => Value::Day(*day),
            Self::Text(text) => Value::Text(text),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Decimal => f.write_str("decimal"),
            Self::Money(currency) => write!(f, "money in {currency}"),
            Self::Text => f.write_str("string"),
            Self::Enum(_) => f.write_str("enum"),
            Self::Date => f.write_str("date"),
            Self::Year => f.write_str("year"),
            Self::List(element) => write!(f, "list of {element}"),
        }
    }
}
