//! Civil days of the Gregorian calendar.

use chrono::{Datelike, NaiveDate};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A civil day, counted from 1970-01-01; [`Day::FOREVER`] is the open end of a term, after every real day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Why a text is no civil day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseDayError {
    /// The text has another form than `YYYY-MM-DD`.
    #[error("`{0}` is not a date of the form YYYY-MM-DD")]
    Form(String),
    /// The calendar has no such day.
    #[error("the calendar has no day `{0}`")]
    NoSuchDay(String),
}

const EPOCH_FROM_CE: i32 = 719_163;

/// Years of which the days are reckoned here.
const COMMON_YEARS: RangeInclusive<i32> = 1..=9_999;

/// After so many days the calendar repeats.
const DAYS_OF_400_YEARS: i32 = 146_097;

impl Day {
    /// No last day: a term that is still open.
    pub const FOREVER: Day = Day(i32::MAX);
    /// Before every real day.
    pub const DAWN: Day = Day(i32::MIN);
    /// 1949-10-01 lies in it: no event of the model is dated before 1949-01-01.
    pub const EARLIEST: Day = Day(-7_670);
    /// 9999-12-31, the last day that ISO 8601 writes with four digits of year.
    pub const LATEST: Day = Day(2_932_896);
    /// 0001-01-01
    const FIRST_JANUARY_1: Day = Day(1 - EPOCH_FROM_CE);

    /// The day that lies `number` days after 1970-01-01 (before, if negative).
    #[must_use]
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The day of a calendar date, if the calendar has it.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self::from_date)
    }

    pub(crate) fn from_date(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce().saturating_sub(EPOCH_FROM_CE))
    }

    pub(crate) fn date(self) -> Option<NaiveDate> {
        NaiveDate::from_num_days_from_ce_opt(self.0.checked_add(EPOCH_FROM_CE)?)
    }

    /// Calendar year; of [`Day::FOREVER`] and [`Day::DAWN`] a year beyond any other.
    #[must_use]
    pub fn year(self) -> i32 {
        if (Self::FIRST_JANUARY_1..=Self::LATEST).contains(&self) {
            // Two days more than there are, so that the guess is the year or the one after it.
            let guess = (self.0 - Self::FIRST_JANUARY_1.0 + 2) * 400 / DAYS_OF_400_YEARS + 1;
            return if Self::january_1(guess) > self { guess - 1 } else { guess };
        }
        match self.date() {
            Some(date) => date.year(),
            None if self.0 < 0 => i32::MIN,
            None => i32::MAX,
        }
    }

    /// 1 January of a year; years beyond the calendar saturate to [`Day::DAWN`] or [`Day::FOREVER`].
    #[must_use]
    pub fn year_start(year: i32) -> Self {
        if COMMON_YEARS.contains(&year) {
            return Self::january_1(year);
        }
        Self::from_ymd(year, 1, 1).unwrap_or(if year < 0 { Self::DAWN } else { Self::FOREVER })
    }

    /// 31 December of a year, saturating as [`Day::year_start`] does.
    #[must_use]
    pub fn year_end(year: i32) -> Self {
        if COMMON_YEARS.contains(&year) {
            return Self::january_1(year + 1).previous();
        }
        Self::from_ymd(year, 12, 31).unwrap_or(if year < 0 { Self::DAWN } else { Self::FOREVER })
    }

    /// 1 January of one of [`COMMON_YEARS`] or the year after them. A count by years asks for it three times a record: the
    /// calendar would take ten times as long.
    const fn january_1(year: i32) -> Self {
        let before = year - 1;
        Self(Self::FIRST_JANUARY_1.0 + before * 365 + before / 4 - before / 100 + before / 400)
    }

    /// The day after; [`Day::FOREVER`] stays.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.0 == i32::MAX { self } else { Self(self.0.saturating_add(1)) }
    }

    /// The day before; [`Day::FOREVER`] and [`Day::DAWN`] stay.
    #[must_use]
    pub const fn previous(self) -> Self {
        if self.0 == i32::MAX { self } else { Self(self.0.saturating_sub(1)) }
    }

    /// `days` later (earlier, if negative); [`Day::FOREVER`] stays.
    #[must_use]
    pub const fn plus_days(self, days: i32) -> Self {
        if self.0 == i32::MAX { self } else { Self(self.0.saturating_add(days)) }
    }

    /// Is this an open end?
    #[must_use]
    pub const fn is_forever(self) -> bool {
        self.0 == i32::MAX
    }
}

impl FromStr for Day {
    type Err = ParseDayError;

    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        let form = || ParseDayError::Form(text.to_owned());
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return Err(form()) };
        let mut numbers = [0_u32; 3];
        for (number, digits) in numbers.iter_mut().zip([&[y1, y2, y3, y4][..], &[m1, m2], &[d1, d2]]) {
            for digit in digits {
                if !digit.is_ascii_digit() {
                    return Err(form());
                }
                *number = *number * 10 + u32::from(digit - b'0');
            }
        }
        let [year, month, day] = numbers;
        let year = i32::try_from(year).map_err(|_| form())?;
        Day::from_ymd(year, month, day).ok_or_else(|| ParseDayError::NoSuchDay(text.to_owned()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date() {
            Some(date) if self >= &Self::EARLIEST && self <= &Self::LATEST => {
                // Every decision has several days in words: as numbers to be formatted they cost a tenth of it.
                let year = date.year().unsigned_abs();
                let ([y1, y2], [y3, y4]) = (two_digits(year / 100), two_digits(year % 100));
                let ([m1, m2], [d1, d2]) = (two_digits(date.month()), two_digits(date.day()));
                let text = [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2];
                f.write_str(str::from_utf8(&text).unwrap_or_default())
            }
            Some(date) => write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
            None if self.0 < 0 => f.write_str("dawn"),
            None => f.write_str("open"),
        }
    }
}

/// The last two digits of a number.
fn two_digits(number: u32) -> [u8; 2] {
    [number / 10, number].map(|number| b'0'.saturating_add(u8::try_from(number % 10).unwrap_or_default()))
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_days_are_what_they_say() {
        assert_eq!(Day::EARLIEST.to_string(), "1949-01-01");
        assert_eq!(Day::LATEST.to_string(), "9999-12-31");
        assert_eq!("1970-01-01".parse(), Ok(Day::from_number(0)));
    }

    #[test]
    fn days_are_written_as_they_are_read() {
        for number in (Day::EARLIEST.number() - 40_000..=Day::LATEST.number() + 800).step_by(97) {
            let day = Day::from_number(number);
            let date = day.date().unwrap_or_default();
            assert_eq!(day.to_string(), format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()));
        }
    }

    #[test]
    fn years_are_those_of_the_calendar() {
        for number in Day::FIRST_JANUARY_1.number() - 1_000..=Day::LATEST.number() + 1_000 {
            let day = Day::from_number(number);
            assert_eq!(Some(day.year()), day.date().map(|date| date.year()));
        }
        for year in -2..=10_002 {
            assert_eq!(Some(Day::year_start(year)), Day::from_ymd(year, 1, 1));
            assert_eq!(Some(Day::year_end(year)), Day::from_ymd(year, 12, 31));
        }
    }

    #[test]
    fn only_the_strict_form_is_a_day() {
        for bad in ["2023-5-10", "2023.05.10", "20230510", "2023-02-29", "2023-13-01", "", "２０２３-05-10"] {
            assert!(bad.parse::<Day>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_open_end_is_absorbing() {
        assert_eq!(Day::FOREVER.next(), Day::FOREVER);
        assert_eq!(Day::FOREVER.previous(), Day::FOREVER);
        assert_eq!(Day::FOREVER.plus_days(-3), Day::FOREVER);
    }
}
