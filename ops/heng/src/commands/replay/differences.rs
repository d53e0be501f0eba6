//! A difference in words.

use heng_replay::{Difference, Differs, PartitionReport};
use serde_json::{Value, json};

/// The first difference of a partition, field by field, and how many there are.
pub(super) fn paragraph(report: &PartitionReport, first: &Difference) -> String {
    let mut text = format!(
        "partition {}: {} decisions differ, {} are not given by the events; the first:\n",
        report.partition, report.differing, report.not_given
    );
    text += &match &first.of {
        Some(of) => {
            format!("  decision {} (seq {}), caused by {} at {}", of.decision, first.seq, of.cause, of.position)
        }
        None => format!("  seq {}", first.seq),
    };
    match &first.what {
        Differs::Fields(fields) => {
            for it in fields {
                text += &format!(
                    "\n  {}: `{}` on the decision log, `{}` from the events",
                    it.field, it.on_log, it.from_events
                );
            }
        }
        Differs::Bytes => text += "\n  the values are equal, their bytes are not: another program wrote them",
        Differs::Unreadable(error) => text += &format!("\n  on the decision log it cannot be read: {error}"),
        Differs::NotGiven => {
            text +=
                "\n  it is on the decision log, the events do not give it: it was added there, or events are missing";
        }
    }
    text
}

pub(super) fn json(first: &Difference) -> Value {
    let what = match &first.what {
        Differs::Fields(_) => "fields",
        Differs::Bytes => "bytes",
        Differs::Unreadable(_) => "unreadable",
        Differs::NotGiven => "not_given",
    };
    let fields = match &first.what {
        Differs::Fields(fields) => fields.as_slice(),
        _ => &[],
    };
    let fields = fields
        .iter()
        .map(|it| json!({"field": it.field, "on_log": it.on_log, "from_events": it.from_events}))
        .collect::<Vec<_>>();
    json!({
        "partition": first.partition, "seq": first.seq,
        "position": first.of.as_ref().map(|of| of.position.to_string()),
        "cause": first.of.as_ref().map(|of| &of.cause),
        "decision": first.of.as_ref().map(|of| of.decision.to_string()),
        "what": what, "fields": fields,
    })
}
