//! No duration beyond what the measures and the laws allow.

use super::basis::{self, Limit};
use super::rule_parts::Parts;
use super::rules::Given;
use super::sectors::World;
use crate::pack::Basis;

pub(crate) fn check(parts: &Parts<'_>, given: &Given<'_>, basis: &[Basis], world: &World<'_>) {
    let hint = "state `lasts`, or `through` a date field with `max`; `and_while` has no bound";
    for limit in &basis::limits(basis, world.laws) {
        if !parts.bounded && !given.measures.is_empty() {
            given.at.error(format!("the rule has no bounded length, and {} allows at most {}", limit.1, limit.0), hint);
        }
        each(parts, limit);
    }
    for (at, index) in &given.measures {
        let Some(measure) = world.measures.get(index.0) else { continue };
        // A measure's own maximum has been held against its laws already.
        let limits = match measure.max {
            Some(max) => vec![(max, format!("measure `{}`", measure.code))],
            None => basis::limits(&measure.basis, world.laws),
        };
        for limit in limits {
            if !parts.bounded {
                at.error(format!("the rule has no bounded length, and {} allows at most {}", limit.1, limit.0), hint);
            }
            each(parts, &limit);
        }
    }
}

fn each(parts: &Parts<'_>, limit: &Limit) {
    for (at, what, period) in &parts.lengths {
        basis::check_limit(*at, what, *period, limit);
    }
}
