//! Events as JSON lines.

use super::data::data;
use super::json::Json;
use crate::instant::format_instant;
use heng_core::{Body, Event};
use serde_json::{Map, Value};

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
    value(Json::Object(data(body)))
}

fn value(tree: Json<'_>) -> Value {
    match tree {
        Json::Null => Value::Null,
        Json::Bool(flag) => flag.into(),
        Json::Int(number) => number.into(),
        Json::Inexact(number) => number.parse().map_or(Value::Null, Value::Number),
        Json::Text(text) => text.into(),
        Json::List(items) => items.into_iter().map(value).collect(),
        Json::Object(entries) => entries.into_iter().map(|(key, it)| (key.into_owned(), value(it))).collect(),
    }
}
