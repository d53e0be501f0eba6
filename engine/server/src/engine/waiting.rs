//! What is on the log and not yet folded, as far as intake must know of it.
//!
//! # Invariants
//!
//! Intake judges an event as it would if all before it were folded, however arrivals are split into batches: what may make
//! a difference is folded first.

use heng_core::{Body, Event, Identity};
use heng_model::{SubjectId, SubjectKind};
use rustc_hash::FxHashMap;

/// Events appended and not yet folded.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// By the fingerprint of source and id: of whom they are, and the fingerprint of what they say.
    events: FxHashMap<u64, (SubjectId, u32)>,
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
    /// One is, of the same subject, and says something else.
    Reused,
    /// One is, of another subject: the fold tells whether the two are one.
    OfAnother,
}

impl Waiting {
    pub(super) fn note(&mut self, event: &Event<'_>, identity: Identity) {
        self.events.insert(identity.name, (event.subject.clone(), identity.content));
        if let Body::Registered(profile) | Body::Changed(profile) = &event.body
            && let Some(kind) = profile.kind
        {
            let kinds = self.kinds.entry(event.subject.clone()).or_default();
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }

    pub(super) fn met(&self, subject: &SubjectId, identity: Identity) -> Met {
        match self.events.get(&identity.name) {
            None => Met::New,
            Some((of, _)) if of != subject => Met::OfAnother,
            Some((_, content)) if *content == identity.content => Met::Same,
            Some(_) => Met::Reused,
        }
    }

    /// The kinds that a subject may be of once all is folded, beside the one that it is of now.
    pub(super) fn kinds(&self, subject: &SubjectId) -> &[SubjectKind] {
        self.kinds.get(subject).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.kinds.clear();
    }
}
