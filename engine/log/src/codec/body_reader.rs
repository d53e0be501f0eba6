//! The bodies of events and control events, read by type and schema.
//!
//! # Invariants
//!
//! A schema that was ever written is read for ever: a new one is a new arm, and what it lacks or renames is turned here
//! into what the core knows. Nothing outside this module sees a schema number.

use super::SCHEMA;
use super::error::{DecodeError, Defect};
use super::field_value::{field as read_field, named_date, required_date};
use super::small_bodies::{
    day_opened, fold_activated, linked, merged, objection_filed, objection_resolved, only_day, pack_activated,
    repaired, responded, restored, retracted, reviewed, suspended, unlinked,
};
use super::wire::{Field, Reader};
use heng_core::{Body, Control, Corrected, Profile, Recorded};
use heng_model::{Day, SubjectKind};

type ReadBody = for<'b> fn(&'b [u8]) -> Result<Body<'b>, Defect>;
type ReadControl = for<'b> fn(&'b [u8]) -> Result<Control<'b>, Defect>;

/// Reads the body of an event of a type and a schema: the one function that does, live and in replay.
///
/// # Errors
///
/// Where this release knows no such type or schema, or the bytes are no such body.
pub fn upcast<'a>(type_name: &str, schema: u32, body: &'a [u8]) -> Result<Body<'a>, DecodeError> {
    let read: ReadBody = match type_name {
        "credit.recorded" => recorded,
        "credit.corrected" => corrected,
        "credit.retracted" => retracted,
        "credit.repaired" => repaired,
        "credit.restored" => restored,
        "objection.filed" => objection_filed,
        "objection.resolved" => objection_resolved,
        "measures.suspended" => suspended,
        "measures.resumed" => |body| Ok(Body::Resumed { on: only_day(body)? }),
        "subject.registered" => |body| Ok(Body::Registered(profile(body)?)),
        "subject.changed" => |body| Ok(Body::Changed(profile(body)?)),
        "subject.deregistered" => |body| Ok(Body::Deregistered { on: only_day(body)? }),
        "subject.linked" => linked,
        "subject.unlinked" => unlinked,
        "subject.merged" => merged,
        "measure.responded" => responded,
        "review.confirmed" => |body| reviewed(body, true),
        "review.declined" => |body| reviewed(body, false),
        _ => return Err(DecodeError::Type { type_name: type_name.to_owned(), schema }),
    };
    read_as(type_name, schema, body, read)
}

/// Reads the body of a control event.
pub(super) fn control<'a>(type_name: &str, schema: u32, body: &'a [u8]) -> Result<Control<'a>, DecodeError> {
    let read: ReadControl = match type_name {
        "day.opened" => day_opened,
        "pack.activated" => pack_activated,
        "fold.activated" => fold_activated,
        _ => return Err(DecodeError::Type { type_name: type_name.to_owned(), schema }),
    };
    read_as(type_name, schema, body, read)
}

/// Reads a body of schema 1, so far the only schema of every type.
pub(super) fn read_as<'a, T>(
    type_name: &str,
    schema: u32,
    body: &'a [u8],
    read: impl FnOnce(&'a [u8]) -> Result<T, Defect>,
) -> Result<T, DecodeError> {
    if schema != SCHEMA {
        return Err(DecodeError::Schema { type_name: type_name.to_owned(), schema, newest: SCHEMA });
    }
    read(body).map_err(|defect| DecodeError::Body { type_name: type_name.to_owned(), defect })
}

/// Hands every field of a message to `read`, which ignores the numbers it does not know.
#[inline]
pub(super) fn each<'a>(message: &'a [u8], mut read: impl FnMut(Field<'a>) -> Result<(), Defect>) -> Result<(), Defect> {
    let mut reader = Reader::new(message);
    while let Some(field) = reader.field()? {
        read(field)?;
    }
    Ok(())
}

/// Fields of a record for which room is made at once.
const FIELDS_EXPECTED: usize = 8;

fn recorded(message: &[u8]) -> Result<Body<'_>, Defect> {
    let mut body = Recorded {
        record: "",
        item: "",
        decided_on: Day::from_number(0),
        document_no: None,
        capacity: None,
        dates: Vec::new(),
        fields: Vec::new(),
    };
    each(message, |field| {
        match field.number {
            1 => body.record = field.text()?,
            2 => body.item = field.text()?,
            3 => body.decided_on = field.day()?,
            4 => body.document_no = Some(field.text()?),
            5 => body.capacity = Some(field.text()?),
            6 => body.dates.push(required_date(field.bytes()?)?),
            7 => {
                if body.fields.is_empty() {
                    body.fields.reserve(FIELDS_EXPECTED);
                }
                body.fields.push(read_field(field.bytes()?)?);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(Body::Recorded(body))
}

fn corrected(message: &[u8]) -> Result<Body<'_>, Defect> {
    let mut body =
        Corrected { record: "", version: None, decided_on: None, dates: Vec::new(), fields: Vec::new(), reason: None };
    each(message, |field| {
        match field.number {
            1 => body.record = field.text()?,
            2 => body.version = Some(field.uint64()?),
            3 => body.decided_on = Some(field.day()?),
            4 => body.dates.push(named_date(field.bytes()?)?),
            5 => body.fields.push(read_field(field.bytes()?)?),
            6 => body.reason = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Body::Corrected(body))
}

fn profile(message: &[u8]) -> Result<Profile<'_>, Defect> {
    let mut body = Profile::default();
    each(message, |field| {
        match field.number {
            1 => body.on = Some(field.day()?),
            2 => body.kind = kind(field)?,
            3 => body.name = Some(field.text()?),
            4 => body.region = Some(field.text()?),
            5 => body.industry = Some(field.text()?),
            6 => body.registered_on = Some(field.day()?),
            7 => body.aliases.push(alias(field.bytes()?)?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(body)
}

fn kind(field: Field<'_>) -> Result<Option<SubjectKind>, Defect> {
    Ok(Some(match field.uint32()? {
        0 => return Ok(None),
        1 => SubjectKind::Enterprise,
        2 => SubjectKind::IndividualBusiness,
        3 => SubjectKind::Cooperative,
        4 => SubjectKind::Institution,
        5 => SubjectKind::SocialOrganisation,
        6 => SubjectKind::GovernmentBody,
        7 => SubjectKind::Person,
        value => return Err(Defect::Value { field: field.number, value }),
    }))
}

fn alias(message: &[u8]) -> Result<(&str, &str), Defect> {
    let mut alias = ("", "");
    each(message, |field| {
        match field.number {
            1 => alias.0 = field.text()?,
            2 => alias.1 = field.text()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(alias)
}
