//! The frame that serializers of a schema registry put before a value: a zero byte and the schema's number.
//!
//! # Invariants
//!
//! A frame cannot be mistaken: no JSON text and no Protobuf message begins with a zero byte. A schema that the
//! configuration does not name is refused, never guessed.

use serde::Deserialize;
use std::collections::BTreeMap;

const MAGIC: u8 = 0;
/// Messages nested in one another in a `.proto` file, as a frame's path names them.
const PATH_MAX: u64 = 16;

/// How a value with a schema is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// JSON text.
    Json,
    /// A message of `heng.event.v1`.
    Protobuf,
}

/// Why a frame cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Too short for a frame.
    #[error("the value begins with a zero byte, as the frame of a schema registry does, but holds no schema number")]
    CutShort,
    /// The schema is not known.
    #[error(
        "schema {id} is not known here: announce it under [kafka.schemas] as \"{id}\" = \"json\" or \"protobuf\", or send the \
         event without a schema registry"
    )]
    UnknownSchema {
        /// Its number in the registry.
        id: u32,
    },
    /// The path to the message inside its schema is no path.
    #[error("the frame of schema {id} does not say which message follows")]
    BadPath {
        /// Its number in the registry.
        id: u32,
    },
}

/// The value without its frame, and what the frame says about its form; a value without a frame is left as it is.
pub(super) fn unframe<'v>(
    value: &'v [u8],
    schemas: &BTreeMap<u32, Form>,
) -> Result<(Option<Form>, &'v [u8]), FrameError> {
    let Some((&MAGIC, framed)) = value.split_first() else { return Ok((None, value)) };
    let (number, rest) = framed.split_first_chunk::<4>().ok_or(FrameError::CutShort)?;
    let id = u32::from_be_bytes(*number);
    match schemas.get(&id) {
        None => Err(FrameError::UnknownSchema { id }),
        Some(Form::Json) => Ok((Some(Form::Json), rest)),
        Some(Form::Protobuf) => {
            let body = after_path(rest).ok_or(FrameError::BadPath { id })?;
            Ok((Some(Form::Protobuf), body))
        }
    }
}

/// Protobuf frames go on with a path of message numbers: their count, then each; a single zero stands for the first
/// message. The event's type says which message it is, so that the path is only passed over.
fn after_path(bytes: &[u8]) -> Option<&[u8]> {
    let (count, mut rest) = zigzag(bytes)?;
    if count > PATH_MAX {
        return None;
    }
    for _ in 0..count {
        rest = zigzag(rest)?.1;
    }
    Some(rest)
}

/// A number that is not negative, as a zigzag varint.
fn zigzag(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (at, byte) in bytes.iter().take(9).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            let is_negative = value & 1 == 1;
            return (!is_negative).then(|| Some((value >> 1, bytes.get(at + 1..)?))).flatten();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn schemas() -> BTreeMap<u32, Form> {
        [(7, Form::Json), (258, Form::Protobuf)].into()
    }

    #[test]
    fn frames_are_taken_off() {
        let cases: [(&[u8], Option<Form>, &[u8]); 7] = [
            (b"{}", None, b"{}"),
            (b"", None, b""),
            (b"\x0a\x01r", None, b"\x0a\x01r"),
            (b"\0\0\0\0\x07{}", Some(Form::Json), b"{}"),
            (b"\0\0\0\x01\x02\0\x0a\x01r", Some(Form::Protobuf), b"\x0a\x01r"),
            (b"\0\0\0\x01\x02\x02\x04\x0a\x01r", Some(Form::Protobuf), b"\x0a\x01r"),
            (b"\0\0\0\x01\x02\x04\x04\x80\x01\x0a\x01r", Some(Form::Protobuf), b"\x0a\x01r"),
        ];
        for (value, form, rest) in cases {
            assert_eq!(unframe(value, &schemas()), Ok((form, rest)), "{value:?}");
        }
    }

    #[test]
    fn what_is_no_frame_or_of_an_unknown_schema_is_refused() {
        let cases: [(&[u8], FrameError); 6] = [
            (b"\0", FrameError::CutShort),
            (b"\0\0\0\0", FrameError::CutShort),
            (b"\0\0\0\0\x08{}", FrameError::UnknownSchema { id: 8 }),
            (b"\0\0\0\x01\x02", FrameError::BadPath { id: 258 }),
            (b"\0\0\0\x01\x02\x01", FrameError::BadPath { id: 258 }),
            (b"\0\0\0\x01\x02\x80\x80\x01", FrameError::BadPath { id: 258 }),
        ];
        for (value, error) in cases {
            assert_eq!(unframe(value, &schemas()), Err(error), "{value:?}");
        }
    }
}
