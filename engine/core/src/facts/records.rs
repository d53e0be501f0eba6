//! Facts over records.

use super::book::{Book, Counted};
use super::fold::{Fold, Member, same};
use super::{Reading, View};
use crate::subject::{Record, RecordNo};
use heng_model::{Day, DaySet, Span};
use heng_rules::{Aggregate, Fact, RecordFact, Value, Window};
use smallvec::SmallVec;

/// A day, whether a record comes or goes on it, and which of the members.
type Turn = (Day, bool, usize);

impl<'a> View<'a> {
    /// The days on which a record counts for a fact, pauses aside.
    pub(crate) fn counting(self, fact: &RecordFact, record: &Record) -> Option<Span> {
        let item = self.program.item_index(record.item)?;
        if !fact.items.contains(&item) || record.retracted {
            return None;
        }
        let effect_day = record.effect_day()?;
        let mut days = Span { first: effect_day, last: Day::FOREVER };
        if let Some(valid) = self.program.item(record.item).and_then(|item| item.valid) {
            days.last = valid.last_from(effect_day);
        }
        if let Some(repaired_on) = record.repaired_on().filter(|_| !fact.include_repaired) {
            days.last = days.last.min(repaired_on.previous());
        }
        let window = match fact.window {
            Window::Always => return Span::new(days.first, days.last),
            Window::Rolling(period) => Span { first: effect_day, last: period.last_from(effect_day) },
            Window::Year => Span { first: effect_day, last: Day::year_end(effect_day.year()) },
            Window::PreviousYear => {
                let next = effect_day.year().saturating_add(1);
                Span { first: Day::year_start(next), last: Day::year_end(next) }
            }
        };
        Span::new(days.first, days.last)?.intersect(window)
    }

    /// What a fact needs of a record that counts; `None` where it adds nothing.
    fn member(self, fact: &'a RecordFact, number: RecordNo, record: &Record, satisfies: bool) -> Option<Member<'a>> {
        let effect_day = record.effect_day()?;
        let is_streak = fact.aggregate == Aggregate::Streak;
        if !satisfies && !is_streak {
            return None;
        }
        let value = fact.field.map_or(Value::Empty, |field| self.record_field(record, field));
        let year = match value {
            _ if !is_streak => None,
            _ if fact.field.is_none() => Some(i64::from(effect_day.year())),
            Value::Int(year) => Some(year),
            _ => return None,
        };
        Some(Member { place: (effect_day, record.offset, number.0), value, year, satisfies })
    }

    fn is_like(self, fact: &RecordFact, record: &Record, judged: Option<(RecordNo, &Record)>) -> bool {
        let Some((_, judged)) = judged else { return fact.same.is_empty() && !fact.prior };
        let alike =
            |field: &heng_model::Symbol| same(self.record_field(record, *field), self.record_field(judged, *field));
        (!fact.prior || record.effect_day() < judged.effect_day()) && fact.same.iter().all(alike)
    }

    /// A fact over records on one day, for a judged record where it is relative, without the records that `without`
    /// names.
    pub(crate) fn record_value(
        self,
        fact: &'a Fact,
        records: &'a RecordFact,
        day: Day,
        judged: Option<(RecordNo, &Record)>,
        without: &dyn Fn(RecordNo) -> bool,
    ) -> Value<'a> {
        let mut fold = Fold::new(fact, records.aggregate);
        for (number, record) in self.subject.numbered() {
            let counts = self.counting(records, record).is_some_and(|days| days.contains(day))
                && !without(number)
                && self.is_like(records, record, judged);
            if !counts {
                continue;
            }
            let satisfies = self.matches(records.filter.as_ref(), record);
            if let Some(member) = self.member(records, number, record, satisfies) {
                fold.add(&member);
            }
        }
        fold.value(fact)
    }
}

impl<'a> Book<'a> {
    /// Writes a page of a fact over records.
    pub(super) fn record_steps(&mut self, fact: &'a Fact, records: &'a RecordFact, reading: Reading) {
        let view = self.view;
        let mut members: SmallVec<[Member<'_>; 8]> = SmallVec::new();
        let mut turns: SmallVec<[Turn; 16]> = SmallVec::new();
        for (number, record) in view.subject.numbered() {
            let Some(days) = view.counting(records, record) else { continue };
            let satisfies = view.matches(records.filter.as_ref(), record);
            self.counted.push(Counted { number, days, satisfies });
            let Some(member) = view.member(records, number, record, satisfies) else { continue };
            let at = members.len();
            members.push(member);
            let mut turn = |span: Span| {
                turns.push((span.first, true, at));
                if !span.last.is_forever() {
                    turns.push((span.last.next(), false, at));
                }
            };
            let paused = if reading == Reading::Paused { view.subject.pauses_of(number) } else { DaySet::empty() };
            if paused.is_empty() {
                turn(days);
            } else {
                [days].into_iter().collect::<DaySet>().minus(&paused).spans().iter().copied().for_each(turn);
            }
        }
        turns.sort_unstable();
        let mut fold = Fold::new(fact, records.aggregate);
        self.steps.push((Day::DAWN, fold.value(fact)));
        let mut turns = turns.into_iter().peekable();
        while let Some((day, comes, at)) = turns.next() {
            if let Some(member) = members.get(at) {
                if comes { fold.add(member) } else { fold.remove(member) }
            }
            if turns.peek().is_none_or(|(next, _, _)| *next != day) {
                self.steps.push((day, fold.value(fact)));
            }
        }
    }
}
