//! The bodies of derived events, both ways.

use super::body_reader::{each, read_as};
use super::days::{read_days, read_position, read_span, write_days, write_position, write_span};
use super::error::{DecodeError, Defect};
use heng_core::{Derived, News};
use heng_model::{Span, SubjectId};
use heng_proto::event::v1 as proto;
use prost::Message;

/// The event type of a derived event.
pub(super) const fn type_name(derived: &Derived<'_>) -> &'static str {
    match derived {
        Derived::RelatedChanged { .. } => "related.changed",
        Derived::Redirected { .. } => "subject.redirected",
    }
}

/// Who is told: the entry's subject.
pub(super) const fn told<'a>(derived: &'a Derived<'_>) -> &'a SubjectId {
    match derived {
        Derived::RelatedChanged { to, .. } | Derived::Redirected { to, .. } => to,
    }
}

pub(super) fn write_derived(derived: &Derived<'_>) -> Vec<u8> {
    match derived {
        Derived::RelatedChanged { to: _, news } => write_news(news).encode_to_vec(),
        Derived::Redirected { to, from, by, part, parts, source_position, bytes } => proto::SubjectRedirected {
            from: from.to_string(),
            by: if by == to { String::new() } else { by.to_string() },
            part: *part,
            parts: *parts,
            source_position: Some(write_position(*source_position)),
            bytes: bytes.to_vec(),
        }
        .encode_to_vec(),
    }
}

fn write_news(news: &News) -> proto::RelatedChanged {
    let link = |(role, first, last): &(String, _, _)| proto::RelatedLink {
        role: role.clone(),
        days: Some(write_span(Span { first: *first, last: *last })),
    };
    let outcome = |(name, days, paused): &(String, _, _)| proto::RelatedOutcome {
        name: name.clone(),
        days: write_days(days),
        paused: write_days(paused),
    };
    proto::RelatedChanged {
        from: news.from.to_string(),
        position: Some(write_position(news.position)),
        links: news.links.iter().map(link).collect(),
        outcomes: news.outcomes.iter().map(outcome).collect(),
        ask: news.ask,
        formerly: news.formerly.iter().map(SubjectId::to_string).collect(),
    }
}

pub(super) fn read_derived<'a>(
    type_name: &str,
    schema: u32,
    to: SubjectId,
    body: &'a [u8],
) -> Result<Derived<'a>, DecodeError> {
    match type_name {
        "related.changed" => {
            read_as(type_name, schema, body, |body| Ok(Derived::RelatedChanged { to, news: read_news(body)? }))
        }
        "subject.redirected" => read_as(type_name, schema, body, |body| read_redirected(to, body)),
        _ => Err(DecodeError::Type { type_name: type_name.to_owned(), schema }),
    }
}

fn read_news(body: &[u8]) -> Result<News, Defect> {
    let news = proto::RelatedChanged::decode(body)?;
    let mut links = Vec::with_capacity(news.links.len());
    for link in news.links {
        let span = read_span(&link.days.ok_or(Defect::Absent("days"))?)?;
        links.push((link.role, span.first, span.last));
    }
    let mut outcomes = Vec::with_capacity(news.outcomes.len());
    for outcome in news.outcomes {
        outcomes.push((outcome.name, read_days(&outcome.days)?, read_days(&outcome.paused)?));
    }
    let position = read_position(news.position.as_ref())?;
    let formerly = news.formerly.iter().map(|id| id.parse()).collect::<Result<_, _>>()?;
    Ok(News { from: news.from.parse()?, position, links, outcomes, formerly, ask: news.ask })
}

fn read_redirected(to: SubjectId, body: &[u8]) -> Result<Derived<'_>, Defect> {
    let (mut from, mut part, mut parts, mut position, mut bytes, mut by) = ("", 0, 0, None, &[][..], "");
    each(body, |field| {
        match field.number {
            1 => from = field.text()?,
            2 => part = field.uint32()?,
            3 => parts = field.uint32()?,
            4 => position = Some(heng_proto::model::v1::Position::decode(field.bytes()?)?),
            5 => bytes = field.bytes()?,
            6 => by = field.text()?,
            _ => {}
        }
        Ok(())
    })?;
    let source_position = read_position(position.as_ref())?;
    let by = if by.is_empty() { to.clone() } else { by.parse()? };
    Ok(Derived::Redirected { to, from: from.parse()?, by, part, parts, source_position, bytes })
}
