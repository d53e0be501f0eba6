//! Fields of records and named dates, both ways.
//!
//! # Invariants
//!
//! Lists are at most [`VALUE_DEPTH_MAX`] deep, both when written and when read, so that no bytes exhaust the stack.

use super::body_reader::each;
use super::error::{Defect, EncodeError};
use super::wire_writer::{Fields, Sink, zigzag, zigzag64};
use heng_core::FieldValue;
use heng_model::Day;

/// Most lists around a value of a field.
pub const VALUE_DEPTH_MAX: u32 = 16;

pub(super) fn field(message: &[u8]) -> Result<(&str, FieldValue<'_>), Defect> {
    let mut read = ("", FieldValue::Null);
    each(message, |field| {
        match field.number {
            1 => read.0 = field.text()?,
            2 => read.1 = value(field.bytes()?, VALUE_DEPTH_MAX)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(read)
}

fn value(message: &[u8], depth_left: u32) -> Result<FieldValue<'_>, Defect> {
    let mut value = FieldValue::Null;
    each(message, |field| {
        value = match field.number {
            1 => FieldValue::Text(field.text()?),
            2 => FieldValue::Int(field.sint64()?),
            3 => FieldValue::Bool(field.flag()?),
            4 => FieldValue::List(list(field.bytes()?, depth_left)?),
            _ => return Ok(()),
        };
        Ok(())
    })?;
    Ok(value)
}

fn list(message: &[u8], depth_left: u32) -> Result<Vec<FieldValue<'_>>, Defect> {
    let depth_left = depth_left.checked_sub(1).ok_or(Defect::TooDeep)?;
    let mut values = Vec::new();
    each(message, |field| {
        if field.number == 1 {
            values.push(value(field.bytes()?, depth_left)?);
        }
        Ok(())
    })?;
    Ok(values)
}

pub(super) fn named_date(message: &[u8]) -> Result<(&str, Option<Day>), Defect> {
    let mut date = ("", None);
    each(message, |field| {
        match field.number {
            1 => date.0 = field.text()?,
            2 => date.1 = Some(field.day()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(date)
}

/// A named date of a new record, which cannot be an empty one.
pub(super) fn required_date(message: &[u8]) -> Result<(&str, Day), Defect> {
    let (name, day) = named_date(message)?;
    Ok((name, day.ok_or(Defect::Absent("day"))?))
}

/// Refuses values whose lists nest deeper than readers follow.
pub(super) fn check_depth(fields: &[(&str, FieldValue<'_>)]) -> Result<(), EncodeError> {
    match fields.iter().find(|(_, value)| !fits(value, VALUE_DEPTH_MAX)) {
        None => Ok(()),
        Some((name, _)) => Err(EncodeError::TooDeep { field: (*name).to_owned(), depth_max: VALUE_DEPTH_MAX }),
    }
}

fn fits(value: &FieldValue<'_>, depth_left: u32) -> bool {
    match (value, depth_left.checked_sub(1)) {
        (FieldValue::List(list), Some(depth_left)) => list.iter().all(|value| fits(value, depth_left)),
        (FieldValue::List(_), None) => false,
        _ => true,
    }
}

/// A field and its value; an absent value is null.
pub(super) struct Named<'a>(pub(super) &'a str, pub(super) &'a FieldValue<'a>);

impl Fields for Named<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.0);
        if !matches!(self.1, FieldValue::Null) {
            to.message(2, self.1);
        }
    }
}

impl Fields for FieldValue<'_> {
    fn put(&self, to: &mut impl Sink) {
        match self {
            FieldValue::Null => {}
            FieldValue::Text(text) => to.bytes(1, text.as_bytes()),
            FieldValue::Int(int) => to.varint(2, zigzag64(*int)),
            FieldValue::Bool(flag) => to.varint(3, (*flag).into()),
            FieldValue::List(list) => to.message(4, list),
        }
    }
}

impl Fields for Vec<FieldValue<'_>> {
    fn put(&self, to: &mut impl Sink) {
        self.iter().for_each(|value| to.message(1, value));
    }
}

/// A date that stands beside the item; without a day it is emptied.
pub(super) struct NamedDay<'a>(pub(super) &'a str, pub(super) Option<Day>);

impl Fields for NamedDay<'_> {
    fn put(&self, to: &mut impl Sink) {
        to.text(1, self.0);
        if let Some(day) = self.1 {
            to.varint(2, zigzag(day.number()));
        }
    }
}
