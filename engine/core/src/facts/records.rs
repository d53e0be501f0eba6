//! Facts over records.

use super::book::{Book, Counted};
use super::fold::{Fold, Member, same};
use super::{Reading, View};
use crate::subject::{Record, RecordNo};
use heng_model::{Day, DaySet, Span};
use heng_rules::{Aggregate, Fact, RecordFact, Value, Window};
use smallvec::SmallVec;

/// Days on which members come, or go: a day's number above, the member's below, so that numbers sort as turns do.
#[derive(Default)]
struct Turns(SmallVec<[u64; 8]>);

impl Turns {
    fn push(&mut self, day: Day, member: u32) {
        // The sign bit turned over: days before 1970 come first.
        let day = u64::from(day.number().cast_unsigned() ^ SIGN);
        self.0.push(day << 32 | u64::from(member));
    }

    /// The turns in order of their days; records mostly come in that order already.
    fn sorted(mut self) -> impl Iterator<Item = (Day, usize)> {
        if !self.0.is_sorted() {
            self.0.sort_unstable();
        }
        let low = |turn: u64| u32::try_from(turn & u64::from(u32::MAX)).unwrap_or(u32::MAX);
        self.0.into_iter().map(move |turn| {
            let day = (low(turn >> 32) ^ SIGN).cast_signed();
            (Day::from_number(day), usize::try_from(low(turn)).unwrap_or(usize::MAX))
        })
    }
}

const SIGN: u32 = 1 << 31;

impl<'a> View<'a> {
    /// The days on which a record counts for a fact, pauses aside, and whether it satisfies the fact's `where`; a record
    /// that does not counts for a streak alone.
    fn counting(self, fact: &RecordFact, record: &Record) -> Option<(Span, bool)> {
        let item = self.program.item_index(record.item)?;
        if !fact.items.contains(&item) || record.retracted {
            return None;
        }
        let satisfies = self.matches(fact.filter.as_ref(), record);
        let counts = satisfies || fact.aggregate == Aggregate::Streak;
        counts.then(|| self.counting_days(fact, record)).flatten().map(|days| (days, satisfies))
    }

    fn counting_days(self, fact: &RecordFact, record: &Record) -> Option<Span> {
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
        let mut fold = Fold::new(fact, records.aggregate, 0);
        for (number, record) in self.subject.numbered() {
            let Some((days, satisfies)) = self.counting(records, record) else { continue };
            if days.contains(day)
                && !without(number)
                && self.is_like(records, record, judged)
                && let Some(member) = self.member(records, number, record, satisfies)
            {
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
        let (mut comes, mut goes) = (Turns::default(), Turns::default());
        for (number, record) in view.subject.numbered() {
            let Some((days, satisfies)) = view.counting(records, record) else { continue };
            if satisfies {
                self.counted.push(Counted { number, days });
            }
            let Some(member) = view.member(records, number, record, satisfies) else { continue };
            // One stands for all where they are only counted: turns of one day are then equal, and sorted in no time.
            if records.aggregate != Aggregate::Count || members.is_empty() {
                members.push(member);
            }
            let at = u32::try_from(members.len()).map_or(u32::MAX, |length| length.saturating_sub(1));
            let mut turn = |span: Span| {
                comes.push(span.first, at);
                if !span.last.is_forever() {
                    goes.push(span.last.next(), at);
                }
            };
            let paused = if reading == Reading::Paused { view.subject.pauses_of(number) } else { DaySet::empty() };
            if paused.is_empty() {
                turn(days);
            } else {
                DaySet::from(days).minus(&paused).spans().iter().copied().for_each(turn);
            }
        }
        let mut fold = Fold::new(fact, records.aggregate, members.len());
        self.steps.push((Day::DAWN, fold.value(fact)));
        let (mut comes, mut goes) = (comes.sorted().peekable(), goes.sorted().peekable());
        while let Some(day) = comes.peek().into_iter().chain(goes.peek()).map(|(day, _)| *day).min() {
            while let Some((_, at)) = goes.next_if(|(of, _)| *of == day) {
                if let Some(member) = members.get(at) {
                    fold.remove(member);
                }
            }
            while let Some((_, at)) = comes.next_if(|(of, _)| *of == day) {
                if let Some(member) = members.get(at) {
                    fold.add(member);
                }
            }
            self.steps.push((day, fold.value(fact)));
        }
    }
}
