//! What messages that are written by hand have in common.

use prost::encoding::{encode_varint, encoded_len_varint};

/// Leaves room for the length of what follows, which is expected to be about so many bytes; how much room.
pub(crate) fn leave_room(bytes: &mut Vec<u8>, about: usize) -> usize {
    let room = encoded_len_varint(about as u64);
    bytes.resize(bytes.len() + room, 0);
    room
}

/// Puts the length of what follows in the room left for it; where that was misjudged, what follows is moved.
pub(crate) fn put_len(bytes: &mut Vec<u8>, start: usize, room: usize) {
    let body = start + room;
    let end = bytes.len();
    let len = (end - body) as u64;
    let needed = encoded_len_varint(len);
    if needed != room {
        bytes.resize(end.max(end + needed - room), 0);
        bytes.copy_within(body..end, start + needed);
        bytes.truncate(end + needed - room);
    }
    if let Some(mut place) = bytes.get_mut(start..start + needed) {
        encode_varint(len, &mut place);
    }
}

/// A signed number as protobuf's `sint32` has it.
pub(crate) fn zigzag(number: i32) -> u64 {
    u64::from(((number << 1) ^ (number >> 31)) as u32)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn lengths_are_right_however_they_were_judged() {
        for len in [0, 1, 127, 128, 300, 16_383, 16_384, 70_000] {
            for about in [0, 200, 20_000] {
                let mut bytes = vec![9];
                let room = leave_room(&mut bytes, about);
                bytes.extend((0..len).map(|at| at as u8));
                put_len(&mut bytes, 1, room);
                let mut expected = vec![9];
                encode_varint(len as u64, &mut expected);
                expected.extend((0..len).map(|at| at as u8));
                assert!(bytes == expected, "{len} judged as {about}");
            }
        }
    }
}
