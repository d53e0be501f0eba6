//! Which subjects an entry touched: those whose cells in an index are made anew.
//!
//! # Invariants
//!
//! Whose decisions differ from before is among them; so is the entry's own subject, whose history may have gone elsewhere
//! without a word about it.

use crate::turns::Turns;
use heng_core::{Content, Derived, Entry, Outputs, Partition};
use heng_model::SubjectId;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// Notes the subjects that the entry folded last touched.
pub(super) fn note(
    touched: &mut IndexSet<SubjectId, FxBuildHasher>,
    fold: &Partition,
    entry: &Entry<'_>,
    outputs: &Outputs,
    turns: &Turns,
) {
    match &entry.content {
        Content::Event { event, .. } => _ = touched.insert(event.subject.clone()),
        Content::Derived(Derived::RelatedChanged { to, .. } | Derived::Redirected { to, .. }) => {
            touched.insert(to.clone());
        }
        Content::Control(_) => {}
    }
    let said = outputs.drafts.iter().inspect(|_| turns.offer()).filter_map(|draft| fold.subject_at(draft.subject));
    touched.extend(said.map(|(id, _)| id.clone()));
}
