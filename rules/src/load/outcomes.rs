//! Outcomes as facts name them: `list/x`, `grade/x`, `grade/x:v`, `measure/x`.

use super::sectors::World;
use crate::condition::Type;
use crate::pack::{GradeIdx, MeasureIdx, OutcomeRef};
use crate::suggest;
use crate::yaml::At;
use heng_model::Symbol;

pub(crate) fn read(at: At<'_>, world: &World<'_>) -> Option<OutcomeRef> {
    let text = at.text()?;
    let Some((kind, name)) = text.split_once('/') else {
        at.error(format!("`{text}` names no outcome"), "write list/x, grade/x, grade/x:v or measure/x");
        return None;
    };
    match kind {
        "list" => match world.lists.get(name) {
            Some(symbol) => Some(OutcomeRef::List(*symbol)),
            None => {
                let known = suggest::hint(name, world.lists.keys().map(String::as_str));
                at.error(format!("no rule gives the list `{name}`"), known);
                None
            }
        },
        "grade" => {
            let (scheme, value) = name.split_once(':').map_or((name, None), |(scheme, value)| (scheme, Some(value)));
            let grade = world.grades.find_code(at, scheme, "grade")?;
            let value = match value {
                Some(value) => Some(grade_value(at, value, grade, world)?),
                None => None,
            };
            Some(OutcomeRef::Grade(GradeIdx(grade), value))
        }
        "measure" => world.measures.find_code(at, name, "measure").map(|index| OutcomeRef::Measure(MeasureIdx(index))),
        _ => {
            at.error(format!("unknown kind of outcome `{kind}`"), "write list/x, grade/x, grade/x:v or measure/x");
            None
        }
    }
}

/// A declared value of a grade.
pub(crate) fn grade_value(at: At<'_>, value: &str, grade: u16, world: &World<'_>) -> Option<Symbol> {
    let scheme = world.grades.get(grade)?;
    let named: Vec<(String, Symbol)> = scheme.values.iter().map(|s| (world.names.name(*s), *s)).collect();
    let found = named.iter().find(|(name, _)| name == value).map(|(_, symbol)| *symbol);
    if found.is_none() {
        let known = suggest::hint(value, named.iter().map(|(name, _)| name.as_str()));
        at.error(format!("unknown value `{value}` of grade `{}`", scheme.name), known);
    }
    found
}

/// The type of a fact that reads an outcome.
pub(crate) fn ty(outcome: OutcomeRef, world: &World<'_>) -> Type {
    match outcome {
        OutcomeRef::Grade(grade, None) => {
            Type::Enum(world.grades.get(grade.0).map(|scheme| scheme.values.clone()).unwrap_or_default())
        }
        _ => Type::Bool,
    }
}
