//! Fingerprints of an event: what tells a duplicate from a different event with the same id.

use super::Head;
use crate::sha256::digest;
use heng_core::Identity;
use heng_proto::event::v1::{SubjectLinked, SubjectMerged, SubjectUnlinked};
use prost::Message;

/// The fingerprints of an event.
///
/// `name` is the first 8 bytes, big-endian, of SHA-256 over source and id, each after its length in bytes as a
/// big-endian `u32`. `content` is CRC-32C over type and claimed time, each after its length likewise, then the schema as
/// a big-endian `u32`, then the body, in which the other subject of a link or a merge stands as it was sent. Left out of
/// it: the known time and the trace, which differ when an event is sent again; commitments, whose salts do; the subject
/// as sent, since an alias of the subject says nothing else.
#[must_use]
pub fn identity(head: &Head<'_>) -> Identity {
    let (source, id) = (head.source.as_bytes(), head.id.as_bytes());
    let hash = digest([&length(source), source, &length(id), id]);
    let first = hash.first_chunk().copied().unwrap_or_default();
    Identity { name: u64::from_be_bytes(first), content: content(head) }
}

/// Joined as far as they usually are short: what a checksum of a few bytes costs lies in its beginning and its end.
fn content(head: &Head<'_>) -> u32 {
    let (type_name, time) = (head.type_name.as_bytes(), head.claimed_time.unwrap_or_default().as_bytes());
    let schema = head.schema.to_be_bytes();
    let parts: [&[u8]; 5] = [&length(type_name), type_name, &length(time), time, &schema];
    let mut room = [0; JOINED_BYTES];
    let sum = match join(&mut room, parts) {
        Some(joined) => crc32c::crc32c(joined),
        None => parts.iter().fold(0, |sum, part| crc32c::crc32c_append(sum, part)),
    };
    match head.other_as_sent {
        Some(sent) => crc32c::crc32c_append(sum, &body_as_sent(head, sent)),
        None => crc32c::crc32c_append(sum, head.body),
    }
}

/// The body with the other subject as it was sent: a merge meanwhile makes no other content of it. A body that cannot be
/// read is another's to refuse.
fn body_as_sent(head: &Head<'_>, sent: &str) -> Vec<u8> {
    let to = || sent.to_owned();
    let body = match head.type_name {
        "subject.linked" => SubjectLinked::decode(head.body).map(|it| SubjectLinked { to: to(), ..it }.encode_to_vec()),
        "subject.unlinked" => {
            SubjectUnlinked::decode(head.body).map(|it| SubjectUnlinked { to: to(), ..it }.encode_to_vec())
        }
        "subject.merged" => Ok(SubjectMerged { into: to() }.encode_to_vec()),
        _ => Ok(head.body.to_vec()),
    };
    body.unwrap_or_else(|_| head.body.to_vec())
}

/// Room for type, claimed time and schema.
const JOINED_BYTES: usize = 96;

#[inline]
fn join<'r, const N: usize>(room: &'r mut [u8; JOINED_BYTES], parts: [&[u8]; N]) -> Option<&'r [u8]> {
    let mut end = 0;
    for part in parts {
        room.get_mut(end..end + part.len())?.copy_from_slice(part);
        end += part.len();
    }
    room.get(..end)
}

fn length(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}
