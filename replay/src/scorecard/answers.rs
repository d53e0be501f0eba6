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
use heng_model::{Day, Position};
use std::collections::BTreeSet;

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
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for log in logs {
        log.each_head(|position, head, bytes| {
            if head.type_name != "measure.responded" || !seen.insert((head.source.to_owned(), head.id.to_owned())) {
                return Ok(());
            }
            if let Content::Event { event, .. } = decode_entry(position, bytes)?.content {
                lives.answer(&event, (position, head.known_ms), until);
            }
            Ok(())
        })?;
    }
    for life in lives.decisions.values_mut() {
        life.answers.sort_by_key(|answer| (answer.known.1, answer.known.0));
    }
    Ok(())
}

impl Lives {
    fn answer(&mut self, event: &Event<'_>, known: (Position, i64), until: Option<Day>) {
        let Body::Responded { decision, authority, applied, reason, .. } = &event.body else { return };
        let Some(life) = self.decisions.get_mut(decision) else { return };
        let on = life.zone.civil_day(known.1);
        let is_taken = life.subjects.contains(&event.subject) && comes_after(known, life.first);
        if is_taken && until.is_none_or(|until| on <= until) {
            let authority = self.authorities.number(authority);
            let reason = reason.unwrap_or_default().to_owned();
            life.answers.push(Answer { authority, applied: *applied, reason, on, known });
            self.last_day = self.last_day.max(Some(on));
        }
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
