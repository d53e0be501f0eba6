//! Events about subjects.
//!
//! # Invariants
//!
//! Suspensions, links and merges come from the authority that may send them.

use super::history::Draft;
use super::{INDUSTRIES, KINDS, REGIONS, ROLES};
use serde_json::{Value as Json, json};

const COURT: &str = "/gov/court";

/// Registers some subjects before anything else.
pub(super) fn first_registrations(draft: &mut Draft<'_>) {
    for subject in 0..draft.subjects.len() {
        if draft.options.registrations && draft.rng.chance(50) {
            register(draft, subject, "subject.registered");
        }
    }
}

/// Appends an event about a subject.
pub(super) fn add(draft: &mut Draft<'_>) {
    let options = draft.options;
    let subject = draft.subject();
    match draft.rng.below(8) {
        0 if options.registrations => register(draft, subject, "subject.registered"),
        1 if options.registrations => register(draft, subject, "subject.changed"),
        2 | 3 if options.suspensions => suspend(draft, subject),
        4..=7 if options.links => link(draft, subject),
        _ => super::record_event::add(draft),
    }
}

/// Deregistrations and merges, at the end.
pub(super) fn last_words(draft: &mut Draft<'_>) {
    for subject in 0..draft.subjects.len() {
        if draft.options.deregistration && draft.rng.chance(15) {
            let on = draft.day().to_string();
            draft.push("/gov/a", "subject.deregistered", subject, json!({"on": on}));
        }
    }
    if draft.options.merges && draft.subjects.len() > 1 && draft.rng.chance(30) {
        let into = draft.subjects.first().cloned();
        draft.push(COURT, "subject.merged", 1, json!({"into": into}));
    }
}

fn register(draft: &mut Draft<'_>, subject: usize, ty: &str) {
    let whole = ty == "subject.registered" || !draft.options.partial_changes;
    let mut data = serde_json::Map::new();
    let attributes = [("kind", draft.rng.pick(&KINDS)), ("name", "某公司"), ("region", draft.rng.pick(&REGIONS))];
    for (name, value) in attributes {
        if whole || draft.rng.chance(50) {
            data.insert(name.to_owned(), json!(value));
        }
    }
    if draft.rng.chance(60) {
        data.insert("industry".to_owned(), json!(draft.rng.pick(&INDUSTRIES)));
    }
    if draft.rng.chance(70) {
        data.insert("on".to_owned(), json!(draft.day().to_string()));
    }
    if draft.rng.chance(50) {
        data.insert("registered_on".to_owned(), json!(draft.registration_day().to_string()));
    }
    draft.push("/gov/a", ty, subject, Json::Object(data));
}

fn suspend(draft: &mut Draft<'_>, subject: usize) {
    if draft.suspended.contains(&subject) && draft.rng.chance(60) {
        draft.suspended.retain(|one| *one != subject);
        let on = draft.day().to_string();
        draft.push(COURT, "measures.resumed", subject, json!({"on": on}));
        return;
    }
    let (first, last) = (draft.day(), draft.day());
    let mut data = json!({"from": first.to_string(), "reason": "重整计划", "document_no": "裁定1"});
    if let Some(data) = data.as_object_mut().filter(|_| last >= first) {
        data.insert("through".to_owned(), json!(last.to_string()));
    }
    draft.suspended.push(subject);
    draft.push(COURT, "measures.suspended", subject, data);
}

fn link(draft: &mut Draft<'_>, subject: usize) {
    let other = draft.subject();
    let role = draft.rng.pick(&ROLES);
    let (Some(to), on) = (draft.subjects.get(other).cloned(), draft.day().to_string()) else { return };
    if other == subject {
        return;
    }
    let link = (subject, role, other);
    let ty = if draft.links.contains(&link) {
        draft.links.retain(|one| *one != link);
        "subject.unlinked"
    } else {
        draft.links.push(link);
        "subject.linked"
    };
    draft.push(COURT, ty, subject, json!({"role": role, "to": to, "on": on}));
}
