//! From the typed tree to closures, the common shapes without detours.

use super::arithmetic::order;
use super::operand::Operand;
use super::{Comparison, Constant, Expr, Test, TextTest};
use crate::pack::FactIdx;
use crate::value::{Env, Value};
use heng_model::{Decimal, Symbol};
use std::cmp::Ordering;

/// Compiles an expression that is read as a bool: empty is false.
pub(super) fn test(expr: &Expr) -> Test {
    match expr {
        Expr::Constant(Constant::Bool(flag)) => {
            let flag = *flag;
            Box::new(move |_| flag)
        }
        Expr::Has(name) => {
            let name = *name;
            Box::new(move |env| !matches!(env.field(name), Value::Empty))
        }
        Expr::Not(inner) => negation(inner),
        Expr::And(left, right) => {
            let (left, right) = (test(left), test(right));
            Box::new(move |env| left(env) && right(env))
        }
        Expr::Or(left, right) => {
            let (left, right) = (test(left), test(right));
            Box::new(move |env| left(env) || right(env))
        }
        Expr::Compare(comparison, left, right) => compare(*comparison, left, right),
        Expr::In(element, list) => membership(element, list),
        Expr::TextTest(kind, text, part) => text_test(*kind, text, part),
        Expr::Choose(condition, yes, no) => {
            let (condition, yes, no) = (test(condition), test(yes), test(no));
            Box::new(move |env| if condition(env) { yes(env) } else { no(env) })
        }
        Expr::Field(_) | Expr::Fact(_) => match Read::of(expr) {
            Some(read) => read.then(|value| matches!(value, Value::Bool(true))),
            None => Box::new(|_| false),
        },
        // No bool: the checker lets none of these through.
        Expr::Constant(_) | Expr::Constants(_) | Expr::Arithmetic(..) | Expr::Negate(_) | Expr::Size(_) => {
            Box::new(|_| false)
        }
    }
}

/// `!` of a bare bool is the commonest (`!listed`): no second closure for it.
fn negation(inner: &Expr) -> Test {
    if let Some(read) = Read::of(inner) {
        return read.then(|value| !matches!(value, Value::Bool(true)));
    }
    let inner = test(inner);
    Box::new(move |env| !inner(env))
}

/// A field or a fact, read directly.
enum Read {
    Field(Symbol),
    Fact(FactIdx),
}

impl Read {
    fn of(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Field(name) => Some(Self::Field(*name)),
            Expr::Fact(fact) => Some(Self::Fact(*fact)),
            _ => None,
        }
    }

    /// One closure for reading and testing together.
    fn then(self, test: impl Fn(Value<'_>) -> bool + Send + Sync + 'static) -> Test {
        match self {
            Self::Field(name) => Box::new(move |env: &dyn Env| test(env.field(name))),
            Self::Fact(fact) => Box::new(move |env: &dyn Env| test(env.fact(fact))),
        }
    }
}

fn compare(comparison: Comparison, left: &Expr, right: &Expr) -> Test {
    match (left, right) {
        (read, Expr::Constant(constant)) if Read::of(read).is_some() => against(comparison, read, constant),
        (Expr::Constant(constant), read) if Read::of(read).is_some() => against(comparison.mirrored(), read, constant),
        _ => {
            let (left, right) = (Operand::of(left), Operand::of(right));
            Box::new(move |env| order(left.read(env), right.read(env)).is_some_and(|order| comparison.accepts(order)))
        }
    }
}

/// A field or fact against a constant.
fn against(comparison: Comparison, read: &Expr, constant: &Constant) -> Test {
    let Some(read) = Read::of(read) else { return Box::new(|_| false) };
    match constant {
        Constant::Int(bound) => {
            let bound = *bound;
            read.then(move |value| match value {
                Value::Int(number) => comparison.accepts(number.cmp(&bound)),
                Value::Decimal(number) => comparison.accepts(number.cmp(&Decimal::from(bound))),
                _ => false,
            })
        }
        Constant::Decimal(bound) => against_decimal(comparison, read, *bound),
        Constant::Symbol(symbol) => {
            let symbol = *symbol;
            read.then(move |value| match value {
                Value::Symbol(found) => comparison.accepts(found.cmp(&symbol)),
                _ => false,
            })
        }
        Constant::Bool(_) | Constant::Day(_) | Constant::Text(_) => {
            let constant = constant.clone();
            read.then(move |value| order(value, constant.value()).is_some_and(|order| comparison.accepts(order)))
        }
    }
}

/// Amounts mostly have the scale of the limit they are held against: then the digits alone decide.
fn against_decimal(comparison: Comparison, read: Read, bound: Decimal) -> Test {
    let (digits, scale) = (bound.mantissa(), bound.scale());
    read.then(move |value| {
        let order = match value {
            Value::Decimal(number) if number.scale() == scale => number.mantissa().cmp(&digits),
            Value::Decimal(number) => number.cmp(&bound),
            Value::Int(number) => Decimal::from(number).cmp(&bound),
            _ => return false,
        };
        comparison.accepts(order)
    })
}

fn membership(element: &Expr, list: &Expr) -> Test {
    if let Expr::Constants(constants) = list {
        return among(element, constants);
    }
    let (element, list) = (Operand::of(element), Operand::of(list));
    Box::new(move |env| {
        let element = element.read(env);
        match list.read(env) {
            Value::List(list) => list.iter().any(|one| order(element, one) == Some(Ordering::Equal)),
            _ => false,
        }
    })
}

fn among(element: &Expr, constants: &[Constant]) -> Test {
    let symbols: Option<Vec<Symbol>> = constants
        .iter()
        .map(|constant| match constant {
            Constant::Symbol(symbol) => Some(*symbol),
            _ => None,
        })
        .collect();
    if let (Some(read), Some(symbols)) = (Read::of(element), symbols) {
        return read.then(move |value| matches!(value, Value::Symbol(symbol) if symbols.contains(&symbol)));
    }
    let (element, constants) = (Operand::of(element), constants.to_vec());
    Box::new(move |env| {
        let element = element.read(env);
        constants.iter().any(|one| order(element, one.value()) == Some(Ordering::Equal))
    })
}

fn text_test(kind: TextTest, text: &Expr, part: &Expr) -> Test {
    let (text, part) = (Operand::of(text), Operand::of(part));
    Box::new(move |env| match (text.read(env), part.read(env)) {
        (Value::Text(text), Value::Text(part)) => match kind {
            TextTest::StartsWith => text.starts_with(part),
            TextTest::EndsWith => text.ends_with(part),
            TextTest::Contains => text.contains(part),
        },
        _ => false,
    })
}
