//! Instants between RFC 3339 text and milliseconds since 1970-01-01T00:00:00Z.

use heng_model::{Day, TimeZone};

const DAY_MS: i64 = 86_400_000;

/// The text is no instant of RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an instant of RFC 3339, such as 2023-05-11T09:30:00+08:00")]
pub struct ParseInstantError(pub String);

/// Milliseconds since 1970-01-01T00:00:00Z; digits beyond the millisecond are cut off.
///
/// # Errors
/// [`ParseInstantError`] where the text has another form, names no day of the calendar, or a leap second.
pub fn parse_instant(text: &str) -> Result<i64, ParseInstantError> {
    instant(text).ok_or_else(|| ParseInstantError(text.to_owned()))
}

fn instant(text: &str) -> Option<i64> {
    let date = text.get(..10)?;
    let day: Day = date.parse().ok()?;
    let &[b'T' | b't', h1, h2, b':', m1, m2, b':', s1, s2, ref rest @ ..] = text.as_bytes().get(10..)? else {
        return None;
    };
    let (hour, minute, second) = (pair(h1, h2, 23)?, pair(m1, m2, 59)?, pair(s1, s2, 59)?);
    let (fraction_ms, zone) = fraction(rest)?;
    let clock_ms = ((hour * 60 + minute) * 60 + second) * 1_000 + fraction_ms;
    Some(i64::from(day.number()) * DAY_MS + clock_ms - offset_ms(zone)?)
}

fn pair(tens: u8, ones: u8, max: i64) -> Option<i64> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    let value = i64::from(tens.wrapping_sub(b'0')) * 10 + i64::from(ones.wrapping_sub(b'0'));
    (both && value <= max).then_some(value)
}

fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let count = digits.iter().take_while(|digit| digit.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let (digits, zone) = digits.split_at_checked(count)?;
    let digit = |at: usize| i64::from(digits.get(at).map_or(0, |digit| digit - b'0'));
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), zone))
}

fn offset_ms(zone: &[u8]) -> Option<i64> {
    match *zone {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let ms = (pair(h1, h2, 23)? * 60 + pair(m1, m2, 59)?) * 60_000;
            Some(if sign == b'+' { ms } else { -ms })
        }
        _ => None,
    }
}

/// RFC 3339 in UTC, with milliseconds.
#[must_use]
pub fn format_instant(instant_ms: i64) -> String {
    let day = Day::from_number(i32::try_from(instant_ms.div_euclid(DAY_MS)).unwrap_or(i32::MAX));
    let ms = instant_ms.rem_euclid(DAY_MS);
    let (second, ms) = (ms / 1_000, ms % 1_000);
    format!("{day}T{:02}:{:02}:{:02}.{ms:03}Z", second / 3_600, second / 60 % 60, second % 60)
}

/// The civil day of an instant in a zone.
pub(crate) fn civil_day(text: &str, zone: TimeZone) -> Result<Day, ParseInstantError> {
    parse_instant(text).map(|ms| zone.civil_day(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_exact_to_the_millisecond() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("2023-05-11T09:30:00+08:00", 1_683_768_600_000),
            ("2023-05-11t01:30:00z", 1_683_768_600_000),
            ("2023-05-10T20:00:00.25-05:30", 1_683_768_600_250),
            ("1969-12-31T23:59:59.9999Z", -1),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ];
        for (text, ms) in cases {
            assert_eq!(parse_instant(text), Ok(ms), "{text}");
            assert_eq!(parse_instant(&format_instant(ms)), Ok(ms), "{text}");
        }
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in [
            "",
            "2023-05-11",
            "2023-05-11T09:30Z",
            "2023-05-11 09:30:00Z",
            "2023-05-11T09:30:00",
            "2023-05-11T09:30:60Z",
            "2023-05-11T24:00:00Z",
            "2023-02-29T00:00:00Z",
            "2023-05-11T09:30:00.Z",
            "2023-05-11T09:30:00+0800",
            "2023-05-11T09:30:00+08:00 ",
            "２０２３-05-11T09:30:00Z",
        ] {
            assert!(parse_instant(bad).is_err(), "{bad}");
        }
    }
}
