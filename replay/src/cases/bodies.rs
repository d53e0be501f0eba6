//! The statements of a case as the bodies of events have them.

use heng_core::{Body, Corrected, FieldValue, Fields, Profile, Recorded};
use heng_model::Day;
use heng_rules::{CaseAct, CaseProfile, CaseValue};

pub(super) fn recorded(act: &CaseAct) -> Result<Body<'_>, String> {
    let CaseAct::Record { record, item, dates, document_no, capacity, fields: stated } = act else {
        return Err("no record".to_owned());
    };
    let decided_on = decided_on(dates).ok_or("a record needs `decided_on`")?;
    Ok(Body::Recorded(Recorded {
        record,
        item,
        decided_on,
        document_no: document_no.as_deref(),
        capacity: capacity.as_deref(),
        dates: other_dates(dates).collect(),
        fields: fields(stated),
    }))
}

pub(super) fn corrected(act: &CaseAct) -> Result<Body<'_>, String> {
    let CaseAct::Correct { record, version, dates, fields: stated } = act else {
        return Err("no correction".to_owned());
    };
    let version = version.map(u64::try_from).transpose();
    Ok(Body::Corrected(Corrected {
        record,
        version: version.map_err(|_| "a version is no less than 0")?,
        decided_on: decided_on(dates),
        dates: other_dates(dates).map(|(name, day)| (name, Some(day))).collect(),
        fields: fields(stated),
        reason: None,
    }))
}

/// What a case says of a subject, as a registration says it.
pub(super) fn profile(stated: &CaseProfile, on: Option<Day>) -> Profile<'_> {
    Profile {
        on,
        kind: stated.kind,
        name: stated.name.as_deref(),
        region: stated.region.as_deref(),
        industry: stated.industry.as_deref(),
        registered_on: stated.registered_on,
        aliases: Vec::new(),
    }
}

fn decided_on(dates: &[(String, Day)]) -> Option<Day> {
    dates.iter().find(|(name, _)| name == "decided_on").map(|(_, day)| *day)
}

fn other_dates(dates: &[(String, Day)]) -> impl Iterator<Item = (&str, Day)> {
    dates.iter().filter(|(name, _)| name != "decided_on").map(|(name, day)| (name.as_str(), *day))
}

fn fields(stated: &[(String, CaseValue)]) -> Fields<'_> {
    stated.iter().map(|(name, it)| (name.as_str(), value(it))).collect()
}

fn value(stated: &CaseValue) -> FieldValue<'_> {
    match stated {
        CaseValue::Null => FieldValue::Null,
        CaseValue::Bool(flag) => FieldValue::Bool(*flag),
        CaseValue::Int(number) => FieldValue::Int(*number),
        CaseValue::Text(text) => FieldValue::Text(text),
        CaseValue::List(values) => FieldValue::List(values.iter().map(value).collect()),
    }
}
