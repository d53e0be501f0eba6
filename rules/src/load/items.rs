//! Items of a sector file.

use super::basis;
use super::fields;
use super::header::Header;
use super::measures::subjects;
use super::names::{NAMED_DATES, Names};
use super::refused;
use super::table::{Table, words};
use crate::condition::Type;
use crate::pack::{AuthorityIdx, Disclosure, Field, Item, Law, SectorIdx};
use crate::suggest;
use crate::yaml::{At, Map};
use heng_model::Symbol;

const KEYS: [&str; 14] = [
    "zh",
    "en",
    "source",
    "subjects",
    "category",
    "disclosure",
    "basis",
    "fields",
    "from",
    "valid",
    "tier",
    "on_objection",
    "repair_by",
    "objection_by",
];

/// What items refer to.
pub(crate) struct Around<'a> {
    pub(crate) header: &'a Header,
    pub(crate) laws: &'a Table<Law>,
    pub(crate) names: &'a Names<'a>,
}

pub(crate) fn read(code: &str, key: At<'_>, at: At<'_>, sector: SectorIdx, around: &Around<'_>) -> Option<Item> {
    let symbol = around.names.intern(code);
    let map = at.map("an item", &KEYS)?;
    let sources = map.need("source").and_then(|at| authorities(at, around));
    let by = |key| map.get(key).map_or_else(|| sources.clone(), |at| authorities(at, around));
    let (repair_by, objection_by) = (by("repair_by"), by("objection_by"));
    let kinds = map.need("subjects").and_then(subjects);
    let category = map.need("category").and_then(refused::category);
    let disclosure = disclosure(map);
    let basis = map.get("basis").map_or_else(|| Some(Vec::new()), |at| basis::read(at, around.laws));
    let currency = &around.header.currency;
    let fields = map.get("fields").map_or_else(|| Some(Vec::new()), |at| fields::read(at, currency, around.names));
    let pause = [("keep", false), ("suspend", true)];
    let pause = map.get("on_objection").map_or(Some(false), |at| at.word("word for `on_objection`", &pause));
    let valid = match map.get("valid") {
        Some(at) => Some(at.period()?),
        None => None,
    };
    let fields = fields?;
    let from = match map.get("from") {
        // What is counted from `decided_on` anyway has one form: no `from`.
        Some(at) => Some(date_field(at, at.text()?, &fields, around.names)?)
            .filter(|from| *from != around.names.intern("decided_on")),
        None => None,
    };
    Some(Item {
        code: code.to_owned(),
        symbol,
        sector,
        words: words(map, code),
        sources: sources?,
        repair_by: repair_by?,
        objection_by: objection_by?,
        subjects: kinds?,
        category: category?,
        disclosure: disclosure?,
        tier: map.get("tier").and_then(At::text).map(str::to_owned),
        basis: basis?,
        fields,
        from,
        valid,
        suspend_on_objection: pause?,
        place: key.place(),
    })
}

fn authorities(at: At<'_>, around: &Around<'_>) -> Option<Vec<AuthorityIdx>> {
    let found = around.header.authorities.find_each(at, "authority")?;
    if found.is_empty() {
        at.error("no authority is named", "name at least one");
        return None;
    }
    Some(found.into_iter().map(AuthorityIdx).collect())
}

fn disclosure(map: Map<'_>) -> Option<Disclosure> {
    let classes =
        [("public", Disclosure::Public), ("on_request", Disclosure::OnRequest), ("government", Disclosure::Government)];
    map.get("disclosure").map_or(Some(Disclosure::Public), |at| at.word("disclosure class", &classes))
}

/// The date field or named date that a clause names, as `record.f` or `f`.
pub(crate) fn date_field(at: At<'_>, text: &str, fields: &[Field], names: &Names<'_>) -> Option<Symbol> {
    let name = text.strip_prefix("record.").unwrap_or(text);
    if NAMED_DATES.contains(&name) {
        return Some(names.intern(name));
    }
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        let known = fields.iter().filter(|field| field.ty == Type::Date).map(|field| field.name.as_str());
        at.error(format!("unknown date field `{name}`"), suggest::hint(name, known.chain(NAMED_DATES)));
        return None;
    };
    if field.ty != Type::Date {
        at.error(format!("field `{name}` is no date"), "name a field of type `date`");
        return None;
    }
    if field.personal {
        at.error(format!("field `{name}` is personal"), "personal fields may be used nowhere in a rule");
        return None;
    }
    Some(field.symbol)
}
