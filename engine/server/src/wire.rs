//! What messages that are written by hand have in common.

use prost::encoding::{encode_varint, encoded_len_varint};

/// Puts the length of what follows its one byte of room in its place; what is long is moved aside for it.
pub(crate) fn put_len(bytes: &mut Vec<u8>, start: usize) {
    let len = (bytes.len() - start - 1) as u64;
    let more = encoded_len_varint(len) - 1;
    if more > 0 {
        let end = bytes.len();
        bytes.resize(end + more, 0);
        bytes.copy_within(start + 1..end, start + 1 + more);
    }
    if let Some(mut room) = bytes.get_mut(start..=start + more) {
        encode_varint(len, &mut room);
    }
}

/// A signed number as protobuf's `sint32` has it.
pub(crate) fn zigzag(number: i32) -> u64 {
    u64::from(((number << 1) ^ (number >> 31)) as u32)
}
