//! One pack after another: what may not change when an activated pack derives every day anew.

use crate::diagnostic::{Diagnostic, Severity};
use crate::pack::{Pack, Place};
use heng_model::Day;

/// Errors of activating `new` on a log whose pack was `old`, with effect from `on`; empty if it may follow.
///
/// A rule of the old pack may not be missing without being withdrawn, and a rule new in the pack may not be law before
/// `on` without a basis for it. A log's first activation needs no such check.
#[must_use]
pub fn check_succession(old: &Pack, new: &Pack, on: Day) -> Vec<Diagnostic> {
    let error =
        |place: Place, message: String, hint: String| Diagnostic { place, severity: Severity::Error, message, hint };
    let header = || Place { file: "pack.yaml".to_owned(), line: 1, column: 1 };
    let has = |pack: &Pack, id: &str| pack.rules.iter().any(|rule| rule.id == id);
    let mut found = Vec::new();
    for rule in old.rules.iter().filter(|rule| !has(new, &rule.id)) {
        if !new.withdrawn.iter().any(|withdrawal| withdrawal.rule == rule.id) {
            found.push(error(
                header(),
                format!("rule `{}` of version {} is missing", rule.id, old.version),
                "end it by `effective.to`, or list it under `withdraw` with a reason".to_owned(),
            ));
        }
    }
    for rule in new.rules.iter().filter(|rule| !has(old, &rule.id)) {
        if rule.effective.first < on && rule.retroactive.is_none() {
            found.push(error(
                rule.place.clone(),
                format!(
                    "rule `{}` is new and law from {}, before the activation on {on}",
                    rule.id, rule.effective.first
                ),
                format!("state `effective: {{from: {on}}}` or later, or `retroactive:` with the basis"),
            ));
        }
    }
    found.sort();
    found
}
