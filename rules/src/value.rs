//! Values that conditions read, and the compact form in which a record keeps them.

use heng_model::{Day, Decimal, Symbol};

use crate::pack::FactIdx;

/// A value as a condition reads it.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// Nothing was stated: every comparison that reads it is false.
    Empty,
    /// bool
    Bool(bool),
    /// int, year
    Int(i64),
    /// decimal, money
    Decimal(Decimal),
    /// enum: a name of the pack
    Symbol(Symbol),
    /// date
    Day(Day),
    /// string
    Text(&'a str),
    /// list of the above
    List(List<'a>),
}

/// What a condition can ask for while it is evaluated.
pub trait Env {
    /// A field or named date of the record judged; [`Value::Empty`] where it has none.
    fn field(&self, name: Symbol) -> Value<'_>;
    /// A fact on the day judged.
    fn fact(&self, fact: FactIdx) -> Value<'_>;
}

/// A list field: its elements lie side by side in the subject's slots.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    elements: &'a [Slot],
    slots: &'a [Slot],
    texts: &'a [u8],
}

impl<'a> List<'a> {
    /// The elements, in the order of the event.
    pub fn iter(self) -> impl Iterator<Item = Value<'a>> {
        self.elements.iter().map(move |slot| slot.read(self.slots, self.texts))
    }

    /// How many elements.
    #[must_use]
    pub fn len(self) -> usize {
        self.elements.len()
    }

    /// Has it no element?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.elements.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
enum Tag {
    Empty,
    Bool,
    Int,
    Decimal,
    Symbol,
    Day,
    Text,
    List,
}

/// A field of a record in 16 bytes; texts and list elements lie in the arenas of the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The field's name.
    pub name: Symbol,
    tag: Tag,
    scale: u8,
    length: u32,
    payload: i64,
}

impl Slot {
    /// A field that holds a value without an arena; `None` for a decimal beyond 64 bits, a text or a list.
    #[must_use]
    pub fn scalar(name: Symbol, value: Value<'_>) -> Option<Self> {
        let (tag, scale, payload) = match value {
            Value::Empty => (Tag::Empty, 0, 0),
            Value::Bool(flag) => (Tag::Bool, 0, i64::from(flag)),
            Value::Int(number) => (Tag::Int, 0, number),
            Value::Decimal(number) => (Tag::Decimal, number.scale(), i64::try_from(number.mantissa()).ok()?),
            Value::Symbol(symbol) => (Tag::Symbol, 0, i64::from(symbol.0)),
            Value::Day(day) => (Tag::Day, 0, i64::from(day.number())),
            Value::Text(_) | Value::List(_) => return None,
        };
        Some(Self { name, tag, scale, length: 0, payload })
    }

    /// A field whose text lies at `at` in the text arena.
    #[must_use]
    pub fn text(name: Symbol, at: u32, length: u32) -> Self {
        Self { name, tag: Tag::Text, scale: 0, length, payload: i64::from(at) }
    }

    /// A field whose elements lie at `at` in the slot arena.
    #[must_use]
    pub fn list(name: Symbol, at: u32, length: u32) -> Self {
        Self { name, tag: Tag::List, scale: 0, length, payload: i64::from(at) }
    }

    /// The same field after its arenas were appended to others of these lengths.
    #[must_use]
    pub fn shifted(self, slots_by: u32, texts_by: u32) -> Self {
        let by = match self.tag {
            Tag::Text => texts_by,
            Tag::List => slots_by,
            _ => 0,
        };
        Self { payload: self.payload.saturating_add(i64::from(by)), ..self }
    }

    /// The field as 16 bytes, for a checkpoint.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let tag = [self.tag as u8, self.scale];
        let parts = [&self.name.0.to_le_bytes()[..], &tag, &self.length.to_le_bytes(), &self.payload.to_le_bytes()];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }

    /// A field from its 16 bytes; `None` where no field has them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        let [n0, n1, tag, scale, l0, l1, l2, l3, payload @ ..] = bytes;
        let tags = [Tag::Empty, Tag::Bool, Tag::Int, Tag::Decimal, Tag::Symbol, Tag::Day, Tag::Text, Tag::List];
        let tag = tags.into_iter().find(|known| *known as u8 == tag)?;
        Some(Self {
            name: Symbol(u16::from_le_bytes([n0, n1])),
            tag,
            scale,
            length: u32::from_le_bytes([l0, l1, l2, l3]),
            payload: i64::from_le_bytes(payload),
        })
    }

    /// The value, with the arenas that hold what does not fit here.
    #[must_use]
    pub fn read<'a>(&self, slots: &'a [Slot], texts: &'a [u8]) -> Value<'a> {
        match self.tag {
            Tag::Empty => Value::Empty,
            Tag::Bool => Value::Bool(self.payload != 0),
            Tag::Int => Value::Int(self.payload),
            Tag::Decimal => Value::Decimal(Decimal::new(i128::from(self.payload), self.scale)),
            Tag::Symbol => u16::try_from(self.payload).map_or(Value::Empty, |symbol| Value::Symbol(Symbol(symbol))),
            Tag::Day => i32::try_from(self.payload).map_or(Value::Empty, |day| Value::Day(Day::from_number(day))),
            Tag::Text => {
                self.within(texts).and_then(|text| str::from_utf8(text).ok()).map_or(Value::Empty, Value::Text)
            }
            Tag::List => {
                self.within(slots).map_or(Value::Empty, |elements| Value::List(List { elements, slots, texts }))
            }
        }
    }

    fn within<'a, T>(&self, arena: &'a [T]) -> Option<&'a [T]> {
        let at = usize::try_from(self.payload).ok()?;
        arena.get(at..at.checked_add(usize::try_from(self.length).ok()?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_sixteen_bytes() {
        assert_eq!(size_of::<Slot>(), 16);
    }
}
