//! Which subjects an entry touched: those whose cells in an index are made anew.
//!
//! # Invariants
//!
//! All that a cell and the directory of names are made of changes by the fold alone, which tells of whom anything did.

use crate::turns::Turns;
use heng_core::{Outputs, Partition};
use heng_model::SubjectId;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

/// Notes the subjects that the entry folded last touched.
pub(super) fn note(
    touched: &mut IndexSet<SubjectId, FxBuildHasher>,
    fold: &Partition,
    outputs: &Outputs,
    turns: &Turns,
) {
    let changed = outputs.changed.iter().inspect(|_| turns.offer());
    touched.extend(changed.filter_map(|number| fold.id_at(*number)).cloned());
}
