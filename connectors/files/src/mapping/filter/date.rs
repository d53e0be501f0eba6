//! Dates as people write them, the year first.

use super::text::{narrow, trim};
use heng_model::Day;

/// The day that a cell names; a time of day after it is refused, or left away where the mapping says so.
pub(super) fn day(cell: &str, drop_time: bool) -> Result<Day, String> {
    let plain = narrow(cell);
    let plain = trim(&plain);
    let (date, time) = match plain.split_once([' ', 'T']) {
        Some((date, time)) => (date, time.trim()),
        None => (plain, ""),
    };
    let parts = parts(date).ok_or_else(|| other_form(date))?;
    if !time.is_empty() && !is_time(time) {
        return Err(other_form(date));
    }
    if !time.is_empty() && !drop_time {
        return Err("a date without a time of day: write `day drop-time` in the mapping to leave it away".to_owned());
    }
    calendar(parts)
}

/// Year, month and day, in one of the forms.
fn parts(date: &str) -> Option<(u16, u8, u8)> {
    let is_number =
        |text: &str, lengths: &[usize]| lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let (year, month, day) = if is_number(date, &[8]) {
        (date.get(..4)?, date.get(4..6)?, date.get(6..)?)
    } else if let Some((year, rest)) = date.split_once('年') {
        let (month, day) = rest.split_once('月')?;
        (year, month, day.strip_suffix(['日', '号'])?)
    } else {
        let sign = date.chars().find(|letter| !letter.is_ascii_digit()).filter(|sign| "-/.".contains(*sign))?;
        let (year, rest) = date.split_once(sign)?;
        let (month, day) = rest.split_once(sign)?;
        (year, month, day)
    };
    let sound = is_number(year, &[4]) && is_number(month, &[1, 2]) && is_number(day, &[1, 2]);
    sound.then_some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
}

fn calendar((year, month, day): (u16, u8, u8)) -> Result<Day, String> {
    let text = format!("{year:04}-{month:02}-{day:02}");
    text.parse().map_err(|_| {
        let what = match (month, day) {
            (0 | 13.., _) => format!("there is no month {month}"),
            (_, 0 | 32..) => format!("no month has a day {day}"),
            _ => format!("{year:04}-{month:02} has no day {day}"),
        };
        format!("a date that the calendar has: {what}")
    })
}

fn is_time(text: &str) -> bool {
    let clock = text.split_once(['.', '+', 'Z']).map_or(text, |(clock, _)| clock);
    (1..=2).contains(&clock.matches(':').count()) && clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}

fn other_form(date: &str) -> String {
    let is_year_last = || {
        let fields: Vec<&str> = date.split(['/', '-', '.']).collect();
        matches!(fields.as_slice(), [a, b, c] if [a, b, c].iter().all(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
            && a.len() <= 2)
    };
    if is_year_last() {
        return "a date with the year first, such as 2023-05-03: here day and month cannot be told apart for sure"
            .to_owned();
    }
    if date.len() == 5 && date.bytes().all(|byte| byte.is_ascii_digit()) {
        return "a date such as 2023-05-03: this is the number by which Excel keeps one; format the cells as dates, and \
                export again"
            .to_owned();
    }
    "a date such as 2023-05-03, 2023/5/3, 2023.5.3, 20230503 or 2023年5月3日".to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn the_forms_that_people_use() {
        for form in [
            "2023-05-03",
            "2023-5-3",
            "2023/05/03",
            "2023/5/3",
            "2023.5.3",
            "2023.05.03",
            "20230503",
            "2023年5月3日",
            "2023年05月03日",
            "２０２３年５月３日",
            "　2023-5-3 ",
        ] {
            assert_eq!(day(form, false).map(|day| day.to_string()).as_deref(), Ok("2023-05-03"), "{form}");
        }
        for form in ["2023-05-03 10:30:00", "2023/5/3 9:05", "2023-05-03T10:30:00Z", "2023-05-03 00:00:00.000"] {
            assert_eq!(day(form, true).map(|day| day.to_string()).as_deref(), Ok("2023-05-03"), "{form}");
            assert!(day(form, false).unwrap_err().starts_with("a date without a time of day"), "{form}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused_with_the_reason() {
        let cases = [
            ("2023.13.5", "a date that the calendar has: there is no month 13"),
            ("2023-0-5", "a date that the calendar has: there is no month 0"),
            ("2023-02-29", "a date that the calendar has: 2023-02 has no day 29"),
            ("20230532", "a date that the calendar has: no month has a day 32"),
            (
                "03/05/2023",
                "a date with the year first, such as 2023-05-03: here day and month cannot be told apart for sure",
            ),
            (
                "3.5.23",
                "a date with the year first, such as 2023-05-03: here day and month cannot be told apart for sure",
            ),
            (
                "45049",
                "a date such as 2023-05-03: this is the number by which Excel keeps one; format the cells as dates, and export again",
            ),
            ("2023-05", "a date such as 2023-05-03, 2023/5/3, 2023.5.3, 20230503 or 2023年5月3日"),
            ("2023-05/03", "a date such as 2023-05-03, 2023/5/3, 2023.5.3, 20230503 or 2023年5月3日"),
            ("二〇二三年五月三日", "a date such as 2023-05-03, 2023/5/3, 2023.5.3, 20230503 or 2023年5月3日"),
            ("长期", "a date such as 2023-05-03, 2023/5/3, 2023.5.3, 20230503 or 2023年5月3日"),
        ];
        for (form, expected) in cases {
            assert_eq!(day(form, true).unwrap_err(), expected, "{form}");
        }
    }
}
