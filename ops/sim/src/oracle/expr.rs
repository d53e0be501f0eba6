//! A plain interpreter of checked conditions.
//!
//! # Invariants
//!
//! A comparison, `in` or bare bool that reads an empty value is false; arithmetic on an empty value, or beyond the range
//! of exact numbers, is empty; `!` negates the two-valued result.

use super::value::Value;
use heng_model::{Symbol, Symbols};
use heng_rules::FactIdx;
use heng_rules::condition::{Arithmetic, Comparison, Expr, TextTest};
use std::cmp::Ordering;

/// Where a condition finds what it reads.
pub(super) struct Scope<'a> {
    pub(super) symbols: &'a Symbols,
    pub(super) field: &'a dyn Fn(Symbol) -> Value,
    pub(super) fact: &'a dyn Fn(FactIdx) -> Value,
}

/// Does the condition hold?
pub(super) fn holds(expr: &Expr, scope: &Scope<'_>) -> bool {
    matches!(eval(expr, scope), Value::Bool(true))
}

fn eval(expr: &Expr, scope: &Scope<'_>) -> Value {
    match expr {
        Expr::Constant(constant) => Value::of_constant(constant, scope.symbols),
        Expr::Constants(list) => Value::List(list.iter().map(|one| Value::of_constant(one, scope.symbols)).collect()),
        Expr::Field(name) => (scope.field)(*name),
        Expr::Fact(fact) => (scope.fact)(*fact),
        Expr::Has(name) => Value::Bool(!(scope.field)(*name).is_empty()),
        Expr::Not(of) => Value::Bool(!holds(of, scope)),
        Expr::And(a, b) => Value::Bool(holds(a, scope) && holds(b, scope)),
        Expr::Or(a, b) => Value::Bool(holds(a, scope) || holds(b, scope)),
        Expr::Compare(how, a, b) => Value::Bool(compare(*how, &eval(a, scope), &eval(b, scope))),
        Expr::In(one, list) => Value::Bool(contains(&eval(list, scope), &eval(one, scope))),
        Expr::Arithmetic(how, a, b) => arithmetic(*how, &eval(a, scope), &eval(b, scope)),
        Expr::Negate(of) => arithmetic(Arithmetic::Subtract, &Value::Int(0), &eval(of, scope)),
        Expr::Choose(test, then, otherwise) => eval(if holds(test, scope) { then } else { otherwise }, scope),
        Expr::TextTest(how, a, b) => Value::Bool(text_test(*how, &eval(a, scope), &eval(b, scope))),
        Expr::Size(of) => size(&eval(of, scope)),
    }
}

fn compare(how: Comparison, a: &Value, b: &Value) -> bool {
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let order = a.compare(b);
    match how {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn contains(list: &Value, one: &Value) -> bool {
    match list {
        Value::List(elements) => elements.iter().any(|element| element.equals(one)),
        _ => false,
    }
}

fn arithmetic(how: Arithmetic, a: &Value, b: &Value) -> Value {
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        let result = match how {
            Arithmetic::Add => a.checked_add(*b),
            Arithmetic::Subtract => a.checked_sub(*b),
            Arithmetic::Multiply => a.checked_mul(*b),
        };
        return result.map_or(Value::Empty, Value::Int);
    }
    let (Some(a), Some(b)) = (a.number(), b.number()) else { return Value::Empty };
    let result = match how {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
    };
    result.map_or(Value::Empty, Value::Decimal)
}

fn text_test(how: TextTest, text: &Value, part: &Value) -> bool {
    let (Value::Text(text), Value::Text(part)) = (text, part) else { return false };
    match how {
        TextTest::StartsWith => text.starts_with(&**part),
        TextTest::EndsWith => text.ends_with(&**part),
        TextTest::Contains => text.contains(&**part),
    }
}

fn size(of: &Value) -> Value {
    let length = match of {
        Value::List(elements) => elements.len(),
        Value::Text(text) => text.chars().count(),
        _ => return Value::Empty,
    };
    i64::try_from(length).map_or(Value::Empty, Value::Int)
}
