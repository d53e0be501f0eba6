//! A writer of Protobuf's wire format for messages that borrow their texts: the generated types would copy each first.
//!
//! # Invariants
//!
//! One function of a message says what its fields are; its length and its bytes are the same walk over two sinks.

use prost::encoding::{encoded_len_varint, key_len};

/// Wire types, the low bits of a key.
const VARINT: u32 = 0;
const DELIMITED: u32 = 2;

/// A message: puts its fields, in ascending order of their numbers.
pub(super) trait Fields {
    fn put(&self, to: &mut impl Sink);
}

/// Where fields go.
pub(super) trait Sink: Sized {
    fn varint(&mut self, number: u32, value: u64);
    fn bytes(&mut self, number: u32, value: &[u8]);
    fn message(&mut self, number: u32, message: &impl Fields);

    /// Bytes that are a message, left out where there are none.
    fn contained(&mut self, number: u32, message: &impl Fields);

    /// A number, left out where it is zero.
    fn number(&mut self, number: u32, value: u64) {
        if value != 0 {
            self.varint(number, value);
        }
    }

    /// A number that may be negative, left out where it is zero.
    fn signed(&mut self, number: u32, value: i32) {
        self.number(number, zigzag(value));
    }

    /// A text, left out where it is empty.
    fn text(&mut self, number: u32, value: &str) {
        if !value.is_empty() {
            self.bytes(number, value.as_bytes());
        }
    }

    /// A text that may be absent: an empty one is there too.
    fn maybe_text(&mut self, number: u32, value: Option<&str>) {
        if let Some(value) = value {
            self.bytes(number, value.as_bytes());
        }
    }

    /// A repeated text: an empty one is there too.
    fn texts(&mut self, number: u32, values: &[String]) {
        values.iter().for_each(|value| self.bytes(number, value.as_bytes()));
    }
}

impl Sink for Vec<u8> {
    #[inline]
    fn varint(&mut self, number: u32, value: u64) {
        push(self, (number << 3 | VARINT).into());
        push(self, value);
    }

    #[inline]
    fn bytes(&mut self, number: u32, value: &[u8]) {
        push(self, (number << 3 | DELIMITED).into());
        push(self, value.len() as u64);
        self.extend_from_slice(value);
    }

    #[inline]
    fn message(&mut self, number: u32, message: &impl Fields) {
        push(self, (number << 3 | DELIMITED).into());
        push(self, length(message) as u64);
        message.put(self);
    }

    #[inline]
    fn contained(&mut self, number: u32, message: &impl Fields) {
        let bytes = length(message);
        if bytes > 0 {
            push(self, (number << 3 | DELIMITED).into());
            push(self, bytes as u64);
            message.put(self);
        }
    }
}

/// Appends a varint; most have one byte or two.
#[inline]
fn push(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        let [low, ..] = value.to_le_bytes();
        to.push(low | 0x80);
        value >>= 7;
    }
    let [low, ..] = value.to_le_bytes();
    to.push(low);
}

/// A number as `sint32` has it: small ones are short, whatever their sign.
pub(super) fn zigzag(value: i32) -> u64 {
    ((value << 1) ^ (value >> 31)).cast_unsigned().into()
}

/// The same as `sint64` has it.
pub(super) fn zigzag64(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// How many bytes a message has.
fn length(message: &impl Fields) -> usize {
    let mut length = Length(0);
    message.put(&mut length);
    length.0
}

struct Length(usize);

impl Length {
    fn delimited(&mut self, number: u32, bytes: usize) {
        self.0 += key_len(number) + encoded_len_varint(bytes as u64) + bytes;
    }
}

impl Sink for Length {
    #[inline]
    fn varint(&mut self, number: u32, value: u64) {
        self.0 += key_len(number) + encoded_len_varint(value);
    }

    #[inline]
    fn bytes(&mut self, number: u32, value: &[u8]) {
        self.delimited(number, value.len());
    }

    #[inline]
    fn message(&mut self, number: u32, message: &impl Fields) {
        self.delimited(number, length(message));
    }

    #[inline]
    fn contained(&mut self, number: u32, message: &impl Fields) {
        let bytes = length(message);
        if bytes > 0 {
            self.delimited(number, bytes);
        }
    }
}
