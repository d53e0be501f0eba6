//! The bodies that have a handful of plain fields.

use super::body_reader::each;
use super::error::Defect;
use heng_core::{Body, Control};
use heng_model::{Day, DecisionId, SubjectId};

pub(super) fn retracted(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (mut record, mut reason) = ("", None);
    each(message, |field| {
        match field.number {
            1 => record = field.text()?,
            2 => reason = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Body::Retracted { record, reason })
}

pub(super) fn repaired(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (record, record_source, on, document_no) = standing(message)?;
    Ok(Body::Repaired { record, record_source, on, document_no })
}

pub(super) fn restored(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (record, record_source, on, document_no) = standing(message)?;
    Ok(Body::Restored { record, record_source, on, document_no })
}

/// What repairs and restorations have in common: record, its source, day, document number.
type Standing<'a> = (&'a str, Option<&'a str>, Option<Day>, Option<&'a str>);

fn standing(message: &[u8]) -> Result<Standing<'_>, Defect> {
    let (mut record, mut record_source, mut on, mut document_no) = ("", None, None, None);
    each(message, |field| {
        match field.number {
            1 => record = field.text()?,
            2 => record_source = Some(field.text()?),
            3 => on = Some(field.day()?),
            4 => document_no = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok((record, record_source, on, document_no))
}

pub(super) fn objection_filed(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (mut objection, mut record, mut record_source, mut on, mut reason) = ("", "", None, None, None);
    each(message, |field| {
        match field.number {
            1 => objection = field.text()?,
            2 => record = field.text()?,
            3 => record_source = Some(field.text()?),
            4 => on = Some(field.day()?),
            5 => reason = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Body::ObjectionFiled { objection, record, record_source, on, reason })
}

pub(super) fn objection_resolved(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (mut objection, mut record, mut on, mut upheld, mut reason) = ("", None, None, None, None);
    each(message, |field| {
        match field.number {
            1 => objection = field.text()?,
            2 => record = Some(field.text()?),
            3 => on = Some(field.day()?),
            4 => upheld = Some(field.either()?),
            5 => reason = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    let upheld = upheld.ok_or(Defect::Absent("outcome"))?;
    Ok(Body::ObjectionResolved { objection, record, on, upheld, reason })
}

pub(super) fn suspended(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (mut from, mut through, mut reason, mut document_no) = (Day::from_number(0), None, None, None);
    each(message, |field| {
        match field.number {
            1 => from = field.day()?,
            2 => through = Some(field.day()?),
            3 => reason = Some(field.text()?),
            4 => document_no = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok(Body::Suspended { from, through, reason, document_no })
}

/// A body whose only field is a day.
pub(super) fn only_day(message: &[u8]) -> Result<Option<Day>, Defect> {
    let mut on = None;
    each(message, |field| {
        if field.number == 1 {
            on = Some(field.day()?);
        }
        Ok(())
    })?;
    Ok(on)
}

pub(super) fn linked(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (role, to, on) = link(message)?;
    Ok(Body::Linked { role, to, on })
}

pub(super) fn unlinked(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (role, to, on) = link(message)?;
    Ok(Body::Unlinked { role, to, on })
}

fn link(message: &[u8]) -> Result<(&str, SubjectId, Option<Day>), Defect> {
    let (mut role, mut to, mut on) = ("", "", None);
    each(message, |field| {
        match field.number {
            1 => role = field.text()?,
            2 => to = field.text()?,
            3 => on = Some(field.day()?),
            _ => {}
        }
        Ok(())
    })?;
    Ok((role, to.parse()?, on))
}

pub(super) fn merged(message: &[u8]) -> Result<Body<'_>, Defect> {
    let mut into = "";
    each(message, |field| {
        if field.number == 1 {
            into = field.text()?;
        }
        Ok(())
    })?;
    Ok(Body::Merged { into: into.parse()? })
}

pub(super) fn responded(message: &[u8]) -> Result<Body<'_>, Defect> {
    let (mut decision, mut authority, mut applied, mut on) = (None, "", None, None);
    let (mut reason, mut document_no) = (None, None);
    each(message, |field| {
        match field.number {
            1 => decision = Some(field.decision_id()?),
            2 => authority = field.text()?,
            3 => applied = Some(field.either()?),
            4 => on = Some(field.day()?),
            5 => reason = Some(field.text()?),
            6 => document_no = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    let decision = decision.ok_or(Defect::Absent("decision"))?;
    let applied = applied.ok_or(Defect::Absent("answer"))?;
    Ok(Body::Responded { decision, authority, applied, on, reason, document_no })
}

pub(super) fn reviewed(message: &[u8], confirmed: bool) -> Result<Body<'_>, Defect> {
    let (mut decision, mut officer, mut on, mut reason): (Option<DecisionId>, _, _, _) = (None, "", None, None);
    each(message, |field| {
        match field.number {
            1 => decision = Some(field.decision_id()?),
            2 => officer = field.text()?,
            3 => on = Some(field.day()?),
            4 => reason = Some(field.text()?),
            _ => {}
        }
        Ok(())
    })?;
    let decision = decision.ok_or(Defect::Absent("decision"))?;
    Ok(Body::Reviewed { decision, confirmed, officer, on, reason })
}

pub(super) fn day_opened(message: &[u8]) -> Result<Control<'_>, Defect> {
    Ok(Control::DayOpened { date: only_day(message)?.unwrap_or(Day::from_number(0)) })
}

pub(super) fn pack_activated(message: &[u8]) -> Result<Control<'_>, Defect> {
    let (mut pack, mut version, mut sha256, mut on) = ("", "", None, Day::from_number(0));
    each(message, |field| {
        match field.number {
            1 => pack = field.text()?,
            2 => version = field.text()?,
            3 => sha256 = Some(field.hash()?),
            4 => on = field.day()?,
            _ => {}
        }
        Ok(())
    })?;
    Ok(Control::PackActivated { pack, version, sha256: sha256.ok_or(Defect::Absent("sha256"))?, on })
}

pub(super) fn fold_activated(message: &[u8]) -> Result<Control<'_>, Defect> {
    let mut version = 0;
    each(message, |field| {
        if field.number == 1 {
            version = field.uint32()?;
        }
        Ok(())
    })?;
    Ok(Control::FoldActivated { version })
}
