//! Messages that the server puts together from bytes it already has: words encoded once a pack, decisions as they are on
//! the decision log.
//!
//! # Invariants
//!
//! Each has the bytes of the message of the same name in its `.proto` file: an embedded message and a `bytes` field
//! look the same on the wire.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use heng_proto::model::v1::Position;
use prost::encoding::{DecodeContext, WireType, encode_key, encode_varint, encoded_len_varint, key_len, skip_field};
use prost::{DecodeError, Message};

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

/// A message that is bytes already: answers of checks, which the server writes as it makes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoded(pub Bytes);

impl Message for Encoded {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        buffer.put_slice(&self.0);
    }

    /// Not read: who receives such a message knows its type.
    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        skip_field(wire_type, tag, buffer, context)
    }

    fn encoded_len(&self) -> usize {
        self.0.len()
    }

    fn clear(&mut self) {
        self.0.clear();
    }
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

/// Appends a message as gRPC frames it, not compressed.
pub fn frame(message: &impl Message, buffer: &mut BytesMut) {
    frame_head(message.encoded_len(), buffer);
    message.encode_raw(buffer);
}

/// Appends a decision, as it is on the decision log, as a framed [`SubscribeResponse`] whose last bytes are the decision's.
pub fn frame_decision(decision: &[u8], buffer: &mut BytesMut) {
    const KEY: u32 = 1;
    let len = key_len(KEY) + encoded_len_varint(decision.len() as u64) + decision.len();
    frame_head(len, buffer);
    encode_key(KEY, WireType::LengthDelimited, buffer);
    encode_varint(decision.len() as u64, buffer);
    buffer.put_slice(decision);
}

/// What stands before a message: it is not compressed, and so long.
fn frame_head(len: usize, buffer: &mut BytesMut) {
    buffer.reserve(FRAME_HEAD_BYTES + len);
    buffer.put_u8(0);
    // No message comes near four gigabytes: frames of the log are far smaller.
    buffer.put_u32(u32::try_from(len).unwrap_or(u32::MAX));
}

const FRAME_HEAD_BYTES: usize = 5;

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
