//! Histories on their way from one partition to another: what was a subject's counts until the other one has it.

use heng_core::{RedirectPart, Subject, codec};
use heng_model::SubjectId;
use std::collections::BTreeMap;

/// A history, in parts.
#[derive(Debug, Default)]
struct Way {
    /// All of its parts, met on the log or not.
    parts: BTreeMap<u32, Vec<u8>>,
    /// Have they left the subject's own partition, as far as was folded?
    has_left: bool,
    /// Parts that were not met.
    left: usize,
}

/// Whose history is on its way.
#[derive(Debug, Default)]
pub(super) struct Moving(BTreeMap<SubjectId, Way>);

impl Moving {
    /// A part leaves: `is_own` where from the subject's own partition, as it does by a merge, else once more from where its target has gone
    /// further. `is_left` where it was not met on the log yet.
    pub(super) fn add(&mut self, part: &RedirectPart, is_own: bool, is_left: bool) {
        let way = self.0.entry(part.from.clone()).or_default();
        if is_own {
            // It may have come home before, and be another history by now.
            way.parts.insert(part.part, part.bytes.clone());
            way.parts.retain(|number, _| *number < part.parts);
            way.has_left = true;
        } else if !way.has_left {
            way.parts.entry(part.part).or_insert_with(|| part.bytes.clone());
        }
        way.left = way.left.saturating_add(usize::from(is_left));
    }

    /// A part of a subject's history was met on the log.
    pub(super) fn met(&mut self, from: &SubjectId) {
        if let Some(way) = self.0.get_mut(from) {
            way.left = way.left.saturating_sub(1);
        }
    }

    /// Forgets those that have come.
    pub(super) fn forget_come(&mut self) {
        self.0.retain(|_, way| way.left > 0);
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, id: &SubjectId) -> bool {
        self.0.get(id).is_some_and(|way| way.left > 0)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &SubjectId> {
        self.0.iter().filter(|(_, way)| way.left > 0).map(|(id, _)| id)
    }

    /// What was a subject's when it left; none where it is not on its way.
    pub(super) fn history(&self, id: &SubjectId) -> Option<Subject> {
        let way = self.0.get(id).filter(|way| way.left > 0)?;
        let whole: Vec<u8> = way.parts.values().flatten().copied().collect();
        codec::decode(&whole)
    }
}
