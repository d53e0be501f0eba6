//! A decision, and a progress marker, as messages.

use super::progress;
use super::{Reflects, Trace};
use crate::message::TRACEPARENT;
use crate::settings::LogName;
use heng_files::format_instant;
use heng_log::codec::{DecodeDecisionError, decision_head};
use rdkafka::message::{Header, OwnedHeaders};
use std::borrow::Cow;

/// The type of progress markers, which are no decisions.
pub(super) const PROGRESS: &str = "heng.progress";
/// The header that says for which log a message was written.
pub(super) const LOG: &str = "heng_log";

/// A message of the decisions topic.
pub(super) struct Written<'d> {
    pub(super) key: Option<&'d str>,
    pub(super) value: Cow<'d, [u8]>,
    pub(super) headers: OwnedHeaders,
}

/// A decision: its bytes as they are on the log, in a `CloudEvents` envelope of headers; with the trace that it belongs to.
pub(super) fn decision<'d>(
    bytes: &'d [u8],
    log: &LogName,
    trace: Option<&Trace>,
) -> Result<Written<'d>, DecodeDecisionError> {
    let head = decision_head(bytes)?;
    let pack = head.pack.split_once('@').map_or(head.pack, |(name, _)| name);
    let id = format!("{}/{}", head.decision, head.revision);
    let (source, kind) = (["/heng/", pack].concat(), ["decision.", head.kind.word()].concat());
    let headers = envelope(&id, &source, &kind, head.known_ms, log);
    let mut headers = headers.insert(Header { key: "ce_subject", value: Some(head.subject) });
    if let Some(trace) = trace {
        headers = headers.insert(Header { key: TRACEPARENT, value: Some(trace.traceparent.as_str()) });
    }
    Ok(Written { key: Some(head.subject), value: bytes.into(), headers })
}

/// A marker: the decisions before it reflect so much.
pub(super) fn marker(
    partition: u16,
    next_seq: u64,
    reflects: &Reflects,
    ids: (&LogName, &[u8; 32]),
) -> Written<'static> {
    let (log, log_id) = ids;
    let id = format!("progress/{partition}/{}", reflects.entries);
    let headers = envelope(&id, "/heng", PROGRESS, reflects.known_ms, log);
    Written { key: None, value: progress::encode(partition, next_seq, reflects, log_id).into(), headers }
}

fn envelope(id: &str, source: &str, kind: &str, known_ms: i64, log: &LogName) -> OwnedHeaders {
    let time = format_instant(known_ms);
    let texts = [
        ("content-type", "application/protobuf"),
        ("ce_specversion", "1.0"),
        ("ce_id", id),
        ("ce_source", source),
        ("ce_type", kind),
        ("ce_time", time.as_str()),
        (LOG, log.as_str()),
    ];
    let headers = OwnedHeaders::new_with_capacity(texts.len() + 1);
    texts.into_iter().fold(headers, |headers, (key, text)| headers.insert(Header { key, value: Some(text) }))
}
