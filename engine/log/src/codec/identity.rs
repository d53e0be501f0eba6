//! Fingerprints of an event: what tells a duplicate from a different event with the same id.

use super::Head;
use heng_core::Identity;
use sha2::{Digest, Sha256};

/// The fingerprints of an event.
///
/// `name` is the first 8 bytes, big-endian, of SHA-256 over source and id, each after its length in bytes as a
/// big-endian `u32`. `content` is CRC-32C over type and claimed time, each after its length likewise, then the schema as
/// a big-endian `u32`, then the body. Left out of it: the known time and the trace, which differ when an event is sent
/// again; commitments, whose salts do; the subject as sent, since an alias of the subject says nothing else.
#[must_use]
pub fn identity(head: &Head<'_>) -> Identity {
    let mut name = Sha256::new();
    for part in [head.source, head.id] {
        name.update(length(part));
        name.update(part);
    }
    let hash: [u8; 32] = name.finalize().into();
    let first = hash.first_chunk().copied().unwrap_or_default();
    let mut content = 0;
    for part in [head.type_name, head.claimed_time.unwrap_or_default()] {
        content = crc32c::crc32c_append(content, &length(part));
        content = crc32c::crc32c_append(content, part.as_bytes());
    }
    content = crc32c::crc32c_append(content, &head.schema.to_be_bytes());
    content = crc32c::crc32c_append(content, head.body);
    Identity { name: u64::from_be_bytes(first), content }
}

fn length(part: &str) -> [u8; 4] {
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}
