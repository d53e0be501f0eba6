//! What departments answered, as the fold took it.
//!
//! # Invariants
//!
//! What the fold refused has no part: an answer to a decision that the subject had not, or before it had it; an event sent
//! again, or an id used again.

use super::lives::{Life, Lives};
use crate::error::ReplayError;
use crate::partition_log::PartitionLog;
use heng_core::{Body, Content, Event};
use heng_log::Disk;
use heng_log::codec::decode_entry;
use heng_model::{Day, DecisionId, Position, SubjectId};
use std::collections::{BTreeMap, BTreeSet};

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) authority: u16,
    pub(super) applied: bool,
    pub(super) reason: String,
    /// The day on which it reached Heng.
    pub(super) on: Day,
    pub(super) known: (Position, i64),
}

/// Reads every answer that was known by the end of a day.
pub(super) fn read<D: Disk>(
    logs: &[PartitionLog<D>],
    lives: &mut Lives,
    until: Option<Day>,
) -> Result<(), ReplayError> {
    let (mut seen, mut merged, mut told) = (Seen::default(), BTreeMap::new(), Vec::new());
    for log in logs {
        log.each_head(|position, head, bytes| {
            if !matches!(head.type_name, "measure.responded" | "subject.merged") {
                return Ok(());
            }
            let Content::Event { event, .. } = decode_entry(position, bytes)?.content else { return Ok(()) };
            match &event.body {
                Body::Merged { into } => {
                    merged.insert(event.subject.clone(), into.clone());
                }
                Body::Responded { decision, .. } if seen.is_new(&event, *decision) => {
                    told.extend(lives.answer(&event, (position, head.known_ms), until));
                }
                _ => {}
            }
            Ok(())
        })?;
    }
    for Told { decision, subject, answer } in told {
        let Some(life) = lives.decisions.get_mut(&decision) else { continue };
        // What was void at a merge is not said again: it went along all the same.
        let became = end_of(&merged, &subject);
        if life.subjects.iter().any(|it| *it == subject || end_of(&merged, it) == became) {
            lives.last_day = lives.last_day.max(Some(answer.on));
            life.answers.push(answer);
        }
    }
    for life in lives.decisions.values_mut() {
        life.answers.sort_by_key(|answer| (answer.known.1, answer.known.0));
    }
    Ok(())
}

/// An answer, to be held against whom its decision is about once every merge is known.
struct Told {
    decision: DecisionId,
    subject: SubjectId,
    answer: Answer,
}

/// What each source has sent about a subject, and about a decision: sent again after a merge it has another subject.
#[derive(Default)]
struct Seen {
    subjects: BTreeSet<(String, String, SubjectId)>,
    decisions: BTreeSet<(String, String, DecisionId)>,
}

impl Seen {
    fn is_new(&mut self, event: &Event<'_>, decision: DecisionId) -> bool {
        let (source, id) = (event.source.to_owned(), event.id.to_owned());
        let about_decision = self.decisions.insert((source.clone(), id.clone(), decision));
        self.subjects.insert((source, id, event.subject.clone())) && about_decision
    }
}

/// More merges than the fold lets lead to one subject.
const STEPS_MAX: usize = 256;

/// Whom a subject has become.
fn end_of<'s>(merged: &'s BTreeMap<SubjectId, SubjectId>, subject: &'s SubjectId) -> &'s SubjectId {
    let mut end = subject;
    // Refused merges, which are on the log too, may lead in a circle.
    for _ in 0..STEPS_MAX {
        match merged.get(end) {
            Some(into) => end = into,
            None => break,
        }
    }
    end
}

impl Lives {
    fn answer(&mut self, event: &Event<'_>, known: (Position, i64), until: Option<Day>) -> Option<Told> {
        let Body::Responded { decision, authority, applied, reason, .. } = &event.body else { return None };
        let life = self.decisions.get(decision)?;
        let on = life.zone.civil_day(known.1);
        let is_taken = comes_after(known, life.first) && until.is_none_or(|until| on <= until);
        is_taken.then(|| {
            let authority = self.authorities.number(authority);
            let reason = reason.unwrap_or_default().to_owned();
            let answer = Answer { authority, applied: *applied, reason, on, known };
            Told { decision: *decision, subject: event.subject.clone(), answer }
        })
    }
}

impl Life {
    /// The answers of an authority, in the order in which they became known.
    pub(super) fn answers_of(&self, authority: u16) -> impl DoubleEndedIterator<Item = &Answer> {
        self.answers.iter().filter(move |answer| answer.authority == authority)
    }
}

/// Did the one become known after the other?
pub(super) fn comes_after(one: (Position, i64), other: (Position, i64)) -> bool {
    if one.0.partition == other.0.partition { one.0.offset > other.0.offset } else { one.1 >= other.1 }
}
