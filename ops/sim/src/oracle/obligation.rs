//! Obligations of one rule for one subject, tried day by day.
//!
//! # Invariants
//!
//! Only outcomes of earlier strata are read. First and last days come from the reading without pauses.

use super::days::Days;
use super::fact::{Reading, World};
use super::record::Record;
use super::subject::Subject;
use super::{Decision, Key};
use heng_model::{Day, Period, Span};
use heng_rules::condition::Condition;
use heng_rules::{Body, End, Rule, Start};

/// The decisions of a rule for a subject that have a day in the window.
pub(super) fn decisions(world: &World<'_>, subject: &Subject, rule: &Rule, window: Span) -> Vec<Decision> {
    let task = Task { world, subject, rule, window };
    let found = match &rule.body {
        Body::OnRecords { item, filter, from, end } => {
            let records = subject.records.iter().filter(|record| record.item == *item && !record.retracted);
            records.filter_map(|record| task.on_record(record, filter.as_ref(), *from, *end)).collect()
        }
        Body::OnCondition { when, lasts, and_while } => task.on_condition(when, *lasts, *and_while),
    };
    found.into_iter().filter(|decision| !decision.unpaused.is_empty()).collect()
}

struct Task<'a> {
    world: &'a World<'a>,
    subject: &'a Subject,
    rule: &'a Rule,
    window: Span,
}

impl Task<'_> {
    fn on_record(&self, record: &Record, filter: Option<&Condition>, from: Start, end: End) -> Option<Decision> {
        let x = record.x?;
        let judged = Reading::plain(x, Some(record));
        let matches = filter.is_none_or(|filter| self.world.holds(self.subject, filter, judged));
        if !matches || !self.rule.kinds.contains(self.subject.kind(x)) {
            return None;
        }
        let first = first_day(record, x, from)?;
        let last = self.last_day(record, x, first, end)?;
        let key = Key::Record { source: record.source.clone(), record: record.id.clone() };
        let term = |day: Day| first <= day && day <= last;
        Some(self.decision(key, x, Some(record), term, |day| !record.paused_on(day)))
    }

    /// Last day after repair; none if the repair leaves nothing.
    fn last_day(&self, record: &Record, x: Day, first: Day, end: End) -> Option<Day> {
        let repair = record.repair.filter(|_| !self.rule.include_repaired);
        let term = match end {
            End::Open => Day::FOREVER,
            End::Lasts { lasts, extends: None } => lasts.last_from(first),
            End::Lasts { lasts, extends: Some(extends) } => {
                let in_time = repair.is_some_and(|repair| repair <= lasts.last_from(first));
                if in_time { lasts.last_from(first) } else { extends.last_from(first) }
            }
            End::Through(name) => record.day_in(name).unwrap_or(Day::FOREVER),
        };
        let valid = self.world.pack.items.get(record.item.at()).and_then(|item| item.valid);
        let term = term.min(valid.map_or(Day::FOREVER, |valid| valid.last_from(x)));
        let Some(repair) = repair else { return Some(term) };
        if repair <= first {
            return None;
        }
        let earliest_end = self.rule.not_before.map_or(Day::DAWN, |period| period.last_from(first));
        Some(term.min(repair.previous().max(earliest_end)))
    }

    fn on_condition(&self, when: &Condition, lasts: Option<Period>, and_while: bool) -> Vec<Decision> {
        let holds = |reading: Reading<'_>| self.world.holds(self.subject, when, reading);
        let condition = Days::where_each(self.window, |day| {
            self.subject.is_evaluated(day)
                && self.rule.kinds.contains(self.subject.kind(day))
                && holds(Reading::plain(day, None))
        });
        let obligation = |run: Span| {
            let a = run.first;
            let in_run = |day: Day| run.contains(day);
            let Some(lasts) = lasts else {
                return self.decision(Key::Run(a), a, None, in_run, |day| holds(Reading::paused(day, None)));
            };
            let last = lasts.last_from(a);
            let repairs_work = |day: Day| {
                !self.rule.include_repaired && self.rule.not_before.is_none_or(|period| day > period.last_from(a))
            };
            let on_a = |day: Day, paused_on: Option<Day>| Reading {
                day: a,
                paused_on,
                repaired_by: repairs_work(day).then_some(day),
                judged: None,
            };
            let in_term = |day: Day| a <= day && day <= last && holds(on_a(day, None));
            let in_paused_term = |day: Day| in_term(day) && holds(on_a(day, Some(day)));
            let runs_on = |day: Day| and_while && in_run(day);
            let runs_on_paused = |day: Day| runs_on(day) && holds(Reading::paused(day, None));
            let unpaused = |day: Day| in_term(day) || runs_on(day);
            self.decision(Key::Run(a), a, None, unpaused, |day| in_paused_term(day) || runs_on_paused(day))
        };
        condition.runs().into_iter().map(obligation).collect()
    }

    /// Both readings: `term` are the days without pauses, `stays` says which of them pauses of grounds leave; then
    /// `effective`, `unless`, the suspensions of the subject and the missing review take days out.
    fn decision(
        &self,
        key: Key,
        selects: Day,
        judged: Option<&Record>,
        term: impl Fn(Day) -> bool,
        stays: impl Fn(Day) -> bool,
    ) -> Decision {
        let rule = self.rule;
        let law = |day: Day| rule.effective.contains(if rule.effective_by_record { selects } else { day });
        let unless = |reading: Reading<'_>| {
            rule.unless.as_ref().is_some_and(|unless| self.world.holds(self.subject, unless, reading))
        };
        let unpaused =
            Days::where_each(self.window, |day| term(day) && law(day) && !unless(Reading::plain(day, judged)));
        let in_force = Days::where_each(self.window, |day| {
            unpaused.contains(day)
                && stays(day)
                && !unless(Reading::paused(day, judged))
                && !self.subject.suspended_on(day)
                && !rule.review
        });
        Decision {
            subject: self.subject.id.clone(),
            rule: rule.id.clone(),
            key,
            unpaused,
            in_force,
            stratum: rule.stratum,
            review: rule.review,
            outcome: rule.outcome.clone(),
        }
    }
}

fn first_day(record: &Record, x: Day, from: Start) -> Option<Day> {
    match from {
        Start::EffectDay => Some(x),
        Start::Field(name) => record.day_in(name),
        Start::AfterField(name) => record.day_in(name).map(Day::next),
        Start::AfterPeriod(period) => Some(period.last_from(x).next()),
    }
}
