//! The oracle against cases worked out by hand, one for each sentence where that can be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod conditions;
mod facts;
mod outcomes;
mod pauses;
mod records;
mod terms;

use super::{Decision, Key, Oracle};
use heng_model::{Day, Span, SubjectId, Symbols};
use heng_rules::{Pack, PackFiles};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// A sentence and what it means.
pub(super) struct Case {
    /// The sentence, or its point.
    pub(super) says: &'static str,
    /// Facts, as YAML lines of a mapping.
    pub(super) facts: &'static str,
    /// Rules: `id: {…}`, without title and basis; the outcome is `list: id` unless given.
    pub(super) rules: &'static str,
    /// Events: `[SUBJECT:] verb arguments`, one a line; see [`event`].
    pub(super) events: &'static str,
    /// Days in force: `[SUBJECT:] rule key: first..last, …`; after `|` the days without pauses, where they differ.
    pub(super) expect: &'static str,
}

pub(super) const NAMES: [(&str, &str); 3] =
    [("A", "91420100MA49XK7P6T"), ("B", "914205007356789044"), ("C", "92420600MA4CD2RT09")];

const LAST_DAY: &str = "2035-12-31";

const PACK: &str = "\
pack: test
version: \"1\"
zh: 试
time_zone: Asia/Shanghai
region: \"420000\"
authorities:
  a: {zh: 甲, source: /gov/a}
  b: {zh: 乙, source: /gov/b}
  court: {zh: 法院, source: /gov/court, may: [suspend, link, merge]}
";
const LAWS: &str =
    "laws:\n  law: {zh: 法, in_force: {from: 1990-01-01}}\n  young: {zh: 法, in_force: {from: 2023-03-01}}\n";
const MEASURES: &str = "\
measures:
  bar: {kind: sanction, zh: 禁, authorities: [a], basis: [law#1]}
  look: {kind: sanction, zh: 看, authorities: [a], subjects: [enterprise], basis: [law#1]}
  fast: {kind: incentive, zh: 快, authorities: [a], basis: [law#1]}
";
const MATTERS: &str = "matters:\n  bid: {zh: 投标, authority: a, effects: {bar: bar, look: caution, fast: favour}}\n";
const KINDS: &str = "[enterprise, individual_business, institution]";
const FIELDS: &str = "{amount: money, number: int, flag: bool, begins: date, ends: date, year: year, tags: list<string>, \
    nature: {type: enum, values: [a, b, c]}, grade: {type: enum, values: [A, B, C, D]}}";
/// Items that differ in one clause each.
const ITEMS: [(&str, &str); 5] =
    [("i", ""), ("k", ""), ("v", ", valid: P1Y"), ("o", ", on_objection: suspend"), ("n", ", from: begins")];

pub(super) fn pack(facts: &str, rules: &str) -> (Pack, Symbols) {
    let mut sector = "sector: s\nzh: 域\ngrades: {g: [A, B, C, D]}\nitems:\n".to_owned();
    for (code, clause) in ITEMS {
        let _ = writeln!(
            sector,
            "  {code}: {{zh: 项, source: [a, b], repair_by: [a, court], subjects: {KINDS}, category: penalty, \
             disclosure: public, basis: [law#1], fields: {FIELDS}{clause}}}"
        );
    }
    sector.push_str("facts:\n");
    for line in facts.lines().filter(|line| !line.trim().is_empty()) {
        let _ = writeln!(sector, "  {}", line.trim());
    }
    sector.push_str("rules:\n");
    for line in rules.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (id, body) = line.split_once(": {").unwrap();
        let basis = if body.contains("basis:") { "" } else { "basis: [law#1], " };
        let outcome = if body.contains("outcome:") { String::new() } else { format!("outcome: {{list: {id}}}, ") };
        let _ = writeln!(sector, "  - {{id: {id}, zh: 规, {basis}{outcome}{body}");
    }
    let mut files = PackFiles::new();
    let texts = [("pack.yaml", PACK), ("laws.yaml", LAWS), ("measures.yaml", MEASURES), ("matters.yaml", MATTERS)];
    for (path, text) in texts.into_iter().chain([("sectors/s.yaml", sector.as_str())]) {
        files.add(path, text.as_bytes().to_vec()).unwrap();
    }
    let mut symbols = Symbols::default();
    match heng_rules::load(&files, &mut symbols) {
        Ok(loaded) => (loaded.pack, symbols),
        Err(errors) => panic!("{errors:#?}\n{sector}"),
    }
}

/// `known DAY` sets the known day of what follows; the verbs are those of [`parts`].
pub(super) fn events(text: &str) -> Vec<Json> {
    let mut known = "2020-01-01".to_owned();
    let mut list = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(day) = line.strip_prefix("known ") {
            day.clone_into(&mut known);
            continue;
        }
        let (name, line) = line.split_once(": ").unwrap_or(("A", line));
        let words: Vec<&str> = line.split_whitespace().collect();
        let (source, ty, data) = parts(&words);
        list.push(json!({
            "specversion": "1.0", "id": format!("e{}", list.len()), "source": source, "type": ty, "subject": code(name),
            "time": format!("{known}T00:00:00+08:00"), "data": data,
        }));
    }
    list
}

fn parts(words: &[&str]) -> (&'static str, &'static str, Json) {
    let with = |mut data: Json, rest: &[&str]| {
        for (key, value) in rest.iter().map(|pair| pair.split_once('=').unwrap()) {
            let beside = ["served_on", "decided_on", "version", "on", "kind", "region", "registered_on", "industry"];
            let place = if beside.contains(&key) { &mut data } else { &mut data["fields"] };
            place[key] = value_of(key, value);
        }
        data
    };
    match words {
        ["rec", id, item, x, rest @ ..] => (
            "/gov/a",
            "credit.recorded",
            with(json!({"record": id, "item": item, "decided_on": x, "fields": {}}), rest),
        ),
        ["rec-b", id, item, x] => {
            ("/gov/b", "credit.recorded", json!({"record": id, "item": item, "decided_on": x, "fields": {}}))
        }
        ["fix", id, rest @ ..] => ("/gov/a", "credit.corrected", with(json!({"record": id, "fields": {}}), rest)),
        ["fix-b", id, rest @ ..] => ("/gov/b", "credit.corrected", with(json!({"record": id, "fields": {}}), rest)),
        ["retract", id] => ("/gov/a", "credit.retracted", json!({"record": id})),
        ["repair", id, on] => ("/gov/a", "credit.repaired", json!({"record": id, "on": on})),
        ["repair", id] => ("/gov/a", "credit.repaired", json!({"record": id})),
        ["court-repair", id, on] => {
            ("/gov/court", "credit.repaired", json!({"record": id, "record_source": "/gov/a", "on": on}))
        }
        ["b-repair", id, on] => {
            ("/gov/b", "credit.repaired", json!({"record": id, "record_source": "/gov/a", "on": on}))
        }
        ["restore", id, on] => ("/gov/a", "credit.restored", json!({"record": id, "on": on})),
        ["object", id, name, on] => ("/gov/a", "objection.filed", json!({"record": id, "objection": name, "on": on})),
        ["resolve", name, on, outcome] => {
            ("/gov/a", "objection.resolved", json!({"objection": name, "on": on, "outcome": outcome}))
        }
        ["suspend", from] => ("/gov/court", "measures.suspended", json!({"from": from})),
        ["suspend", from, through] => ("/gov/court", "measures.suspended", json!({"from": from, "through": through})),
        ["resume", on] => ("/gov/court", "measures.resumed", json!({"on": on})),
        ["reg", rest @ ..] => ("/gov/a", "subject.registered", with(json!({"name": "某"}), rest)),
        ["dereg", on] => ("/gov/a", "subject.deregistered", json!({"on": on})),
        ["link", role, to, on] => ("/gov/court", "subject.linked", json!({"role": role, "to": code(to), "on": on})),
        ["unlink", role, to, on] => ("/gov/court", "subject.unlinked", json!({"role": role, "to": code(to), "on": on})),
        ["merge", into] => ("/gov/court", "subject.merged", json!({"into": code(into)})),
        _ => panic!("{words:?}"),
    }
}

fn value_of(key: &str, value: &str) -> Json {
    match key {
        _ if value == "null" => Json::Null,
        "number" | "year" | "version" => json!(value.parse::<i64>().unwrap()),
        "flag" => json!(value == "true"),
        "tags" => json!(value.split(',').collect::<Vec<_>>()),
        _ => json!(value),
    }
}

pub(super) fn code(name: &str) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code).unwrap()
}

pub(super) fn subject(name: &str) -> SubjectId {
    code(name).parse().unwrap()
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn runs(runs: &[Span]) -> String {
    let last = |span: &Span| if span.last == day(LAST_DAY) { String::new() } else { span.last.to_string() };
    runs.iter().map(|span| format!("{}..{}", span.first, last(span))).collect::<Vec<_>>().join(", ")
}

fn line(decision: &Decision) -> String {
    let (name, _) = NAMES.iter().find(|(_, code)| *code == decision.subject.to_string()).unwrap();
    let subject = if *name == "A" { String::new() } else { format!("{name}: ") };
    let key = match &decision.key {
        Key::Record { record, source } if source == "/gov/a" => record.clone(),
        Key::Record { record, source } => format!("{source}#{record}"),
        Key::Run(first) => first.to_string(),
    };
    let (in_force, unpaused) = (runs(&decision.in_force.runs()), runs(&decision.unpaused.runs()));
    let without = if in_force == unpaused { String::new() } else { format!(" | {unpaused}") };
    format!("{subject}{} {key}: {in_force}{without}", decision.rule)
}

pub(super) fn judged<R>(facts: &str, rules: &str, text: &str, ask: impl FnOnce(&Oracle<'_>) -> R) -> R {
    let (pack, symbols) = pack(facts, rules);
    ask(&Oracle::judge(&pack, &symbols, &events(text), day(LAST_DAY)))
}

/// Runs a table; every failure is shown.
pub(super) fn run(cases: &[Case]) {
    let mut failures = String::new();
    for case in cases {
        let lines = |text: &str| {
            let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            let mut lines: Vec<String> = text.lines().map(words).filter(|line| !line.is_empty()).collect();
            lines.sort();
            lines.join("\n")
        };
        let found = judged(case.facts, case.rules, case.events, |oracle| {
            oracle.decisions().iter().map(|one| line(one) + "\n").collect::<String>()
        });
        let (found, wanted) = (lines(&found), lines(case.expect));
        if found != wanted {
            let _ = writeln!(failures, "--- {}\nwanted\n{wanted}\nfound\n{found}", case.says);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn the_short_form_of_events_is_what_it_seems() {
    let list = events("rec r1 i 2023-05-10 amount=500 served_on=2023-05-12\nB: fix r1 version=2 amount=null");
    assert_eq!(list[0]["data"]["fields"], json!({"amount": "500"}));
    assert_eq!(list[0]["data"]["served_on"], "2023-05-12");
    assert_eq!(list[1]["data"], json!({"record": "r1", "version": 2, "fields": {"amount": null}}));
    assert_eq!(list[1]["subject"], code("B"));
}
