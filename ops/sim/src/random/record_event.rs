//! Events about records.
//!
//! # Invariants
//!
//! Only the record's own source corrects and retracts it; the sources that the item names repair it and contest it.

use super::history::{Draft, Known};
use super::{AMOUNTS, GRADES, NATURES};
use serde_json::{Map, Value as Json, json};

/// Appends an event about a record, known or promised.
pub(super) fn add(draft: &mut Draft<'_>) {
    let options = draft.options;
    let early = options.early && draft.rng.chance(10);
    if draft.records.is_empty() || draft.rng.chance(40) {
        let at = promise(draft);
        if !early {
            record(draft, at);
        }
        return;
    }
    let at = draft.rng.below(draft.records.len());
    match draft.rng.below(12) {
        0..=3 => record(draft, at),
        4 | 5 if options.corrections => correct(draft, at),
        6 if options.retractions && draft.rng.chance(60) => retract(draft, at),
        7 | 8 if options.repairs => repair(draft, at),
        9 if options.restores && options.repairs => restore(draft, at),
        10 | 11 if options.objections => object(draft, at),
        _ => {}
    }
}

fn promise(draft: &mut Draft<'_>) -> usize {
    let (item, source) = draft.rng.pick(&draft.pack.items);
    let subject = draft.subject();
    let at = draft.records.len();
    // Two sources may well use the same name for different records.
    let record = format!("r{at}");
    draft.records.push(Known { subject, source, record, item, ..Known::default() });
    at
}

fn record(draft: &mut Draft<'_>, at: usize) {
    let again = draft.records.get(at).is_some_and(|known| known.recorded);
    if again && !(draft.options.duplicates && draft.rng.chance(15)) {
        return;
    }
    let mut data = json!({"decided_on": draft.effect_day().to_string(), "document_no": format!("文号{at}")});
    let fields = fields(draft, true);
    let served = draft.rng.chance(60).then(|| draft.effect_day().to_string());
    let Some(known) = draft.records.get_mut(at) else { return };
    known.recorded = true;
    let known = known.clone();
    set(&mut data, "record", json!(known.record));
    set(&mut data, "item", json!(known.item));
    set(&mut data, "fields", Json::Object(fields));
    if let Some(served) = served {
        set(&mut data, "served_on", json!(served));
    }
    draft.push(&known.source, "credit.recorded", known.subject, data);
}

fn set(data: &mut Json, key: &str, value: Json) {
    if let Some(object) = data.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

/// Fields of a record, the required one always; or, for a correction, some of them, some emptied.
fn fields(draft: &mut Draft<'_>, whole: bool) -> Map<String, Json> {
    let mut fields = Map::new();
    let share = if whole { 85 } else { 25 };
    if whole || draft.rng.chance(share) {
        fields.insert("amount".to_owned(), json!(draft.rng.pick(&AMOUNTS)));
    }
    for name in ["share", "number", "flag", "begins", "ends", "year", "tags", "nature", "grade"] {
        if !draft.rng.chance(share) {
            continue;
        }
        let value = match name {
            "share" => json!(draft.rng.pick(&["0.10", "0.1001", "0.5"])),
            "number" => json!(draft.rng.below(4)),
            "flag" => json!(draft.rng.chance(50)),
            "begins" | "ends" => json!(draft.day().to_string()),
            "year" => json!(draft.rng.between(2021, 2024)),
            "tags" => json!(draft.rng.pick(&[vec!["x"], vec!["x", "y"], vec!["y", "z"]])),
            "nature" => json!(draft.rng.pick(&NATURES)),
            _ => json!(draft.rng.pick(&GRADES)),
        };
        let emptied = !whole && draft.rng.chance(25);
        fields.insert(name.to_owned(), if emptied { Json::Null } else { value });
    }
    fields
}

fn correct(draft: &mut Draft<'_>, at: usize) {
    let mut data = json!({"reason": "更正", "fields": fields(draft, false)});
    if draft.rng.chance(30) {
        set(&mut data, "version", json!(draft.rng.between(1, 3)));
    }
    if draft.rng.chance(40) {
        set(&mut data, "decided_on", json!(draft.effect_day().to_string()));
    }
    about(draft, at, "credit.corrected", data);
}

fn retract(draft: &mut Draft<'_>, at: usize) {
    if let Some(known) = draft.records.get_mut(at).filter(|known| !known.retracted) {
        known.retracted = true;
        about(draft, at, "credit.retracted", json!({"reason": "撤销"}));
    }
}

fn repair(draft: &mut Draft<'_>, at: usize) {
    let data = if draft.rng.chance(85) { json!({"on": draft.day().to_string()}) } else { json!({}) };
    about(draft, at, "credit.repaired", data);
}

fn restore(draft: &mut Draft<'_>, at: usize) {
    let data = json!({"on": draft.day().to_string()});
    about(draft, at, "credit.restored", data);
}

fn object(draft: &mut Draft<'_>, at: usize) {
    let on = draft.day().to_string();
    let standing = draft.records.get(at).and_then(|known| known.objection.clone());
    let next = format!("o{}", draft.events.len());
    let (ty, data, left) = match standing {
        None => ("objection.filed", json!({"objection": next, "on": on, "reason": "异议"}), Some(next)),
        Some(objection) => {
            let outcome = draft.rng.pick(&["upheld", "rejected"]);
            let data = json!({"objection": objection, "on": on, "outcome": outcome, "reason": "核查"});
            ("objection.resolved", data, None)
        }
    };
    if let Some(known) = draft.records.get_mut(at) {
        known.objection = left;
    }
    about(draft, at, ty, data);
}

fn about(draft: &mut Draft<'_>, at: usize, ty: &str, mut data: Json) {
    let Some(known) = draft.records.get(at).cloned() else { return };
    set(&mut data, "record", json!(known.record));
    draft.push(&known.source, ty, known.subject, data);
}
