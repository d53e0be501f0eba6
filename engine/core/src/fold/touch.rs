//! What entries to come will need, fetched before it is needed.

use super::Partition;
use crate::entry::{Content, Derived, Entry};
use crate::subject::More;
use heng_model::SubjectId;
use std::hint::black_box;

/// Entries decoded, and touched, before the first of them is folded: with their subjects they fit the second-level cache.
pub const WINDOW_ENTRIES: usize = 256;

/// Bytes that the processor fetches together.
const LINE_BYTES: usize = 64;

impl Partition {
    /// Reads a little of the subjects of entries that are folded soon, and changes nothing: the processor waits for many
    /// at once hardly longer than for one. Give it [`WINDOW_ENTRIES`] at most.
    pub fn touch(&self, entries: &[Entry<'_>]) {
        self.touch_ids(entries.iter().filter_map(subject_of));
    }

    /// The same for subjects that are asked for soon, as many at most.
    pub fn touch_ids<'a>(&self, ids: impl Iterator<Item = &'a SubjectId>) {
        // First all places, then all bytes: what is asked next must not wait for what was asked last.
        let numbers: Vec<_> = ids.filter_map(|id| self.subjects.number_of(id)).collect();
        let packed = || numbers.iter().filter_map(|number| self.subjects.packed(*number));
        let heads = packed().fold(0, |sum, bytes| sum ^ bytes.first().copied().unwrap_or(0));
        let lines = packed().flat_map(|bytes| bytes.iter().step_by(LINE_BYTES).skip(1));
        black_box(lines.fold(heads, |sum, byte| sum ^ byte));
        let rare = numbers.iter().filter_map(|number| self.subjects.more(*number));
        let firsts = |more: &More| {
            let link = more.links.first().map_or(0, |link| link.on.number());
            let near = more.neighbours.first().map_or(0, |near| near.outcomes.len());
            link ^ i32::try_from(near).unwrap_or(0)
        };
        black_box(rare.fold(0, |sum, more| sum ^ firsts(more)));
    }
}

fn subject_of<'a>(entry: &'a Entry<'_>) -> Option<&'a SubjectId> {
    match &entry.content {
        Content::Event { event, .. } => Some(&event.subject),
        Content::Derived(Derived::RelatedChanged { to, .. } | Derived::Redirected { to, .. }) => Some(to),
        Content::Control(_) => None,
    }
}
