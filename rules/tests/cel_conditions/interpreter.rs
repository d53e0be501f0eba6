//! Conditions evaluated a second time, straight from the typed tree and by other arithmetic: digits as text.

use heng_model::{Day, Symbol};
use heng_rules::condition::{Arithmetic, Comparison, Constant, Expr, TextTest};
use heng_rules::{Env, Value};
use std::cmp::Ordering;

/// A value without borrowed parts. Decimals are (digits, places); ints have no places.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plain {
    Empty,
    Bool(bool),
    Int(i128),
    Decimal(i128, u32),
    Symbol(Symbol),
    Day(Day),
    Text(String),
    List(Vec<Plain>),
}

fn plain(value: Value<'_>) -> Plain {
    match value {
        Value::Empty => Plain::Empty,
        Value::Bool(flag) => Plain::Bool(flag),
        Value::Int(number) => Plain::Int(i128::from(number)),
        Value::Decimal(number) => Plain::Decimal(number.mantissa(), u32::from(number.scale())),
        Value::Symbol(symbol) => Plain::Symbol(symbol),
        Value::Day(day) => Plain::Day(day),
        Value::Text(text) => Plain::Text(text.to_owned()),
        Value::List(list) => Plain::List(list.iter().map(plain).collect()),
    }
}

fn constant(constant: &Constant) -> Plain {
    plain(constant.value())
}

pub(crate) fn holds(expr: &Expr, env: &dyn Env) -> bool {
    evaluate(expr, env) == Plain::Bool(true)
}

pub(crate) fn evaluate(expr: &Expr, env: &dyn Env) -> Plain {
    match expr {
        Expr::Constant(one) => constant(one),
        Expr::Constants(all) => Plain::List(all.iter().map(constant).collect()),
        Expr::Field(name) => plain(env.field(*name)),
        Expr::Fact(fact) => plain(env.fact(*fact)),
        Expr::Has(name) => Plain::Bool(plain(env.field(*name)) != Plain::Empty),
        Expr::Not(inner) => Plain::Bool(!holds(inner, env)),
        Expr::And(a, b) => Plain::Bool(holds(a, env) & holds(b, env)),
        Expr::Or(a, b) => Plain::Bool(holds(a, env) | holds(b, env)),
        Expr::Compare(comparison, a, b) => Plain::Bool(compare(*comparison, &evaluate(a, env), &evaluate(b, env))),
        Expr::In(element, list) => {
            let element = evaluate(element, env);
            let Plain::List(all) = evaluate(list, env) else { return Plain::Bool(false) };
            Plain::Bool(all.iter().any(|one| compare(Comparison::Equal, &element, one)))
        }
        Expr::Arithmetic(operation, a, b) => arithmetic(*operation, &evaluate(a, env), &evaluate(b, env)),
        Expr::Negate(inner) => arithmetic(Arithmetic::Subtract, &Plain::Int(0), &evaluate(inner, env)),
        Expr::Choose(condition, yes, no) => evaluate(if holds(condition, env) { yes } else { no }, env),
        Expr::TextTest(kind, a, b) => match (evaluate(a, env), evaluate(b, env)) {
            (Plain::Text(a), Plain::Text(b)) => Plain::Bool(match kind {
                TextTest::StartsWith => a.get(..b.len()) == Some(&b),
                TextTest::EndsWith => a.len().checked_sub(b.len()).and_then(|at| a.get(at..)) == Some(&b),
                TextTest::Contains => a.split(&b).count() > 1,
            }),
            _ => Plain::Bool(false),
        },
        Expr::Size(inner) => match evaluate(inner, env) {
            Plain::List(all) => Plain::Int(all.len() as i128),
            Plain::Text(text) => Plain::Int(text.chars().fold(0, |count, _| count + 1)),
            _ => Plain::Empty,
        },
    }
}

/// Whole part, fraction and sign of a number as digits.
fn written(number: &Plain) -> (bool, String, String) {
    let (digits, places) = match number {
        Plain::Int(number) => (*number, 0),
        Plain::Decimal(digits, places) => (*digits, *places as usize),
        other => panic!("{other:?} is no number"),
    };
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    (digits < 0, format!("{whole:0>50}"), format!("{fraction:0<50}"))
}

/// The order of two numbers as one learns it at school, without room to overflow.
fn by_digits(a: &Plain, b: &Plain) -> Ordering {
    let ((a_negative, a_whole, a_fraction), (b_negative, b_whole, b_fraction)) = (written(a), written(b));
    let size = (a_whole, a_fraction).cmp(&(b_whole, b_fraction));
    match (a_negative, b_negative) {
        (false, false) => size,
        (true, true) => size.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    }
}

fn parts(number: &Plain) -> Option<(i128, u32)> {
    match number {
        Plain::Int(number) => Some((*number, 0)),
        Plain::Decimal(digits, places) => Some((*digits, *places)),
        _ => None,
    }
}

fn compare(comparison: Comparison, a: &Plain, b: &Plain) -> bool {
    let order = match (a, b) {
        (Plain::Empty, _) | (_, Plain::Empty) => return false,
        (Plain::Bool(a), Plain::Bool(b)) => a.cmp(b),
        (Plain::Symbol(a), Plain::Symbol(b)) => a.cmp(b),
        (Plain::Day(a), Plain::Day(b)) => a.cmp(b),
        (Plain::Text(a), Plain::Text(b)) => a.chars().cmp(b.chars()),
        _ => by_digits(a, b),
    };
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => !order.is_eq(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => !order.is_gt(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => !order.is_lt(),
    }
}

fn arithmetic(operation: Arithmetic, a: &Plain, b: &Plain) -> Plain {
    if let (Plain::Int(a), Plain::Int(b)) = (a, b) {
        let number = match operation {
            Arithmetic::Add => a + b,
            Arithmetic::Subtract => a - b,
            Arithmetic::Multiply => a * b,
        };
        return i64::try_from(number).map_or(Plain::Empty, |number| Plain::Int(i128::from(number)));
    }
    let number = parts(a).zip(parts(b)).and_then(|((a, a_places), (b, b_places))| {
        if operation == Arithmetic::Multiply {
            return Some((a.checked_mul(b)?, a_places + b_places));
        }
        let places = a_places.max(b_places);
        let raise = |digits: i128, from: u32| digits.checked_mul(10_i128.checked_pow(places - from)?);
        let (a, b) = (raise(a, a_places)?, raise(b, b_places)?);
        Some((if operation == Arithmetic::Add { a.checked_add(b)? } else { a.checked_sub(b)? }, places))
    });
    let Some((mut digits, mut places)) = number else { return Plain::Empty };
    while places > 0 && digits % 10 == 0 {
        digits /= 10;
        places -= 1;
    }
    if places > 38 { Plain::Empty } else { Plain::Decimal(digits, places) }
}
