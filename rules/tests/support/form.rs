//! What the JSON Schema says of a file of a pack.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "support of several test programs"
)]

use heng_rules::SCHEMA;
use jsonschema::Validator;
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A validator for each kind of file.
pub(crate) struct Forms(BTreeMap<&'static str, Validator>);

impl Forms {
    pub(crate) fn new() -> Self {
        let schema: Value = serde_json::from_str(SCHEMA).unwrap();
        let validator = |kind: &str| {
            let mut schema = schema.clone();
            let root = schema.as_object_mut().unwrap();
            root.insert("allOf".to_owned(), json!([{"$ref": format!("#/definitions/{kind}")}]));
            jsonschema::validator_for(&schema).unwrap()
        };
        Self(heng_rules::SCHEMA_KINDS.map(|kind| (kind, validator(kind))).into())
    }

    /// What is wrong with the form of a file; a file that is not YAML has no form.
    pub(crate) fn errors(&self, path: &str, text: &str) -> Vec<String> {
        let Some(value) = read(text) else { return vec!["not YAML".to_owned()] };
        let errors = self.0[kind(path)].iter_errors(&value);
        errors.map(|error| format!("{path}{}: {error}", error.instance_path())).collect()
    }
}

/// Which definition describes a file.
pub(crate) fn kind(path: &str) -> &str {
    match path.split_once('/') {
        Some(("sectors", _)) => "sector",
        Some((folder, _)) => folder,
        None => path.strip_suffix(".yaml").unwrap(),
    }
}

enum Open {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

/// YAML 1.2 as JSON, as an editor reads it.
fn read(text: &str) -> Option<Value> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = Value::Null;
    for event in Parser::new_from_str(text) {
        let value = match event.ok()?.0 {
            Event::Scalar(text, style, ..) => scalar(&text, style == ScalarStyle::Plain),
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop()? {
                Open::List(list) => Value::Array(list),
                Open::Map(map, _) => Value::Object(map),
            },
            _ => continue,
        };
        match open.last_mut() {
            None => root = value,
            Some(Open::List(list)) => list.push(value),
            Some(Open::Map(map, key)) => match key.take() {
                Some(key) => drop(map.insert(key, value)),
                None => *key = Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
            },
        }
    }
    Some(root)
}

fn scalar(text: &str, is_plain: bool) -> Value {
    match text {
        _ if !is_plain => json!(text),
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => json!(true),
        "false" | "False" | "FALSE" => json!(false),
        _ => match (text.parse::<i64>(), text.parse::<serde_json::Number>()) {
            (Ok(number), _) => json!(number),
            (_, Ok(number)) => Value::Number(number),
            _ => json!(text),
        },
    }
}
