//! From the syntax tree to the typed tree: every name known, every operation fit for its types.

mod calls;
mod constants;
mod names;
mod operators;

use super::parse::Parsed;
use super::{ConditionError, Expr, Scope, Type, hint};
use crate::pack::FactIdx;
use cel::common::ast::{Expr as Ast, IdedExpr, operators as op};
use heng_model::{Symbol, Symbols};
use std::collections::BTreeSet;

/// Operations inside each other, a chain of `+` included; bounds every walk over the tree.
const DEPTH_MAX: usize = 100;

/// A typed tree and what it reads.
pub(super) struct Checked {
    pub(super) expr: Expr,
    pub(super) facts: Vec<FactIdx>,
    pub(super) fields: Vec<Symbol>,
}

/// A checked sub-expression.
struct Typed {
    expr: Expr,
    ty: Type,
    /// Byte at which it starts.
    at: usize,
}

impl Typed {
    fn bool(expr: Expr, at: usize) -> Self {
        Self { expr, ty: Type::Bool, at }
    }
}

struct Checker<'a> {
    parsed: &'a Parsed<'a>,
    scope: &'a Scope<'a>,
    symbols: &'a Symbols,
    errors: Vec<ConditionError>,
    facts: BTreeSet<FactIdx>,
    fields: BTreeSet<Symbol>,
    depth: usize,
}

/// Checks a parsed condition.
pub(super) fn check(parsed: &Parsed<'_>, scope: &Scope<'_>, symbols: &Symbols) -> Result<Checked, Vec<ConditionError>> {
    let (errors, facts, fields) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut checker = Checker { parsed, scope, symbols, errors, facts, fields, depth: 0 };
    let root = checker.bool(&parsed.root, "a condition");
    match root {
        Some(root) if checker.errors.is_empty() => Ok(Checked {
            expr: root.expr,
            facts: checker.facts.into_iter().collect(),
            fields: checker.fields.into_iter().collect(),
        }),
        _ => {
            checker.errors.sort_by_key(|error| error.offset);
            Err(checker.errors)
        }
    }
}

impl Checker<'_> {
    /// Notes an error; `None`, so that a check can end with it.
    fn refuse<T>(&mut self, at: usize, message: impl Into<String>, hint: impl Into<String>) -> Option<T> {
        self.errors.push(self.parsed.error(at, message.into(), hint.into()));
        None
    }

    fn check(&mut self, node: &IdedExpr) -> Option<Typed> {
        if self.depth >= DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} operations inside each other");
            return self.refuse(self.parsed.token(node.id), message, "let a fact do the sum");
        }
        self.depth = self.depth.saturating_add(1);
        let checked = self.dispatch(node);
        self.depth = self.depth.saturating_sub(1);
        checked
    }

    fn dispatch(&mut self, node: &IdedExpr) -> Option<Typed> {
        let at = self.start(node);
        match &node.expr {
            Ast::Literal(literal) => self.literal(node, literal, at),
            Ast::Ident(name) => self.fact(name, at),
            Ast::Select(select) => self.select(select, at),
            Ast::Call(call) => self.call(node, call, at),
            Ast::List(list) => self.list(list, at),
            Ast::Comprehension(_) => {
                let name = self.parsed.callee_name(node.id).to_owned();
                let hint = "test a list with `in`, count records with a fact";
                self.refuse(self.parsed.callee(node.id), format!("there is no `{name}` in the rule language"), hint)
            }
            Ast::Map(_) | Ast::Struct(_) => {
                self.refuse(at, "there are no maps and no messages in the rule language", "test a list with `in`")
            }
            Ast::Unspecified => self.refuse(at, "this is not an expression", ""),
        }
    }

    /// A part that has to be a bool; `what` says what for.
    fn bool(&mut self, node: &IdedExpr, what: &str) -> Option<Typed> {
        let typed = self.check(node)?;
        if typed.ty == Type::Bool {
            return Some(typed);
        }
        let message = format!("{what} is a bool, this is of type {}", typed.ty);
        self.refuse(typed.at, message, "compare it with something")
    }

    /// Byte at which an expression starts (a pair of parentheses around it has no place in the tree).
    fn start(&self, mut node: &IdedExpr) -> usize {
        loop {
            node = match &node.expr {
                Ast::Select(select) if select.test => return self.parsed.callee(node.id),
                Ast::Select(select) => &select.operand,
                Ast::Call(call) => match (&call.target, call.args.first()) {
                    (Some(target), _) => target,
                    (None, Some(first)) if is_infix(&call.func_name) => first,
                    _ if matches!(call.func_name.as_str(), op::LOGICAL_NOT | op::NEGATE) => {
                        return self.parsed.token(node.id);
                    }
                    _ => return self.parsed.callee(node.id),
                },
                Ast::Comprehension(comprehension) => &comprehension.iter_range,
                Ast::Literal(_) => return self.literal_start(node),
                Ast::Struct(_) => return self.parsed.callee(node.id),
                Ast::Unspecified | Ast::Ident(_) | Ast::List(_) | Ast::Map(_) => return self.parsed.token(node.id),
            };
        }
    }

    /// The token of a negative literal leaves its sign out.
    fn literal_start(&self, node: &IdedExpr) -> usize {
        use cel::common::ast::LiteralValue;
        let at = self.parsed.token(node.id);
        let negative = match &node.expr {
            Ast::Literal(LiteralValue::Int(number)) => number.inner().is_negative(),
            Ast::Literal(LiteralValue::Double(_)) => true,
            _ => false,
        };
        let before = self.parsed.text.get(..at).unwrap_or("").trim_end();
        if negative && before.ends_with('-') { before.len().saturating_sub(1) } else { at }
    }
}

fn is_infix(function: &str) -> bool {
    function == op::CONDITIONAL || function == op::IN || function.starts_with('_')
}
