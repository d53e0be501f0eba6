//! Facts of a sector file.

use super::names::{Names, is_identifier};
use super::outcomes;
use super::record_facts;
use super::sectors::World;
use super::table::words;
use crate::condition::{Constant, Type};
use crate::pack::{Aggregate, Fact, FactIdx, ProfileField, Reads, SectorIdx};
use crate::yaml::{At, Map};
use heng_model::SubjectKind;
use std::collections::BTreeMap;

/// Facts of one file by name; `None` for a broken one.
pub(crate) type SectorFacts = BTreeMap<String, Option<FactIdx>>;

/// A fact's type, what it reads, its default.
pub(crate) type Parts = (Type, Reads, Option<Constant>);

const RECORD_KINDS: [(&str, Aggregate); 7] = [
    ("count", Aggregate::Count),
    ("sum", Aggregate::Sum),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("distinct", Aggregate::Distinct),
    ("latest", Aggregate::Latest),
    ("streak", Aggregate::Streak),
];
const OTHER_KINDS: [&str; 4] = ["profile", "elapsed", "outcome", "related"];

pub(crate) fn read(at: At<'_>, sector: SectorIdx, world: &World<'_>, facts: &mut Vec<Fact>) -> SectorFacts {
    let mut known = SectorFacts::new();
    for (key, value) in at.entries("facts") {
        let Some(name) = key.text() else { continue };
        if !is_identifier(name) {
            key.error(format!("`{name}` cannot be the name of a fact"), "use letters, digits and `_`, no digit first");
        }
        let parts = fact(value, world);
        if parts.is_none() {
            value.surely_reported();
        }
        let title = parts.as_ref().and_then(|_| Some(words(value.any_map()?, name))).unwrap_or_default();
        let row = parts.map(|(ty, reads, default)| Fact {
            name: name.to_owned(),
            sector,
            words: title,
            ty,
            reads,
            default,
            place: key.place(),
        });
        let index = u16::try_from(facts.len()).ok();
        if index.is_none() {
            key.error("too many facts", "a pack holds at most 65,535");
        }
        known.insert(name.to_owned(), index.filter(|_| row.is_some()).map(FactIdx));
        facts.extend(row);
    }
    known
}

fn fact(at: At<'_>, world: &World<'_>) -> Option<Parts> {
    let kinds = || RECORD_KINDS.iter().map(|(word, _)| *word).chain(OTHER_KINDS);
    let named: Vec<&str> = kinds().filter(|kind| at.peek(kind).is_some()).collect();
    let kind = match named.as_slice() {
        [kind] => *kind,
        [] => {
            let hint = format!("write one of {}", kinds().collect::<Vec<_>>().join(", "));
            at.error(format!("a fact needs to say what it is, found {}", at.found()), hint);
            return None;
        }
        [first, second, ..] => {
            at.error(format!("a fact is either `{first}` or `{second}`"), "split it into two facts");
            return None;
        }
    };
    match RECORD_KINDS.iter().find(|(word, _)| *word == kind) {
        Some((word, aggregate)) => record_facts::read(at, word, *aggregate, world),
        None => other(at, kind, world),
    }
}

fn other(at: At<'_>, kind: &str, world: &World<'_>) -> Option<Parts> {
    match kind {
        "profile" => profile(at.map("a `profile` fact", &["profile", "default", "zh", "en"])?, world.names),
        "elapsed" => {
            let map = at.map("an `elapsed` fact", &["elapsed", "zh", "en"])?.need("elapsed")?;
            elapsed(map.map("`elapsed`", &["since", "at_least"])?)
        }
        "outcome" => {
            let keys = ["outcome", "ended_within", "prior", "default", "zh", "en"];
            outcome(at.map("an `outcome` fact", &keys)?, world)
        }
        _ => {
            let map = at.map("a `related` fact", &["related", "zh", "en"])?.need("related")?;
            related(map.map("`related`", &["role", "outcome", "reverse", "linked"])?, world)
        }
    }
}

fn profile(map: Map<'_>, names: &Names<'_>) -> Option<Parts> {
    let at = map.need("profile")?;
    let field = at.word("attribute of a profile", &ProfileField::ALL.map(|field| (field.word(), field)))?;
    let ty = match field {
        ProfileField::Kind => Type::Enum(SubjectKind::ALL.iter().map(|kind| names.intern(kind.word())).collect()),
        ProfileField::RegisteredOn => Type::Date,
        ProfileField::Region | ProfileField::Industry | ProfileField::Name => Type::Text,
    };
    let (ty, default) = with_default(map, ty, names)?;
    Some((ty, Reads::Profile(field), default))
}

fn elapsed(map: Map<'_>) -> Option<Parts> {
    let since = map.need("since").and_then(|at| at.word("date to count from", &[("profile.registered_on", ())]));
    let at_least = map.need("at_least").and_then(At::period);
    since?;
    Some((Type::Bool, Reads::Elapsed { at_least: at_least? }, None))
}

fn outcome(map: Map<'_>, world: &World<'_>) -> Option<Parts> {
    let outcome = map.need("outcome").and_then(|at| outcomes::read(at, world));
    let ended_within = match map.get("ended_within") {
        Some(at) => Some(at.period()?),
        None => None,
    };
    let prior = map.get("prior").map_or(Some(false), At::flag)?;
    let outcome = outcome?;
    let (ty, default) = with_default(map, outcomes::ty(outcome, world), world.names)?;
    Some((ty, Reads::Outcome { outcome, ended_within, prior }, default))
}

fn related(map: Map<'_>, world: &World<'_>) -> Option<Parts> {
    let role = map.need("role").and_then(At::text).map(|role| world.names.intern(role));
    let outcome = map.need("outcome").and_then(|at| outcomes::read(at, world));
    let reverse = map.get("reverse").map_or(Some(false), At::flag);
    let linked = map.get("linked").map_or(Some(false), |at| at.word("word for `linked`", &[("after", true)]));
    let outcome = outcome?;
    if matches!(outcome, crate::pack::OutcomeRef::Grade(_, None)) {
        map.at.error("`related` counts subjects with an outcome, a grade alone is none", "name a value: grade/x:v");
        return None;
    }
    Some((Type::Int, Reads::Related { role: role?, outcome, reverse: reverse?, linked_after: linked? }, None))
}

/// The default that a fact states; an enum gains it as a value.
pub(crate) fn with_default(map: Map<'_>, ty: Type, names: &Names<'_>) -> Option<(Type, Option<Constant>)> {
    let Some(at) = map.get("default") else { return Some((ty, None)) };
    let default = constant(at, &ty, names)?;
    let ty = match (ty, &default) {
        (Type::Enum(mut values), Constant::Symbol(value)) => {
            if !values.contains(value) {
                values.push(*value);
            }
            Type::Enum(values)
        }
        (ty, _) => ty,
    };
    Some((ty, Some(default)))
}

/// A value of a type, as written.
fn constant(at: At<'_>, ty: &Type, names: &Names<'_>) -> Option<Constant> {
    if at.is_float() && !matches!(ty, Type::Text | Type::Enum(_)) {
        at.error(format!("{} is a float, and no float exists", at.found()), "write it in quotes: \"0.10\"");
        return None;
    }
    match ty {
        Type::Bool => at.flag().map(Constant::Bool),
        Type::Int | Type::Year => at.parse("a whole number").map(Constant::Int),
        Type::Decimal | Type::Money(_) => at.parse("an exact number such as \"0.10\"").map(Constant::Decimal),
        Type::Text => at.text().map(|text| Constant::Text(text.to_owned())),
        Type::Enum(_) => at.text().map(|text| Constant::Symbol(names.intern(text))),
        Type::Date => at.day().map(Constant::Day),
        Type::List(_) => {
            at.error("a list has no default", "leave it out");
            None
        }
    }
}
