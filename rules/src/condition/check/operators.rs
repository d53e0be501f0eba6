//! Operators: which types each joins, and what it gives.

use super::{Checker, Typed};
use crate::condition::arithmetic::Exact;
use crate::condition::{Arithmetic, Comparison, Constant, Expr, Type};
use cel::common::ast::{Expr as Ast, IdedExpr, ListExpr};

impl Checker<'_> {
    /// `a && b`, `a || b`
    pub(super) fn logic(
        &mut self,
        join: fn(Box<Expr>, Box<Expr>) -> Expr,
        left: &IdedExpr,
        right: &IdedExpr,
        at: usize,
    ) -> Option<Typed> {
        let what = "each side of `&&` and `||`";
        let (left, right) = (self.bool(left, what), self.bool(right, what));
        Some(Typed::bool(join(Box::new(left?.expr), Box::new(right?.expr)), at))
    }

    /// `c ? a : b`
    pub(super) fn choose(&mut self, parts: [&IdedExpr; 3], at: usize) -> Option<Typed> {
        let [condition, yes, no] = parts;
        let condition = self.bool(condition, "what stands before `?`");
        let (yes, no) = (self.check(yes), self.check(no));
        let (condition, yes, no) = (condition?, yes?, no?);
        let (yes, no) = self.adapt_both(yes, no)?;
        let ty = match (&yes.ty, &no.ty) {
            (Type::List(_), _) | (_, Type::List(_)) => {
                return self.refuse(yes.at, "`? :` does not choose between lists", "choose between two `in`");
            }
            (Type::Enum(a), Type::Enum(b)) => {
                let mut values = a.clone();
                values.extend(b.iter().filter(|value| !a.contains(value)));
                Type::Enum(values)
            }
            (a, b) if a == b => a.clone(),
            (Type::Int | Type::Year, Type::Int | Type::Year) => Type::Int,
            (Type::Int | Type::Decimal, Type::Int | Type::Decimal) => Type::Decimal,
            (a, b) => {
                let message = format!("the branches of `? :` differ: {a} and {b}");
                let hint = pair_hint(a, b);
                return self.refuse(no.at, message, hint);
            }
        };
        let expr = Expr::Choose(Box::new(condition.expr), Box::new(yes.expr), Box::new(no.expr));
        Some(Typed { expr, ty, at })
    }

    /// `a == b` and its kin; `sign` is the byte of the operator.
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: &IdedExpr,
        right: &IdedExpr,
        sign: usize,
    ) -> Option<Typed> {
        let (left, right) = (self.check(left), self.check(right));
        let (left, right) = self.adapt_both(left?, right?)?;
        if !comparable(&left.ty, &right.ty) {
            return self.mismatch(&left, &right, sign);
        }
        if matches!(left.ty, Type::Enum(_)) && !comparison.is_equality() {
            let message = "values of an enum have no order";
            return self.refuse(sign, message, "name the values: `in ['…', '…']`");
        }
        let at = left.at;
        Some(Typed::bool(Expr::Compare(comparison, Box::new(left.expr), Box::new(right.expr)), at))
    }

    fn adapt_both(&mut self, left: Typed, right: Typed) -> Option<(Typed, Typed)> {
        let right = self.adapt(right, &left.ty)?;
        let left = self.adapt(left, &right.ty)?;
        Some((left, right))
    }

    /// Two types that do not compare: reported at the constant, if one side is one, else at the operator.
    fn mismatch(&mut self, left: &Typed, right: &Typed, sign: usize) -> Option<Typed> {
        let at = match (&left.expr, &right.expr) {
            (_, Expr::Constant(_)) => right.at,
            (Expr::Constant(_), _) => left.at,
            _ => sign,
        };
        let message = match (&left.ty, &right.ty) {
            (Type::Money(a), Type::Money(b)) => format!("amounts in {a} and {b} do not compare"),
            (a, b) => format!("{a} does not compare with {b}"),
        };
        self.refuse(at, message, pair_hint(&left.ty, &right.ty))
    }

    /// `a in b`
    pub(super) fn membership(&mut self, element: &IdedExpr, list: &IdedExpr, sign: usize) -> Option<Typed> {
        let element = self.check(element);
        if let Ast::List(literal) = &list.expr {
            return self.among(element?, literal);
        }
        let (element, list) = (element?, self.check(list)?);
        let Type::List(of) = &list.ty else {
            let message = format!("`in` looks into a list, this is of type {}", list.ty);
            return self.refuse(list.at, message, "write `in ['…', '…']`, or `==` for one value");
        };
        let element = self.adapt(element, of)?;
        if !comparable(&element.ty, of) {
            let message = format!("a list of {of} holds nothing of type {}", element.ty);
            let hint = pair_hint(&element.ty, of);
            return self.refuse(if is_constant(&element) { element.at } else { sign }, message, hint);
        }
        let at = element.at;
        Some(Typed::bool(Expr::In(Box::new(element.expr), Box::new(list.expr)), at))
    }

    fn among(&mut self, element: Typed, literal: &ListExpr) -> Option<Typed> {
        let mut constants = Some(Vec::new());
        for one in &literal.elements {
            let one = self.check(one).and_then(|one| self.adapt(one, &element.ty));
            let constant = one.and_then(|one| {
                if comparable(&element.ty, &one.ty) {
                    return self.constant(one);
                }
                let message = format!("{} does not compare with {}", element.ty, one.ty);
                self.refuse(one.at, message, pair_hint(&element.ty, &one.ty))
            });
            constants = constants.zip(constant).map(|(mut constants, constant)| {
                constants.push(constant);
                constants
            });
        }
        let at = element.at;
        Some(Typed::bool(Expr::In(Box::new(element.expr), Box::new(Expr::Constants(constants?))), at))
    }

    /// `a + b`, `a - b`, `a * b`
    pub(super) fn arithmetic(
        &mut self,
        operation: Arithmetic,
        left: &IdedExpr,
        right: &IdedExpr,
        sign: usize,
    ) -> Option<Typed> {
        let (left, right) = (self.check(left), self.check(right));
        let (left, right) = (left?, right?);
        let Some(ty) = result(operation, &left.ty, &right.ty) else {
            let name = match operation {
                Arithmetic::Add => "added",
                Arithmetic::Subtract => "subtracted",
                Arithmetic::Multiply => "multiplied",
            };
            let message = format!("{} and {} cannot be {name}", left.ty, right.ty);
            return self.refuse(sign, message, arithmetic_hint(&left.ty, &right.ty));
        };
        let at = left.at;
        Some(Typed { expr: Expr::Arithmetic(operation, Box::new(left.expr), Box::new(right.expr)), ty, at })
    }

    /// `-a`
    pub(super) fn negate(&mut self, inner: &IdedExpr, at: usize) -> Option<Typed> {
        let inner = self.check(inner)?;
        let ty = match &inner.ty {
            Type::Int | Type::Decimal | Type::Money(_) => inner.ty,
            Type::Year => Type::Int,
            other => {
                let message = format!("`-` is for numbers and amounts, this is of type {other}");
                return self.refuse(inner.at, message, "");
            }
        };
        let folded = match &inner.expr {
            Expr::Constant(constant) => Exact::of(constant.value()).and_then(Exact::negated),
            _ => None,
        };
        let expr = match folded {
            Some(Exact::Int(number)) => Expr::Constant(Constant::Int(number)),
            Some(Exact::Decimal(number)) => Expr::Constant(Constant::Decimal(number)),
            None => Expr::Negate(Box::new(inner.expr)),
        };
        Some(Typed { expr, ty, at })
    }
}

fn is_constant(typed: &Typed) -> bool {
    matches!(typed.expr, Expr::Constant(_))
}

fn comparable(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Int | Type::Year, Type::Int | Type::Year)
        | (Type::Int | Type::Decimal, Type::Decimal)
        | (Type::Decimal, Type::Int)
        | (Type::Enum(_), Type::Enum(_))
        | (Type::Bool, Type::Bool)
        | (Type::Date, Type::Date)
        | (Type::Text, Type::Text) => true,
        (Type::Money(a), Type::Money(b)) => a == b,
        _ => false,
    }
}

/// The type of a sum, difference or product, if there is one. A difference of years is an int.
fn result(operation: Arithmetic, left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        (Type::Int | Type::Year, Type::Int | Type::Year) => Some(Type::Int),
        (Type::Int | Type::Decimal, Type::Decimal) | (Type::Decimal, Type::Int) => Some(Type::Decimal),
        (Type::Money(a), Type::Money(b)) if a == b && operation != Arithmetic::Multiply => Some(left.clone()),
        (Type::Money(_), Type::Int | Type::Decimal) if operation == Arithmetic::Multiply => Some(left.clone()),
        (Type::Int | Type::Decimal, Type::Money(_)) if operation == Arithmetic::Multiply => Some(right.clone()),
        _ => None,
    }
}

/// How to bring two types together that do not compare.
fn pair_hint(left: &Type, right: &Type) -> &'static str {
    match (left, right) {
        (Type::List(_), _) | (_, Type::List(_)) => "look into a list with `in`",
        (Type::Bool, _) | (_, Type::Bool) => "a bool stands alone, or after `!`",
        (Type::Money(_), Type::Money(_)) => "an amount in another currency is written money('1000 USD')",
        (Type::Money(_), _) | (_, Type::Money(_)) => "an amount is written money('1000.00')",
        (Type::Enum(_), _) | (_, Type::Enum(_)) => "an enum compares with one of its values in quotes, or with an enum",
        (Type::Year, Type::Date | Type::Decimal | Type::Text)
        | (Type::Date | Type::Decimal | Type::Text, Type::Year) => "a year compares with a whole number, such as 2024",
        (Type::Date, _) | (_, Type::Date) => "a date is written date('2023-05-10')",
        (Type::Decimal, _) | (_, Type::Decimal) => "a decimal is written decimal('0.10')",
        _ => "a number is written without quotes, text with quotes",
    }
}

fn arithmetic_hint(left: &Type, right: &Type) -> &'static str {
    match (left, right) {
        (Type::Date, _) | (_, Type::Date) => "periods are not written in conditions: use `within`, `elapsed`, `lasts`",
        (Type::Text, _) | (_, Type::Text) => "strings are compared, not joined",
        (Type::Money(_), Type::Money(_)) => "amounts of one currency are added and subtracted, never multiplied",
        (Type::Money(_), _) | (_, Type::Money(_)) => {
            "an amount is multiplied with a number, and added to an amount: money('1000.00')"
        }
        _ => "arithmetic is for int, decimal and money",
    }
}
