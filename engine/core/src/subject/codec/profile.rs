//! The bytes of a profile.

use super::{Reader, Writer};
use crate::subject::{Profile, ProfileChange};
use heng_model::SubjectKind;

pub(super) fn write(to: &mut Writer<'_>, profile: &Profile) {
    to.option(profile.registered_on, |to, day| to.day(day));
    to.option(profile.deregistered_on, |to, day| to.day(day));
    to.list(&profile.changes, |to, change| {
        to.option(change.on, |to, day| to.day(day));
        to.option(change.kind, |to, kind| to.byte(kind as u8));
        for text in [&change.region, &change.industry, &change.name] {
            to.option(text.as_deref(), |to, text| to.text(text));
        }
    });
    to.list(&profile.aliases, |to, (scheme, code)| {
        to.text(scheme);
        to.text(code);
    });
}

pub(super) fn read(from: &mut Reader<'_>) -> Option<Profile> {
    let change = |from: &mut Reader<'_>| {
        Some(ProfileChange {
            on: from.option(Reader::day)?,
            kind: from.option(|from| SubjectKind::ALL.get(usize::from(from.byte()?)).copied())?,
            region: from.option(Reader::text)?,
            industry: from.option(Reader::text)?,
            name: from.option(Reader::text)?,
        })
    };
    Some(Profile {
        registered_on: from.option(Reader::day)?,
        deregistered_on: from.option(Reader::day)?,
        changes: from.list(change)?,
        aliases: from.list(|from| Some((from.text()?, from.text()?)))?,
    })
}
