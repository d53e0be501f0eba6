//! On which days does a condition hold?

use crate::facts::{Moment, Reading, Steps, View};
use crate::subject::Record;
use heng_model::{Day, DaySet, Span};
use heng_rules::condition::Condition;
use heng_rules::{FactIdx, Value};
use smallvec::SmallVec;

/// The days within `range` on which a condition holds, every fact read on the day itself.
pub(super) fn days_where(
    view: View<'_>,
    condition: &Condition,
    record: Option<&Record>,
    range: Span,
    reading: Reading,
) -> DaySet {
    let facts: SmallVec<[(FactIdx, Steps<'_>); 4]> =
        condition.facts.iter().map(|fact| (*fact, view.steps(*fact, reading))).collect();
    let mut turns: SmallVec<[Day; 32]> = SmallVec::new();
    turns.push(range.first);
    for (_, steps) in &facts {
        turns.extend(steps.iter().map(|(from, _)| *from).filter(|from| *from > range.first && *from <= range.last));
    }
    turns.sort_unstable();
    turns.dedup();
    let mut cursors: SmallVec<[usize; 4]> = facts.iter().map(|_| 0).collect();
    let mut moment = Moment { view, record, facts: facts.iter().map(|(fact, _)| (*fact, Value::Empty)).collect() };
    let mut held = SmallVec::<[Span; 4]>::new();
    for (at, turn) in turns.iter().enumerate() {
        for (((_, steps), cursor), (_, value)) in facts.iter().zip(&mut cursors).zip(&mut moment.facts) {
            while steps.get(*cursor).is_some_and(|(from, _)| from <= turn) {
                *cursor = cursor.saturating_add(1);
            }
            *value = cursor.checked_sub(1).and_then(|at| steps.get(at)).map_or(Value::Empty, |(_, value)| *value);
        }
        if condition.holds(&moment) {
            let last = turns.get(at.saturating_add(1)).map_or(range.last, |next| next.previous());
            held.extend(Span::new(*turn, last));
        }
    }
    held.into_iter().collect()
}
