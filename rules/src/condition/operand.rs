//! What a comparison reads: a field, a fact, a constant or something computed from them.

use super::arithmetic::Exact;
use super::{Constant, Expr, Test, compile};
use crate::pack::FactIdx;
use crate::value::{Env, Value};
use heng_model::Symbol;

type Compute = Box<dyn Fn(&dyn Env) -> Option<Exact> + Send + Sync>;

/// A value in the making. Not a closure, because a closure cannot lend what it captured, such as a string constant.
pub(super) enum Operand {
    Field(Symbol),
    Fact(FactIdx),
    Constant(Constant),
    Number(Compute),
    Truth(Test),
    Choice(Test, Box<Operand>, Box<Operand>),
}

impl Operand {
    /// Compiles an expression that is read as a value.
    pub(super) fn of(expr: &Expr) -> Self {
        match expr {
            Expr::Constant(constant) => Self::Constant(constant.clone()),
            Expr::Field(name) => Self::Field(*name),
            Expr::Fact(fact) => Self::Fact(*fact),
            Expr::Arithmetic(operation, left, right) => {
                let (operation, left, right) = (*operation, Self::of(left), Self::of(right));
                Self::Number(Box::new(move |env| {
                    Exact::of(left.read(env))?.apply(operation, Exact::of(right.read(env))?)
                }))
            }
            Expr::Negate(inner) => {
                let inner = Self::of(inner);
                Self::Number(Box::new(move |env| Exact::of(inner.read(env))?.negated()))
            }
            Expr::Size(inner) => Self::size(inner),
            Expr::Choose(condition, yes, no) => {
                Self::Choice(compile::test(condition), Box::new(Self::of(yes)), Box::new(Self::of(no)))
            }
            Expr::Has(_)
            | Expr::Not(_)
            | Expr::And(..)
            | Expr::Or(..)
            | Expr::Compare(..)
            | Expr::In(..)
            | Expr::TextTest(..)
            | Expr::Constants(_) => Self::Truth(compile::test(expr)),
        }
    }

    fn size(inner: &Expr) -> Self {
        let count = |count: usize| i64::try_from(count).ok().map(Exact::Int);
        if let Expr::Constants(constants) = inner {
            let size = count(constants.len());
            return Self::Number(Box::new(move |_| size));
        }
        let inner = Self::of(inner);
        Self::Number(Box::new(move |env| match inner.read(env) {
            Value::Text(text) => count(text.chars().count()),
            Value::List(list) => count(list.len()),
            _ => None,
        }))
    }

    /// The value here and now.
    pub(super) fn read<'a>(&'a self, env: &'a dyn Env) -> Value<'a> {
        match self {
            Self::Field(name) => env.field(*name),
            Self::Fact(fact) => env.fact(*fact),
            Self::Constant(constant) => constant.value(),
            Self::Number(compute) => compute(env).map_or(Value::Empty, Exact::value),
            Self::Truth(test) => Value::Bool(test(env)),
            Self::Choice(test, yes, no) => {
                if test(env) {
                    yes.read(env)
                } else {
                    no.read(env)
                }
            }
        }
    }
}
