//! The `CloudEvents` envelope of a line.

use super::EventType;
use super::body;
use super::data::data;
use super::error::{LineError, shorten};
use super::json::{self, Entries, Json};
use super::object::Object;
use super::owned::Sent;
use crate::instant::parse_instant;
use crate::lines::LINE_BYTES_MAX;
use crate::suggest;
use heng_core::{Body, Event};
use heng_model::SubjectId;
use std::borrow::Cow;

/// The envelope of an event, checked, with its data still as sent.
#[derive(Debug)]
pub struct ParsedEvent<'l> {
    kind: EventType,
    source: Cow<'l, str>,
    id: Cow<'l, str>,
    subject: Cow<'l, str>,
    time: Option<(Cow<'l, str>, i64)>,
    traceparent: Option<Cow<'l, str>>,
    data: Entries<'l>,
}

/// The media type of a whole event in JSON (`CloudEvents` JSON format 1.0, section 3).
pub const STRUCTURED: &str = "application/cloudevents+json";

const ATTRIBUTES: [&str; 9] =
    ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data"];

/// Reads the envelope of one line; [`ParsedEvent::event`] then reads its data.
///
/// # Errors
/// [`LineError`] where the line is not JSON or its envelope not that of the contract.
pub fn parse_line(line: &[u8]) -> Result<ParsedEvent<'_>, LineError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(LineError::TooLong { bytes: line.len() as u64 });
    }
    let text = str::from_utf8(line).map_err(|error| LineError::NotUtf8 { offset: error.valid_up_to() })?;
    match json::read(text).map_err(|error| malformed(&error))? {
        Json::Object(entries) => envelope(entries),
        other => Err(LineError::NotAnObject { found: other.kind() }),
    }
}

/// Reads an envelope that came apart from its data, as one line of both is read.
///
/// # Errors
/// [`LineError`] as [`parse_line`].
pub(super) fn parse_parts(sent: &Sent) -> Result<ParsedEvent<'_>, LineError> {
    if sent.data.len() > LINE_BYTES_MAX {
        return Err(LineError::TooLong { bytes: sent.data.len() as u64 });
    }
    let text = str::from_utf8(&sent.data).map_err(|error| LineError::NotUtf8 { offset: error.valid_up_to() })?;
    with_data(sent, json::read(text).map_err(|error| malformed(&error))?)
}

/// Reads an envelope that came apart from its data, and with these in another form than JSON, as one line of both is read.
///
/// # Errors
/// [`LineError`] as [`parse_line`].
pub(super) fn parse_body<'l>(sent: &'l Sent, body: &Body<'l>) -> Result<ParsedEvent<'l>, LineError> {
    let data = data(body);
    json::check_data(&data)?;
    with_data(sent, Json::Object(data))
}

fn with_data<'l>(sent: &'l Sent, data: Json<'l>) -> Result<ParsedEvent<'l>, LineError> {
    let spec_version = if sent.spec_version.is_empty() { "1.0" } else { &sent.spec_version };
    let texts = [
        ("specversion", spec_version),
        ("id", &sent.id),
        ("source", &sent.source),
        ("type", &sent.kind),
        ("subject", &sent.subject),
        ("time", &sent.time),
        ("datacontenttype", &sent.data_content_type),
        ("traceparent", &sent.traceparent),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
    let mut entries: Entries<'l> =
        texts.map(|(name, text)| (Cow::Borrowed(name), Json::Text(Cow::Borrowed(text)))).collect();
    entries.push((Cow::Borrowed("data"), data));
    envelope(entries)
}

fn malformed(error: &serde_json::Error) -> LineError {
    let what = error.to_string();
    let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
    LineError::Malformed { column: error.column(), what: what.to_owned() }
}

fn envelope(mut entries: Entries<'_>) -> Result<ParsedEvent<'_>, LineError> {
    check_attributes(&entries)?;
    let whole = Object { prefix: "", entries: &entries };
    let version = whole.name("specversion", "write \"specversion\":\"1.0\"").map_err(|error| near(error, &whole))?;
    if version != "1.0" {
        return Err(whole.bad("specversion", version, "`1.0`, the version of CloudEvents"));
    }
    if let Some(kind) = whole.text("datacontenttype")?
        && !is_json(kind)
    {
        return Err(whole.bad("datacontenttype", kind, "`application/json`: send the data as JSON, or leave it out"));
    }
    let remedies = [
        ("id", "write an id that is unique for the source"),
        ("source", "write the source of the authority, such as /gov/420000/tax"),
        ("type", "write the type of the event, such as credit.recorded"),
        ("subject", "write whom the event is about: a unified social credit code or a registered alias"),
    ];
    for (key, remedy) in remedies {
        whole.name(key, remedy).map_err(|error| near(error, &whole))?;
    }
    let kind = EventType::parse(whole.text("type")?.unwrap_or_default())?;
    let time_ms =
        whole.text("time")?.map(|time| parse_instant(time).map_err(|_| bad_time(&whole, time))).transpose()?;
    whole.opt_name("traceparent")?;
    match whole.get("data") {
        Some(Json::Object(_)) => {}
        Some(other) => return Err(whole.wrong_type("data", other, "an object with the fields of the event type")),
        None => return Err(whole.missing("data", "write the fields of the event type as an object")),
    }
    let time = take_text(&mut entries, "time").zip(time_ms);
    Ok(ParsedEvent {
        kind,
        source: take_text(&mut entries, "source").unwrap_or_default(),
        id: take_text(&mut entries, "id").unwrap_or_default(),
        subject: take_text(&mut entries, "subject").unwrap_or_default(),
        time,
        traceparent: take_text(&mut entries, "traceparent"),
        data: take_data(&mut entries),
    })
}

fn check_attributes(entries: &Entries<'_>) -> Result<(), LineError> {
    for (name, value) in entries {
        let extension = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if name == "data_base64" || !extension {
            let remedy = match name.as_ref() {
                "data_base64" => "write `data` as a JSON object".to_owned(),
                _ => match suggest::nearest(name, &ATTRIBUTES) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "leave it out, or put it into `data` if it is a field".to_owned(),
                },
            };
            return Err(LineError::UnknownAttribute { name: shorten(name), remedy });
        }
        if !ATTRIBUTES.contains(&name.as_ref()) && matches!(value, Json::List(_) | Json::Object(_) | Json::Inexact(_)) {
            let whole = Object { prefix: "", entries };
            let path = whole.path(name);
            let expected = "a string, an integer or a bool, as extension attributes are";
            return Err(LineError::WrongType { path, found: value.describe(), expected });
        }
    }
    Ok(())
}

/// A missing attribute may stand under a mistyped name, which was taken for an extension.
fn near(error: LineError, whole: &Object<'_>) -> LineError {
    let LineError::Missing { path, remedy } = error else { return error };
    let extensions = whole.entries.iter().map(|(name, _)| name.as_ref());
    let extensions: Vec<&str> = extensions.filter(|name| !ATTRIBUTES.contains(name)).collect();
    let remedy = match suggest::nearest(&path, &extensions) {
        Some(mistyped) => format!("rename `{mistyped}` if that is it"),
        None => remedy,
    };
    LineError::Missing { path, remedy }
}

fn bad_time(whole: &Object<'_>, time: &str) -> LineError {
    whole.bad("time", time, "an instant of RFC 3339, such as 2023-05-11T09:30:00+08:00")
}

fn is_json(content_type: &str) -> bool {
    let (kind, parameter) = content_type.split_once(';').unwrap_or((content_type, "charset=utf-8"));
    kind.trim().eq_ignore_ascii_case("application/json") && parameter.trim().eq_ignore_ascii_case("charset=utf-8")
}

fn take_text<'l>(entries: &mut Entries<'l>, key: &str) -> Option<Cow<'l, str>> {
    entries.iter_mut().find(|(name, _)| name == key).and_then(|(_, value)| match value {
        Json::Text(text) => Some(std::mem::take(text)),
        _ => None,
    })
}

fn take_data<'l>(entries: &mut Entries<'l>) -> Entries<'l> {
    let data = entries.iter_mut().find(|(name, _)| name == "data");
    data.map_or_else(
        Vec::new,
        |(_, value)| if let Json::Object(data) = value { std::mem::take(data) } else { Vec::new() },
    )
}

impl ParsedEvent<'_> {
    /// Type of the event.
    #[must_use]
    pub fn kind(&self) -> EventType {
        self.kind
    }

    /// `CloudEvents` source.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// `CloudEvents` id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The subject as sent: a canonical id, or an alias that the caller resolves.
    #[must_use]
    pub fn subject_as_sent(&self) -> &str {
        &self.subject
    }

    /// The subject that `data.to` or `data.into` names, as sent; `None` for types that name no other.
    ///
    /// # Errors
    /// [`LineError`] where it is missing or no name.
    pub fn other_subject_as_sent(&self) -> Result<Option<&str>, LineError> {
        let Some(key) = self.kind.other_subject_key() else { return Ok(None) };
        self.data().name(key, body::OTHER_SUBJECT).map(Some)
    }

    /// The `time` that the source claims, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn time_ms(&self) -> Option<i64> {
        self.time.as_ref().map(|(_, ms)| *ms)
    }

    /// The `time` that the source claims, as sent.
    #[must_use]
    pub fn claimed_time(&self) -> Option<&str> {
        self.time.as_ref().map(|(text, _)| text.as_ref())
    }

    /// The extension attribute `traceparent`.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.traceparent.as_deref()
    }

    /// The event about a subject that the caller resolved, and for links and merges the other subject; where `other`
    /// is `None`, its text must itself be a canonical id.
    ///
    /// # Errors
    /// [`LineError`] where `data` has not the form of the event type.
    pub fn event(&self, subject: SubjectId, other: Option<SubjectId>) -> Result<Event<'_>, LineError> {
        let other = match (self.other_subject_as_sent()?, other) {
            (Some(_), Some(other)) => Some(other),
            (Some(sent), None) => Some(self.canonical(self.kind.other_subject_key().unwrap_or("to"), sent)?),
            (None, _) => None,
        };
        let body = body::read(self.kind, self.data(), other)?;
        Ok(Event { source: &self.source, id: &self.id, subject, body })
    }

    /// The event where no alias is in use: every subject must be a canonical id.
    ///
    /// # Errors
    /// As [`ParsedEvent::event`], and where the subject is no canonical id.
    pub fn event_without_aliases(&self) -> Result<Event<'_>, LineError> {
        let subject = self.subject.parse::<SubjectId>().map_err(|error| LineError::BadValue {
            path: "subject".to_owned(),
            value: shorten(&self.subject),
            expected: format!("a subject: {error}"),
        })?;
        self.event(subject, None)
    }

    fn canonical(&self, key: &str, sent: &str) -> Result<SubjectId, LineError> {
        sent.parse::<SubjectId>().map_err(|error| self.data().bad(key, sent, format!("a subject: {error}")))
    }

    fn data(&self) -> Object<'_> {
        Object { prefix: "data.", entries: &self.data }
    }
}
