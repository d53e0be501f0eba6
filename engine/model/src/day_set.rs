//! Sets of civil days as sorted, disjoint, closed intervals.

use crate::Day;
use smallvec::SmallVec;
use std::fmt;

/// A run of days, both ends included; `last` is [`Day::FOREVER`] where the end is open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First day.
    pub first: Day,
    /// Last day, included.
    pub last: Day,
}

impl Span {
    /// A run of days, unless `last` lies before `first`.
    #[must_use]
    #[inline]
    pub fn new(first: Day, last: Day) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// Does the run hold this day?
    #[must_use]
    #[inline]
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// The days both runs hold.
    #[must_use]
    #[inline]
    pub fn intersect(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }
}

/// A set of days: sorted runs, no two of which touch. Equal sets are equal values.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct DaySet(SmallVec<[Span; 1]>);

impl DaySet {
    /// No day.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The days from `first` through `last`; none if `last` lies before `first`.
    #[must_use]
    pub fn from_to(first: Day, last: Day) -> Self {
        Span::new(first, last).map(Self::from).unwrap_or_default()
    }

    /// Is there no day in it?
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The runs, in order.
    #[must_use]
    #[inline]
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// First and last day over all runs.
    #[must_use]
    #[inline]
    pub fn hull(&self) -> Option<Span> {
        Some(Span { first: self.0.first()?.first, last: self.0.last()?.last })
    }

    /// Does the set hold this day?
    #[must_use]
    #[inline]
    pub fn contains(&self, day: Day) -> bool {
        self.0.iter().any(|span| span.contains(day))
    }

    /// Appends a run that starts no earlier than the runs already there, joining what touches.
    #[inline]
    pub fn push(&mut self, span: Span) {
        match self.0.last_mut() {
            Some(last) if span.first <= last.last.next() => last.last = last.last.max(span.last),
            _ => self.0.push(span),
        }
    }

    /// The days of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => other.clone(),
            (_, true) => self.clone(),
            _ => self.0.iter().chain(&other.0).copied().collect(),
        }
    }

    /// The days of both sets.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let mut common = Self::empty();
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            if let Some(span) = a.intersect(**b) {
                common.push(span);
            }
            if a.last < b.last {
                left.next();
            } else {
                right.next();
            }
        }
        common
    }

    /// The days of the set within a run.
    #[must_use]
    pub fn within(&self, run: Span) -> Self {
        Self(self.0.iter().filter_map(|span| span.intersect(run)).collect())
    }

    /// The days of this set that the other does not hold.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        if other.is_empty() { self.clone() } else { self.intersect(&other.complement()) }
    }

    /// Every day that the set does not hold.
    #[must_use]
    pub fn complement(&self) -> Self {
        let mut rest = Self::empty();
        let mut from = Day::DAWN;
        for span in &self.0 {
            if from < span.first
                && let Some(gap) = Span::new(from, span.first.previous())
            {
                rest.push(gap);
            }
            if span.last.is_forever() {
                return rest;
            }
            from = span.last.next();
        }
        rest.push(Span { first: from, last: Day::FOREVER });
        rest
    }

    /// The first day after `day` on which membership differs from the day before it, if there is one.
    #[must_use]
    pub fn next_change_after(&self, day: Day) -> Option<Day> {
        self.0
            .iter()
            .flat_map(|span| [Some(span.first), (!span.last.is_forever()).then(|| span.last.next())])
            .flatten()
            .find(|change| *change > day)
    }

    /// Have the two sets a day in common?
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.intersect(other).is_empty()
    }
}

impl From<Span> for DaySet {
    fn from(run: Span) -> Self {
        Self(SmallVec::from_buf([run]))
    }
}

impl FromIterator<Span> for DaySet {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut spans: SmallVec<[Span; 4]> = spans.into_iter().collect();
        spans.sort_unstable();
        let mut set = Self::empty();
        for span in spans {
            set.push(span);
        }
        set
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

impl fmt::Debug for DaySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set_of(days: &[bool]) -> DaySet {
        let day = |at: usize| Day::from_number(i32::try_from(at).unwrap_or(0));
        days.iter().enumerate().filter(|(_, held)| **held).filter_map(|(at, _)| Span::new(day(at), day(at))).collect()
    }

    proptest! {
        #[test]
        fn sets_agree_with_days_one_by_one(a in prop::collection::vec(any::<bool>(), 40),
                                           b in prop::collection::vec(any::<bool>(), 40)) {
            let both = |f: fn(bool, bool) -> bool| {
                set_of(&a.iter().zip(&b).map(|(a, b)| f(*a, *b)).collect::<Vec<_>>())
            };
            let (left, right) = (set_of(&a), set_of(&b));
            prop_assert_eq!(left.union(&right), both(|a, b| a || b));
            prop_assert_eq!(left.intersect(&right), both(|a, b| a && b));
            prop_assert_eq!(left.minus(&right), both(|a, b| a && !b));
            prop_assert_eq!(left.complement().complement(), left.clone());
            prop_assert_eq!(left.overlaps(&right), a.iter().zip(&b).any(|(a, b)| *a && *b));
            let change = (1..=40).find(|at| a.get(*at).copied().unwrap_or(false) != a.get(at - 1).copied().unwrap_or(false));
            prop_assert_eq!(left.next_change_after(Day::from_number(0)),
                            change.map(|at| Day::from_number(i32::try_from(at).unwrap_or(0))));
        }
    }

    #[test]
    fn open_ends_stay_open() {
        let open = DaySet::from_to(Day::from_number(5), Day::FOREVER);
        assert_eq!(open.complement(), DaySet::from_to(Day::DAWN, Day::from_number(4)));
        assert_eq!(open.next_change_after(Day::from_number(5)), None);
        assert_eq!(open.union(&DaySet::from_to(Day::from_number(1), Day::from_number(4))).spans().len(), 1);
    }
}
