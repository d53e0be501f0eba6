//! Fields of a record as bytes: the form in which a subject keeps what its records state.
//!
//! # Invariants
//!
//! What was appended is read back as it was. Bytes that nothing here wrote are read as some value or as none, never with
//! a panic; [`Fields::is_sound`] tells them.
//!
//! ```text
//! field = symbol u16 | value        value = u8: kind, length << 3 | payload        all numbers little-endian
//! ```
//!
//! A length of 31 stands for a u32 that follows. Numbers, days and symbols are two's complement in as few bytes as hold
//! them; a decimal has its scale before its digits; a list is its elements, one after another.

use crate::value::Value;
use heng_model::{Day, Decimal, Symbol};

const EMPTY: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const DECIMAL: u8 = 3;
const SYMBOL: u8 = 4;
const DAY: u8 = 5;
const TEXT: u8 = 6;
const LIST: u8 = 7;

/// The length that says that the real one follows.
const LONG: usize = 31;

/// The fields of one record.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fields<'a>(&'a [u8]);

/// A list field.
#[derive(Debug, Clone, Copy)]
pub struct List<'a>(&'a [u8]);

/// A value as it lies there: kind, payload.
type Kept<'a> = (u8, &'a [u8]);

impl<'a> Fields<'a> {
    /// Fields that [`push_field`] appended one after another.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The value of a field; [`Value::Empty`] where there is none of that name.
    #[must_use]
    pub fn get(self, name: Symbol) -> Value<'a> {
        self.kept().find(|(known, _, _)| *known == name).map_or(Value::Empty, |(_, kept, _)| value_of(kept))
    }

    /// Appends these fields with another value for one of them, which takes its place, or the last one if it is new.
    pub fn push_with(self, to: &mut Vec<u8>, name: Symbol, value: Value<'_>) {
        let mut is_new = true;
        for (known, _, field) in self.kept() {
            if known == name {
                push_field(to, name, value);
                is_new = false;
            } else {
                to.extend_from_slice(field);
            }
        }
        if is_new {
            push_field(to, name, value);
        }
    }

    /// Is every byte part of a field that could have been appended?
    #[must_use]
    pub fn is_sound(self) -> bool {
        let mut kept = self.kept();
        kept.by_ref().all(|(_, kept, _)| is_sound(kept)) && kept.0.is_empty()
    }

    fn kept(self) -> Named<'a> {
        Named(self.0)
    }
}

/// Name, value and all bytes of each field that is left.
struct Named<'a>(&'a [u8]);

impl<'a> Iterator for Named<'a> {
    type Item = (Symbol, Kept<'a>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, value) = self.0.split_first_chunk::<2>()?;
        let (kept, rest) = split(value)?;
        let field = self.0.get(..self.0.len().saturating_sub(rest.len()))?;
        self.0 = rest;
        Some((Symbol(u16::from_le_bytes(*name)), kept, field))
    }
}

/// Each value that is left.
struct Values<'a>(&'a [u8]);

impl<'a> Iterator for Values<'a> {
    type Item = Kept<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (kept, rest) = split(self.0)?;
        self.0 = rest;
        Some(kept)
    }
}

impl<'a> List<'a> {
    /// The list of the elements that [`push_value`] appended one after another.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The elements, in the order of the event.
    pub fn iter(self) -> impl Iterator<Item = Value<'a>> {
        self.kept().map(value_of)
    }

    /// How many elements.
    #[must_use]
    pub fn len(self) -> usize {
        self.kept().count()
    }

    /// Has it no element?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    fn kept(self) -> Values<'a> {
        Values(self.0)
    }
}

/// Appends a field.
pub fn push_field(to: &mut Vec<u8>, name: Symbol, value: Value<'_>) {
    to.extend_from_slice(&name.0.to_le_bytes());
    push_value(to, value);
}

/// Appends a value without a name: an element of a list.
pub fn push_value(to: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Empty => push(to, EMPTY, &[], &[]),
        Value::Bool(flag) => push(to, BOOL, &[], if flag { &[1] } else { &[] }),
        Value::Int(number) => push_number(to, INT, &[], number.into()),
        Value::Decimal(number) => push_number(to, DECIMAL, &[number.scale()], number.mantissa()),
        Value::Symbol(symbol) => push_number(to, SYMBOL, &[], symbol.0.into()),
        Value::Day(day) => push_number(to, DAY, &[], day.number().into()),
        Value::Text(text) => push(to, TEXT, &[], text.as_bytes()),
        Value::List(list) => push(to, LIST, &[], list.0),
    }
}

fn push_number(to: &mut Vec<u8>, kind: u8, before: &[u8], number: i128) {
    let sign_and_digits = 129_u32.saturating_sub((number ^ (number >> 127)).leading_zeros());
    let length = if number == 0 { 0 } else { usize::try_from(sign_and_digits.div_ceil(8)).unwrap_or(16) };
    push(to, kind, before, number.to_le_bytes().get(..length).unwrap_or_default());
}

fn push(to: &mut Vec<u8>, kind: u8, before: &[u8], payload: &[u8]) {
    let length = before.len().saturating_add(payload.len());
    match u8::try_from(length) {
        Ok(short) if length < LONG => to.push(kind | (short << 3)),
        _ => {
            to.push(kind | 0b1111_1000);
            to.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        }
    }
    to.extend_from_slice(before);
    to.extend_from_slice(payload);
}

/// A value and what follows it.
fn split(bytes: &[u8]) -> Option<(Kept<'_>, &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let short = usize::from(tag >> 3);
    let (length, rest) = if short < LONG {
        (short, rest)
    } else {
        let (length, rest) = rest.split_first_chunk::<4>()?;
        (usize::try_from(u32::from_le_bytes(*length)).ok()?, rest)
    };
    let (payload, rest) = rest.split_at_checked(length)?;
    Some(((tag & 7, payload), rest))
}

fn value_of((kind, payload): Kept<'_>) -> Value<'_> {
    match kind {
        BOOL => Value::Bool(!payload.is_empty()),
        INT => Value::Int(number_of(payload)),
        DECIMAL => payload.split_first().map_or(Value::Empty, |(scale, digits)| {
            let is_short = digits.len() <= size_of::<i64>();
            let mantissa = if is_short { number_of(digits).into() } else { long_number_of(digits) };
            Value::Decimal(Decimal::new(mantissa, *scale))
        }),
        SYMBOL => u16::try_from(number_of(payload)).map_or(Value::Empty, |symbol| Value::Symbol(Symbol(symbol))),
        DAY => i32::try_from(number_of(payload)).map_or(Value::Empty, |day| Value::Day(Day::from_number(day))),
        TEXT => str::from_utf8(payload).map_or(Value::Empty, Value::Text),
        LIST => Value::List(List(payload)),
        _ => Value::Empty,
    }
}

/// A number of at most eight bytes; of more, the lowest eight.
fn number_of(payload: &[u8]) -> i64 {
    let sign = payload.last().map_or(0, |highest| i64::from(highest.cast_signed() >> 7));
    payload.iter().rev().fold(sign, |number, byte| (number << 8) | i64::from(*byte))
}

fn long_number_of(payload: &[u8]) -> i128 {
    let sign = payload.last().map_or(0, |highest| i128::from(highest.cast_signed() >> 7));
    payload.iter().rev().fold(sign, |number, byte| (number << 8) | i128::from(*byte))
}

fn is_sound((kind, payload): Kept<'_>) -> bool {
    match kind {
        EMPTY => payload.is_empty(),
        BOOL => matches!(payload, [] | [1]),
        INT => payload.len() <= 8,
        DECIMAL => (1..=17).contains(&payload.len()),
        SYMBOL => payload.len() <= 3 && u16::try_from(number_of(payload)).is_ok(),
        DAY => payload.len() <= 4,
        TEXT => str::from_utf8(payload).is_ok(),
        _ => {
            // A list holds no list: whoever reads it need not fear for the stack.
            let mut elements = List(payload).kept();
            elements.by_ref().all(|(kind, payload)| kind != LIST && is_sound((kind, payload))) && elements.0.is_empty()
        }
    }
}

#[cfg(test)]
mod tests;
