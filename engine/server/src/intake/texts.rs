//! Lengths of free texts.
//!
//! # Invariants
//!
//! No text that intake lets pass makes an entry or a decision longer than the log takes: what was accepted can be
//! folded, sent on after a merge, and published.

use super::{IntakeRefusal, violation};
use heng_core::{Body, Event};

/// Names, numbers and codes.
const NAME_BYTES_MAX: usize = 256;
/// Reasons.
const REASON_BYTES_MAX: usize = 4 * 1024;

/// Refuses a text that is too long, naming its field.
pub(super) fn check(event: &Event<'_>) -> Result<(), IntakeRefusal> {
    let texts = std::iter::once(("id", event.id)).chain(texts(&event.body));
    for (field, text) in texts {
        let max = if field == "data.reason" { REASON_BYTES_MAX } else { NAME_BYTES_MAX };
        if text.len() > max {
            return Err(violation(field, format!("{} bytes are too many: shorten it to {max}", text.len())));
        }
    }
    Ok(())
}

fn texts<'a>(body: &Body<'a>) -> Vec<(&'static str, &'a str)> {
    let (record, reason) = ("data.record", "data.reason");
    let (by, number) = ("data.record_source", "data.document_no");
    match body {
        Body::Recorded(it) => stated([(record, Some(it.record)), (number, it.document_no)]),
        Body::Corrected(it) => stated([(record, Some(it.record)), (reason, it.reason)]),
        Body::Retracted { record: of, reason: why } => stated([(record, Some(*of)), (reason, *why)]),
        Body::Repaired { record: of, record_source, document_no, .. }
        | Body::Restored { record: of, record_source, document_no, .. } => {
            stated([(record, Some(*of)), (by, *record_source), (number, *document_no)])
        }
        Body::ObjectionFiled { objection, record: of, record_source, reason: why, .. } => {
            let named = [("data.objection", Some(*objection)), (record, Some(*of)), (by, *record_source)];
            stated(named.into_iter().chain([(reason, *why)]))
        }
        Body::ObjectionResolved { objection, record: of, reason: why, .. } => {
            stated([("data.objection", Some(*objection)), (record, *of), (reason, *why)])
        }
        Body::Suspended { reason: why, document_no, .. } => stated([(reason, *why), (number, *document_no)]),
        Body::Registered(it) | Body::Changed(it) => {
            stated([("data.name", it.name), ("data.region", it.region), ("data.industry", it.industry)])
        }
        Body::Linked { role, .. } | Body::Unlinked { role, .. } => stated([("data.role", Some(*role))]),
        Body::Responded { authority, reason: why, document_no, .. } => {
            stated([("data.authority", Some(*authority)), (reason, *why), (number, *document_no)])
        }
        Body::Reviewed { officer, reason: why, .. } => stated([("data.officer", Some(*officer)), (reason, *why)]),
        Body::Resumed { .. } | Body::Deregistered { .. } | Body::Merged { .. } => Vec::new(),
    }
}

fn stated<'a>(texts: impl IntoIterator<Item = (&'static str, Option<&'a str>)>) -> Vec<(&'static str, &'a str)> {
    texts.into_iter().filter_map(|(field, text)| Some((field, text?))).collect()
}
