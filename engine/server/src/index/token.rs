//! Tokens: what an answer reflects of every partition, opaque to whoever holds one.
//!
//! # Invariants
//!
//! A token of another log, or of a form that this release does not write, is refused, never misread.

use bytes::Bytes;

/// How many entries of each partition are reflected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(pub(crate) Box<[u64]>);

/// Why bytes are no token of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseTokenError {
    /// Not a token's form.
    #[error("the token has another form than Heng gives out: give back one that an answer carried, unchanged")]
    Form,
    /// Of another log.
    #[error("the token is of another log: leave it out, or ask the engine that gave it")]
    OtherLog,
}

const FORM: u8 = 1;
/// Bytes of the log's id that a token carries.
pub(crate) const LOG_BYTES: usize = 8;
/// Bytes before the numbers: form and log.
pub(crate) const TOKEN_HEAD_BYTES: usize = 1 + LOG_BYTES;

impl Token {
    pub(crate) fn encode(offsets: &[u64], log_id: &[u8; 32]) -> Bytes {
        let mut bytes = vec![FORM];
        bytes.extend(log_id.iter().take(LOG_BYTES));
        for offset in offsets {
            varint(&mut bytes, *offset);
        }
        bytes.into()
    }

    pub(crate) fn decode(bytes: &[u8], log_id: &[u8; 32], partitions: usize) -> Result<Self, ParseTokenError> {
        let rest = bytes.strip_prefix(&[FORM]).ok_or(ParseTokenError::Form)?;
        let (log, mut rest) = rest.split_first_chunk::<LOG_BYTES>().ok_or(ParseTokenError::Form)?;
        if !log_id.starts_with(log) {
            return Err(ParseTokenError::OtherLog);
        }
        let mut offsets = Vec::with_capacity(partitions);
        while !rest.is_empty() && offsets.len() < partitions {
            offsets.push(read_varint(&mut rest).ok_or(ParseTokenError::Form)?);
        }
        if offsets.len() != partitions || !rest.is_empty() {
            return Err(ParseTokenError::Form);
        }
        Ok(Self(offsets.into()))
    }
}

fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    #[test]
    fn tokens_round_trip_and_others_are_refused() {
        let log = [7; 32];
        for offsets in [vec![0], vec![u64::MAX, 0, 127, 128, 1 << 40]] {
            let bytes = Token::encode(&offsets, &log);
            assert_eq!(Token::decode(&bytes, &log, offsets.len()).unwrap().0, offsets.clone().into());
            assert_eq!(Token::decode(&bytes, &[8; 32], offsets.len()), Err(ParseTokenError::OtherLog));
            assert_eq!(Token::decode(&bytes, &log, offsets.len() + 1), Err(ParseTokenError::Form));
            for end in 0..bytes.len() {
                assert_eq!(Token::decode(&bytes[..end], &log, offsets.len()), Err(ParseTokenError::Form));
            }
        }
        assert_eq!(
            Token::decode(&[[1].as_slice(), &[7; 8], &[0xff; 11]].concat(), &log, 1),
            Err(ParseTokenError::Form)
        );
    }
}
