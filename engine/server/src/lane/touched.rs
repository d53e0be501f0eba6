//! Which subjects an entry touched: those whose cells in an index are made anew.
//!
//! # Invariants
//!
//! A cell is made of decisions, of where a history went, and of names. Whoever's decisions differ from before is among them, and
//! what a decision rests on is part of it; so is the subject of an entry that states names, sends a history elsewhere, or answers a
//! decision as an officer, which may change the measures confirmed and nothing else.

use crate::turns::Turns;
use heng_core::{Body, Content, Derived, Entry, Outputs, Partition};
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
    let more = match &entry.content {
        Content::Event { event, .. } => {
            let is_more = match event.body {
                Body::Registered(_) | Body::Changed(_) | Body::Merged { .. } | Body::Reviewed { .. } => true,
                Body::Recorded(_)
                | Body::Corrected(_)
                | Body::Retracted { .. }
                | Body::Repaired { .. }
                | Body::Restored { .. }
                | Body::ObjectionFiled { .. }
                | Body::ObjectionResolved { .. }
                | Body::Suspended { .. }
                | Body::Resumed { .. }
                | Body::Deregistered { .. }
                | Body::Linked { .. }
                | Body::Unlinked { .. }
                | Body::Responded { .. } => false,
            };
            is_more.then_some(&event.subject)
        }
        Content::Derived(Derived::Redirected { to, .. }) => Some(to),
        Content::Derived(Derived::RelatedChanged { .. }) | Content::Control(_) => None,
    };
    let changed = outputs.changed.iter().inspect(|_| turns.offer()).filter_map(|number| fold.subject_id(*number));
    touched.extend(more.into_iter().chain(changed).cloned());
}
