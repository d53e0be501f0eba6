//! Events as JSON lines.

use crate::instant::format_instant;
use heng_core::{Body, Corrected, Event, FieldValue, Profile, Recorded};
use heng_model::Day;
use serde_json::{Map, Value, json};

/// An event in its envelope; what it does not state is left out. `parse_line` gives the same event back.
#[must_use]
pub fn event_json(event: &Event<'_>, time_ms: Option<i64>) -> Value {
    let mut envelope = Map::new();
    let mut put = |key: &str, value: Value| envelope.insert(key.to_owned(), value);
    put("specversion", "1.0".into());
    put("id", event.id.into());
    put("source", event.source.into());
    put("type", event.body.type_name().into());
    put("subject", event.subject.to_string().into());
    if let Some(ms) = time_ms {
        put("time", format_instant(ms).into());
    }
    put("datacontenttype", "application/json".into());
    put("data", data_json(&event.body));
    Value::Object(envelope)
}

/// The `data` of an event; what it does not state is left out.
#[must_use]
pub fn data_json(body: &Body<'_>) -> Value {
    match body {
        Body::Recorded(recorded) => write_recorded(recorded),
        Body::Corrected(corrected) => write_corrected(corrected),
        Body::Retracted { record, reason } => stated([("record", json!(record)), ("reason", json!(reason))]),
        Body::Repaired { record, record_source, on, document_no }
        | Body::Restored { record, record_source, on, document_no } => stated([
            ("record", json!(record)),
            ("record_source", json!(record_source)),
            ("on", day(*on)),
            ("document_no", json!(document_no)),
        ]),
        Body::ObjectionFiled { objection, record, record_source, on, reason } => stated([
            ("objection", json!(objection)),
            ("record", json!(record)),
            ("record_source", json!(record_source)),
            ("on", day(*on)),
            ("reason", json!(reason)),
        ]),
        Body::ObjectionResolved { objection, record, on, upheld, reason } => stated([
            ("objection", json!(objection)),
            ("record", json!(record)),
            ("on", day(*on)),
            ("outcome", if *upheld { "upheld" } else { "rejected" }.into()),
            ("reason", json!(reason)),
        ]),
        Body::Suspended { from, through, reason, document_no } => stated([
            ("from", day(Some(*from))),
            ("through", day(*through)),
            ("reason", json!(reason)),
            ("document_no", json!(document_no)),
        ]),
        Body::Resumed { on } | Body::Deregistered { on } => stated([("on", day(*on))]),
        Body::Registered(profile) | Body::Changed(profile) => write_profile(profile),
        Body::Linked { role, to, on } | Body::Unlinked { role, to, on } => {
            stated([("role", json!(role)), ("to", to.to_string().into()), ("on", day(*on))])
        }
        Body::Merged { into } => stated([("into", into.to_string().into())]),
        Body::Responded { decision, authority, applied, on, reason, document_no } => stated([
            ("decision", decision.to_string().into()),
            ("authority", json!(authority)),
            ("answer", if *applied { "applied" } else { "not_applied" }.into()),
            ("on", day(*on)),
            ("reason", json!(reason)),
            ("document_no", json!(document_no)),
        ]),
        Body::Reviewed { decision, confirmed: _, officer, on, reason } => stated([
            ("decision", decision.to_string().into()),
            ("officer", json!(officer)),
            ("on", day(*on)),
            ("reason", json!(reason)),
        ]),
    }
}

fn write_recorded(recorded: &Recorded<'_>) -> Value {
    let head = [
        ("record", json!(recorded.record)),
        ("item", json!(recorded.item)),
        ("decided_on", day(Some(recorded.decided_on))),
    ];
    let dates = recorded.dates.iter().map(|(name, date)| (*name, day(Some(*date))));
    let tail = [
        ("document_no", json!(recorded.document_no)),
        ("capacity", json!(recorded.capacity)),
        ("fields", fields(&recorded.fields)),
    ];
    stated(head.into_iter().chain(dates).chain(tail))
}

fn write_corrected(corrected: &Corrected<'_>) -> Value {
    let head = [
        ("record", json!(corrected.record)),
        ("version", json!(corrected.version)),
        ("decided_on", day(corrected.decided_on)),
        ("fields", fields(&corrected.fields)),
        ("reason", json!(corrected.reason)),
    ];
    let Value::Object(mut data) = stated(head) else { return Value::Null };
    // Here null speaks: it empties the date.
    data.extend(corrected.dates.iter().map(|(name, date)| ((*name).to_owned(), day(*date))));
    Value::Object(data)
}

fn write_profile(profile: &Profile<'_>) -> Value {
    let aliases = profile.aliases.iter().map(|(scheme, code)| json!({"scheme": scheme, "code": code}));
    let aliases: Vec<Value> = aliases.collect();
    stated([
        ("on", day(profile.on)),
        ("kind", json!(profile.kind.map(heng_model::SubjectKind::word))),
        ("name", json!(profile.name)),
        ("region", json!(profile.region)),
        ("industry", json!(profile.industry)),
        ("registered_on", day(profile.registered_on)),
        ("aliases", if aliases.is_empty() { Value::Null } else { aliases.into() }),
    ])
}

fn stated<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    let stated = entries.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(stated.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn day(day: Option<Day>) -> Value {
    day.map_or(Value::Null, |day| day.to_string().into())
}

fn fields(fields: &[(&str, FieldValue<'_>)]) -> Value {
    if fields.is_empty() {
        return Value::Null;
    }
    Value::Object(fields.iter().map(|(name, value)| ((*name).to_owned(), field(value))).collect())
}

fn field(value: &FieldValue<'_>) -> Value {
    match value {
        FieldValue::Null => Value::Null,
        FieldValue::Text(text) => (*text).into(),
        FieldValue::Int(number) => (*number).into(),
        FieldValue::Bool(flag) => (*flag).into(),
        FieldValue::List(items) => items.iter().map(field).collect(),
    }
}
