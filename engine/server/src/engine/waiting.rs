//! What is on the log and not yet folded, as far as intake must know of it.
//!
//! # Invariants
//!
//! Intake judges an event as it would if all before it were folded, however arrivals are split into batches: what may make
//! a difference is folded first.

use heng_core::{Body, Event, Identity, Profile};
use heng_model::{SubjectId, SubjectKind};
use rustc_hash::{FxHashMap, FxHashSet};

/// Events appended and not yet folded.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Since the last flush.
    last: Events,
    /// Before it, while they are on their way to a shared log.
    former: Events,
    /// Subjects that events merge, and those that others are merged into, until all that follows from it is folded.
    merged: FxHashSet<SubjectId>,
}

#[derive(Debug, Default)]
struct Events {
    /// By the fingerprint of source and id: of whom they are, and the fingerprint of what they say.
    by_name: FxHashMap<u64, (SubjectId, u32)>,
    /// The kinds that they state.
    kinds: FxHashMap<SubjectId, Vec<SubjectKind>>,
}

/// Is an event of the same source and id among those that wait?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// None is.
    New,
    /// One is, of the same subject, and says the same.
    Same,
    /// One is that says something else, or is of another subject: the fold tells whether the two are one.
    Other,
}

impl Waiting {
    pub(super) fn note(&mut self, event: &Event<'_>, identity: Identity) {
        self.last.by_name.insert(identity.name, (event.subject.clone(), identity.content));
        match &event.body {
            Body::Registered(Profile { kind: Some(kind), .. }) | Body::Changed(Profile { kind: Some(kind), .. }) => {
                self.last.kinds.entry(event.subject.clone()).or_default().push(*kind);
            }
            Body::Merged { into } => self.merged.extend([event.subject.clone(), into.clone()]),
            _ => {}
        }
    }

    /// Does the subject take part in a merge? Which of the two histories an event belongs to is not known before it is folded.
    pub(super) fn merges(&self, subject: &SubjectId) -> bool {
        self.merged.contains(subject)
    }

    /// Does a merge decide what an event is about, or whether a name is another's?
    pub(super) fn decides_on(&self, event: &Event<'_>) -> bool {
        !self.merged.is_empty()
            && match &event.body {
                Body::Registered(profile) | Body::Changed(profile) if !profile.aliases.is_empty() => true,
                body => self.merges(&event.subject) || body.other().is_some_and(|other| self.merges(other)),
            }
    }

    /// The subjects that take part in merges which are folded now.
    pub(super) fn take_merged(&mut self) -> Vec<SubjectId> {
        self.merged.drain().collect()
    }

    pub(super) fn met(&self, subject: &SubjectId, identity: Identity) -> Met {
        match self.both().find_map(|events| events.by_name.get(&identity.name)) {
            None => Met::New,
            Some((of, content)) if of == subject && *content == identity.content => Met::Same,
            Some(_) => Met::Other,
        }
    }

    /// The kinds that a subject may be of once all is folded, beside the one that it is of now.
    pub(super) fn kinds(&self, subject: &SubjectId) -> Vec<SubjectKind> {
        self.both().filter_map(|events| events.kinds.get(subject)).flatten().copied().collect()
    }

    /// All but what came since the last flush is folded.
    pub(super) fn keep_last(&mut self) {
        std::mem::swap(&mut self.former, &mut self.last);
        self.last.clear();
    }

    /// All is folded.
    pub(super) fn clear(&mut self) {
        self.last.clear();
        self.former.clear();
        self.merged.clear();
    }

    fn both(&self) -> impl Iterator<Item = &Events> {
        [&self.last, &self.former].into_iter()
    }
}

impl Events {
    fn clear(&mut self) {
        self.by_name.clear();
        self.kinds.clear();
    }
}
