//! The case files: conditions with what holds of them, and texts that are refused with message and hint.

use crate::support::World;
use heng_rules::condition::{CONDITION_CHARS_MAX, ConditionError};
use std::fmt::Write;

#[test]
fn conditions_hold_where_the_cases_say() {
    let mut world = World::new();
    let (mut condition, mut cases) = (None, 0);
    for line in include_str!("../data/cel/evaluated.txt").lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(case) = line.strip_prefix("  ") else {
            condition = Some(world.compile(line).unwrap_or_else(|errors| panic!("{line}: {errors:?}")));
            continue;
        };
        let (bindings, expected) = case.split_once("->").expect("bindings -> result");
        let condition = condition.as_ref().expect("a condition before its cases");
        let found = condition.holds(&world.environment(bindings));
        assert_eq!(found.to_string(), expected.trim(), "{} with {bindings}", condition.text);
        cases += 1;
    }
    assert!(cases >= 100, "only {cases} cases");
}

#[test]
fn wrong_conditions_are_refused_with_place_message_and_hint() {
    let mut world = World::new();
    let (file, mut found, mut cases) = (include_str!("../data/cel/refused.txt"), String::new(), 0);
    for line in file.lines() {
        if let Some(text) = line.strip_prefix("> ") {
            let errors = world.compile(text).err().unwrap_or_else(|| panic!("accepted: {text}"));
            found.push_str(&rendered(text, &errors));
            cases += 1;
        } else if line.is_empty() || line.starts_with('#') {
            writeln!(found, "{line}").unwrap();
        }
    }
    assert!(cases >= 80, "only {cases} cases");
    assert!(found == file, "the file should say:\n{found}");
}

/// The text, then for each error a caret under its character with the message, then the hint.
fn rendered(text: &str, errors: &[ConditionError]) -> String {
    let mut page = format!("> {text}\n");
    for error in errors {
        // Two more for the mark before the text.
        writeln!(page, "  {}^ {}", " ".repeat(error.offset), error.message).unwrap();
        if !error.hint.is_empty() {
            writeln!(page, "    hint: {}", error.hint).unwrap();
        }
    }
    page
}

#[test]
fn reads_are_collected_once_and_in_order() {
    let mut world = World::new();
    let text = "a_years > 1 && listed && a_years < 9 && has(record.year) && record.days > 1 && record.year > 2000";
    let condition = world.compile(text).unwrap();
    let facts: Vec<u16> = condition.facts.iter().map(|fact| fact.0).collect();
    assert_eq!(facts, [1, 2]);
    let fields: Vec<&str> = condition.fields.iter().map(|field| world.symbols.name(*field)).collect();
    assert_eq!(fields, ["days", "year"]);
    assert!(condition.fields.is_sorted());
}

#[test]
fn hostile_texts_are_refused_and_not_followed() {
    let mut world = World::new();
    let deep = |open: &str, close: &str, times: usize| format!("{}true{}", open.repeat(times), close.repeat(times));
    for (text, message) in [
        (deep("(", ")", 500), "nested more than"),
        (deep("!(", ")", 500), "nested more than"),
        (deep("size([", "])", 300), "nested more than"),
        ("true ? true : ".repeat(200) + "true", "nested more than"),
        (format!("0{} > 1", " + 1".repeat(900)), "inside each other"),
        (format!("record{}", ".a".repeat(1_900)), "has no fields"),
        (format!("'{}' == 'a'", "长".repeat(CONDITION_CHARS_MAX)), "more than"),
    ] {
        let errors = world.compile(&text).err().unwrap();
        assert!(errors[0].message.contains(message), "{:?}", errors[0]);
    }
    let wide = format!("listed{}", " && listed || old".repeat(200));
    assert!(world.compile(&wide).is_ok());
}
