//! Civil periods: Civil Code (民法典) arts. 200-204.

use crate::Day;
use chrono::Months;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Unit of a [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PeriodUnit {
    /// Calendar years.
    Year,
    /// Calendar months.
    Month,
    /// Civil days.
    Day,
}

/// A period of n years, months or days, written `P3Y`, `P6M`, `P30D`; n is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    count: u32,
    unit: PeriodUnit,
}

/// Why a text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a period: write P<n>Y, P<n>M or P<n>D with n of at least 1, such as P3Y")]
pub struct ParsePeriodError(String);

/// No period is longer than this many of its unit.
const PERIOD_COUNT_MAX: u32 = 9_999;

impl Period {
    /// A period of `count` units, if `count` is from 1 to 9,999.
    #[must_use]
    pub fn new(count: u32, unit: PeriodUnit) -> Option<Self> {
        (1..=PERIOD_COUNT_MAX).contains(&count).then_some(Self { count, unit })
    }

    /// How many units.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Which unit.
    #[must_use]
    pub const fn unit(self) -> PeriodUnit {
        self.unit
    }

    /// The last day of a period that starts on `start`.
    ///
    /// The starting day is not counted; the last day is the corresponding day, or the last day of the month where
    /// there is none (Civil Code arts. 201, 202). Beyond the calendar the end is open.
    #[must_use]
    pub fn last_from(self, start: Day) -> Day {
        let months = match self.unit {
            PeriodUnit::Day => {
                let last = start.plus_days(i32::try_from(self.count).unwrap_or(i32::MAX));
                return if last > Day::LATEST { Day::FOREVER } else { last };
            }
            PeriodUnit::Month => self.count,
            PeriodUnit::Year => self.count.saturating_mul(12),
        };
        let last = start.date().and_then(|date| date.checked_add_months(Months::new(months))).map(Day::from_date);
        last.filter(|last| *last <= Day::LATEST).unwrap_or(Day::FOREVER)
    }

    /// The first day of a period of this length that ends just before `day`: how long ahead a notice goes out.
    #[must_use]
    pub fn first_before(self, day: Day) -> Day {
        let months = match self.unit {
            PeriodUnit::Day => return day.plus_days(i32::try_from(self.count).map_or(i32::MIN, |count| -count)),
            PeriodUnit::Month => self.count,
            PeriodUnit::Year => self.count.saturating_mul(12),
        };
        day.date().and_then(|date| date.checked_sub_months(Months::new(months))).map_or(Day::DAWN, Day::from_date)
    }

    /// Compares two limits, a year as twelve months; days and months cannot be compared.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self.months(), other.months()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            (None, None) => Some(self.count.cmp(&other.count)),
            _ => None,
        }
    }

    fn months(self) -> Option<u32> {
        match self.unit {
            PeriodUnit::Year => Some(self.count.saturating_mul(12)),
            PeriodUnit::Month => Some(self.count),
            PeriodUnit::Day => None,
        }
    }
}

impl FromStr for Period {
    type Err = ParsePeriodError;

    fn from_str(text: &str) -> Result<Self, ParsePeriodError> {
        let parse = || {
            let body = text.strip_prefix('P')?;
            let unit = match body.chars().next_back()? {
                'Y' => PeriodUnit::Year,
                'M' => PeriodUnit::Month,
                'D' => PeriodUnit::Day,
                _ => return None,
            };
            let digits = body.get(..body.len().checked_sub(1)?)?;
            let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
            Self::new(digits.parse().ok().filter(|_| plain)?, unit)
        };
        parse().ok_or_else(|| ParsePeriodError(text.to_owned()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            PeriodUnit::Year => 'Y',
            PeriodUnit::Month => 'M',
            PeriodUnit::Day => 'D',
        };
        write!(f, "P{}{unit}", self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(start: &str, period: &str) -> String {
        let (Ok(start), Ok(period)) = (start.parse::<Day>(), period.parse::<Period>()) else { return "bad".into() };
        period.last_from(start).to_string()
    }

    #[test]
    fn the_last_day_is_the_corresponding_day_or_the_months_last() {
        let cases = [
            ("2023-05-10", "P3Y", "2026-05-10"),
            ("2024-02-29", "P3Y", "2027-02-28"),
            ("2024-02-29", "P4Y", "2028-02-29"),
            ("2023-01-31", "P1M", "2023-02-28"),
            ("2023-12-31", "P2M", "2024-02-29"),
            ("2023-05-10", "P30D", "2023-06-09"),
            ("9998-01-01", "P3Y", "open"),
        ];
        for (start, period, expected) in cases {
            assert_eq!(last(start, period), expected, "{start} {period}");
        }
    }

    #[test]
    fn odd_periods_are_refused() {
        for bad in ["P0Y", "P3", "3Y", "PT3H", "P1Y6M", "P-1D", "P+1D", "P03Y", "p3y", "P1W", ""] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }

    #[test]
    fn days_and_months_do_not_compare() {
        let period = |text: &str| text.parse::<Period>().ok();
        let compare = |a, b| period(a).zip(period(b)).and_then(|(a, b)| a.compare(b));
        assert_eq!(compare("P1Y", "P12M"), Some(Ordering::Equal));
        assert_eq!(compare("P13M", "P1Y"), Some(Ordering::Greater));
        assert_eq!(compare("P365D", "P1Y"), None);
    }
}
