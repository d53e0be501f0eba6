//! A record as it stands at the end of the log: fields after corrections, the standing repair, pauses.
//!
//! # Invariants
//!
//! Each question goes through all events about the record again; events that came before the record count as well.

use super::log::Known;
use super::value::Value;
use heng_model::{Day, Symbol, Symbols};
use heng_rules::{AuthorityIdx, Item, ItemIdx, Pack};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A record as it stands.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) source: String,
    pub(super) id: String,
    /// Position of `credit.recorded`.
    pub(super) position: usize,
    pub(super) item: ItemIdx,
    pub(super) fields: BTreeMap<Symbol, Value>,
    /// Effect day; none while the field that `from:` names is empty.
    pub(super) x: Option<Day>,
    pub(super) retracted: bool,
    /// Day of the standing repair.
    pub(super) repair: Option<Day>,
    /// Paused days, first and last.
    pub(super) pauses: Vec<(Day, Day)>,
}

impl Record {
    pub(super) fn field(&self, name: Symbol) -> Value {
        self.fields.get(&name).cloned().unwrap_or(Value::Empty)
    }

    pub(super) fn day_in(&self, name: Symbol) -> Option<Day> {
        match self.field(name) {
            Value::Day(day) => Some(day),
            _ => None,
        }
    }

    pub(super) fn paused_on(&self, day: Day) -> bool {
        self.pauses.iter().any(|(first, last)| *first <= day && day <= *last)
    }

    pub(super) fn repaired_by(&self, day: Day) -> bool {
        self.repair.is_some_and(|repair| repair <= day)
    }
}

/// The record that an accepted `credit.recorded` opens; `about` are all events of its subject.
pub(super) fn build(recorded: &Known, item: ItemIdx, pack: &Pack, symbols: &Symbols, all: &[&Known]) -> Option<Record> {
    let declared = pack.items.get(item.at())?;
    let key = recorded.record()?;
    let about: Vec<&Known> = all.iter().copied().filter(|event| event.record() == Some(key)).collect();
    let by = |allowed: &[AuthorityIdx], event: &Known| is_of(pack, allowed, &event.source);
    let repairs = about.iter().copied().filter(|event| by(&declared.repair_by, event)).collect::<Vec<_>>();
    let (repair, mut pauses) = standing_repair(&repairs);
    let fields = fields(recorded, declared, symbols, &about);
    let effect = match declared.from {
        Some(name) => fields.get(&name).cloned(),
        None => Some(named_date(recorded, &about, "decided_on")),
    };
    pauses.extend(objection_pauses(declared, pack, all, &about, recorded));
    Some(Record {
        source: key.0.to_owned(),
        id: key.1.to_owned(),
        position: recorded.position,
        item,
        x: if let Some(Value::Day(day)) = effect { Some(day) } else { None },
        fields,
        retracted: own(&about, key.0).any(|event| event.ty == "credit.retracted"),
        repair,
        pauses,
    })
}

pub(super) fn is_of(pack: &Pack, allowed: &[AuthorityIdx], source: &str) -> bool {
    allowed.iter().any(|one| pack.authorities.get(one.at()).is_some_and(|authority| authority.source == source))
}

/// Events of the record's own source: only it corrects and retracts.
fn own<'k>(about: &[&'k Known], source: &str) -> impl Iterator<Item = &'k Known> {
    about.iter().copied().filter(move |event| event.source == source)
}

const NAMED_DATES: [&str; 5] = ["occurred_on", "decided_on", "served_on", "published_on", "effective_on"];

fn fields(recorded: &Known, item: &Item, symbols: &Symbols, about: &[&Known]) -> BTreeMap<Symbol, Value> {
    let mut values = BTreeMap::new();
    for name in NAMED_DATES {
        let Some(symbol) = symbols.get(name) else { continue };
        values.insert(symbol, named_date(recorded, about, name));
    }
    for field in &item.fields {
        let stated = recorded.data.get("fields").and_then(|fields| fields.get(&field.name));
        let corrected = corrected(about, &recorded.source, |event| event.data.get("fields")?.get(&field.name));
        let value = corrected.or(stated).map_or(Value::Empty, |json| Value::of_json(json, &field.ty));
        values.insert(field.symbol, value);
    }
    values
}

/// Of the named dates only `decided_on` can be corrected.
fn named_date(recorded: &Known, about: &[&Known], name: &str) -> Value {
    let corrected = corrected(about, &recorded.source, |event| event.data.get(name).filter(|_| name == "decided_on"));
    let day = match corrected {
        Some(json) => json.as_str().and_then(|text| text.parse().ok()),
        None => recorded.date(name),
    };
    day.map_or(Value::Empty, Value::Day)
}

/// What the correction with the highest version, then the latest position, says of a field that it names.
fn corrected<'k>(about: &[&'k Known], source: &str, field: impl Fn(&'k Known) -> Option<&'k Json>) -> Option<&'k Json> {
    let version = |event: &Known| event.data.get("version").and_then(Json::as_i64);
    own(about, source)
        .filter(|event| event.ty == "credit.corrected")
        .filter_map(|event| Some(((version(event), event.position), field(event)?)))
        .max_by_key(|(rank, _)| *rank)
        .map(|(_, json)| json)
}

/// The latest repair that no `credit.restored` undid, and the days that the undone ones leave paused.
fn standing_repair(repairs: &[&Known]) -> (Option<Day>, Vec<(Day, Day)>) {
    let mut standing = Vec::new();
    let mut waiting: Vec<Day> = Vec::new();
    let mut pauses = Vec::new();
    for event in repairs {
        match event.ty.as_str() {
            "credit.repaired" if waiting.is_empty() => standing.push(event.on()),
            "credit.repaired" => pauses.push((event.on(), waiting.remove(0).previous())),
            "credit.restored" => match standing.pop() {
                Some(repaired) => pauses.push((repaired, event.on().previous())),
                None => waiting.push(event.on()),
            },
            _ => {}
        }
    }
    (standing.pop(), pauses)
}

/// Days of objections; a resolution may name the objection only, so it is looked for among `all` events.
fn objection_pauses(item: &Item, pack: &Pack, all: &[&Known], about: &[&Known], recorded: &Known) -> Vec<(Day, Day)> {
    let mut pauses = Vec::new();
    for filed in about.iter().filter(|event| event.ty == "objection.filed") {
        if !is_of(pack, &item.objection_by, &filed.source) {
            continue;
        }
        let resolved = all.iter().find(|event| {
            event.ty == "objection.resolved"
                && event.text("objection") == filed.text("objection")
                && is_of(pack, &item.objection_by, &event.source)
        });
        if item.suspend_on_objection {
            pauses.push((filed.on(), resolved.map_or(Day::FOREVER, |event| event.on().previous())));
        }
        let Some(resolved) = resolved.filter(|event| event.text("outcome") == Some("upheld")) else { continue };
        let answer = own(about, &recorded.source).find(|event| {
            event.position > resolved.position && matches!(event.ty.as_str(), "credit.corrected" | "credit.retracted")
        });
        pauses.push((resolved.on(), answer.map_or(Day::FOREVER, |event| event.day.previous())));
    }
    pauses
}
