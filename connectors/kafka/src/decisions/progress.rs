//! Progress markers: they move on where no decision does.

use heng_proto::decision::v1::Progress;
use heng_proto::model::v1::Position;
use prost::Message;

const FORMAT: u32 = 1;

/// What decisions reflect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reflects {
    /// Entries of the partition that are folded.
    pub entries: u64,
    /// Known time of the last of them, in milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
    /// Current civil day of the log, in days since 1970-01-01; none before the first.
    pub day: Option<i32>,
}

/// The bytes of a marker.
pub(super) fn encode(partition: u16, next_seq: u64, reflects: &Reflects, log_id: &[u8; 32]) -> Vec<u8> {
    let position = reflects.entries.checked_sub(1).map(|offset| Position { partition: u32::from(partition), offset });
    let marker = Progress {
        format: FORMAT,
        next_seq,
        position,
        known_ms: reflects.known_ms,
        day: reflects.day,
        log_id: log_id.to_vec(),
    };
    marker.encode_to_vec()
}

/// What a marker says: the `seq` of the next decision, and the id of its log.
pub(super) fn decode(bytes: &[u8]) -> Option<(u64, Vec<u8>)> {
    let marker = Progress::decode(bytes).ok()?;
    (marker.format == FORMAT).then_some((marker.next_seq, marker.log_id))
}
