//! How a condition is put together: which of its parts can be judged by themselves.

use super::{Expr, Test, compile};
use crate::pack::FactIdx;

/// A condition as `&&` and `||` of parts: on the days on which it holds, all of them, or any of them, hold too. Whoever
/// looks for those days can look part by part, and leave the rest of an `&&` where no day is left.
pub enum Shape {
    /// `&&`, in the order written.
    All(Vec<Shape>),
    /// `||`, in the order written.
    Any(Vec<Shape>),
    /// What is judged as one.
    Part(Part),
}

/// A part of a condition that is judged as one.
pub struct Part {
    /// Facts it reads, sorted, once each.
    pub facts: Vec<FactIdx>,
    /// Does it hold?
    pub test: Test,
}

impl Shape {
    pub(super) fn of(expr: &Expr) -> Self {
        let mut parts = Vec::new();
        match expr {
            Expr::And(left, right) => {
                for side in [left, right] {
                    match Self::of(side) {
                        Self::All(further) => parts.extend(further),
                        part => parts.push(part),
                    }
                }
                Self::All(parts)
            }
            Expr::Or(left, right) => {
                for side in [left, right] {
                    match Self::of(side) {
                        Self::Any(further) => parts.extend(further),
                        part => parts.push(part),
                    }
                }
                Self::Any(parts)
            }
            _ => {
                let mut facts = Vec::new();
                facts_in(expr, &mut facts);
                facts.sort_unstable();
                facts.dedup();
                Self::Part(Part { facts, test: compile::test(expr) })
            }
        }
    }
}

fn facts_in(expr: &Expr, facts: &mut Vec<FactIdx>) {
    match expr {
        Expr::Fact(fact) => facts.push(*fact),
        Expr::Constant(_) | Expr::Constants(_) | Expr::Field(_) | Expr::Has(_) => {}
        Expr::Not(inner) | Expr::Negate(inner) | Expr::Size(inner) => facts_in(inner, facts),
        Expr::And(left, right)
        | Expr::Or(left, right)
        | Expr::Compare(_, left, right)
        | Expr::In(left, right)
        | Expr::Arithmetic(_, left, right)
        | Expr::TextTest(_, left, right) => {
            facts_in(left, facts);
            facts_in(right, facts);
        }
        Expr::Choose(condition, yes, no) => {
            facts_in(condition, facts);
            facts_in(yes, facts);
            facts_in(no, facts);
        }
    }
}
