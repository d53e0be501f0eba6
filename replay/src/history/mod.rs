//! What is on the log about a subject, and what each entry gave rise to.
//!
//! # Invariants
//!
//! An entry concerns a subject if it is about it or about a subject that was merged into it, names it as the other one,
//! or is the cause of a decision about it. The log is told as it stands: an event that the fold refused or knew already
//! is shown too, and gave rise to nothing.

mod about;

use crate::error::ReplayError;
use crate::partition_log::PartitionLog;
use heng_core::{Body, Content, DecisionEvent, DecisionKind, Derived, Entry};
use heng_log::Disk;
use heng_log::codec::{EntryKind, Head, decode_entry};
use heng_model::{Position, SubjectId};
use std::collections::{BTreeMap, BTreeSet};

/// An entry that concerns a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Where it stands.
    pub position: Position,
    /// When it became known, in milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
    /// Event type.
    pub type_name: String,
    /// `CloudEvents` source; empty for what Heng wrote itself.
    pub source: String,
    /// `CloudEvents` id; empty where the source is.
    pub id: String,
    /// Whom it is about; empty for control entries.
    pub subject: String,
    /// What it says, in short.
    pub about: String,
    /// Its bytes, as they are on the log.
    pub bytes: Box<[u8]>,
    /// Decisions about the subject that it gave rise to, by `seq`.
    pub decisions: Vec<Revision>,
}

/// A revision of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// What it says.
    pub event: DecisionEvent,
    /// Its bytes, as they are on the decision log.
    pub bytes: Box<[u8]>,
}

/// The history of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The subject.
    pub subject: SubjectId,
    /// Subjects that were merged into it.
    pub origins: Vec<SubjectId>,
    /// Entries by known time, then partition and offset.
    pub entries: Vec<HistoryEntry>,
}

impl History {
    /// Leaves out decisions whose first day is ahead: they are hidden from everybody but replicas. What nobody sent is then
    /// told for its visible consequences only.
    pub fn hide_scheduled(&mut self) {
        for entry in &mut self.entries {
            entry.decisions.retain(|revision| revision.event.kind != DecisionKind::Scheduled);
        }
        self.entries.retain(|entry| !entry.subject.is_empty() || !entry.decisions.is_empty());
    }
}

/// The history of a subject, given by its canonical id.
///
/// # Errors
/// [`ReplayError`] where the log cannot be read.
pub fn history<D: Disk>(logs: &[PartitionLog<D>], subject: &SubjectId) -> Result<History, ReplayError> {
    let ids = with_origins(logs, subject)?;
    let names: BTreeSet<String> = ids.iter().map(SubjectId::to_string).collect();
    let mut caused: BTreeMap<Position, Vec<Revision>> = BTreeMap::new();
    for log in logs {
        let take = |event: DecisionEvent, bytes: &[u8]| {
            caused.entry(event.position).or_default().push(Revision { event, bytes: bytes.into() });
        };
        log.each_decision_where(|head| names.contains(head.subject), take)?;
    }
    let mut entries = Vec::new();
    for log in logs {
        log.each_head(|position, head, bytes| {
            let decisions = caused.remove(&position).unwrap_or_default();
            if !decisions.is_empty() || names.contains(head.subject) || may_name_another(head) {
                let entry = decode_entry(position, bytes)?;
                if !decisions.is_empty() || names.contains(head.subject) || names_one(&entry, &ids) {
                    entries.push(told((head, bytes), &entry, decisions));
                }
            }
            Ok(())
        })?;
    }
    entries.sort_by_key(|entry| (entry.known_ms, entry.position));
    let origins = ids.into_iter().filter(|id| id != subject).collect();
    Ok(History { subject: subject.clone(), origins, entries })
}

/// The subject and all that were merged into it, however indirectly.
pub(crate) fn with_origins<D: Disk>(
    logs: &[PartitionLog<D>],
    subject: &SubjectId,
) -> Result<BTreeSet<SubjectId>, ReplayError> {
    let mut merges: Vec<(SubjectId, SubjectId)> = Vec::new();
    for log in logs {
        log.each_head(|position, head, bytes| {
            if head.type_name == "subject.merged"
                && let Content::Event { event, .. } = decode_entry(position, bytes)?.content
                && let Body::Merged { into } = event.body
            {
                merges.push((event.subject, into));
            }
            Ok(())
        })?;
    }
    let mut ids = BTreeSet::from([subject.clone()]);
    loop {
        let found = merges.iter().filter(|(from, into)| ids.contains(into) && !ids.contains(from));
        let found: Vec<SubjectId> = found.map(|(from, _)| from.clone()).collect();
        if found.is_empty() {
            return Ok(ids);
        }
        ids.extend(found);
    }
}

fn may_name_another(head: &Head<'_>) -> bool {
    head.kind == EntryKind::Derived
        || matches!(head.type_name, "subject.linked" | "subject.unlinked" | "subject.merged")
}

/// Does the entry name one of the subjects as the other one?
fn names_one(entry: &Entry<'_>, ids: &BTreeSet<SubjectId>) -> bool {
    match &entry.content {
        Content::Event { event, .. } => match &event.body {
            Body::Linked { to, .. } | Body::Unlinked { to, .. } | Body::Merged { into: to } => ids.contains(to),
            _ => false,
        },
        Content::Derived(Derived::Redirected { from, .. }) => ids.contains(from),
        Content::Derived(Derived::RelatedChanged { .. }) | Content::Control(_) => false,
    }
}

fn told((head, bytes): (&Head<'_>, &[u8]), entry: &Entry<'_>, decisions: Vec<Revision>) -> HistoryEntry {
    HistoryEntry {
        position: entry.position,
        known_ms: entry.known_ms,
        type_name: head.type_name.to_owned(),
        source: head.source.to_owned(),
        id: head.id.to_owned(),
        subject: head.subject.to_owned(),
        about: about::about(&entry.content),
        bytes: bytes.into(),
        decisions,
    }
}
