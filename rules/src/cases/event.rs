//! Reads events of a case in their short form.

use super::act::{CaseAct, CaseEvent, CaseValue};
use super::{optional, profile, text};
use crate::load::NAMED_DATES;
use crate::yaml::{At, Map};
use heng_model::Day;

const RECORD_KEYS: [&str; 4] = ["item", "document_no", "capacity", "fields"];

/// First keys of events, and what else they may say.
const ACTS: [(&str, &[&str]); 17] = [
    ("correct", &["version", "fields", "reason"]),
    ("retract", &["on", "reason"]),
    ("repair", &["on", "record_source", "document_no"]),
    ("restore", &["on", "record_source", "document_no"]),
    ("objection", &["record", "record_source", "on", "reason"]),
    ("resolve", &["record", "on", "outcome", "reason"]),
    ("suspend", &[]),
    ("resume", &[]),
    ("register", &[]),
    ("change", &[]),
    ("deregister", &[]),
    ("link", &[]),
    ("unlink", &[]),
    ("merge", &["on"]),
    ("confirm", &["record", "on", "officer", "reason"]),
    ("decline", &["record", "on", "officer", "reason"]),
    // Last: objections, answers and the like name a record too.
    ("record", &RECORD_KEYS),
];

pub(super) fn read(at: At<'_>) -> Option<CaseEvent> {
    let Some((word, more)) = ACTS.iter().find(|(word, _)| at.peek(word).is_some()) else {
        let words: Vec<&str> = ACTS.iter().map(|(word, _)| *word).collect();
        at.error(
            format!("an event needs to say what happens, found {}", at.found()),
            format!("one of {}", words.join(", ")),
        );
        return None;
    };
    let dated = matches!(*word, "record" | "correct");
    // Only what states fields can be refused for one.
    let stating: &[&str] = if dated { &["refused"] } else { &[] };
    let dates: &[&str] = if dated { &NAMED_DATES } else { &[] };
    let keys = [&[*word, "known", "source", "subject"], *more, dates, stating].concat();
    let map = at.map("an event", &keys)?;
    let act = act(word, map)?;
    let own = own_day(&act).or_else(|| map.get("on").and_then(At::day));
    Some(CaseEvent {
        act,
        known: optional(map, "known", At::day)?.or(own),
        source: optional(map, "source", text)?,
        subject: optional(map, "subject", text)?,
        refused: optional(map, "refused", text)?,
        place: at.place(),
    })
}

fn act(word: &str, map: Map<'_>) -> Option<CaseAct> {
    let named = |key: &str| map.need(key).and_then(text);
    let maybe = |key: &str| optional(map, key, text);
    let on = || optional(map, "on", At::day);
    let day = || map.need(word).and_then(At::day);
    let record = || named(word);
    Some(match word {
        "record" => CaseAct::Record {
            record: record()?,
            item: named("item")?,
            dates: dates(map)?,
            document_no: maybe("document_no")?,
            capacity: maybe("capacity")?,
            fields: fields(map)?,
        },
        "correct" => CaseAct::Correct {
            record: record()?,
            version: optional(map, "version", |at| at.parse("a whole number"))?,
            dates: dates(map)?,
            fields: fields(map)?,
        },
        "retract" => CaseAct::Retract { record: record()? },
        "repair" => CaseAct::Repair { record: record()?, record_source: maybe("record_source")?, on: on()? },
        "restore" => CaseAct::Restore { record: record()?, record_source: maybe("record_source")?, on: on()? },
        "objection" => CaseAct::Objection {
            objection: record()?,
            record: named("record")?,
            record_source: maybe("record_source")?,
            on: on()?,
        },
        "resolve" => {
            let answers = [("upheld", true), ("rejected", false)];
            let upheld = map.need("outcome").and_then(|at| at.word("outcome of an objection", &answers));
            CaseAct::Resolve { objection: record()?, record: maybe("record")?, on: on()?, upheld: upheld? }
        }
        "resume" => CaseAct::Resume { on: day()? },
        "deregister" => CaseAct::Deregister { on: day()? },
        "merge" => CaseAct::Merge { into: record()? },
        "confirm" => CaseAct::Confirm { rule: record()?, record: maybe("record")?, on: on()? },
        "decline" => CaseAct::Decline { rule: record()?, record: maybe("record")?, on: on()? },
        _ => return nested(word, map.need(word)?),
    })
}

/// Acts whose particulars stand in a mapping of their own.
fn nested(word: &str, at: At<'_>) -> Option<CaseAct> {
    if matches!(word, "register" | "change") {
        let profile = profile(at, &["on"])?;
        let on = at.peek("on").map(At::day);
        let on = if let Some(on) = on { Some(on?) } else { None };
        return Some(if word == "register" {
            CaseAct::Register { on, profile }
        } else {
            CaseAct::Change { on, profile }
        });
    }
    if word == "suspend" {
        let map = at.map("`suspend`", &["from", "through", "reason", "document_no"])?;
        let (from, through) = (map.need("from").and_then(At::day), optional(map, "through", At::day));
        return Some(CaseAct::Suspend { from: from?, through: through? });
    }
    let map = at.map("a link", &["role", "to", "on"])?;
    let (role, to) = (map.need("role").and_then(text), map.need("to").and_then(text));
    let on = optional(map, "on", At::day)?;
    let (role, to) = (role?, to?);
    Some(if word == "link" { CaseAct::Link { role, to, on } } else { CaseAct::Unlink { role, to, on } })
}

fn dates(map: Map<'_>) -> Option<Vec<(String, Day)>> {
    let date = |name: &&str| map.get(name).map(|at| Some(((*name).to_owned(), at.day()?)));
    NAMED_DATES.iter().filter_map(date).collect()
}

fn fields(map: Map<'_>) -> Option<Vec<(String, CaseValue)>> {
    let entries = map.get("fields").map(|at| at.entries("fields")).unwrap_or_default();
    entries.into_iter().map(|(key, at)| Some((text(key)?, value(at)?))).collect()
}

fn value(at: At<'_>) -> Option<CaseValue> {
    if at.is_list() {
        return at.each().into_iter().map(value).collect::<Option<_>>().map(CaseValue::List);
    }
    if at.is_null() {
        return Some(CaseValue::Null);
    }
    if at.is_float() {
        at.error(format!("{} is a float, and no float exists", at.found()), "write exact numbers in quotes: \"0.10\"");
        return None;
    }
    if let Some(flag) = at.as_flag() {
        return Some(CaseValue::Bool(flag));
    }
    let Some(text) = at.scalar() else {
        at.error(format!("expected a value, found {}", at.found()), "");
        return None;
    };
    match text.parse() {
        Ok(number) if at.is_plain() => Some(CaseValue::Int(number)),
        _ => Some(CaseValue::Text(text.to_owned())),
    }
}

/// The date an event bears itself.
fn own_day(act: &CaseAct) -> Option<Day> {
    match act {
        CaseAct::Record { dates, .. } | CaseAct::Correct { dates, .. } => {
            dates.iter().find(|(name, _)| name == "decided_on").map(|(_, day)| *day)
        }
        CaseAct::Suspend { from, .. } => Some(*from),
        CaseAct::Resume { on } | CaseAct::Deregister { on } => Some(*on),
        CaseAct::Register { on, profile } => on.or(profile.registered_on),
        CaseAct::Repair { on, .. }
        | CaseAct::Restore { on, .. }
        | CaseAct::Objection { on, .. }
        | CaseAct::Resolve { on, .. }
        | CaseAct::Change { on, .. }
        | CaseAct::Link { on, .. }
        | CaseAct::Unlink { on, .. }
        | CaseAct::Confirm { on, .. }
        | CaseAct::Decline { on, .. } => *on,
        CaseAct::Retract { .. } | CaseAct::Merge { .. } => None,
    }
}
