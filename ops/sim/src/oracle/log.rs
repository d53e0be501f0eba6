//! Envelopes in log order: what is known, since which civil day, about whom.
//!
//! # Invariants
//!
//! Positions are places in the list handed in. Known time never decreases. A repeated (source, id) is ignored.

use heng_model::{Day, SubjectId, TimeZone};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// An event as the log knows it.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) position: usize,
    /// Civil day of the running maximum of `time`.
    pub(super) day: Day,
    pub(super) source: String,
    pub(super) ty: String,
    /// Canonical, merges followed.
    pub(super) subject: SubjectId,
    pub(super) data: Json,
}

impl Known {
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.data.get(key).and_then(Json::as_str)
    }

    pub(super) fn date(&self, key: &str) -> Option<Day> {
        self.text(key).and_then(|text| text.parse().ok())
    }

    /// The day that the event names, by default the day it became known.
    pub(super) fn on(&self) -> Day {
        self.date("on").unwrap_or(self.day)
    }

    /// Source and id of the record that the event is about.
    pub(super) fn record(&self) -> Option<(&str, &str)> {
        Some((self.text("record_source").unwrap_or(&self.source), self.text("record")?))
    }
}

/// The events that are on the log, and why others are not.
pub(super) struct Log {
    pub(super) events: Vec<Known>,
    pub(super) refused: Vec<(usize, String)>,
    merged: BTreeMap<SubjectId, SubjectId>,
}

impl Log {
    pub(super) fn read(events: &[Json], zone: TimeZone) -> Self {
        let mut log = Self { events: Vec::new(), refused: Vec::new(), merged: BTreeMap::new() };
        let mut seen = BTreeSet::new();
        let mut now_ms = i64::MIN;
        for (position, event) in events.iter().enumerate() {
            let parts = envelope(event);
            let Some((source, id, ty, subject, time_ms)) = parts else {
                log.refused.push((position, "not an envelope".to_owned()));
                continue;
            };
            now_ms = now_ms.max(time_ms);
            if !seen.insert((source.to_owned(), id.to_owned())) {
                log.refused.push((position, "a duplicate".to_owned()));
                continue;
            }
            let data = event.get("data").cloned().unwrap_or(Json::Null);
            let day = zone.civil_day(now_ms);
            log.events.push(Known { position, day, source: source.to_owned(), ty: ty.to_owned(), subject, data });
        }
        log.follow_merges();
        log
    }

    /// The subject that an id names at the end of the log.
    pub(super) fn canonical(&self, subject: &SubjectId) -> SubjectId {
        let mut subject = subject;
        let mut steps = 0;
        while let Some(into) = self.merged.get(subject) {
            subject = into;
            steps += 1;
            if steps > self.merged.len() {
                break;
            }
        }
        subject.clone()
    }

    fn follow_merges(&mut self) {
        for event in &self.events {
            let into = event.text("into").and_then(|into| into.parse::<SubjectId>().ok());
            if let ("subject.merged", Some(into)) = (event.ty.as_str(), into)
                && into != event.subject
            {
                self.merged.entry(event.subject.clone()).or_insert(into);
            }
        }
        let subjects: Vec<_> = self.events.iter().map(|event| self.canonical(&event.subject)).collect();
        for (event, subject) in self.events.iter_mut().zip(subjects) {
            event.subject = subject;
        }
    }
}

fn envelope(event: &Json) -> Option<(&str, &str, &str, SubjectId, i64)> {
    let text = |key: &str| event.get(key).and_then(Json::as_str);
    let time = chrono::DateTime::parse_from_rfc3339(text("time")?).ok()?;
    let subject = text("subject")?.parse().ok()?;
    Some((text("source")?, text("id")?, text("type")?, subject, time.timestamp_millis()))
}

/// Every civil day written anywhere in the events, and every known day: nothing happens before the first of them.
pub(super) fn earliest_day(events: &[Known]) -> Option<Day> {
    let mut days = Vec::new();
    for event in events {
        days.push(event.day);
        collect_days(&event.data, &mut days);
    }
    days.into_iter().min()
}

fn collect_days(json: &Json, days: &mut Vec<Day>) {
    match json {
        Json::String(text) => days.extend(text.parse::<Day>().ok()),
        Json::Array(list) => list.iter().for_each(|one| collect_days(one, days)),
        Json::Object(fields) => fields.values().for_each(|one| collect_days(one, days)),
        _ => {}
    }
}
