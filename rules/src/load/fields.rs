//! Fields of an item, and the types they have.

use super::header;
use super::names::{NAMED_DATES, Names, is_identifier};
use super::table::words;
use crate::condition::Type;
use crate::pack::{Field, Words};
use crate::suggest;
use crate::yaml::{At, Map};
use heng_model::{Decimal, Period, Symbol};

const KEYS: [&str; 12] =
    ["type", "values", "titles", "of", "currency", "required", "personal", "max", "min", "zh", "en", "unit"];

/// The fields of an item; broken ones are reported and make the item broken.
pub(crate) fn read(at: At<'_>, currency: &str, names: &Names<'_>) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut sound = true;
    for (key, value) in at.entries("fields") {
        let field = name(key).and_then(|name| field(name, value, currency, names));
        sound &= field.is_some();
        fields.extend(field);
    }
    sound.then_some(fields)
}

fn name(key: At<'_>) -> Option<&str> {
    let name = key.text()?;
    if NAMED_DATES.contains(&name) {
        key.error(
            format!("`{name}` is a named date, not a field"),
            "it stands beside the item and needs no declaration",
        );
        return None;
    }
    if !is_identifier(name) {
        key.error(format!("`{name}` cannot be the name of a field"), "use letters, digits and `_`, no digit first");
        return None;
    }
    Some(name)
}

fn field(name: &str, at: At<'_>, currency: &str, names: &Names<'_>) -> Option<Field> {
    let symbol = names.intern(name);
    let plain = Field {
        name: name.to_owned(),
        symbol,
        ty: Type::Bool,
        required: false,
        personal: false,
        max: None,
        min: None,
        titles: Vec::new(),
        words: Words { zh: name.to_owned(), en: None },
    };
    if at.scalar().is_some() {
        return Some(Field { ty: simple(at, at.text()?, None, currency, names)?, ..plain });
    }
    let map = at.map("a field", &KEYS)?;
    let flag = |key| map.get(key).map_or(Some(false), At::flag);
    let (required, personal) = (flag("required"), flag("personal"));
    let ty = ty(map, currency, names)?;
    let (max, min, titles) = (max(map, &ty), min(map, &ty), titles(map, &ty, names));
    Some(Field {
        ty,
        required: required?,
        personal: personal?,
        max: max?,
        min: min?,
        titles: titles?,
        words: words(map, name),
        ..plain
    })
}

/// A limit or a title that is there and empty is a forgotten one: it would limit nothing, in silence.
fn written<'a>(map: Map<'a>, key: &'static str) -> Option<Option<At<'a>>> {
    let Some((name, value)) = map.entry(key) else { return Some(None) };
    if value.is_null() {
        name.error(format!("`{key}` is empty"), "write a value, or leave the key out");
        return None;
    }
    Some(Some(value))
}

fn max(map: Map<'_>, ty: &Type) -> Option<Option<Period>> {
    let Some(at) = written(map, "max")? else { return Some(None) };
    if *ty != Type::Date {
        at.error("`max` is for dates only", "it says how far after the effect day the date may lie");
        return None;
    }
    at.period().map(Some)
}

fn min(map: Map<'_>, ty: &Type) -> Option<Option<Decimal>> {
    let Some(at) = written(map, "min")? else { return Some(None) };
    if !matches!(ty, Type::Int | Type::Decimal | Type::Money(_)) {
        at.error("`min` is for whole numbers, decimals and amounts only", "it says the least that the field may be");
        return None;
    }
    if at.is_float() {
        at.error(format!("{} is a float, and no float exists", at.found()), "write exact numbers in quotes: \"0.01\"");
        return None;
    }
    at.parse("a number such as 0 or \"0.01\"").map(Some)
}

/// Titles of an enum's values; a value without one is shown as written.
fn titles(map: Map<'_>, ty: &Type, names: &Names<'_>) -> Option<Vec<(Symbol, Words)>> {
    let Some(at) = written(map, "titles")? else { return Some(Vec::new()) };
    let base = if let Type::List(element) = ty { element } else { ty };
    let Type::Enum(values) = base else {
        at.error("`titles` are for the type `enum` only", "");
        return None;
    };
    let known: Vec<String> = values.iter().map(|value| names.name(*value)).collect();
    let mut titles = Vec::new();
    for (key, at) in at.entries("titles") {
        let value = key.text()?;
        let symbol = names.intern(value);
        if !values.contains(&symbol) {
            key.error(
                format!("`{value}` is no value of the field"),
                suggest::hint(value, known.iter().map(String::as_str)),
            );
            return None;
        }
        let title = at.map("a title", &["zh", "en"])?;
        title.need("zh")?;
        titles.push((symbol, words(title, value)));
    }
    Some(titles)
}

fn ty(map: Map<'_>, currency: &str, names: &Names<'_>) -> Option<Type> {
    let at = map.need("type")?;
    let currency = map.get("currency").map_or(Some(currency), header::currency)?;
    let written = match at.each().as_slice() {
        [element] if at.is_list() => format!("list<{}>", element.text()?),
        _ => at.text()?.to_owned(),
    };
    let written = match map.get("of") {
        Some(of) if written == "list" => format!("list<{}>", of.text()?),
        _ => written,
    };
    let ty = simple(at, &written, map.get("values"), currency, names)?;
    let base = if let Type::List(element) = &ty { element } else { &ty };
    if !matches!(base, Type::Enum(_))
        && let Some((key, _)) = map.entry("values")
    {
        key.error("`values` are for the type `enum` only", "");
    }
    if !matches!(base, Type::Money(_))
        && let Some((key, _)) = map.entry("currency")
    {
        key.error("`currency` is for the type `money` only", "");
    }
    Some(ty)
}

/// A type as written: a word, or `list<word>` / `list of word`.
fn simple(at: At<'_>, written: &str, values: Option<At<'_>>, currency: &str, names: &Names<'_>) -> Option<Type> {
    let element = written
        .strip_prefix("list of ")
        .or_else(|| written.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')))
        .or_else(|| written.strip_prefix("list(").and_then(|rest| rest.strip_suffix(')')));
    if let Some(element) = element {
        return match simple(at, element.trim(), values, currency, names)? {
            Type::List(_) => {
                at.error("a list of lists is no type", "");
                None
            }
            ty => Some(Type::List(Box::new(ty))),
        };
    }
    match written {
        "bool" => Some(Type::Bool),
        "int" => Some(Type::Int),
        "decimal" => Some(Type::Decimal),
        "money" => Some(Type::Money(currency.to_owned())),
        "string" => Some(Type::Text),
        "date" => Some(Type::Date),
        "year" => Some(Type::Year),
        "enum" => enumeration(at, values, names),
        "list" => {
            at.error(
                "a list needs the type of its elements",
                "write `type: list<string>`, or `type: list` and `of: string`",
            );
            None
        }
        "float" | "double" | "number" => {
            at.error(
                format!("unknown type `{written}`"),
                "no float exists: use `int`, `decimal` or `money`, all exact",
            );
            None
        }
        _ => {
            let known = ["bool", "int", "decimal", "money", "string", "enum", "date", "year", "list"];
            at.error(format!("unknown type `{written}`"), suggest::hint(written, known));
            None
        }
    }
}

fn enumeration(at: At<'_>, values: Option<At<'_>>, names: &Names<'_>) -> Option<Type> {
    let Some(values) = values else {
        at.error("the type `enum` needs `values`", "write `values: [a, b]`");
        return None;
    };
    symbols(values, names).map(Type::Enum)
}

/// Distinct names, in the order written; at least one.
pub(crate) fn symbols(at: At<'_>, names: &Names<'_>) -> Option<Vec<Symbol>> {
    let mut symbols = Vec::new();
    for at in at.each() {
        let text = at.text()?;
        let symbol = names.intern(text);
        if symbols.contains(&symbol) {
            at.error(format!("value `{text}` is there twice"), "remove one of them");
        } else {
            symbols.push(symbol);
        }
    }
    if symbols.is_empty() {
        at.error("the list of values is empty", "");
        return None;
    }
    Some(symbols)
}
