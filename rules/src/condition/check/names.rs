//! Fields of the record and facts.

use super::{Checker, Typed};
use crate::condition::{Expr, ScopeField, hint};
use cel::common::ast::{Expr as Ast, SelectExpr};

const RECORD: &str = "record";

impl Checker<'_> {
    /// A bare name: a fact.
    pub(super) fn fact(&mut self, name: &str, at: usize) -> Option<Typed> {
        let Some(fact) = (self.scope.fact)(name) else { return self.unknown_fact(name, at) };
        if let Err(reason) = fact.usable {
            return self.refuse(at, format!("fact `{name}` may not be used here: {reason}"), "");
        }
        self.facts.insert(fact.fact);
        Some(Typed { expr: Expr::Fact(fact.fact), ty: fact.ty, at })
    }

    fn unknown_fact(&mut self, name: &str, at: usize) -> Option<Typed> {
        if name == RECORD {
            return self.refuse(at, "`record` alone is no value", "name one of its fields: record.NAME");
        }
        let scope = self.scope;
        let hint = if (scope.field)(name).is_some() {
            format!("a field of the record is written `record.{name}`")
        } else if let Some(near) = hint::nearest(name, scope.facts.iter().map(String::as_str)) {
            format!("did you mean `{near}`?")
        } else if scope.facts.is_empty() {
            format!("no facts can be named here; text stands in quotes: '{name}'")
        } else {
            let facts = hint::listed(scope.facts.iter().map(String::as_str));
            format!("the facts here are {facts}; text stands in quotes: '{name}'")
        };
        self.refuse(at, format!("unknown fact `{name}`"), hint)
    }

    /// `record.NAME`, or `has(record.NAME)`.
    pub(super) fn select(&mut self, select: &SelectExpr, at: usize) -> Option<Typed> {
        let name = select.field.as_str();
        match &select.operand.expr {
            Ast::Ident(operand) if operand == RECORD => {
                let field = self.field(name, select.operand.id, at)?;
                self.fields.insert(field.symbol);
                Some(if select.test {
                    Typed::bool(Expr::Has(field.symbol), at)
                } else {
                    Typed { expr: Expr::Field(field.symbol), ty: field.ty, at }
                })
            }
            Ast::Ident(operand) => {
                self.refuse(at, format!("`{operand}` has no fields, only `record` has"), "write record.NAME")
            }
            _ => self.refuse(at, format!("`.{name}` is read of something that has no fields"), "write record.NAME"),
        }
    }

    fn field(&mut self, name: &str, operand: u64, at: usize) -> Option<ScopeField> {
        let scope = self.scope;
        let Some(field) = (scope.field)(name) else {
            let fields = || scope.fields.iter().map(String::as_str);
            let hint = if fields().next().is_none() {
                "this condition judges no single record: only facts can be named".to_owned()
            } else if (scope.fact)(name).is_some() {
                format!("`{name}` is a fact: write it without `record.`")
            } else if let Some(near) = hint::nearest(name, fields()) {
                format!("did you mean `record.{near}`?")
            } else {
                format!("the fields here are {}", hint::listed(fields()))
            };
            return self.refuse(self.parsed.token(operand), format!("the record has no field `{name}`"), hint);
        };
        if field.personal {
            let message = format!("`record.{name}` is personal: sealed, may not be used in a rule");
            return self.refuse(at, message, "judge by a field that is not personal");
        }
        Some(field)
    }
}
