//! Subjects of a partition of whom services may show something else than before.

use crate::shared::Outstanding;
use heng_core::{Partition, Subject, SubjectNo};
use heng_model::SubjectId;
use indexmap::IndexSet;
use rustc_hash::{FxBuildHasher, FxHashMap};

/// Places of subjects of a partition: those whose cells in an index are made anew. All that a cell and the directory of names are
/// made of changes by the fold alone, which tells of whom anything did, but for [`Histories`].
pub type Touched = IndexSet<SubjectNo, FxBuildHasher>;

/// What was of subjects whose history is on its way to another partition of a shared log: they are judged by it and by what the subject
/// has that they were merged into, until the history is there.
pub type Histories = FxHashMap<SubjectId, Subject>;

/// What is folded of a partition and not shown yet.
#[derive(Debug, Default)]
pub(crate) struct Unshown {
    /// Does anybody show it?
    is_watched: bool,
    touched: Touched,
    /// Shown while their history is on its way: once more when it has come.
    moving: Touched,
    /// Did a day or a pack come, which may concern every subject?
    is_all: bool,
}

impl Unshown {
    pub(super) fn watch(&mut self) {
        self.is_watched = true;
    }

    /// Folding changed subjects.
    pub(super) fn note(&mut self, changed: impl Iterator<Item = SubjectNo>) {
        if self.is_watched {
            self.touched.extend(changed);
        }
    }

    pub(super) fn note_control(&mut self) {
        self.is_all = true;
    }

    /// The history of a subject is on its way, and is shown so.
    pub(super) fn note_moving(&mut self, number: SubjectNo) {
        self.moving.insert(number);
    }

    pub(super) fn has(&self, number: Option<SubjectNo>) -> bool {
        self.is_all || number.is_some_and(|number| self.touched.contains(&number))
    }

    /// Those to be shown anew: whom folding touched, whose history has come, and after a pack, which words decisions anew, whose is on its
    /// way; what was of those is put to `histories`.
    pub(super) fn take(&mut self, fold: &Partition, outstanding: &Outstanding, histories: &mut Histories) -> Touched {
        let (is_all, mut touched) = (std::mem::take(&mut self.is_all), std::mem::take(&mut self.touched));
        let is_any = outstanding.moving().next().is_some();
        let history = |number: SubjectNo| {
            let id = fold.id_at(number).filter(|_| is_any)?;
            Some((id.clone(), outstanding.history(id)?))
        };
        let shown = std::mem::take(&mut self.moving);
        touched.extend(shown.iter().filter(|number| is_all || history(**number).is_none()));
        let moving = |number: &SubjectNo| Some((*number, history(*number)?));
        for (number, (id, history)) in touched.iter().filter_map(moving) {
            self.moving.insert(number);
            histories.insert(id, history);
        }
        self.moving.extend(shown.into_iter().filter(|number| !touched.contains(number)));
        touched
    }
}
