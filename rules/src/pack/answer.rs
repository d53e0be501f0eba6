//! Within what time an authority answers a decision that names a measure of it.
//!
//! # Invariants
//!
//! Working days follow the pack's calendar and serve nothing but these deadlines: no fact and no rule counts by them.

use super::Calendar;
use heng_model::{Day, ParsePeriodError, Period};
use std::str::FromStr;

/// A time within which to answer, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerWithin {
    /// So many working days; the day on which the decision is issued is not counted.
    WorkingDays(u16),
    /// A civil period; the day on which the decision is issued is not counted.
    Period(Period),
    /// No deadline, whatever would hold otherwise.
    NoDeadline,
}

/// Most working days that a deadline may have: about a year.
const WORKING_DAYS_MAX: u16 = 250;

/// Why a text is no such time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseAnswerWithinError {
    /// Too few or too many working days.
    #[error("`{0}` is not a number of working days: write 1wd to {WORKING_DAYS_MAX}wd")]
    WorkingDays(String),
    /// Nor is it a period.
    #[error(transparent)]
    Period(#[from] ParsePeriodError),
}

impl FromStr for AnswerWithin {
    type Err = ParseAnswerWithinError;

    fn from_str(text: &str) -> Result<Self, ParseAnswerWithinError> {
        if text == "none" {
            return Ok(Self::NoDeadline);
        }
        let Some(digits) = text.strip_suffix("wd") else { return Ok(Self::Period(text.parse()?)) };
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let count = digits.parse().ok().filter(|count| is_plain && (1..=WORKING_DAYS_MAX).contains(count));
        count.map(Self::WorkingDays).ok_or_else(|| ParseAnswerWithinError::WorkingDays(text.to_owned()))
    }
}

impl AnswerWithin {
    /// The last day on which an answer is in time, of a decision issued on a day; none where there is no deadline.
    #[must_use]
    pub fn last_day(self, issued_on: Day, calendar: &Calendar) -> Option<Day> {
        match self {
            Self::NoDeadline => None,
            Self::Period(period) => Some(period.last_from(issued_on)),
            Self::WorkingDays(count) => {
                let mut left = count;
                let mut day = issued_on;
                while left > 0 && day < Day::LATEST {
                    day = day.next();
                    left -= u16::from(calendar.is_working_day(day));
                }
                Some(day)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn deadlines_are_read_or_refused() {
        assert_eq!("7wd".parse(), Ok(AnswerWithin::WorkingDays(7)));
        assert_eq!("P1M".parse(), Ok(AnswerWithin::Period("P1M".parse().unwrap())));
        assert_eq!("none".parse(), Ok(AnswerWithin::NoDeadline));
        for bad in ["", "wd", "0wd", "251wd", "+7wd", "-1wd", "7 wd", "7d", "P0D", "7WD", "99999999wd"] {
            assert!(bad.parse::<AnswerWithin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_day_of_issue_is_not_counted_and_neither_are_days_off() {
        // A made-up calendar: Thursday 2026-10-01 is off, Saturday 2026-10-10 is worked.
        let calendar = Calendar { holidays: vec![day("2026-10-01")], workdays: vec![day("2026-10-10")] };
        let last = |within: &str, from: &str, calendar| {
            within.parse::<AnswerWithin>().unwrap().last_day(day(from), calendar).unwrap()
        };
        let weekends = Calendar::default();
        for (within, from, plain, with_calendar) in [
            ("1wd", "2026-09-30", "2026-10-01", "2026-10-02"),
            ("1wd", "2026-10-02", "2026-10-05", "2026-10-05"),
            ("7wd", "2026-09-30", "2026-10-09", "2026-10-10"),
            ("5wd", "2026-10-03", "2026-10-09", "2026-10-09"),
            ("P10D", "2026-09-30", "2026-10-10", "2026-10-10"),
            ("P1M", "2026-01-31", "2026-02-28", "2026-02-28"),
        ] {
            assert_eq!(last(within, from, &weekends), day(plain), "{within} from {from}");
            assert_eq!(last(within, from, &calendar), day(with_calendar), "{within} from {from}, with the calendar");
        }
        assert_eq!(AnswerWithin::NoDeadline.last_day(day("2026-10-01"), &weekends), None);
    }
}
