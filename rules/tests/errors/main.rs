//! What the compiler says no to: the good pack with one text replaced, and the errors that follow.
//!
//! An error is written `file:line:column: message | hint`.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

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

fn check(list: &[Broken]) {
    for broken in list {
        let told = support::errors_with(broken.file, broken.old, broken.new).replace("\n  hint: ", " | ");
        let told: Vec<&str> = told.lines().collect();
        assert_eq!(told, broken.errors, "{}", broken.new);
    }
}
