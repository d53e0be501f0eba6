//! Benchmarks that need no broker run to their end, as small as possible; what they find means nothing.
#![allow(clippy::unwrap_used, reason = "a test")]

use serde_json::Value;
use std::process::Command;

#[test]
fn each_runs_and_tells_figures() {
    let done = Command::new(env!("CARGO_BIN_EXE_heng-bench")).args(["all", "--smoke", "--json"]).output().unwrap();
    let (told, said) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{told}{said}");
    let tables: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let has_figures = |table: &&Value| {
        table.get("rows").and_then(Value::as_array).is_some_and(|rows| !rows.is_empty())
            || table.get("figures").and_then(Value::as_object).is_some_and(|figures| !figures.is_empty())
    };
    let without: Vec<&Value> = tables.iter().filter(|table| !has_figures(table)).collect();
    assert!(tables.len() >= 16 && without.is_empty(), "{told}");
}
