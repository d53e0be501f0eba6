//! How large a province, and when.

use super::calendar::{Date, EPOCH, date};
use heng_model::{Day, Period, PeriodUnit};

/// Organisations at most: codes and numbers are made for fewer than a hundred million.
pub const SUBJECTS_MAX: u64 = 50_000_000;
/// Years at most.
pub const YEARS_MAX: u32 = 30;
/// Dates before the first day are written too: of registration, of conduct.
const START_MIN: Day = EPOCH.plus_days(366 * 3);
const START_MAX: Day = EPOCH.plus_days(40_000);
/// Years that end with October, so that by default the last one ends before November 2026.
const DEFAULT_END_YEAR: u32 = 2026;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// Organisations; the persons who represent them come on top.
    pub subjects: u64,
    /// Years, from `start`.
    pub years: u32,
    /// The first day.
    pub start: Day,
}

/// Why options cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Too many subjects.
    #[error("{0} subjects are too many: at most {SUBJECTS_MAX}")]
    Subjects(u64),
    /// No year, or too many.
    #[error("{0} years cannot be generated: 1 to {YEARS_MAX}")]
    Years(u32),
    /// Too early or too late a start.
    #[error("a province cannot start on {0}: between {START_MIN} and {START_MAX}")]
    Start(Day),
}

impl Options {
    /// So many years that end with October 2026.
    #[must_use]
    pub fn new(seed: u64, subjects: u64, years: u32) -> Self {
        let year = i32::try_from(DEFAULT_END_YEAR.saturating_sub(years)).unwrap_or(0);
        Self { seed, subjects, years, start: Day::from_ymd(year, 11, 1).unwrap_or(EPOCH) }
    }

    /// The first day, and the first one after the last year.
    pub(super) fn span(&self) -> Result<(Date, Date), OptionsError> {
        if self.subjects > SUBJECTS_MAX {
            return Err(OptionsError::Subjects(self.subjects));
        }
        if self.years == 0 || self.years > YEARS_MAX {
            return Err(OptionsError::Years(self.years));
        }
        if self.start < START_MIN || self.start > START_MAX {
            return Err(OptionsError::Start(self.start));
        }
        let Some(years) = Period::new(self.years, PeriodUnit::Year) else {
            return Err(OptionsError::Years(self.years));
        };
        Ok((date(self.start), date(years.last_from(self.start))))
    }
}
