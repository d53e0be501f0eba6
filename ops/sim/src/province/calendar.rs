//! Dates as small numbers, and as the ten bytes that JSON holds.
//!
//! # Invariants
//!
//! A [`Date`] counts days from 1990-01-01, a Monday: two bytes reach to 2169, and the weekday is the remainder by 7.

use heng_model::Day;

/// Days since 1990-01-01.
pub(super) type Date = u16;

/// The first date.
pub(super) const EPOCH: Day = Day::from_number(7_305);

const WEEK_DAYS: u16 = 7;
const SATURDAY: u16 = 5;

/// The date of a day, as far as dates reach.
pub(super) fn date(day: Day) -> Date {
    u16::try_from(day.number().saturating_sub(EPOCH.number()).max(0)).unwrap_or(u16::MAX)
}

/// The day itself, or the Monday after it at a weekend: offices decide and send on working days.
pub(super) fn working_day(date: Date) -> Date {
    match date % WEEK_DAYS {
        SATURDAY => date.saturating_add(2),
        6 => date.saturating_add(1),
        _ => date,
    }
}

/// Every date that is written, as text.
#[derive(Debug)]
pub(super) struct Calendar {
    text: Vec<[u8; 10]>,
    year: Vec<u16>,
}

impl Calendar {
    /// Dates through `last`.
    pub(super) fn new(last: Date) -> Self {
        let days = || (0..=i32::from(last)).map(|number| EPOCH.plus_days(number));
        let text = |day: Day| <[u8; 10]>::try_from(day.to_string().as_bytes()).unwrap_or(*b"1990-01-01");
        Self {
            text: days().map(text).collect(),
            year: days().map(|day| u16::try_from(day.year()).unwrap_or(0)).collect(),
        }
    }

    /// `YYYY-MM-DD`
    pub(super) fn text(&self, date: Date) -> &[u8] {
        self.text.get(usize::from(date)).or(self.text.last()).map_or(&[], |text| text)
    }

    /// Calendar year.
    pub(super) fn year(&self, date: Date) -> u16 {
        self.year.get(usize::from(date)).or(self.year.last()).copied().unwrap_or(0)
    }
}

/// A date of a year; month and day must exist in it.
pub(super) fn date_in(year: u16, month: u32, day: u32) -> Date {
    date(Day::from_ymd(year.into(), month, day).unwrap_or(EPOCH))
}
