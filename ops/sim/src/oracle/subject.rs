//! What is known about one subject at the end of the log: records, profile, suspensions, links.
//!
//! # Invariants
//!
//! Every question goes through the events again; nothing is kept up to date.

use super::log::Known;
use super::record::{self, Record};
use super::value::Value;
use heng_model::{Day, SubjectId, SubjectKind, Symbols};
use heng_rules::{Authority, ItemIdx, Pack};
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// A subject and all that is known about it.
pub(super) struct Subject {
    pub(super) id: SubjectId,
    pub(super) records: Vec<Record>,
    pub(super) suspensions: Vec<(Day, Day)>,
    pub(super) links: Vec<Link>,
    profile: Vec<Known>,
    deregistered: Option<Day>,
}

/// A role that another subject has for this one, on [first, last].
pub(super) struct Link {
    pub(super) role: String,
    pub(super) to: SubjectId,
    pub(super) first: Day,
    pub(super) last: Day,
}

impl Subject {
    /// From the events of this subject, in log order; the reasons of refusals go to `refused`.
    pub(super) fn build(
        id: &SubjectId,
        events: &[&Known],
        pack: &Pack,
        symbols: &Symbols,
        refused: &mut Vec<(usize, String)>,
    ) -> Self {
        let profile = |event: &&&Known| matches!(event.ty.as_str(), "subject.registered" | "subject.changed");
        Self {
            id: id.clone(),
            records: records(events, pack, symbols, refused),
            suspensions: suspensions(events, pack),
            links: links(events, pack),
            profile: events.iter().filter(profile).map(|event| (*event).clone()).collect(),
            deregistered: events.iter().rfind(|event| event.ty == "subject.deregistered").map(|event| event.on()),
        }
    }

    pub(super) fn suspended_on(&self, day: Day) -> bool {
        self.suspensions.iter().any(|(first, last)| *first <= day && day <= *last)
    }

    /// The attribute stated with the greatest `on` that is not after the day, ties to the later position.
    pub(super) fn attribute(&self, name: &str, day: Day) -> Option<&str> {
        self.profile
            .iter()
            .filter(|event| event.on() <= day && event.text(name).is_some())
            .max_by_key(|event| (event.on(), event.position))
            .and_then(|event| event.text(name))
    }

    /// Kind of the subject that day; before the first stated one it follows from the id.
    pub(super) fn kind(&self, day: Day) -> SubjectKind {
        self.attribute("kind", day).and_then(SubjectKind::from_word).unwrap_or_else(|| self.id.default_kind())
    }

    /// The latest stated day of registration.
    pub(super) fn registered_on(&self) -> Option<Day> {
        self.profile.iter().rev().find_map(|event| event.date("registered_on"))
    }

    /// An attribute as a fact reads it.
    pub(super) fn profile_value(&self, name: &str, day: Day) -> Value {
        self.attribute(name, day).map_or(Value::Empty, Value::text)
    }

    /// Are rules on conditions evaluated that day: from registration (else the earliest effect day of an unretracted
    /// record) through the day of deregistration?
    pub(super) fn is_evaluated(&self, day: Day) -> bool {
        let earliest = || self.records.iter().filter(|record| !record.retracted).filter_map(|record| record.x).min();
        let begun = self.registered_on().or_else(earliest).is_some_and(|first| first <= day);
        begun && self.deregistered.is_none_or(|last| day <= last)
    }
}

fn records(events: &[&Known], pack: &Pack, symbols: &Symbols, refused: &mut Vec<(usize, String)>) -> Vec<Record> {
    let mut seen = BTreeSet::new();
    let mut records = Vec::new();
    for event in events.iter().filter(|event| event.ty == "credit.recorded") {
        let found = (0..).map(ItemIdx).zip(&pack.items).find(|(_, item)| event.text("item") == Some(&item.code));
        let Some((item, _)) = found.filter(|(_, item)| record::is_of(pack, &item.sources, &event.source)) else {
            refused.push((event.position, "an item that the source may not publish".to_owned()));
            continue;
        };
        if !seen.insert((event.source.clone(), event.text("record").map(str::to_owned))) {
            refused.push((event.position, "a second record of that name".to_owned()));
            continue;
        }
        records.extend(record::build(event, item, pack, symbols, events));
    }
    records
}

fn may(pack: &Pack, event: &Known, right: impl Fn(&Authority) -> bool) -> bool {
    pack.authorities.iter().any(|authority| authority.source == event.source && right(authority))
}

fn suspensions(events: &[&Known], pack: &Pack) -> Vec<(Day, Day)> {
    let mut known: Vec<(Day, Day)> = Vec::new();
    for event in events.iter().filter(|event| may(pack, event, |authority| authority.may_suspend)) {
        match event.ty.as_str() {
            "measures.suspended" => {
                let first = event.date("from").unwrap_or(event.day);
                known.push((first, event.date("through").unwrap_or(Day::FOREVER)));
            }
            "measures.resumed" => {
                for (_, last) in &mut known {
                    *last = (*last).min(event.on().previous());
                }
            }
            _ => {}
        }
    }
    known
}

fn links(events: &[&Known], pack: &Pack) -> Vec<Link> {
    let mut known: Vec<Link> = Vec::new();
    for event in events.iter().filter(|event| may(pack, event, |authority| authority.may_link)) {
        let to = event.text("to").and_then(|to| to.parse::<SubjectId>().ok());
        let (Some(role), Some(to)) = (event.data.get("role").and_then(Json::as_str), to) else { continue };
        match event.ty.as_str() {
            "subject.linked" => {
                known.push(Link { role: role.to_owned(), to, first: event.on(), last: Day::FOREVER });
            }
            "subject.unlinked" => {
                // What begins later is another link, whichever of the two was told first.
                let begun = |link: &&mut Link| link.role == role && link.to == to && link.first <= event.on();
                for link in known.iter_mut().filter(begun) {
                    link.last = link.last.min(event.on().previous());
                }
            }
            _ => {}
        }
    }
    known
}
