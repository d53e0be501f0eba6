//! On which days does a condition hold?

use super::Judge;
use crate::facts::{Moment, Page, Reading};
use crate::subject::Record;
use heng_model::{Day, DaySet, Span};
use heng_rules::Value;
use heng_rules::condition::Condition;
use smallvec::SmallVec;

impl Judge<'_, '_> {
    /// The days within `range` on which a condition holds, every fact read on the day itself.
    pub(super) fn days_where(
        &mut self,
        condition: &Condition,
        record: Option<&Record>,
        range: Span,
        reading: Reading,
    ) -> DaySet {
        let pages: SmallVec<[Page; 4]> =
            condition.facts.iter().map(|fact| self.book.page(*fact, reading, self.decisions)).collect();
        let book = &*self.book;
        let mut turns: SmallVec<[Day; 32]> = SmallVec::new();
        turns.push(range.first);
        for page in &pages {
            let days = book.steps(*page).iter().map(|(from, _)| *from);
            turns.extend(days.filter(|from| *from > range.first && *from <= range.last));
        }
        if pages.len() > 1 {
            turns.sort_unstable();
            turns.dedup();
        }
        let mut cursors: SmallVec<[usize; 4]> = pages.iter().map(|_| 0).collect();
        let facts = condition.facts.iter().map(|fact| (*fact, Value::Empty)).collect();
        let mut moment = Moment { view: book.view, record, facts };
        let mut held = SmallVec::<[Span; 4]>::new();
        for (at, turn) in turns.iter().enumerate() {
            for ((page, cursor), (_, value)) in pages.iter().zip(&mut cursors).zip(&mut moment.facts) {
                let steps = book.steps(*page);
                while let Some((_, reached)) = steps.get(*cursor).filter(|(from, _)| from <= turn) {
                    *value = *reached;
                    *cursor = cursor.saturating_add(1);
                }
            }
            if condition.holds(&moment) {
                let last = turns.get(at.saturating_add(1)).map_or(range.last, |next| next.previous());
                held.extend(Span::new(*turn, last));
            }
        }
        held.into_iter().collect()
    }
}
