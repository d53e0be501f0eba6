//! Which subjects wake on which day.

use super::SubjectNo;
use heng_model::Day;
use std::collections::BTreeMap;

/// Subjects by the day on which a decision of theirs changes by itself. An entry that a later change overtook stays
/// until its day; the subject knows that it is stale.
#[derive(Debug, Default)]
pub(super) struct Calendar(BTreeMap<Day, Vec<SubjectNo>>);

impl Calendar {
    pub(super) fn put(&mut self, day: Day, subject: SubjectNo) {
        self.0.entry(day).or_default().push(subject);
    }

    /// Takes the subjects of all days through `day`.
    pub(super) fn take_through(&mut self, day: Day) -> Vec<SubjectNo> {
        let later = self.0.split_off(&day.next());
        std::mem::replace(&mut self.0, later).into_values().flatten().collect()
    }
}
