//! What the compiler says no to: the good pack with one text replaced, and the errors that follow.
//!
//! An error is written `file:line:column: message | hint`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "../support/form.rs"]
mod form;
#[path = "../support/mod.rs"]
mod support;

mod law;
mod names;
mod shape;
mod time;
mod yaml;

/// A text of the good pack, what stands there instead, and the errors.
struct Broken {
    file: &'static str,
    old: &'static str,
    new: &'static str,
    errors: &'static [&'static str],
}

/// Beginnings of what the loader says about form alone; the schema must refuse the same.
const OF_FORM: [&str; 7] = [
    "unknown key ",
    "expected a text",
    "expected a list",
    "expected a mapping",
    "unknown kind of subject",
    "unknown type",
    "unknown effect",
];

fn check(list: &[Broken]) {
    let forms = form::Forms::new();
    for broken in list {
        let told = support::errors_with(broken.file, broken.old, broken.new).replace("\n  hint: ", " | ");
        let told: Vec<&str> = told.lines().collect();
        assert_eq!(told, broken.errors, "{}", broken.new);
        let is_of_form = |error: &&str| {
            let said = error.split(": ").nth(1).unwrap_or_default();
            let said = said.split(" | ").next().unwrap_or_default();
            let lacks = said.split_once(" needs `").and_then(|(_, key)| key.strip_suffix('`'));
            OF_FORM.iter().any(|start| said.starts_with(start))
                || said.contains("is not a period")
                || lacks.is_some_and(|key| key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
        };
        if told.iter().any(is_of_form) {
            let text = &support::with(broken.file, broken.old, broken.new)[broken.file];
            assert!(!forms.errors(broken.file, text).is_empty(), "the schema takes it: {}", broken.new);
        }
    }
}
