//! Fields of records and named dates, both ways.
//!
//! # Invariants
//!
//! Lists are at most [`VALUE_DEPTH_MAX`] deep, both when written and when read, so that no bytes exhaust the stack.

use super::body_reader::each;
use super::error::{Defect, EncodeError};
use heng_core::FieldValue;
use heng_model::Day;
use heng_proto::event::v1 as proto;

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

pub(super) fn write_fields(fields: &[(&str, FieldValue<'_>)]) -> Result<Vec<proto::Field>, EncodeError> {
    let write = |(name, value): &(&str, FieldValue<'_>)| {
        let too_deep = || EncodeError::TooDeep { field: (*name).to_owned(), depth_max: VALUE_DEPTH_MAX };
        let value = match value {
            FieldValue::Null => None,
            value => Some(write_value(value, VALUE_DEPTH_MAX).ok_or_else(too_deep)?),
        };
        Ok(proto::Field { name: (*name).to_owned(), value })
    };
    fields.iter().map(write).collect()
}

/// `None` where lists nest too deep.
fn write_value(value: &FieldValue<'_>, depth_left: u32) -> Option<proto::FieldValue> {
    use proto::field_value::Value;
    let value = match value {
        FieldValue::Null => None,
        FieldValue::Text(text) => Some(Value::Text((*text).to_owned())),
        FieldValue::Int(int) => Some(Value::Int(*int)),
        FieldValue::Bool(flag) => Some(Value::Flag(*flag)),
        FieldValue::List(list) => {
            let depth_left = depth_left.checked_sub(1)?;
            let values = list.iter().map(|value| write_value(value, depth_left)).collect::<Option<_>>()?;
            Some(Value::List(proto::FieldValueList { values }))
        }
    };
    Some(proto::FieldValue { value })
}

pub(super) fn write_date(name: &str, day: Option<Day>) -> proto::NamedDate {
    proto::NamedDate { name: name.to_owned(), day: day.map(Day::number) }
}
