//! The days on which records come to count, or cease to.

use heng_model::{Day, Span};
use smallvec::SmallVec;

/// A day and a number of 32 bits in one: they sort as the days do.
type Turn = u64;

fn turn(day: Day, with: u32) -> Turn {
    // The sign bit turned over: days before 1970 come first.
    u64::from(day.number().cast_unsigned() ^ SIGN) << 32 | u64::from(with)
}

fn parts(turn: Turn) -> (Day, u32) {
    let low = |turn: u64| u32::try_from(turn & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    (Day::from_number((low(turn >> 32) ^ SIGN).cast_signed()), low(turn))
}

const SIGN: u32 = 1 << 31;

/// Days, and a number beside each.
#[derive(Default)]
pub(super) struct Turns(SmallVec<[Turn; 8]>);

impl Turns {
    pub(super) fn push(&mut self, day: Day, with: u32) {
        self.0.push(turn(day, with));
    }

    /// In order of the days; records mostly come in that order already.
    pub(super) fn sorted(mut self) -> impl Iterator<Item = (Day, u32)> {
        if !self.0.is_sorted() {
            self.0.sort_unstable();
        }
        self.0.into_iter().map(parts)
    }
}

/// Runs of days on which a record counts, and how many records do.
pub(super) struct Tally {
    runs: SmallVec<[(Span, u32); 8]>,
    /// For each year, one after another round and round, 1 + where the latest run is that begins in it; 0 where there is
    /// none, or it is too far. What counts by calendar years has one run a year, however many records there are.
    latest: [u8; YEARS],
}

const YEARS: usize = 64;

/// A little less than a year has, so that the first days of two years never fall together.
pub(super) const DAYS_A_YEAR: u32 = 365;

impl Default for Tally {
    fn default() -> Self {
        Self { runs: SmallVec::new(), latest: [0; YEARS] }
    }
}

impl Tally {
    pub(super) fn push(&mut self, days: Span) {
        let year = usize::try_from(days.first.number().cast_unsigned() / DAYS_A_YEAR).unwrap_or(0) % YEARS;
        if let Some(latest) = self.latest.get_mut(year) {
            let known = usize::from(*latest).checked_sub(1).and_then(|at| self.runs.get_mut(at));
            match known {
                Some((known, records)) if *known == days => {
                    *records = records.saturating_add(1);
                    return;
                }
                _ => *latest = u8::try_from(self.runs.len().saturating_add(1)).unwrap_or(0),
            }
        }
        self.runs.push((days, 1));
    }

    /// How many come, and how many go, on which days.
    pub(super) fn turns(self) -> (Turns, Turns) {
        let (mut comes, mut goes) = (Turns::default(), Turns::default());
        for (days, records) in self.runs {
            comes.push(days.first, records);
            if !days.last.is_forever() {
                goes.push(days.last.next(), records);
            }
        }
        (comes, goes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_tally_counts_every_run(
            runs in prop::collection::vec((-800_i32..40_000, 0_i32..3_000), 0..400),
            years in any::<bool>(),
        ) {
            let mut tally = Tally::default();
            let (mut comes, mut goes) = (BTreeMap::<Day, u32>::new(), BTreeMap::<Day, u32>::new());
            for (first, length) in runs {
                let first = Day::from_number(first);
                let year = first.year();
                let last = if length < 20 { Day::FOREVER } else { first.plus_days(length) };
                let whole = Span { first: Day::year_start(year), last: Day::year_end(year) };
                let days = if years { whole } else { Span { first, last } };
                tally.push(days);
                *comes.entry(days.first).or_default() += 1;
                if !days.last.is_forever() {
                    *goes.entry(days.last.next()).or_default() += 1;
                }
            }
            let (found_comes, found_goes) = tally.turns();
            for (turns, expected) in [(found_comes, comes), (found_goes, goes)] {
                let turns: Vec<(Day, u32)> = turns.sorted().collect();
                prop_assert!(turns.is_sorted_by_key(|(day, _)| *day));
                let mut found = BTreeMap::<Day, u32>::new();
                turns.into_iter().for_each(|(day, records)| *found.entry(day).or_default() += records);
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn a_year_has_one_run() {
        let mut tally = Tally::default();
        for nth in 0..1_000 {
            let year = 1990 + nth * 7 % 40;
            tally.push(Span { first: Day::year_start(year), last: Day::year_end(year) });
        }
        assert_eq!(tally.runs.len(), 40);
    }
}
