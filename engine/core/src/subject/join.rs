//! Joining the history of one subject to that of another.

use super::{Key, More, Record, RecordNo, Subject};
use heng_model::SubjectId;
use std::sync::Arc;

/// How much records and origins move.
struct Shift {
    /// Where each record's events belong: to its new number, or to the record of that name that was there before.
    records: Vec<RecordNo>,
    first: u32,
    origins: u8,
}

impl Shift {
    fn record(&self, number: RecordNo) -> RecordNo {
        self.records.get(number.at()).copied().unwrap_or(number)
    }

    /// A decision stays with its own record.
    fn own(&self, number: RecordNo) -> RecordNo {
        RecordNo(number.0.saturating_add(self.first))
    }

    /// The subject's own origin becomes the first of those added.
    fn origin(&self, origin: u8) -> u8 {
        self.origins.saturating_add(1).saturating_add(origin)
    }
}

/// Appends the history of `from` to a subject; a record that both have stays once, as the subject's own.
pub fn join(subject: &mut Subject, from: &SubjectId, history: Subject) {
    let mut shift = Shift {
        records: Vec::new(),
        first: RecordNo::from_index(subject.records.len()).0,
        origins: u8::try_from(subject.more_mut().origins.len()).unwrap_or(u8::MAX),
    };
    let twins: Vec<Option<RecordNo>> =
        history.records.iter().map(|record| subject.find_record(record.source, history.record_name(record))).collect();
    shift.records = twins.iter().zip(0..).map(|(twin, at)| twin.unwrap_or_else(|| shift.own(RecordNo(at)))).collect();
    subject.add_records_of(&history, |number, record| Record {
        origin: shift.origin(record.origin),
        retracted: record.retracted || twins.get(number.at()).is_some_and(Option::is_some),
        ..*record
    });
    for (name, content) in history.seen.iter() {
        if subject.seen.find(name).is_none() {
            subject.seen.add(name, content);
        }
    }
    subject.decisions.extend(history.decisions.into_iter().map(|mut decision| {
        decision.origin = shift.origin(decision.origin);
        if let Key::Record(number) = decision.key {
            decision.key = Key::Record(shift.own(number));
        }
        decision
    }));
    subject.profile.join(&history.profile);
    let more = subject.more_mut();
    more.origins.push(from.clone());
    if let Some(theirs) = history.more {
        join_more(more, Arc::unwrap_or_clone(theirs), &shift);
    }
    for number in twins.into_iter().flatten() {
        let standing = subject.more.as_ref().and_then(|more| more.standing_repair(number));
        if let Some(record) = subject.records.get_mut(number.at()) {
            record.set_repaired_on(standing);
        }
    }
}

fn join_more(more: &mut More, theirs: More, shift: &Shift) {
    let More { origins, corrections, repairs, restorations, objections, suspensions, links, .. } = theirs;
    more.origins.extend(origins);
    more.corrections.extend(corrections.into_iter().map(|mut it| {
        it.record = shift.record(it.record);
        it
    }));
    more.repairs.extend(repairs.into_iter().map(|mut it| {
        it.record = shift.record(it.record);
        it
    }));
    more.restorations.extend(restorations.into_iter().map(|mut it| {
        it.record = shift.record(it.record);
        it
    }));
    more.objections.extend(objections.into_iter().map(|mut it| {
        it.record = shift.record(it.record);
        it
    }));
    more.suspensions.extend(suspensions);
    more.links.extend(links);
    for near in theirs.neighbours {
        match more.neighbours.iter_mut().find(|known| known.id == near.id) {
            Some(known) => known.links.extend(near.links),
            None => more.neighbours.push(near),
        }
    }
    more.responses.extend(theirs.responses);
    more.parked.extend(theirs.parked);
}
