//! On which days does a condition hold?

use super::Judge;
use crate::facts::{Moment, Page, Reading};
use crate::subject::Record;
use heng_model::{Day, DaySet, Span};
use heng_rules::Value;
use heng_rules::condition::{Part, Shape};
use smallvec::SmallVec;

impl Judge<'_, '_> {
    /// The days within `range` on which a condition holds, every fact read on the day itself.
    pub(super) fn days_where(
        &mut self,
        shape: &Shape,
        record: Option<&Record>,
        range: Span,
        reading: Reading,
    ) -> DaySet {
        match shape {
            Shape::All(parts) => {
                let mut days = DaySet::from(range);
                for part in parts {
                    let Some(left) = days.hull() else { break };
                    days = days.intersect(&self.days_where(part, record, left, reading));
                }
                days
            }
            Shape::Any(parts) => {
                let mut days = DaySet::empty();
                for part in parts {
                    days = days.union(&self.days_where(part, record, range, reading));
                }
                days
            }
            Shape::Part(part) => self.days_of_part(part, record, range, reading),
        }
    }

    fn days_of_part(&mut self, part: &Part, record: Option<&Record>, range: Span, reading: Reading) -> DaySet {
        let pages: SmallVec<[Page; 2]> =
            part.facts.iter().map(|fact| self.book.page(*fact, reading, self.decisions)).collect();
        let book = &*self.book;
        let mut turns: SmallVec<[Day; 16]> = SmallVec::new();
        turns.push(range.first);
        for page in &pages {
            let days = book.steps(*page).iter().map(|(from, _)| *from);
            turns.extend(days.filter(|from| *from > range.first && *from <= range.last));
        }
        if pages.len() > 1 {
            turns.sort_unstable();
            turns.dedup();
        }
        let mut cursors: SmallVec<[usize; 2]> = pages.iter().map(|_| 0).collect();
        let facts = part.facts.iter().map(|fact| (*fact, Value::Empty)).collect();
        let mut moment = Moment { view: book.view, record, facts };
        let mut days = DaySet::empty();
        for (at, turn) in turns.iter().enumerate() {
            for ((page, cursor), (_, value)) in pages.iter().zip(&mut cursors).zip(&mut moment.facts) {
                let steps = book.steps(*page);
                while let Some((_, reached)) = steps.get(*cursor).filter(|(from, _)| from <= turn) {
                    *value = *reached;
                    *cursor = cursor.saturating_add(1);
                }
            }
            if (part.test)(&moment) {
                let last = turns.get(at.saturating_add(1)).map_or(range.last, |next| next.previous());
                days.push(Span { first: *turn, last });
            }
        }
        days
    }
}
