//! A decision, and a progress marker, as messages.

use super::progress;
use super::{Reflects, Trace};
use crate::message::TRACEPARENT;
use crate::settings::LogName;
use heng_core::DecisionEvent;
use heng_files::format_instant;
use heng_log::codec::{DecodeDecisionError, decode_decision};
use rdkafka::message::{Header, OwnedHeaders};

/// The type of progress markers, which are no decisions.
pub(super) const PROGRESS: &str = "heng.progress";
/// The header that says for which log a message was written.
pub(super) const LOG: &str = "heng_log";

/// A message of the decisions topic.
pub(super) struct Written<'b> {
    pub(super) key: Option<String>,
    pub(super) value: std::borrow::Cow<'b, [u8]>,
    pub(super) headers: OwnedHeaders,
}

impl Written<'_> {
    /// The same, with bytes of its own.
    pub(super) fn into_owned(self) -> Written<'static> {
        Written { key: self.key, value: self.value.into_owned().into(), headers: self.headers }
    }
}

/// A decision: its bytes as they are on the log, in a `CloudEvents` envelope of headers; with the trace that it belongs to.
pub(super) fn decision<'b>(
    bytes: &'b [u8],
    log: &LogName,
    trace: Option<&Trace>,
) -> Result<Written<'b>, DecodeDecisionError> {
    let event: DecisionEvent = decode_decision(bytes)?;
    let pack = event.pack.split_once('@').map_or(event.pack.as_str(), |(name, _)| name);
    let subject = event.subject.to_string();
    let headers = envelope(
        &format!("{}/{}", event.decision, event.revision),
        &format!("/heng/{pack}"),
        &format!("decision.{}", event.kind.word()),
        event.known_ms,
        log,
    );
    let mut headers = headers.insert(Header { key: "ce_subject", value: Some(subject.as_str()) });
    if let Some(trace) = trace {
        headers = headers.insert(Header { key: TRACEPARENT, value: Some(trace.traceparent.as_str()) });
    }
    Ok(Written { key: Some(subject), value: bytes.into(), headers })
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
