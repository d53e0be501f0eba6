//! What later revisions did to a decision: whether a lift stands, and which duties were taken away.
//!
//! # Invariants
//!
//! A lift falls only to a revision that issues the decision again or gives it days after those that the lift left: one that
//! says the same again, of another subject after a merge or by a new pack, puts nothing in force.

use super::lives::{Duty, Life};
use heng_core::DecisionKind;
use heng_model::{Day, PartitionId, Position};

/// A revision after the first one.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) revision: u32,
    pub(super) kind: DecisionKind,
    /// The last day that it leaves in force, if it leaves any.
    pub(super) last: Option<Day>,
    pub(super) on: Day,
    pub(super) at: (PartitionId, u64),
    pub(super) cause: (Position, i64),
    /// Authorities that have acknowledged it.
    pub(super) reached: Vec<u16>,
}

impl Life {
    /// Tells what follows from the order of the revisions, when all are read.
    pub(super) fn settle(&mut self) {
        self.turns.sort_by_key(|turn| turn.revision);
        self.lift = standing_lift(&self.turns);
        self.duties.retain(|duty| duty.begun.is_some());
        for duty in &mut self.duties {
            // One without days has no measures to name, and ends the decision itself.
            let mut lacking = self.turns.iter().enumerate();
            let lacking = lacking.find(|(_, turn)| turn.revision > duty.named && turn.last.is_some());
            duty.over_on = lacking.map(|(_, turn)| turn.on);
            duty.taken = lacking.filter(|(_, turn)| turn.last >= Some(turn.on)).map(|(at, _)| at);
        }
    }

    /// By what a duty was undone: the lift that stands, or what took the measure away.
    pub(super) fn undone(&self, duty: &Duty) -> Option<&Turn> {
        self.lift.or(duty.taken).and_then(|at| self.turns.get(at))
    }

    /// The first day on which a duty is over; none while it has no last day.
    pub(super) fn over_on(&self, duty: &Duty) -> Option<Day> {
        [self.last.over_on, duty.over_on].into_iter().flatten().min()
    }
}

/// The last lift or revocation, unless the decision is in force again.
fn standing_lift(turns: &[Turn]) -> Option<usize> {
    let is_lift = |turn: &Turn| matches!(turn.kind, DecisionKind::Lifted | DecisionKind::Revoked);
    let at = turns.iter().rposition(is_lift)?;
    let mut left = turns.get(at)?.last;
    for later in turns.iter().skip(at + 1) {
        match later.kind {
            DecisionKind::Issued => return None,
            // Days behind a pause were not among those that the lift showed.
            DecisionKind::Resumed => left = left.max(later.last),
            DecisionKind::Amended if later.last > left => return None,
            _ => {}
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use DecisionKind::{Amended, Expired, Issued, Lifted, Resumed, Revoked, Suspended};

    fn turns(said: &[(DecisionKind, Option<i32>)]) -> Vec<Turn> {
        let position = Position { partition: 0, offset: 0 };
        let turn = |(revision, (kind, last)): (u32, &(DecisionKind, Option<i32>))| Turn {
            revision,
            kind: *kind,
            last: last.map(Day::from_number),
            on: Day::from_number(0),
            at: (0, 0),
            cause: (position, 0),
            reached: Vec::new(),
        };
        (2..).zip(said).map(turn).collect()
    }

    #[test]
    fn a_lift_falls_only_to_what_is_in_force_longer() {
        for (said, stands) in [
            (&[(Lifted, Some(9))][..], Some(0)),
            (&[(Lifted, Some(9)), (Amended, Some(9))], Some(0)),
            (&[(Lifted, Some(9)), (Amended, Some(8)), (Expired, Some(8))], Some(0)),
            (&[(Lifted, Some(9)), (Amended, Some(10))], None),
            (&[(Lifted, Some(9)), (Amended, Some(10)), (Lifted, Some(9))], Some(2)),
            (&[(Lifted, Some(5)), (Suspended, Some(2)), (Resumed, Some(5)), (Amended, Some(5))], Some(0)),
            (&[(Suspended, Some(2)), (Lifted, Some(2)), (Resumed, Some(5)), (Amended, Some(5))], Some(1)),
            (&[(Revoked, None)], Some(0)),
            (&[(Revoked, None), (Issued, Some(9))], None),
            (&[(Revoked, None), (Expired, Some(9))], Some(0)),
            (&[(Amended, Some(9)), (Suspended, Some(2))], None),
        ] {
            assert_eq!(standing_lift(&turns(said)), stands, "{said:?}");
        }
    }
}
