//! Shares of a whole as people write them, into decimals.

use super::text::{narrow, trim};

/// Places by which a percentage moves the point.
const PERCENT_PLACES: usize = 2;

/// The share as a decimal from 0 to 1; the error says what was expected.
///
/// A bare number from 1 on is refused, 1 itself too: whether `5` means 5 % nobody knows but who wrote it.
pub(super) fn share(cell: &str) -> Result<String, String> {
    let plain = narrow(cell);
    let plain = trim(&plain);
    let (number, is_percent) = plain.strip_suffix('%').map_or((plain, false), |number| (number.trim_end(), true));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || (number.contains('.') && !digits(fraction)) {
        return Err("a share such as 0.35 or 35%".to_owned());
    }
    let moved = if is_percent { PERCENT_PLACES } else { 0 };
    // Leading zeros to have two places to move the point by.
    let padded = format!("{}{whole}", "0".repeat(moved));
    let (whole, hundredths) = padded.split_at_checked(padded.len() - moved).unwrap_or((&padded, ""));
    let fraction = format!("{hundredths}{fraction}");
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    match (whole, fraction) {
        ("", "") => Ok("0".to_owned()),
        ("", fraction) => Ok(format!("0.{fraction}")),
        ("1", "") if is_percent => Ok("1".to_owned()),
        _ if is_percent => Err("a share such as 0.35 or 35%, at most the whole, 100%".to_owned()),
        _ => Err(format!("a share such as 0.35 or 35%: is it {plain}%? then write the sign, or a decimal below 1")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn shares_are_exact() {
        for (cell, expected) in [
            ("0.35", "0.35"),
            ("35%", "0.35"),
            ("５％", "0.05"),
            (" 0.5 % ", "0.005"),
            ("０.３５", "0.35"),
            ("100%", "1"),
            ("100.00%", "1"),
            ("0", "0"),
            ("0%", "0"),
            ("12.345%", "0.12345"),
            ("0.100", "0.1"),
        ] {
            assert_eq!(share(cell).as_deref(), Ok(expected), "{cell}");
        }
    }

    #[test]
    fn what_is_no_share_for_sure_is_refused() {
        assert_eq!(
            share("5").unwrap_err(),
            "a share such as 0.35 or 35%: is it 5%? then write the sign, or a decimal below 1"
        );
        assert_eq!(share("101%").unwrap_err(), "a share such as 0.35 or 35%, at most the whole, 100%");
        for cell in
            ["1", "1.0", "35", "1.2", "-0.1", "35‰", "abc", "%", ".5", "5.", "0.1.2", "三成", "1/3", "1e-1", "0,35"]
        {
            assert!(share(cell).is_err(), "{cell}");
        }
    }
}
