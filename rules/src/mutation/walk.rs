//! Where in a sector file something can be moved.

use super::step::{Step, condition, day, period};
use super::{Mutation, Owner, Shows};
use crate::yaml::At;
use heng_model::{Day, Period};

/// All mutations of a sector file.
pub(super) fn sector(root: At<'_>, found: &mut Vec<Mutation>) {
    let sector = root.peek("sector").and_then(At::scalar).unwrap_or_default();
    for (code, item) in entries(root, "items") {
        let mut finder = Finder { owner: Owner::Item(code.to_owned()), found };
        finder.period(item, &["valid"], "valid");
        for (_, field) in entries(item, "fields") {
            finder.period(field, &["max"], "max");
        }
    }
    for (name, fact) in entries(root, "facts") {
        let mut finder = Finder { owner: Owner::Fact(sector.to_owned(), name.to_owned()), found };
        finder.condition(fact, "where");
        finder.period(fact, &["within"], "within");
        finder.period(fact, &["elapsed", "at_least"], "elapsed.at_least");
        finder.period(fact, &["ended_within"], "ended_within");
        finder.default(fact);
    }
    for rule in root.peek("rules").map(At::each).unwrap_or_default() {
        let Some(id) = rule.peek("id").and_then(At::scalar) else { continue };
        let mut finder = Finder { owner: Owner::Rule(id.to_owned()), found };
        finder.days(rule, "from", "effective.from");
        finder.days(rule, "to", "effective.to");
        for clause in ["where", "when", "unless"] {
            finder.condition(rule, clause);
        }
        finder.from(rule);
        finder.period(rule, &["lasts"], "lasts");
        finder.period(rule, &["extends"], "extends");
        finder.period(rule, &["repair", "not_before"], "repair.not_before");
    }
}

fn entries<'a>(at: At<'a>, key: &str) -> Vec<(&'a str, At<'a>)> {
    let Some(map) = at.peek(key).filter(|at| at.is_map()) else { return Vec::new() };
    map.entries("").into_iter().filter_map(|(name, value)| Some((name.scalar()?, value))).collect()
}

struct Finder<'f> {
    owner: Owner,
    found: &'f mut Vec<Mutation>,
}

impl Finder<'_> {
    fn push(&mut self, at: At<'_>, clause: &'static str, step: Step) {
        let Some((place, bytes)) = at.piece(step.offset, &step.from) else { return };
        let Step { from, to, shows, .. } = step;
        self.found.push(Mutation { owner: self.owner.clone(), clause, place, from, to, shows, bytes });
    }

    fn condition(&mut self, map: At<'_>, clause: &'static str) {
        let Some(at) = map.peek(clause) else { return };
        let steps = at.scalar().map(condition).unwrap_or_default();
        steps.into_iter().for_each(|step| self.push(at, clause, step));
    }

    fn period(&mut self, map: At<'_>, path: &[&str], clause: &'static str) {
        let Some(at) = path.iter().try_fold(map, |at, key| at.peek(key)) else { return };
        // Terms that are compared with one another are moved by a month: days cannot be compared with months.
        let in_months = clause == "extends" || (clause == "lasts" && map.peek("extends").is_some());
        if let Some(written) = at.scalar() {
            self.lengths(at, (0, written), clause, in_months);
        }
    }

    fn lengths(&mut self, at: At<'_>, (offset, written): (usize, &str), clause: &'static str, in_months: bool) {
        for (to, longer) in period(written, in_months) {
            let shows = Shows::Period { longer };
            self.push(at, clause, Step { offset, from: written.to_owned(), to, shows });
        }
    }

    fn days(&mut self, rule: At<'_>, key: &str, clause: &'static str) {
        let Some(at) = rule.peek("effective").and_then(|at| at.peek(key)) else { return };
        let Some(written) = at.scalar() else { return };
        for (to, later) in day(written).into_iter().flatten() {
            // The first day is lost when it comes later, and one is won before it when it comes earlier; the last, the
            // other way about.
            let kept = later == (key == "from");
            let shows = Shows::Day { day: if kept { written.to_owned() } else { to.clone() }, is_law: kept };
            self.push(at, clause, Step { offset: 0, from: written.to_owned(), to, shows });
        }
    }

    /// `from: record.f`, `from: after record.f`, `from: after P3Y`.
    fn from(&mut self, rule: At<'_>) {
        const AFTER: &str = "after ";
        let Some(at) = rule.peek("from") else { return };
        let Some(written) = at.scalar() else { return };
        let Some(named) = written.strip_prefix(AFTER) else {
            let to = format!("{AFTER}{written}");
            return self.push(at, "from", Step { offset: 0, from: written.to_owned(), to, shows: Shows::FirstDay });
        };
        let offset = written.chars().count() - named.trim_start().chars().count();
        let named = named.trim();
        if named.parse::<Period>().is_ok() {
            return self.lengths(at, (offset, named), "from", false);
        }
        let to = named.to_owned();
        self.push(at, "from", Step { offset: 0, from: written.to_owned(), to, shows: Shows::FirstDay });
    }

    /// A number or a day that stands in for what is not there.
    fn default(&mut self, fact: At<'_>) {
        let Some(at) = fact.peek("default") else { return };
        let Some(written) = at.scalar() else { return };
        let steps: Vec<String> = if written.parse::<Day>().is_ok() {
            day(written).into_iter().flatten().map(|(to, _)| to).collect()
        } else {
            condition(written).into_iter().filter(|step| step.from == written).map(|step| step.to).collect()
        };
        for to in steps {
            self.push(at, "default", Step { offset: 0, from: written.to_owned(), to, shows: Shows::Number });
        }
    }
}
