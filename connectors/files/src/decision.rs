//! Decision events as the JSON of the contract.

use crate::instant::format_instant;
use heng_core::{Bilingual, DecisionEvent};
use heng_model::{Day, DaySet, DecisionId};
use serde_json::{Map, Value, json};

/// A decision event in its `CloudEvents` envelope, keys in the order of the contract.
///
/// What a decision need not have (`void`, `proposal`, `replaces`, `also`, `ground_decisions`) is left out where there
/// is none; an open end, an unknown region or document number is null.
#[must_use]
pub fn decision_json(event: &DecisionEvent) -> Value {
    let pack = event.pack.split_once('@').map_or(event.pack.as_str(), |(name, _)| name);
    json!({
        "specversion": "1.0",
        "id": format!("{}/{}", event.decision, event.revision),
        "source": format!("/heng/{pack}"),
        "type": format!("decision.{}", event.kind.word()),
        "subject": event.subject.to_string(),
        "time": format_instant(event.known_ms),
        "datacontenttype": "application/json",
        "data": data(event),
    })
}

fn data(event: &DecisionEvent) -> Value {
    let hull = event.in_force.hull();
    let mut data = match json!({
        "decision": event.decision.to_string(),
        "revision": event.revision,
        "partition": event.position.partition,
        "seq": event.seq,
        "position": event.position.to_string(),
        "cause": event.cause,
        "rule": event.rule,
        "pack": event.pack,
        "pack_sha256": hex(&event.pack_sha256),
        "fold": event.fold,
        "outcome": event.outcome,
        "kind": event.effect,
        "measures": event.measures,
        "authorities": event.authorities,
        "region": event.region,
        "from": hull.and_then(|hull| day(hull.first)),
        "through": hull.and_then(|hull| day(hull.last)),
        "in_force": days(&event.in_force),
    }) {
        Value::Object(data) => data,
        _ => Map::new(),
    };
    if event.void {
        data.insert("void".to_owned(), true.into());
    }
    if let Some(proposal) = &event.proposal {
        let proposal = json!({"measures": proposal.measures, "in_force": days(&proposal.days)});
        data.insert("proposal".to_owned(), proposal);
    }
    reasons(event, &mut data);
    Value::Object(data)
}

fn reasons(event: &DecisionEvent, data: &mut Map<String, Value>) {
    let grounds = event
        .grounds
        .iter()
        .map(|ground| json!({"source": ground.source, "record": ground.record, "document_no": ground.document_no}));
    data.insert("grounds".to_owned(), grounds.collect());
    insert_ids(data, "ground_decisions", &event.ground_decisions);
    data.insert("basis".to_owned(), event.basis.iter().map(String::as_str).collect());
    let facts = event.facts.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    data.insert("facts".to_owned(), facts.collect());
    let Bilingual { zh, en } = &event.explanation;
    data.insert("explanation".to_owned(), json!({"zh": zh, "en": en}));
    let (objection, repair) = (&event.remedy_objection, &event.remedy_repair);
    let remedy = json!({
        "objection": objection.zh,
        "repair": repair.zh,
        "objection_en": objection.en,
        "repair_en": repair.en,
    });
    data.insert("remedy".to_owned(), remedy);
    insert_ids(data, "replaces", &event.replaces);
    insert_ids(data, "also", &event.also);
}

fn insert_ids(data: &mut Map<String, Value>, key: &str, ids: &[DecisionId]) {
    if !ids.is_empty() {
        data.insert(key.to_owned(), ids.iter().map(DecisionId::to_string).collect());
    }
}

fn days(days: &DaySet) -> Value {
    days.spans().iter().map(|span| json!([day(span.first), day(span.last)])).collect()
}

/// An end that is open, on either side, has no date.
fn day(day: Day) -> Option<String> {
    (!day.is_forever() && day != Day::DAWN).then(|| day.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[path = "decision_tests.rs"]
mod tests;
