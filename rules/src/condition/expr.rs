//! The typed tree of a condition.

use super::Constant;
use crate::pack::FactIdx;
use heng_model::Symbol;
use std::cmp::Ordering;

/// A typed expression.
///
/// Emptiness: a comparison, `in`, test on text or bare bool that reads an empty value is false; arithmetic, `size` and a
/// chosen branch on an empty value are empty; [`Expr::Not`] negates the two-valued result. Arithmetic beyond i64 (of ints)
/// or 38 digits (of decimals and money) is empty too: nobody is sanctioned, and nobody favoured, on a wrapped number.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A literal.
    Constant(Constant),
    /// A literal list, for `in`.
    Constants(Vec<Constant>),
    /// A field or named date of the record judged.
    Field(Symbol),
    /// A fact.
    Fact(FactIdx),
    /// `has(record.f)`
    Has(Symbol),
    /// `!`
    Not(Box<Expr>),
    /// `&&`
    And(Box<Expr>, Box<Expr>),
    /// `||`
    Or(Box<Expr>, Box<Expr>),
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// `in`
    In(Box<Expr>, Box<Expr>),
    /// `+`, `-`, `*`
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// Unary `-`
    Negate(Box<Expr>),
    /// `c ? a : b`
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `a.startsWith(b)`, `a.endsWith(b)`, `a.contains(b)`
    TextTest(TextTest, Box<Expr>, Box<Expr>),
    /// `size(list)` or `size(string)` (in characters)
    Size(Box<Expr>),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Does it hold between two values in this order?
    #[must_use]
    pub const fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// The comparison that holds of (b, a) exactly if this one holds of (a, b).
    #[must_use]
    pub const fn mirrored(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    /// Is it `==` or `!=`?
    #[must_use]
    pub const fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// An exact operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
}

/// A test on text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}
