//! Messages that the server puts together from bytes it already has: words encoded once a pack, decisions as they are on
//! the decision log.
//!
//! # Invariants
//!
//! Each has the bytes of the message of the same name in its `.proto` file: an embedded message and a `bytes` field
//! look the same on the wire.

use bytes::Bytes;
use heng_proto::decision::v1::Ground;
use heng_proto::model::v1::{BilingualText, FieldViolation, Interval, Position};

/// `heng.model.v1.Freshness`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Freshness {
    /// Opaque.
    #[prost(bytes = "bytes", tag = "1")]
    pub token: Bytes,
    /// The last entry reflected.
    #[prost(message, optional, tag = "2")]
    pub position: Option<Position>,
    /// How long the oldest event not yet reflected has waited.
    #[prost(uint64, tag = "3")]
    pub stale_by_ms: u64,
}

/// `heng.check.v1.CheckResponse`
#[derive(Clone, PartialEq, prost::Message)]
pub struct CheckResponse {
    /// What was found.
    #[prost(message, optional, tag = "1")]
    pub answer: Option<Answer>,
    /// The day judged on.
    #[prost(sint32, tag = "2")]
    pub as_of: i32,
    /// What the answer reflects.
    #[prost(message, optional, tag = "3")]
    pub freshness: Option<Freshness>,
    /// Pack whose matters were read.
    #[prost(bytes = "bytes", tag = "4")]
    pub pack: Bytes,
}

/// `heng.check.v1.Answer`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Answer {
    /// The strongest of what bears on the matter.
    #[prost(enumeration = "heng_proto::check::v1::Verdict", tag = "1")]
    pub verdict: i32,
    /// The next day on which the answer changes by itself.
    #[prost(sint32, optional, tag = "2")]
    pub next_change: Option<i32>,
    /// What bears on the matter.
    #[prost(message, repeated, tag = "3")]
    pub bearings: Vec<Bearing>,
    /// The subject, canonical.
    #[prost(string, tag = "4")]
    pub subject: String,
}

/// `heng.check.v1.Bearing`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Bearing {
    /// What it means for the matter.
    #[prost(enumeration = "heng_proto::check::v1::Verdict", tag = "1")]
    pub effect: i32,
    /// Decision id.
    #[prost(bytes = "bytes", tag = "2")]
    pub decision: Bytes,
    /// A `heng.check.v1.MeasureWords`.
    #[prost(bytes = "bytes", tag = "3")]
    pub measure: Bytes,
    /// A `heng.check.v1.RuleWords`.
    #[prost(bytes = "bytes", tag = "4")]
    pub rule: Bytes,
    /// The days in force.
    #[prost(message, repeated, tag = "5")]
    pub in_force: Vec<Interval>,
    /// How many records it rests on.
    #[prost(uint32, tag = "6")]
    pub grounds_count: u32,
    /// Where the first of them stands.
    #[prost(message, optional, tag = "7")]
    pub first_ground: Option<Position>,
    /// The records.
    #[prost(message, repeated, tag = "8")]
    pub grounds: Vec<Ground>,
    /// What a clerk can read out.
    #[prost(message, optional, tag = "9")]
    pub explanation: Option<BilingualText>,
}

/// `heng.check.v1.BatchCheckResponse`
#[derive(Clone, PartialEq, prost::Message)]
pub struct BatchCheckResponse {
    /// One for each question.
    #[prost(message, repeated, tag = "1")]
    pub results: Vec<BatchCheckResult>,
    /// The day judged on.
    #[prost(sint32, tag = "2")]
    pub as_of: i32,
    /// What the answers reflect.
    #[prost(message, optional, tag = "3")]
    pub freshness: Option<Freshness>,
    /// The earliest next change.
    #[prost(sint32, optional, tag = "4")]
    pub next_change: Option<i32>,
    /// Pack whose matters were read.
    #[prost(bytes = "bytes", tag = "5")]
    pub pack: Bytes,
}

/// `heng.check.v1.BatchCheckResult`
#[derive(Clone, PartialEq, prost::Message)]
pub struct BatchCheckResult {
    /// An answer, or why there is none.
    #[prost(oneof = "BatchCheckOutcome", tags = "1, 2")]
    pub result: Option<BatchCheckOutcome>,
}

/// What a `heng.check.v1.BatchCheckResult` is.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum BatchCheckOutcome {
    /// What was found.
    #[prost(message, tag = "1")]
    Answer(Answer),
    /// Why the question cannot be answered.
    #[prost(message, tag = "2")]
    Refusal(Refusal),
}

/// `heng.check.v1.Refusal`
#[derive(Clone, PartialEq, prost::Message)]
pub struct Refusal {
    /// A code of google.rpc.Code.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// What is wrong.
    #[prost(string, tag = "2")]
    pub message: String,
    /// Where.
    #[prost(message, repeated, tag = "3")]
    pub violations: Vec<FieldViolation>,
}

/// `heng.subscription.v1.SubscribeResponse`
#[derive(Clone, PartialEq, prost::Message)]
pub struct SubscribeResponse {
    /// A decision or a sign of life.
    #[prost(oneof = "SubscribeMessage", tags = "1, 2")]
    pub message: Option<SubscribeMessage>,
    /// W3C trace context.
    #[prost(string, tag = "3")]
    pub traceparent: String,
}

/// What a `heng.subscription.v1.SubscribeResponse` is.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum SubscribeMessage {
    /// A `heng.decision.v1.DecisionEvent`, as it is on the decision log.
    #[prost(bytes = "bytes", tag = "1")]
    Decision(Bytes),
    /// How far the stream has come.
    #[prost(message, tag = "2")]
    Heartbeat(heng_proto::subscription::v1::Heartbeat),
}

/// `heng.audit.v1.HistoryResponse`
#[derive(Clone, PartialEq, prost::Message)]
pub struct HistoryResponse {
    /// An entry or a decision.
    #[prost(oneof = "HistoryItem", tags = "1, 2")]
    pub item: Option<HistoryItem>,
    /// Where it stands.
    #[prost(message, optional, tag = "3")]
    pub position: Option<Position>,
    /// What the answer reflects.
    #[prost(message, optional, tag = "4")]
    pub freshness: Option<Freshness>,
}

/// What a `heng.audit.v1.HistoryResponse` is.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum HistoryItem {
    /// A `heng.log.v1.Entry`, as it is on the log.
    #[prost(bytes = "bytes", tag = "1")]
    Entry(Bytes),
    /// A `heng.decision.v1.DecisionEvent`, as it is on the decision log.
    #[prost(bytes = "bytes", tag = "2")]
    Decision(Bytes),
}
