//! The facts of one subject, each worked out once for all rules that read it.
//!
//! # Invariants
//!
//! What a page says holds as long as the subject's records, profile and links stay as they are; facts over outcomes
//! also as long as its decisions do ([`Book::forget_outcomes`]).

use super::{Reading, View, value_at};
use crate::subject::{Decision, Matches, Record, RecordNo};
use heng_model::{Day, DaySet, Span, SubjectKind};
use heng_rules::{FactIdx, Kinds, Reads, Value};
use smallvec::SmallVec;
use std::ops::Range;

/// A record that satisfies a fact's `where` and counts, pauses aside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    pub(crate) number: RecordNo,
    /// The days on which it counts.
    pub(crate) days: Span,
}

/// Values by the day from which they hold; the first holds from the dawn of time.
pub(super) type Steps<'a> = SmallVec<[(Day, Value<'a>); 24]>;

/// Where a fact stands in the book.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    fact: FactIdx,
    reading: Reading,
    steps: (usize, usize),
    counted: (usize, usize),
}

/// The facts of a subject that were asked for so far.
pub(crate) struct Book<'a> {
    pub(crate) view: View<'a>,
    pub(super) steps: Steps<'a>,
    pub(super) counted: SmallVec<[Counted; 16]>,
    pages: SmallVec<[Page; 8]>,
    life: Option<Life>,
    /// What is known of the subject's records, for whoever keeps it.
    pub(crate) matches: Matches,
}

/// The days on which rules on conditions are evaluated, by the subject's kind on them.
type Life = SmallVec<[(Span, SubjectKind); 2]>;

impl<'a> Book<'a> {
    pub(crate) fn new(view: View<'a>) -> Self {
        let (steps, counted, pages) = (SmallVec::new(), SmallVec::new(), SmallVec::new());
        Self { view, steps, counted, pages, life: None, matches: Matches::default() }
    }

    /// The days on which rules on conditions are evaluated and the subject is of one of these kinds.
    pub(crate) fn lived_as(&mut self, kinds: Kinds) -> DaySet {
        let view = self.view;
        let mut days = DaySet::empty();
        for (span, kind) in self.life.get_or_insert_with(|| view.life()) {
            if kinds.contains(*kind) {
                days.push(*span);
            }
        }
        days
    }

    /// Decisions differ: facts over outcomes are worked out anew when next asked for.
    pub(crate) fn forget_outcomes(&mut self) {
        let view = self.view;
        self.pages.retain(|page| !view.fact(page.fact).is_some_and(|fact| matches!(fact.reads, Reads::Outcome { .. })));
    }

    /// The fact on every day; `decisions` are the subject's as they stand.
    pub(crate) fn page(&mut self, fact: FactIdx, reading: Reading, decisions: &[Decision]) -> Page {
        if let Some(page) = self.pages.iter().find(|page| page.fact == fact && page.reading == reading) {
            return *page;
        }
        let (steps, counted) = (self.steps.len(), self.counted.len());
        self.write(fact, reading, decisions);
        let (steps, counted) = ((steps, self.steps.len()), (counted, self.counted.len()));
        let page = Page { fact, reading, steps, counted };
        self.pages.push(page);
        page
    }

    fn write(&mut self, index: FactIdx, reading: Reading, decisions: &[Decision]) {
        let view = self.view;
        let Some(fact) = view.fact(index) else { return self.steps.push((Day::DAWN, Value::Empty)) };
        match &fact.reads {
            Reads::Records(records) => self.record_steps(index, fact, records, reading),
            Reads::Profile(field) => view.profile_steps(fact, *field, &mut self.steps),
            Reads::Elapsed { at_least } => {
                self.steps.push((Day::DAWN, Value::Bool(false)));
                let since = view.registered_on();
                self.steps.extend(since.map(|since| (at_least.last_from(since).next(), Value::Bool(true))));
            }
            Reads::Outcome { outcome, ended_within, .. } => {
                view.outcome_steps(decisions, fact, (*outcome, *ended_within), reading, &mut self.steps);
            }
            Reads::Related { role, outcome, reverse, linked_after } => {
                view.related_steps((*role, *outcome), *reverse, *linked_after, reading, &mut self.steps);
            }
        }
    }

    pub(crate) fn steps(&self, page: Page) -> &[(Day, Value<'a>)] {
        self.steps.get(range(page.steps)).unwrap_or_default()
    }

    /// The records that count for a fact over records, in the order in which they became known.
    pub(crate) fn counted(&self, page: Page) -> &[Counted] {
        self.counted.get(range(page.counted)).unwrap_or_default()
    }

    /// The fact on one day.
    pub(crate) fn value(&mut self, fact: FactIdx, day: Day, reading: Reading, decisions: &[Decision]) -> Value<'a> {
        let page = self.page(fact, reading, decisions);
        value_at(self.steps(page), day)
    }

    /// The fact on one day, for a judged record where it is relative.
    pub(crate) fn value_on(
        &mut self,
        index: FactIdx,
        day: Day,
        judged: Option<(RecordNo, &Record)>,
        reading: Reading,
        decisions: &[Decision],
    ) -> Value<'a> {
        let Some(fact) = self.view.fact(index) else { return Value::Empty };
        match &fact.reads {
            Reads::Records(records) if fact.is_relative() => {
                self.view.record_value(fact, records, day, judged, &|_| false)
            }
            Reads::Outcome { prior: true, .. } => self.value(index, day.previous(), reading, decisions),
            _ => self.value(index, day, reading, decisions),
        }
    }
}

impl View<'_> {
    fn life(self) -> Life {
        let lived = self.subject.start().and_then(|start| Span::new(start, self.subject.end()));
        let Some(lived) = lived else { return Life::new() };
        let changes = self.subject.profile.change_days();
        let mut days: SmallVec<[Day; 8]> = changes.filter(|day| *day > lived.first && *day <= lived.last).collect();
        days.push(lived.first);
        days.sort_unstable();
        days.dedup();
        let end = |at: usize| days.get(at.saturating_add(1)).map_or(lived.last, |next| next.previous());
        let part = |(at, day): (usize, &Day)| Some((Span::new(*day, end(at))?, self.subject.kind_on(self.id, *day)));
        days.iter().enumerate().filter_map(part).collect()
    }
}

fn range((start, end): (usize, usize)) -> Range<usize> {
    start..end
}
