//! `pack.yaml`: the pack's name, zone and currency, who may speak, and about whom.

use super::names::{Names, is_code};
use super::table::{Table, declarations, words};
use crate::pack::{AnswerWithin, Authority, Capacity, Scheme, Withdrawal, Words};
use crate::yaml::At;
use heng_model::TimeZone;
use std::collections::BTreeMap;

/// Amounts that name no currency are in this one where the pack names none either.
const CURRENCY_DEFAULT: &str = "CNY";
/// Longest name of an identifier scheme, in characters.
const SCHEME_CHARS_MAX: usize = 16;

/// What `pack.yaml` says.
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) words: Words,
    pub(crate) time_zone: TimeZone,
    pub(crate) region: String,
    pub(crate) currency: String,
    pub(crate) accepts_uscc: bool,
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) capacities: Vec<Capacity>,
    pub(crate) authorities: Table<Authority>,
    pub(crate) answer_within: Option<AnswerWithin>,
    pub(crate) withdrawn: Vec<Withdrawal>,
    /// Where each withdrawal stands.
    pub(crate) withdrawn_at: Vec<crate::pack::Place>,
}

const KEYS: [&str; 12] = [
    "pack",
    "version",
    "zh",
    "en",
    "time_zone",
    "region",
    "currency",
    "identifiers",
    "capacities",
    "authorities",
    "answer_within",
    "withdraw",
];

pub(crate) fn read(at: At<'_>, names: &Names<'_>) -> Option<Header> {
    let map = at.map("pack.yaml", &KEYS)?;
    let code = |key: &str| {
        let at = map.need(key)?;
        let text = at.text()?;
        if !is_code(text) {
            at.error(format!("`{text}` cannot be the pack's {key}"), "use letters, digits, `.`, `-` and `_`");
        }
        Some(text.to_owned())
    };
    let (name, version) = (code("pack"), code("version"));
    let time_zone = map.need("time_zone").and_then(|at| at.parse::<TimeZone>("an IANA time zone"));
    let region = map.need("region").and_then(At::text);
    let currency = map.get("currency").map_or(Some(CURRENCY_DEFAULT), currency);
    let (accepts_uscc, schemes) = map.get("identifiers").map_or((true, Vec::new()), identifiers);
    let capacities = map.get("capacities").map(capacities).unwrap_or_default();
    for capacity in &capacities {
        names.intern(&capacity.code);
    }
    let authorities = map.need("authorities").map(|at| authorities(at, names)).unwrap_or_default();
    let (withdrawn, withdrawn_at) = map.get("withdraw").map(withdrawals).unwrap_or_default().into_iter().unzip();
    let name = name?;
    Some(Header {
        words: words(map, &name),
        name,
        version: version?,
        time_zone: time_zone?,
        region: region?.to_owned(),
        currency: currency?.to_owned(),
        accepts_uscc,
        schemes,
        capacities,
        authorities,
        answer_within: map.get("answer_within").and_then(At::answer_within),
        withdrawn,
        withdrawn_at,
    })
}

/// An ISO 4217 code.
pub(crate) fn currency(at: At<'_>) -> Option<&str> {
    let text = at.text()?;
    let fits = text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase());
    if !fits {
        at.error(format!("`{text}` is not a currency"), "write its ISO 4217 code, such as CNY");
    }
    fits.then_some(text)
}

fn identifiers(at: At<'_>) -> (bool, Vec<Scheme>) {
    let (mut uscc, mut schemes) = (false, Vec::<Scheme>::new());
    for at in at.list("identifiers") {
        if !at.is_map() {
            uscc |= at.word("identifier", &[("uscc", ())]).is_some();
        } else if let Some(scheme) = scheme(at) {
            if schemes.iter().any(|other| other.name == scheme.name) {
                at.error(format!("identifier `{}` is declared twice", scheme.name), "remove one of them");
            }
            schemes.push(scheme);
        }
    }
    (uscc, schemes)
}

fn scheme(at: At<'_>) -> Option<Scheme> {
    let map = at.map("an identifier", &["scheme", "pattern", "zh", "en"])?;
    let (name_at, pattern_at) = (map.need("scheme"), map.need("pattern"));
    let (name, pattern) = (name_at?.text()?, pattern_at?.text()?);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name == "uscc" || name.len() > SCHEME_CHARS_MAX || !name.chars().all(plain) {
        name_at?.error(
            format!("`{name}` cannot be the name of an identifier"),
            format!("use at most {SCHEME_CHARS_MAX} of a-z, 0-9 and _; `uscc` is built in"),
        );
        return None;
    }
    match regex_lite::Regex::new(&format!("^(?:{pattern})$")) {
        Ok(form) => Some(Scheme { name: name.to_owned(), pattern: pattern.to_owned(), form }),
        Err(error) => {
            pattern_at?.error(format!("`{pattern}` is not a regular expression: {error}"), "");
            None
        }
    }
}

fn capacities(at: At<'_>) -> Vec<Capacity> {
    let mut list = Vec::<Capacity>::new();
    let declared = if at.is_map() {
        declarations(at, "capacities").into_iter().map(|(code, key, value)| (key, code, Some(value))).collect()
    } else {
        at.each().into_iter().filter_map(|at| Some((at, at.text()?, None))).collect::<Vec<_>>()
    };
    for (at, code, value) in declared {
        if list.iter().any(|other| other.code == code) {
            at.error(format!("capacity `{code}` is declared twice"), "remove one of them");
        }
        let words = match value {
            Some(value) if value.scalar().is_some() => {
                Words { zh: value.scalar().unwrap_or_default().to_owned(), en: None }
            }
            Some(value) => value.map("a capacity", &["zh", "en"]).map(|map| words(map, code)).unwrap_or_default(),
            None => Words { zh: code.to_owned(), en: None },
        };
        list.push(Capacity { code: code.to_owned(), words });
    }
    list.sort_by(|a, b| a.code.cmp(&b.code));
    list
}

fn authorities(at: At<'_>, names: &Names<'_>) -> Table<Authority> {
    let mut table = Table::default();
    let mut sources = BTreeMap::<String, String>::new();
    for (code, key, value) in declarations(at, "authorities") {
        let row = authority(code, value, names);
        if let Some(other) = row.as_ref().and_then(|row| sources.insert(row.source.clone(), code.to_owned())) {
            let source = row.as_ref().map_or("", |row| row.source.as_str());
            key.error(
                format!("authority `{code}` has the source `{source}` of `{other}`"),
                "give each a source of its own",
            );
        }
        table.declare(code, key, row);
    }
    table
}

fn authority(code: &str, at: At<'_>, names: &Names<'_>) -> Option<Authority> {
    let map = at.map("an authority", &["zh", "en", "source", "may", "answer_within"])?;
    let source = map.need("source")?.text()?.to_owned();
    let mut row = Authority {
        code: code.to_owned(),
        words: words(map, code),
        source_symbol: names.intern(&source),
        source,
        answer_within: map.get("answer_within").and_then(At::answer_within),
        may_suspend: false,
        may_link: false,
        may_merge: false,
    };
    for at in map.get("may").map(At::each).unwrap_or_default() {
        match at.word("permission", &[("suspend", 0), ("link", 1), ("merge", 2)]) {
            Some(0) => row.may_suspend = true,
            Some(1) => row.may_link = true,
            Some(_) => row.may_merge = true,
            None => {}
        }
    }
    Some(row)
}

fn withdrawals(at: At<'_>) -> Vec<(Withdrawal, crate::pack::Place)> {
    let read = |at: At<'_>| {
        let map = at.map("a withdrawal", &["rule", "reason"])?;
        let (rule, reason) = (map.need("rule"), map.need("reason"));
        let withdrawal = Withdrawal { rule: rule?.text()?.to_owned(), reason: reason?.text()?.to_owned() };
        Some((withdrawal, at.place()))
    };
    at.list("withdrawals").into_iter().filter_map(read).collect()
}
