//! Facts over records: count, sum, min, max, distinct, latest, streak.

use super::facts::{Parts, with_default};
use super::names::NAMED_DATES;
use super::scope::{self, Visible, visible};
use super::sectors::World;
use crate::condition::{Condition, Type};
use crate::pack::{Aggregate, Fact, Field, Item, ItemIdx, Reads, RecordFact, Window};
use crate::suggest;
use crate::yaml::{At, Map};
use heng_model::Symbol;
use std::collections::BTreeMap;

/// Keys that every fact over records may have.
const SHARED_KEYS: [&str; 7] = ["where", "within", "repaired", "same", "prior", "zh", "en"];

pub(crate) fn read(at: At<'_>, word: &str, aggregate: Aggregate, world: &World<'_>) -> Option<Parts> {
    let own: &[&str] = match aggregate {
        Aggregate::Count => &[],
        Aggregate::Sum | Aggregate::Distinct => &["field"],
        Aggregate::Min | Aggregate::Max | Aggregate::Latest => &["field", "default"],
        Aggregate::Streak => &["by"],
    };
    let what = format!("a `{word}` fact");
    let keys: Vec<&str> = [word].iter().chain(own).chain(&SHARED_KEYS).copied().collect();
    // The words of `what` must outlive the mapping they are said of.
    let map = at.map(&what, &keys)?;
    let items = map.need(word).and_then(|at| world.items.find_each(at, "item"))?;
    let rows: Vec<&Item> = items.iter().filter_map(|index| world.items.get(*index)).collect();
    let common = common(&rows);
    let filter = filter(map, &common, world);
    let window = window(map);
    let include_repaired = repaired(map);
    let same = same(map, &rows, world);
    let prior = map.get("prior").map_or(Some(false), At::flag);
    let (ty, field) = value(map, aggregate, &rows, world)?;
    let (ty, default) = with_default(map, ty, world.names)?;
    let reads = RecordFact {
        aggregate,
        items: items.into_iter().map(ItemIdx).collect(),
        field,
        filter: filter?,
        window: window?,
        include_repaired: include_repaired?,
        same: same?,
        prior: prior?,
    };
    Some((ty, Reads::Records(reads), default))
}

/// Fields that all items have with one type.
fn common(items: &[&Item]) -> Vec<Field> {
    let Some((first, others)) = items.split_first() else { return Vec::new() };
    let shared = |field: &&Field| {
        others.iter().all(|item| item.fields.iter().any(|other| other.name == field.name && other.ty == field.ty))
    };
    let personal =
        |field: &Field| items.iter().any(|item| item.fields.iter().any(|f| f.name == field.name && f.personal));
    let fields = first.fields.iter().filter(shared);
    fields.map(|field| Field { personal: personal(field), ..field.clone() }).collect()
}

fn filter(map: Map<'_>, common: &[Field], world: &World<'_>) -> Option<Option<Condition>> {
    let Some(at) = map.get("where") else { return Some(None) };
    let fields: Vec<Visible> = visible(common, world.names);
    let around = scope::Around {
        fields: &fields,
        facts: &BTreeMap::new(),
        all_facts: &[],
        usable: &|_: &Fact| Ok(()),
        currency: &world.header.currency,
        names: world.names,
    };
    scope::compile(at, &around).map(Some)
}

fn window(map: Map<'_>) -> Option<Window> {
    let Some(at) = map.get("within") else { return Some(Window::Always) };
    match at.scalar() {
        Some("year") => Some(Window::Year),
        Some("previous_year") => Some(Window::PreviousYear),
        _ => at.parse("`year`, `previous_year` or a period such as P12M").map(Window::Rolling),
    }
}

/// `repaired: include`
pub(crate) fn repaired(map: Map<'_>) -> Option<bool> {
    map.get("repaired").map_or(Some(false), |at| at.word("word for `repaired`", &[("include", true)]))
}

fn same(map: Map<'_>, items: &[&Item], world: &World<'_>) -> Option<Vec<Symbol>> {
    let fields = map.get("same").map(At::each).unwrap_or_default();
    fields.into_iter().map(|at| field(at, at.text()?, items, world).map(|(symbol, _)| symbol)).collect()
}

/// Type of the fact and the field it reads.
fn value(map: Map<'_>, aggregate: Aggregate, items: &[&Item], world: &World<'_>) -> Option<(Type, Option<Symbol>)> {
    match aggregate {
        Aggregate::Count => Some((Type::Int, None)),
        Aggregate::Streak => streak(map, items, world),
        _ => {
            let at = map.need("field")?;
            let (symbol, ty) = field(at, at.text()?, items, world)?;
            let numeric = matches!(ty, Type::Int | Type::Decimal | Type::Money(_));
            let fits = match aggregate {
                Aggregate::Sum => numeric,
                Aggregate::Min | Aggregate::Max => numeric || matches!(ty, Type::Date | Type::Year),
                _ => true,
            };
            if !fits {
                let hint = if aggregate == Aggregate::Sum {
                    "int, decimal or money"
                } else {
                    "int, decimal, money, date or year"
                };
                at.error(
                    format!("field {} has no type that can be reckoned with", at.found()),
                    format!("it must be {hint}"),
                );
                return None;
            }
            Some((if aggregate == Aggregate::Distinct { Type::Int } else { ty }, Some(symbol)))
        }
    }
}

fn streak(map: Map<'_>, items: &[&Item], world: &World<'_>) -> Option<(Type, Option<Symbol>)> {
    let at = map.need("by")?;
    let text = at.text()?;
    if text == "year" {
        return Some((Type::Int, None));
    }
    let (symbol, ty) = field(at, text, items, world)?;
    if ty != Type::Year {
        at.error(format!("field `{text}` is no year"), "write `by: year`, or name a field of type `year`");
        return None;
    }
    Some((Type::Int, Some(symbol)))
}

/// A named date, or a field that all items have with one type; written `f` or `record.f`.
fn field(at: At<'_>, text: &str, items: &[&Item], world: &World<'_>) -> Option<(Symbol, Type)> {
    let name = text.strip_prefix("record.").unwrap_or(text);
    if NAMED_DATES.contains(&name) {
        return Some((world.names.intern(name), Type::Date));
    }
    let mut found: Option<&Field> = None;
    for item in items {
        let Some(field) = item.fields.iter().find(|field| field.name == name) else {
            let known = suggest::hint(name, item.fields.iter().map(|field| field.name.as_str()));
            at.error(format!("unknown field `{name}` of item `{}`", item.code), known);
            return None;
        };
        if field.personal {
            at.error(format!("field `{name}` is personal"), "personal fields may be used nowhere in a rule");
            return None;
        }
        if found.is_some_and(|first| first.ty != field.ty) {
            at.error(format!("field `{name}` has another type in item `{}`", item.code), "a fact reads one type only");
            return None;
        }
        found = Some(field);
    }
    found.map(|field| (field.symbol, field.ty.clone()))
}
