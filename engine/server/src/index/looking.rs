//! Looking cells up, one or many: what is found stays as it is while it is looked at.
//!
//! # Invariants
//!
//! A cell that is replaced meanwhile is kept until nobody looks: whoever looks for long keeps memory.

use super::cell::Cell;
use super::view::View;
use super::words::PackWords;
use super::{Checked, UnknownMatter};
use crate::directory::REDIRECTS_MAX;
use crate::verdict::judge;
use heng_model::{Day, SubjectId};
use papaya::{HashMapRef, LocalGuard};
use rustc_hash::FxBuildHasher;
use smallvec::SmallVec;
use std::hint::black_box;
use std::ptr;

/// The cells, held still.
pub(crate) struct Looking<'i>(pub(super) HashMapRef<'i, SubjectId, Cell, FxBuildHasher, LocalGuard<'i>>);

impl Looking<'_> {
    /// The cells of several subjects, each in its place, and what they hold in the processor's caches.
    pub(crate) fn cells<'s>(&self, subjects: impl Iterator<Item = Option<&'s SubjectId>>) -> Vec<Option<&Cell>> {
        let cells: Vec<_> = subjects.map(|subject| subject.and_then(|subject| self.0.get(subject))).collect();
        for cell in cells.iter().flatten() {
            let first = cell.all().first();
            black_box(
                first.map(|standing| (standing.id.0.first().copied(), standing.days.is_empty(), standing.grounds)),
            );
        }
        cells
    }

    /// Judges a matter on a day for a subject whose cell was looked up; `words` are those of the view's pack.
    ///
    /// # Errors
    /// [`UnknownMatter`].
    pub(crate) fn judge<R>(
        &self,
        (view, words): (&View, &PackWords),
        (mut subject, mut cell): (&SubjectId, Option<&Cell>),
        matter: &str,
        on: Day,
        take: impl FnOnce(Checked<'_>) -> R,
    ) -> Result<R, UnknownMatter> {
        // Of those whose history is on its way: it counts beside what the subject has where it leads.
        let mut left: SmallVec<[&Cell; 2]> = SmallVec::new();
        for _ in 0..REDIRECTS_MAX {
            let Some((from, to)) = cell.and_then(|cell| Some((cell, cell.leads_to()?))) else { break };
            if left.iter().any(|known| ptr::eq(*known, from)) {
                // Two subjects were merged into each other at once.
                break;
            }
            if from.words().is_some() {
                left.push(from);
            }
            (subject, cell) = (to, self.0.get(to));
        }
        // Whoever has taken a history over has it as it is now.
        let all = || cell.into_iter().chain(left.iter().rev().copied());
        let words = view.words_of(subject).map_or(words, |words| words);
        let words = all().fold(words, PackWords::or_newer);
        let matter = words.matter(matter).ok_or_else(|| words.unknown(matter))?;
        let judgement = judge(&matter.effects, all().flat_map(|cell| cell.decisions(words)), on);
        Ok(take(Checked { subject, matter, pack: &words.label, judgement }))
    }
}
