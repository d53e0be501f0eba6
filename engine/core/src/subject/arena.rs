//! Names and fields of a subject's records, one record after another in one arena.
//!
//! # Invariants
//!
//! Parts lie in the order of the records, without gaps, so that an arena is a function of what its records say.
//! `part = u16 length of the name | name | fields`.

use super::{Record, RecordNo, Subject};
use heng_model::Symbol;
use heng_rules::{Fields, Value};
use std::ops::Range;

impl Record {
    fn range(&self) -> Range<usize> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        at..at.saturating_add(usize::try_from(self.length).unwrap_or(usize::MAX))
    }
}

fn small(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Name and fields of a part.
pub(super) fn split(part: &[u8]) -> Option<(&[u8], Fields<'_>)> {
    let (length, rest) = part.split_first_chunk::<2>()?;
    let (name, fields) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
    Some((name, Fields::new(fields)))
}

impl Subject {
    /// Adds a record with its fields, as [`heng_rules::fields::push_field`] makes them; a name has at most 65,535 bytes.
    pub fn add_record(&mut self, record: Record, name: &str, fields: &[u8]) -> RecordNo {
        let (number, at) = (RecordNo::from_index(self.records.len()), self.arena.len());
        self.arena.extend_from_slice(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes());
        self.arena.extend_from_slice(name.as_bytes());
        self.arena.extend_from_slice(fields);
        let length = small(self.arena.len().saturating_sub(at));
        self.records.push(Record { at: small(at), length, ..record });
        number
    }

    /// Adds the records of another subject, in their order.
    pub(super) fn add_records_of(&mut self, other: &Self, change: impl Fn(RecordNo, &Record) -> Record) {
        let shift = small(self.arena.len());
        self.arena.extend_from_slice(&other.arena);
        let moved = |(number, record): (RecordNo, &Record)| Record {
            at: record.at.saturating_add(shift),
            ..change(number, record)
        };
        self.records.extend(other.numbered().map(moved));
    }

    fn part(&self, record: &Record) -> Option<(&[u8], Fields<'_>)> {
        split(self.arena.get(record.range())?)
    }

    /// The source's name for a record.
    #[must_use]
    pub fn record_name(&self, record: &Record) -> &str {
        self.part(record).and_then(|(name, _)| str::from_utf8(name).ok()).unwrap_or_default()
    }

    /// The record that a source calls so.
    #[must_use]
    pub fn find_record(&self, source: Symbol, name: &str) -> Option<RecordNo> {
        let tag = super::name_tag(source, name);
        self.numbered()
            .find(|(_, record)| record.tag == tag && record.source == source && self.record_name(record) == name)
            .map(|(number, _)| number)
    }

    /// A field or named date of a record.
    #[must_use]
    pub fn field(&self, record: &Record, name: Symbol) -> Value<'_> {
        self.part(record).map_or(Value::Empty, |(_, fields)| fields.get(name))
    }

    /// Gives a field of a record another value.
    pub fn set_field(&mut self, number: RecordNo, name: Symbol, value: Value<'_>) {
        let Some(record) = self.record(number) else { return };
        let range = record.range();
        let Some((known_as, fields)) = self.part(record) else { return };
        let mut part = u16::try_from(known_as.len()).unwrap_or(u16::MAX).to_le_bytes().to_vec();
        part.extend_from_slice(known_as);
        fields.push_with(&mut part, name, value);
        let length = small(part.len());
        self.arena.splice(range, part);
        let mut at = None;
        for record in self.records.iter_mut().skip(number.at()) {
            match at {
                None => record.length = length,
                Some(at) => record.at = at,
            }
            at = Some(record.at.saturating_add(record.length));
        }
    }

    /// Can every name, field and statement of the profile be read?
    pub(super) fn is_sound(&self) -> bool {
        let is_sound = |record: &Record| {
            self.part(record).is_some_and(|(name, fields)| str::from_utf8(name).is_ok() && fields.is_sound())
        };
        self.records.iter().all(is_sound) && self.profile.is_sound()
    }
}
