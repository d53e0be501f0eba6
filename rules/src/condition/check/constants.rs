//! Literals, lists of them, and how they take on the type of what they are held against.

use super::{Checker, Typed};
use crate::condition::{Constant, Expr, Type, hint};
use cel::common::ast::{IdedExpr, ListExpr, LiteralValue};
use heng_model::{Decimal, Symbol};

impl Checker<'_> {
    /// A literal.
    pub(super) fn literal(&mut self, node: &IdedExpr, literal: &LiteralValue, at: usize) -> Option<Typed> {
        let (constant, ty) = match literal {
            LiteralValue::Boolean(flag) => (Constant::Bool(*flag.inner()), Type::Bool),
            LiteralValue::Int(number) => (Constant::Int(*number.inner()), Type::Int),
            LiteralValue::String(text) => (Constant::Text(text.inner().to_owned()), Type::Text),
            LiteralValue::Double(_) => {
                let digits = self.parsed.text_between(at, node.id);
                let hint = format!("numbers are exact: write decimal('{digits}')");
                return self.refuse(at, format!("`{digits}` is a floating-point number"), hint);
            }
            LiteralValue::UInt(number) => {
                let hint = format!("write {}", number.inner());
                return self.refuse(at, "there are no unsigned numbers in the rule language", hint);
            }
            LiteralValue::Bytes(_) => {
                return self.refuse(at, "there are no bytes in the rule language", "write a string: '…'");
            }
            LiteralValue::Null => {
                return self.refuse(at, "there is no null in the rule language", "ask with `has(record.NAME)`");
            }
        };
        Some(Typed { expr: Expr::Constant(constant), ty, at })
    }

    /// A list literal that is not the right side of `in`.
    pub(super) fn list(&mut self, list: &ListExpr, at: usize) -> Option<Typed> {
        let mut constants = Vec::new();
        let mut of: Option<Type> = None;
        for element in &list.elements {
            let element = self.check(element)?;
            if of.as_ref().is_some_and(|of| *of != element.ty) {
                return self.refuse(element.at, "the elements of a list are of one type", "");
            }
            of.get_or_insert(element.ty.clone());
            constants.push(self.constant(element)?);
        }
        Some(Typed { expr: Expr::Constants(constants), ty: Type::List(Box::new(of.unwrap_or(Type::Text))), at })
    }

    /// An element of a list literal.
    pub(super) fn constant(&mut self, element: Typed) -> Option<Constant> {
        match element.expr {
            Expr::Constant(constant) => Some(constant),
            _ => self.refuse(element.at, "a list holds constants only", "write `a == x || a == y`"),
        }
    }

    /// A literal in the light of the type it is held against: a string becomes a value of the enum, an int a decimal.
    pub(super) fn adapt(&mut self, typed: Typed, to: &Type) -> Option<Typed> {
        match to {
            Type::Enum(values) if typed.ty == Type::Text && is_text(&typed.expr) => {
                let expr = self.as_enum(typed.expr, values, typed.at)?;
                Some(Typed { expr, ty: to.clone(), at: typed.at })
            }
            Type::Decimal => match typed.expr {
                Expr::Constant(Constant::Int(number)) => {
                    let expr = Expr::Constant(Constant::Decimal(Decimal::from(number)));
                    Some(Typed { expr, ty: Type::Decimal, at: typed.at })
                }
                expr => Some(Typed { expr, ..typed }),
            },
            _ => Some(typed),
        }
    }

    fn as_enum(&mut self, expr: Expr, values: &[Symbol], at: usize) -> Option<Expr> {
        match expr {
            Expr::Constant(Constant::Text(text)) => {
                let symbols = self.symbols;
                if let Some(symbol) = symbols.get(&text).filter(|symbol| values.contains(symbol)) {
                    return Some(Expr::Constant(Constant::Symbol(symbol)));
                }
                let names = || values.iter().map(|value| symbols.name(*value));
                let hint = hint::nearest(&text, names()).map_or_else(
                    || format!("its values are {}", hint::listed(names())),
                    |near| format!("did you mean '{near}'?"),
                );
                self.refuse(at, format!("`{text}` is not among the values of this enum"), hint)
            }
            Expr::Choose(condition, yes, no) => {
                let (yes, no) = (self.as_enum(*yes, values, at)?, self.as_enum(*no, values, at)?);
                Some(Expr::Choose(condition, Box::new(yes), Box::new(no)))
            }
            other => Some(other),
        }
    }
}

/// Is it a string literal, or a choice of string literals?
fn is_text(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(Constant::Text(_)) => true,
        Expr::Choose(_, yes, no) => is_text(yes) && is_text(no),
        _ => false,
    }
}
