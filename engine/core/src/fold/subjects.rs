//! What a partition holds of its subjects, for whoever reads it.

use super::{Partition, SubjectNo};
use crate::subject::Subject;
use heng_model::SubjectId;
use std::borrow::Cow;
use std::ops::Range;

impl Partition {
    /// How many subjects.
    #[must_use]
    pub fn subjects_len(&self) -> usize {
        self.subjects.len()
    }

    /// Every subject, in the order in which they became known.
    pub fn subjects(&self) -> impl Iterator<Item = (&SubjectId, Cow<'_, Subject>)> {
        self.subjects.iter()
    }

    /// Some of them, by their places in that order: a part for each of those who go through all of them at once.
    pub fn subjects_at(&self, places: Range<usize>) -> impl Iterator<Item = (&SubjectId, Cow<'_, Subject>)> {
        self.subjects.part(places)
    }

    /// The state of a subject, redirects followed.
    #[must_use]
    pub fn subject(&self, id: &SubjectId) -> Option<(&SubjectId, Cow<'_, Subject>)> {
        self.subjects.read(self.number_of(id)?)
    }

    /// The state at a place.
    #[must_use]
    pub fn subject_at(&self, number: SubjectNo) -> Option<(&SubjectId, Cow<'_, Subject>)> {
        self.subjects.read(number)
    }

    /// The state at a place, unpacked into `spare` if it is packed. After a merge it is nothing but a redirect.
    pub fn subject_in<'a>(&'a self, number: SubjectNo, spare: &'a mut Subject) -> Option<(&'a SubjectId, &'a Subject)> {
        self.subjects.read_in(number, spare)
    }
}
