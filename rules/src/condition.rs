//! Conditions: CEL text, type-checked against a [`Scope`], compiled to closures.
//!
//! # Invariants
//!
//! What compiles cannot fail while it is evaluated: every name is known, every operation fits its types, and what has no
//! value (an empty field, a number beyond the exact range) reads as [`crate::Value::Empty`], of which every comparison is
//! false. Numbers are exact. The parser is `cel`'s; its evaluator is not used.

mod arithmetic;
mod check;
mod compile;
mod expr;
mod hint;
mod operand;
mod parse;
mod scope;
mod shape;
mod types;

pub use expr::{Arithmetic, Comparison, Expr, TextTest};
pub use parse::{CONDITION_CHARS_MAX, NESTING_MAX};
pub use scope::{ConditionError, Scope, ScopeFact, ScopeField};
pub use shape::{Part, Shape};
pub use types::{Constant, Type};

use crate::pack::FactIdx;
use crate::value::Env;
use heng_model::{Symbol, Symbols};
use std::fmt;

/// A condition compiled to a closure.
pub type Test = Box<dyn Fn(&dyn Env) -> bool + Send + Sync>;

/// A checked condition.
pub struct Condition {
    /// As written.
    pub text: String,
    /// The typed tree, for whoever explains or interprets it.
    pub expr: Expr,
    /// Facts it reads, sorted, once each.
    pub facts: Vec<FactIdx>,
    /// Record fields and named dates it reads, sorted, once each.
    pub fields: Vec<Symbol>,
    /// Its parts.
    pub shape: Box<Shape>,
    /// The whole in one piece: a single moment is judged a quarter faster by it than part by part.
    test: Test,
}

impl Condition {
    /// Does it hold?
    #[must_use]
    pub fn holds(&self, env: &dyn Env) -> bool {
        (self.test)(env)
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

/// Parses, type-checks and compiles a condition.
///
/// # Errors
/// Everything that is wrong with the text, by offset; of errors of syntax only the first, the others follow from it.
pub fn compile(text: &str, scope: &Scope<'_>, symbols: &mut Symbols) -> Result<Condition, Vec<ConditionError>> {
    let parsed = parse::parse(text).map_err(|error| vec![error])?;
    let checked = check::check(&parsed, scope, symbols)?;
    let (test, shape) = (compile::test(&checked.expr), Box::new(Shape::of(&checked.expr)));
    let check::Checked { expr, facts, fields } = checked;
    Ok(Condition { text: text.to_owned(), expr, facts, fields, shape, test })
}
