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

    /// Those to be shown anew: whom folding touched, and whose history has come; what was of those whose history is on its way is put to
    /// `histories`.
    pub(super) fn take(&mut self, fold: &Partition, outstanding: &Outstanding, histories: &mut Histories) -> Touched {
        self.is_all = false;
        let mut touched = std::mem::take(&mut self.touched);
        if outstanding.moving().next().is_none() {
            touched.extend(self.moving.drain(..));
            return touched;
        }
        let moving = |number: SubjectNo| fold.id_at(number).filter(|id| outstanding.is_moving(id));
        let (shown, come) = std::mem::take(&mut self.moving).into_iter().partition(|number| moving(*number).is_some());
        self.moving = shown;
        touched.extend::<Touched>(come);
        for number in &touched {
            let history = moving(*number).and_then(|id| Some((id.clone(), outstanding.history(id)?)));
            if let Some((id, history)) = history {
                self.moving.insert(*number);
                histories.insert(id, history);
            }
        }
        touched
    }
}
