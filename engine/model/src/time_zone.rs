//! From instants to civil days.

use crate::Day;
use chrono::{DateTime, NaiveTime, TimeZone as _};
use std::fmt;
use std::str::FromStr;

/// An IANA time zone, such as `Asia/Shanghai`: the zone in which a pack's civil days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(chrono_tz::Tz);

/// The zone is not in the IANA list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IANA time zone, such as Asia/Shanghai")]
pub struct ParseTimeZoneError(String);

impl TimeZone {
    /// The civil day of an instant, given in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn civil_day(self, instant_ms: i64) -> Day {
        match DateTime::from_timestamp_millis(instant_ms) {
            Some(instant) => Day::from_date(instant.with_timezone(&self.0).date_naive()),
            None if instant_ms < 0 => Day::EARLIEST,
            None => Day::LATEST,
        }
    }

    /// The first instant of a civil day, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn day_start_ms(self, day: Day) -> i64 {
        let Some(midnight) = day.date().map(|date| date.and_time(NaiveTime::MIN)) else { return i64::MAX };
        // A zone may skip midnight when summer time starts: the day then begins an hour later.
        let first = self.0.from_local_datetime(&midnight).earliest();
        first.map_or_else(
            || midnight.and_utc().timestamp_millis().saturating_sub(i64::from(self.offset_ms(midnight))),
            |instant| instant.timestamp_millis(),
        )
    }

    fn offset_ms(self, near: chrono::NaiveDateTime) -> i32 {
        use chrono::Offset as _;
        self.0.offset_from_utc_datetime(&near).fix().local_minus_utc().saturating_mul(1_000)
    }
}

impl FromStr for TimeZone {
    type Err = ParseTimeZoneError;

    fn from_str(name: &str) -> Result<Self, ParseTimeZoneError> {
        name.parse().map(Self).map_err(|_| ParseTimeZoneError(name.to_owned()))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_starts_where_the_zone_says() {
        let zone = "Asia/Shanghai".parse::<TimeZone>().ok();
        let day = "2023-05-11".parse::<Day>().ok();
        let start = zone.zip(day).map(|(zone, day)| zone.day_start_ms(day));
        assert_eq!(start, Some(1_683_734_400_000));
        let civil_day = |instant: i64| zone.map(|zone| zone.civil_day(instant));
        assert_eq!(civil_day(1_683_734_400_000), day);
        assert_eq!(civil_day(1_683_734_399_999), day.map(Day::previous));
    }
}
