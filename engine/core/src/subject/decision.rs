//! One decision as it stands: an obligation that was derived, and what was last said about it.

use super::RecordNo;
use heng_model::{Day, DaySet, Symbol};

/// What a decision is about, inside its rule and subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A record.
    Record(RecordNo),
    /// The first day of a run.
    Run(Day),
}

/// Where a decision stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// No day in force (also: not yet said anything about).
    Void,
    /// First day ahead; hidden.
    Scheduled,
    /// Awaits an officer.
    Proposed,
    /// Declined by an officer.
    Declined,
    /// Visible; today is in force, or before its first day.
    InForce,
    /// Today lies in a hole.
    Suspended,
    /// Today lies past the last day.
    Ended,
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Rule.
    pub rule: Symbol,
    /// About what.
    pub key: Key,
    /// Whose decision it was first: 0, or 1 + an index into [`super::More::origins`].
    pub origin: u8,
    /// Was it ever shown to departments?
    pub shown: bool,
    /// State as last emitted.
    pub state: State,
    /// Revisions emitted.
    pub revision: u32,
    /// Fingerprint of its grounds.
    pub grounds: u32,
    /// Days in force as if nothing were paused.
    pub days: DaySet,
    /// Days of these that are paused.
    pub paused: Option<Box<DaySet>>,
    /// For rules that an officer must confirm.
    pub review: Option<Box<Review>>,
}

/// What officers have said about a decision of a rule with `review: required`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// All days derived, confirmed or not.
    pub derived: DaySet,
    /// What was confirmed: first day of effect, days as they stood, measures as they stood.
    pub confirmed: Option<(Day, DaySet, Vec<Symbol>)>,
    /// What was declined: grounds and days as they stood.
    pub declined: Option<(u32, DaySet)>,
    /// Is something proposed that no officer has answered?
    pub pending: bool,
}

impl Decision {
    /// The days in force.
    #[must_use]
    pub fn in_force(&self) -> DaySet {
        match &self.paused {
            Some(paused) => self.days.minus(paused),
            None => self.days.clone(),
        }
    }

    /// Is it in force on a day?
    #[must_use]
    pub fn is_in_force(&self, day: Day) -> bool {
        self.days.contains(day) && !self.paused.as_ref().is_some_and(|paused| paused.contains(day))
    }

    /// Is no day left?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.paused {
            Some(_) => self.in_force().is_empty(),
            None => self.days.is_empty(),
        }
    }
}
