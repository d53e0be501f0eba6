//! Findings: what is allowed and yet looks like a mistake.

use crate::condition::{Condition, Constant, Expr};
use crate::diagnostic::Report;
use crate::pack::{Body, FactIdx, MeasureIdx, Pack};
use crate::value::{Env, Value};
use heng_model::Symbol;
use std::collections::BTreeSet;

pub(crate) fn report(pack: &Pack, report: &Report) {
    let read: BTreeSet<FactIdx> =
        pack.rules.iter().flat_map(conditions).flat_map(|condition| condition.facts.clone()).collect();
    for (at, fact) in pack.facts.iter().enumerate() {
        if !read.iter().any(|index| index.at() == at) {
            report.warning(
                fact.place.clone(),
                format!("fact `{}` is used by no rule", fact.name),
                "remove it, or use it",
            );
        }
    }
    let given: BTreeSet<MeasureIdx> = pack.rules.iter().flat_map(|rule| rule.outcome.measures.clone()).collect();
    for (at, measure) in pack.measures.iter().enumerate() {
        if !given.iter().any(|index| index.at() == at) {
            report.warning(measure.place.clone(), format!("measure `{}` is given by no rule", measure.code), "");
        }
    }
    for matter in pack.matters.iter().filter(|matter| matter.effects.is_empty()) {
        report.warning(
            matter.place.clone(),
            format!("no measure touches matter `{}`", matter.code),
            "list its `effects`",
        );
    }
    for rule in &pack.rules {
        let (key, main) = match &rule.body {
            Body::OnRecords { filter, .. } => ("where", filter.as_ref()),
            Body::OnCondition { when, .. } => ("when", Some(when)),
        };
        let why = if main.and_then(fixed) == Some(false) {
            Some(format!("its `{key}` never holds"))
        } else {
            (rule.unless.as_ref().and_then(fixed) == Some(true)).then(|| "its `unless` always holds".to_owned())
        };
        if let Some(why) = why {
            report.warning(rule.place.clone(), format!("rule `{}` never applies: {why}", rule.id), "");
        }
    }
}

fn conditions(rule: &crate::pack::Rule) -> impl Iterator<Item = &Condition> {
    let main = match &rule.body {
        Body::OnRecords { filter, .. } => filter.as_ref(),
        Body::OnCondition { when, .. } => Some(when),
    };
    main.into_iter().chain(&rule.unless)
}

/// Nothing is known.
struct Nothing;

impl Env for Nothing {
    fn field(&self, _: Symbol) -> Value<'_> {
        Value::Empty
    }

    fn fact(&self, _: FactIdx) -> Value<'_> {
        Value::Empty
    }
}

/// The value of a condition that is the same whatever is read.
fn fixed(condition: &Condition) -> Option<bool> {
    if condition.facts.is_empty() && condition.fields.is_empty() {
        return Some(condition.holds(&Nothing));
    }
    fold(&condition.expr)
}

fn fold(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Constant(Constant::Bool(value)) => Some(*value),
        Expr::Not(inner) => fold(inner).map(|value| !value),
        Expr::And(a, b) => match (fold(a), fold(b)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Expr::Or(a, b) => match (fold(a), fold(b)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        _ => None,
    }
}
