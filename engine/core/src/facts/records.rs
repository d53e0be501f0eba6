//! Facts over records.

use super::book::{Book, Counted};
use super::fold::{Fold, Member, same};
use super::turns::{DAYS_A_YEAR, Tally, Turns};
use super::{Reading, View};
use crate::subject::{REMEMBERED_FROM, Record, RecordNo};
use heng_model::{Day, DaySet, Period, Span, Symbol};
use heng_rules::{Aggregate, Fact, FactIdx, RecordFact, Value, Window};
use smallvec::SmallVec;

/// Asks record after record on which days it counts for a fact, pauses aside.
struct Counting<'a> {
    fact: &'a RecordFact,
    /// The fact's items, and how long their records are valid.
    items: SmallVec<[(Symbol, Option<Period>); 2]>,
    /// Calendar years met lately, and the window of records that take effect in them; empty where there are few records.
    years: Vec<(Span, Span)>,
}

/// Years met lately: as many as a subject with many records has, or they are reckoned more than once.
const YEARS: usize = 32;

/// No day is in it.
const NO_SPAN: Span = Span { first: Day::FOREVER, last: Day::DAWN };

impl<'a> Counting<'a> {
    fn new(view: View<'a>, fact: &'a RecordFact) -> Self {
        let items = fact.items.iter().filter_map(|index| view.program.pack.items.get(index.at()));
        let by_years = matches!(fact.window, Window::Year | Window::PreviousYear);
        let is_long = view.subject.records.len() >= REMEMBERED_FROM;
        let years = if by_years && is_long { vec![(NO_SPAN, NO_SPAN); YEARS] } else { Vec::new() };
        Self { fact, items: items.map(|item| (item.symbol, item.valid)).collect(), years }
    }

    /// The days on which a record counts, and whether it satisfies the fact's `where`, which is asked last; a record that
    /// does not counts for a streak alone.
    fn days(&mut self, record: &Record, satisfies: impl FnOnce() -> bool) -> Option<(Span, bool)> {
        let (_, valid) = *self.items.iter().find(|(item, _)| *item == record.item)?;
        if record.retracted {
            return None;
        }
        let satisfies = satisfies();
        let counts = satisfies || self.fact.aggregate == Aggregate::Streak;
        counts.then(|| self.span(record, valid)).flatten().map(|days| (days, satisfies))
    }

    #[inline]
    fn span(&mut self, record: &Record, valid: Option<Period>) -> Option<Span> {
        let effect_day = record.effect_day()?;
        let mut days = Span { first: effect_day, last: Day::FOREVER };
        if let Some(valid) = valid {
            days.last = valid.last_from(effect_day);
        }
        if let Some(repaired_on) = record.repaired_on().filter(|_| !self.fact.include_repaired) {
            days.last = days.last.min(repaired_on.previous());
        }
        let window = match self.fact.window {
            Window::Always => return Span::new(days.first, days.last),
            Window::Rolling(period) => Span { first: effect_day, last: period.last_from(effect_day) },
            Window::Year => Span { first: effect_day, last: self.year_window(effect_day).last },
            Window::PreviousYear => self.year_window(effect_day),
        };
        Span::new(days.first, days.last)?.intersect(window)
    }

    /// The calendar year in which a record counts that takes effect on a day.
    fn year_window(&mut self, effect_day: Day) -> Span {
        let counts_in = |year: i32| if self.fact.window == Window::Year { year } else { year.saturating_add(1) };
        let place = usize::try_from(effect_day.number().cast_unsigned() / DAYS_A_YEAR).unwrap_or(0) % YEARS;
        let Some(known) = self.years.get_mut(place) else { return whole_year(counts_in(effect_day.year())) };
        if !known.0.contains(effect_day) {
            let year = effect_day.year();
            *known = (whole_year(year), whole_year(counts_in(year)));
        }
        known.1
    }
}

fn whole_year(year: i32) -> Span {
    Span { first: Day::year_start(year), last: Day::year_end(year) }
}

impl<'a> View<'a> {
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
        let alike = |field: &Symbol| same(self.record_field(record, *field), self.record_field(judged, *field));
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
        let mut counting = Counting::new(self, records);
        for (number, record) in self.subject.numbered() {
            let satisfies = || self.matches(records.filter.as_ref(), record);
            let Some((days, satisfies)) = counting.days(record, satisfies) else { continue };
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
    pub(super) fn record_steps(&mut self, index: FactIdx, fact: &'a Fact, records: &'a RecordFact, reading: Reading) {
        match records.aggregate {
            Aggregate::Count => self.count_steps(index, records, reading),
            _ => self.fold_steps(index, fact, records, reading),
        }
    }

    /// Notes the records that count, and hands on each run of days on which one does.
    fn counting_runs(
        &mut self,
        index: FactIdx,
        records: &'a RecordFact,
        reading: Reading,
        mut run: impl FnMut((RecordNo, &Record), bool, Span),
    ) {
        let view = self.view;
        let mut counting = Counting::new(view, records);
        let is_remembered = records.filter.is_some() && view.subject.records.len() >= REMEMBERED_FROM;
        let mut verdicts = is_remembered.then(|| self.matches.take(index));
        for (number, record) in view.subject.numbered() {
            let judge = || view.matches(records.filter.as_ref(), record);
            let satisfies = || match &mut verdicts {
                Some(verdicts) => verdicts.of(number, judge),
                None => judge(),
            };
            let Some((days, satisfies)) = counting.days(record, satisfies) else { continue };
            if satisfies {
                self.counted.push(Counted { number, days });
            }
            match reading {
                Reading::Plain => run((number, record), satisfies, days),
                Reading::Paused => {
                    let left = DaySet::from(days).minus(&view.subject.pauses_of(number));
                    left.spans().iter().for_each(|days| run((number, record), satisfies, *days));
                }
            }
        }
        if let Some(verdicts) = verdicts {
            self.matches.put_back(index, verdicts);
        }
    }

    /// Where records are only counted, how many come and go on a day is all that is needed of them.
    fn count_steps(&mut self, index: FactIdx, records: &'a RecordFact, reading: Reading) {
        let mut tally = Tally::default();
        self.counting_runs(index, records, reading, |_, _, days| tally.push(days));
        let mut total = 0_i64;
        self.steps.push((Day::DAWN, Value::Int(total)));
        let (comes, goes) = tally.turns();
        let (mut comes, mut goes) = (comes.sorted().peekable(), goes.sorted().peekable());
        while let Some(day) = comes.peek().into_iter().chain(goes.peek()).map(|(day, _)| *day).min() {
            while let Some((_, count)) = goes.next_if(|(of, _)| *of == day) {
                total = total.saturating_sub(i64::from(count));
            }
            while let Some((_, count)) = comes.next_if(|(of, _)| *of == day) {
                total = total.saturating_add(i64::from(count));
            }
            self.steps.push((day, Value::Int(total)));
        }
    }

    fn fold_steps(&mut self, index: FactIdx, fact: &'a Fact, records: &'a RecordFact, reading: Reading) {
        let view = self.view;
        let mut members: SmallVec<[Member<'_>; 8]> = SmallVec::new();
        let (mut comes, mut goes) = (Turns::default(), Turns::default());
        self.counting_runs(index, records, reading, |(number, record), satisfies, days| {
            let Some(member) = view.member(records, number, record, satisfies) else { return };
            let at = u32::try_from(members.len()).unwrap_or(u32::MAX);
            members.push(member);
            comes.push(days.first, at);
            if !days.last.is_forever() {
                goes.push(days.last.next(), at);
            }
        });
        let mut fold = Fold::new(fact, records.aggregate, members.len());
        self.steps.push((Day::DAWN, fold.value(fact)));
        let member = |at: u32| members.get(usize::try_from(at).unwrap_or(usize::MAX));
        let (mut comes, mut goes) = (comes.sorted().peekable(), goes.sorted().peekable());
        while let Some(day) = comes.peek().into_iter().chain(goes.peek()).map(|(day, _)| *day).min() {
            while let Some((_, at)) = goes.next_if(|(of, _)| *of == day) {
                member(at).into_iter().for_each(|member| fold.remove(member));
            }
            while let Some((_, at)) = comes.next_if(|(of, _)| *of == day) {
                member(at).into_iter().for_each(|member| fold.add(member));
            }
            self.steps.push((day, fold.value(fact)));
        }
    }
}
