//! The `data` of each event type.

use super::error::LineError;
use super::json::Json;
use super::object::Object;
use super::{EventType, NAME_BYTES_MAX};
use heng_core::{Body, Corrected, FieldValue, Fields, NAMED_DATES, Profile, Recorded};
use heng_model::{DecisionId, SubjectId, SubjectKind};

const RECORD: &str = "name the record as its source does";
const OBJECTION: &str = "name the objection as its source does";
const DECISION: &str = "write the decision id, 64 hexadecimal digits";
pub(super) const OTHER_SUBJECT: &str = "write the other subject: a unified social credit code or a registered alias";

/// Reads `data`; `other` is the subject that `to` or `into` names.
pub(super) fn read<'j>(kind: EventType, data: Object<'j>, other: Option<SubjectId>) -> Result<Body<'j>, LineError> {
    data.only(kind, kind.keys())?;
    Ok(match kind {
        EventType::Recorded => Body::Recorded(recorded(data)?),
        EventType::Corrected => Body::Corrected(corrected(data)?),
        EventType::Retracted => Body::Retracted { record: data.name("record", RECORD)?, reason: data.text("reason")? },
        EventType::Repaired => Body::Repaired {
            record: data.name("record", RECORD)?,
            record_source: data.opt_name("record_source")?,
            on: data.opt_day("on")?,
            document_no: data.text("document_no")?,
        },
        EventType::Restored => Body::Restored {
            record: data.name("record", RECORD)?,
            record_source: data.opt_name("record_source")?,
            on: data.opt_day("on")?,
            document_no: data.text("document_no")?,
        },
        EventType::ObjectionFiled => Body::ObjectionFiled {
            objection: data.name("objection", OBJECTION)?,
            record: data.name("record", RECORD)?,
            record_source: data.opt_name("record_source")?,
            on: data.opt_day("on")?,
            reason: data.text("reason")?,
        },
        EventType::ObjectionResolved => Body::ObjectionResolved {
            objection: data.name("objection", OBJECTION)?,
            record: data.opt_name("record")?,
            on: data.opt_day("on")?,
            upheld: either(data, "outcome", ["upheld", "rejected"])?,
            reason: data.text("reason")?,
        },
        EventType::Suspended => suspended(data)?,
        EventType::Resumed => Body::Resumed { on: data.opt_day("on")? },
        EventType::Registered => Body::Registered(registered(data)?),
        EventType::Changed => Body::Changed(profile(data)?),
        EventType::Deregistered => Body::Deregistered { on: data.opt_day("on")? },
        EventType::Linked => {
            Body::Linked { role: role(data)?, to: subject(data, "to", other)?, on: data.opt_day("on")? }
        }
        EventType::Unlinked => {
            Body::Unlinked { role: role(data)?, to: subject(data, "to", other)?, on: data.opt_day("on")? }
        }
        EventType::Merged => Body::Merged { into: subject(data, "into", other)? },
        EventType::Responded => responded(data)?,
        EventType::Confirmed => reviewed(data, true)?,
        EventType::Declined => reviewed(data, false)?,
    })
}

fn recorded(data: Object<'_>) -> Result<Recorded<'_>, LineError> {
    let mut dates = Vec::new();
    for name in NAMED_DATES {
        if let Some(day) = data.opt_day(name)? {
            dates.push((name, day));
        }
    }
    Ok(Recorded {
        record: data.name("record", RECORD)?,
        item: data.name("item", "write the code of a catalogued item, such as tax.major_violation")?,
        decided_on: data.day("decided_on", "write the day of the decision as YYYY-MM-DD")?,
        document_no: data.text("document_no")?,
        capacity: data.opt_name("capacity")?,
        dates,
        fields: fields(data)?,
    })
}

fn corrected(data: Object<'_>) -> Result<Corrected<'_>, LineError> {
    let version = match data.get("version") {
        None => None,
        Some(Json::Int(number)) => {
            let expected = || data.bad("version", &number.to_string(), "a whole number that is not negative");
            Some(u64::try_from(*number).map_err(|_| expected())?)
        }
        Some(other) => return Err(data.wrong_type("version", other, "a whole number")),
    };
    if matches!(data.sent("decided_on"), Some(Json::Null)) {
        return Err(data.missing("decided_on", "a correction may replace it but not empty it, leave the key out"));
    }
    let mut dates = Vec::new();
    for name in NAMED_DATES {
        match data.sent(name) {
            None => {}
            Some(Json::Null) => dates.push((name, None)),
            Some(value) => dates.push((name, Some(data.read_day(name, value)?))),
        }
    }
    Ok(Corrected {
        record: data.name("record", RECORD)?,
        version,
        decided_on: data.opt_day("decided_on")?,
        dates,
        fields: fields(data)?,
        reason: data.text("reason")?,
    })
}

fn suspended(data: Object<'_>) -> Result<Body<'_>, LineError> {
    let from = data.day("from", "write the first day of the suspension as YYYY-MM-DD")?;
    let through = data.opt_day("through")?;
    if let Some(through) = through
        && through < from
    {
        return Err(data.bad("through", &through.to_string(), format!("a day from `data.from`, {from}, on")));
    }
    Ok(Body::Suspended { from, through, reason: data.text("reason")?, document_no: data.text("document_no")? })
}

fn fields(data: Object<'_>) -> Result<Fields<'_>, LineError> {
    let entries = match data.get("fields") {
        None => return Ok(Vec::new()),
        Some(Json::Object(entries)) => entries,
        Some(other) => return Err(data.wrong_type("fields", other, "an object of fields by name")),
    };
    let inside = Object { prefix: "data.fields.", entries };
    let mut fields = Vec::with_capacity(entries.len());
    for (name, value) in entries {
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(inside.bad(name, name, format!("a field's name of 1 to {NAME_BYTES_MAX} bytes")));
        }
        fields.push((name.as_ref(), field(inside, name, value, true)?));
    }
    Ok(fields)
}

fn field<'j>(inside: Object<'j>, name: &str, value: &'j Json<'j>, lists: bool) -> Result<FieldValue<'j>, LineError> {
    Ok(match value {
        Json::Null if lists => FieldValue::Null,
        Json::Bool(flag) => FieldValue::Bool(*flag),
        Json::Int(number) => FieldValue::Int(*number),
        Json::Text(text) => FieldValue::Text(text),
        Json::List(items) if lists => {
            FieldValue::List(items.iter().map(|item| field(inside, name, item, false)).collect::<Result<_, _>>()?)
        }
        other if lists => return Err(inside.wrong_type(name, other, "a string, integer, bool or a list of these")),
        other => return Err(inside.wrong_type(name, other, "in its list a string, integer or bool")),
    })
}

fn registered(data: Object<'_>) -> Result<Profile<'_>, LineError> {
    for (key, remedy) in [
        ("kind", "write the kind of subject, such as enterprise"),
        ("name", "write the registered name"),
        ("region", "write the region's code of GB/T 2260, six digits"),
    ] {
        data.name(key, remedy)?;
    }
    profile(data)
}

fn profile(data: Object<'_>) -> Result<Profile<'_>, LineError> {
    let kind = data.text("kind")?.map(|word| {
        let words: Vec<&str> = SubjectKind::ALL.into_iter().map(SubjectKind::word).collect();
        SubjectKind::from_word(word).ok_or_else(|| {
            data.bad("kind", word, format!("a kind of subject, {}", crate::suggest::remedy(word, &words)))
        })
    });
    Ok(Profile {
        on: data.opt_day("on")?,
        kind: kind.transpose()?,
        name: data.text("name")?,
        region: data.opt_name("region")?,
        industry: data.opt_name("industry")?,
        registered_on: data.opt_day("registered_on")?,
        aliases: aliases(data)?,
    })
}

fn aliases(data: Object<'_>) -> Result<Vec<(&str, &str)>, LineError> {
    let list = match data.get("aliases") {
        None => return Ok(Vec::new()),
        Some(Json::List(list)) => list,
        Some(other) => return Err(data.wrong_type("aliases", other, "a list of {\"scheme\":…,\"code\":…}")),
    };
    let mut aliases = Vec::with_capacity(list.len());
    for (at, alias) in list.iter().enumerate() {
        let key = format!("aliases[{at}]");
        let Json::Object(entries) = alias else {
            return Err(data.wrong_type(&key, alias, "an object {\"scheme\":…,\"code\":…}"));
        };
        let prefix = format!("data.{key}.");
        aliases.push(pair(&prefix, entries)?);
    }
    Ok(aliases)
}

/// The prefix lives only as long as the reading, so the texts are taken from the entries themselves.
fn pair<'j>(prefix: &str, entries: &'j super::json::Entries<'j>) -> Result<(&'j str, &'j str), LineError> {
    let alias = Object { prefix, entries };
    alias.only(EventType::Registered, &["scheme", "code"])?;
    alias.name("scheme", "write the scheme of the code")?;
    alias.name("code", "write the code")?;
    let text = |key: &str| {
        entries.iter().find_map(|(name, value)| match value {
            Json::Text(text) if name == key => Some(text.as_ref()),
            _ => None,
        })
    };
    Ok((text("scheme").unwrap_or_default(), text("code").unwrap_or_default()))
}

fn responded(data: Object<'_>) -> Result<Body<'_>, LineError> {
    let applied = either(data, "answer", ["applied", "not_applied"])?;
    let reason = data.text("reason")?;
    if !applied && reason.is_none_or(str::is_empty) {
        return Err(data.missing("reason", "an authority that does not apply a measure says why"));
    }
    Ok(Body::Responded {
        decision: decision(data)?,
        authority: data.name("authority", "write the code of the answering authority")?,
        applied,
        on: data.opt_day("on")?,
        reason,
        document_no: data.text("document_no")?,
    })
}

fn reviewed(data: Object<'_>, confirmed: bool) -> Result<Body<'_>, LineError> {
    Ok(Body::Reviewed {
        decision: decision(data)?,
        confirmed,
        officer: data.name("officer", "write who confirmed or declined")?,
        on: data.opt_day("on")?,
        reason: data.text("reason")?,
    })
}

fn role(data: Object<'_>) -> Result<&str, LineError> {
    data.name("role", "write the role of the other subject, such as legal_representative")
}

fn subject(data: Object<'_>, key: &str, other: Option<SubjectId>) -> Result<SubjectId, LineError> {
    other.ok_or_else(|| data.missing(key, OTHER_SUBJECT))
}

fn decision(data: Object<'_>) -> Result<DecisionId, LineError> {
    let text = data.name("decision", DECISION)?;
    text.parse().map_err(|_| data.bad("decision", text, "a decision id, 64 hexadecimal digits"))
}

/// Is it the first of two words?
fn either(data: Object<'_>, key: &str, words: [&str; 2]) -> Result<bool, LineError> {
    let expected = format!("`{}` or `{}`", words[0], words[1]);
    match data.text(key)? {
        None => Err(data.missing(key, &format!("write {expected}"))),
        Some(word) if word == words[0] => Ok(true),
        Some(word) if word == words[1] => Ok(false),
        Some(other) => Err(data.bad(key, other, expected)),
    }
}
