//! What the dashboard and the runbook's alarms ask for is told by an engine.

use crate::broker::shared;
use crate::place::Place;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of metrics in a text.
fn metrics(text: &str) -> BTreeSet<String> {
    let is_of_name = |byte: char| byte.is_ascii_lowercase() || byte == '_';
    let mut names = BTreeSet::new();
    for (at, _) in text.match_indices("heng_") {
        if !text[..at].ends_with(is_of_name) {
            let name: String = text[at..].chars().take_while(|it| is_of_name(*it)).collect();
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|ending| name.strip_suffix(ending));
            names.insert(base.map_or(name.clone(), str::to_owned));
        }
    }
    names
}

fn collect(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            found.extend(fields.get("expr").and_then(|it| it.as_str()).map(metrics).into_iter().flatten());
            fields.values().for_each(|it| collect(it, found));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|it| collect(it, found)),
        _ => {}
    }
}

#[test]
fn everything_that_is_watched_is_told() {
    let Some(broker) = shared() else { return };
    let checkpoints = tempfile::tempdir().expect("a folder");
    let more = format!("shared_log = true\n[checkpoints]\nshared = {:?}\n", checkpoints.path());
    let place = Place::with(broker, "alarms", &more);
    place.heng(&["topics", "create"]).expect(0);
    let served = place.serve();
    let text = served.get("/metrics");
    let told: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| fs::read_to_string(repository.join(path)).expect("a file");
    let mut asked = BTreeSet::new();
    collect(&serde_json::from_str(&read("ops/deploy/grafana/heng.json")).expect("JSON"), &mut asked);
    assert!(asked.len() > 40, "{asked:?}");
    let runbook = read("ops/docs/runbook.md");
    let alarms = runbook.split("```promql\n").skip(1).filter_map(|rest| rest.split("```").next());
    asked.extend(alarms.flat_map(metrics));
    let missing: Vec<&String> = asked.iter().filter(|name| !told.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?} are asked for, and {told:?} told");
    served.stop();
}
