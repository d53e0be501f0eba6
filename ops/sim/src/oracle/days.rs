//! A calendar with a tick on some of its days.
//!
//! # Invariants
//!
//! Days outside the window are never ticked; every question is answered by looking at single days.

use heng_model::{Day, DaySet, Span};

/// Days of a window, ticked or not, one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    window: Span,
    ticks: Vec<bool>,
}

impl Days {
    /// A window without a tick.
    #[must_use]
    pub fn none(window: Span) -> Self {
        Self { window, ticks: days_of(window).map(|_| false).collect() }
    }

    /// The days of the window for which `holds`.
    pub fn where_each(window: Span, holds: impl FnMut(Day) -> bool) -> Self {
        Self { window, ticks: days_of(window).map(holds).collect() }
    }

    /// The window.
    #[must_use]
    pub fn window(&self) -> Span {
        self.window
    }

    /// Is the day ticked?
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        let at = i64::from(day.number()) - i64::from(self.window.first.number());
        usize::try_from(at).ok().and_then(|at| self.ticks.get(at)).copied().unwrap_or(false)
    }

    /// Is no day ticked?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.ticks.contains(&true)
    }

    /// The ticked days, in order.
    pub fn iter(&self) -> impl Iterator<Item = Day> {
        days_of(self.window).zip(&self.ticks).filter(|(_, tick)| **tick).map(|(day, _)| day)
    }

    /// Maximal runs of ticked days, first and last.
    #[must_use]
    pub fn runs(&self) -> Vec<Span> {
        let mut runs: Vec<Span> = Vec::new();
        for day in self.iter() {
            match runs.last_mut() {
                Some(run) if run.last.next() == day => run.last = day,
                _ => runs.push(Span { first: day, last: day }),
            }
        }
        runs
    }

    /// First and last ticked day.
    #[must_use]
    pub fn hull(&self) -> Option<Span> {
        Some(Span { first: self.iter().next()?, last: self.iter().last()? })
    }

    /// The ticked days as the model's set; a run that reaches the end of the window ends there.
    #[must_use]
    pub fn to_set(&self) -> DaySet {
        self.runs().into_iter().collect()
    }

    /// The first day of `within` on which this calendar and a set of the engine differ.
    #[must_use]
    pub fn first_difference(&self, other: &DaySet, within: Span) -> Option<Day> {
        days_of(within).find(|day| self.contains(*day) != other.contains(*day))
    }
}

/// The days of a span, one by one.
pub fn days_of(span: Span) -> impl Iterator<Item = Day> {
    (span.first.number()..=span.last.number()).map(Day::from_number)
}
