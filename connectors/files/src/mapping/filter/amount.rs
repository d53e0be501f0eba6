//! Amounts of money as people write them, into yuan.

use super::text::{narrow, trim};

/// The unit that a column is in, where its cells do not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mapping) enum Unit {
    Yuan,
    /// Ten thousand yuan.
    Wan,
}

/// Digits of the fraction of a yuan.
const FEN_DIGITS: usize = 2;

/// The amount in yuan, digits with at most two decimals; the error says what was expected.
pub(super) fn amount(cell: &str, unit: Unit) -> Result<String, String> {
    let plain: String = narrow(cell).chars().filter(|letter| *letter != ' ').collect();
    let number = bare(trim(&plain));
    let (number, said) = written_unit(number);
    let shift = match (said, unit) {
        (Some(0), Unit::Wan) => {
            return Err("an amount in ten thousand yuan (万元): the cell says 元, the mapping `amount wan`".to_owned());
        }
        (Some(shift), _) => shift,
        (None, Unit::Yuan) => 0,
        (None, Unit::Wan) => 4,
    };
    if number.starts_with('-') {
        return Err("an amount from 0 on: money that is given back is a decision of its own".to_owned());
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let form = || form(number, unit);
    let whole = without_thousands(whole).ok_or_else(form)?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || (fraction.is_empty() && number.contains('.')) {
        return Err(form());
    }
    let (moved, rest) = fraction.split_at_checked(shift.min(fraction.len())).unwrap_or((fraction, ""));
    if rest.trim_end_matches('0').len() > FEN_DIGITS {
        return Err("an amount to the fen, two decimals of a yuan at most: round it as the decision has it".to_owned());
    }
    let whole = format!("{whole}{moved:0<shift$}");
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let rest = if rest.len() > FEN_DIGITS { rest.get(..FEN_DIGITS).unwrap_or(rest) } else { rest };
    let point = if rest.is_empty() { "" } else { "." };
    Ok(format!("{whole}{point}{rest}"))
}

/// Without the sign or word for the currency.
fn bare(text: &str) -> &str {
    ["人民币", "RMB", "CNY", "¥"].iter().fold(text, |text, sign| text.strip_prefix(sign).unwrap_or(text))
}

/// The number and the digits by which the unit after it moves the point, if one is written.
fn written_unit(text: &str) -> (&str, Option<usize>) {
    let units = [("万元", 4), ("亿元", 8), ("元整", 0), ("元", 0), ("万", 4), ("亿", 8)];
    units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, Some(*shift)))).unwrap_or((text, None))
}

/// Digits, in groups of three where commas stand between them.
fn without_thousands(whole: &str) -> Option<String> {
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().filter(|first| digits(first))?;
    let sound = groups.all(|group| group.len() == 3 && digits(group)) && (!whole.contains(',') || first.len() <= 3);
    sound.then(|| whole.replace(',', ""))
}

fn form(number: &str, unit: Unit) -> String {
    if is_scientific(number) {
        return "an amount in digits: Excel shortened this one; format the column as a number, and export again"
            .to_owned();
    }
    match unit {
        Unit::Yuan => "an amount in yuan such as 1,000,000.00, 12.5万 or ¥300".to_owned(),
        Unit::Wan => "an amount in ten thousand yuan (万元) such as 12.5 or 1,200".to_owned(),
    }
}

/// What Excel makes of long digits: `9.14201E+17`.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    exponent.strip_prefix('+').is_some_and(digits) && digits(&mantissa.replacen('.', "", 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn amounts_are_exact_in_yuan() {
        let cases = [
            ("1,234,567.80", Unit::Yuan, "1234567.80"),
            ("１２，０００．５", Unit::Yuan, "12000.5"),
            ("￥300", Unit::Yuan, "300"),
            ("人民币 2,000 元整", Unit::Yuan, "2000"),
            ("12.5万", Unit::Yuan, "125000"),
            ("1.2亿元", Unit::Yuan, "120000000"),
            ("12.5", Unit::Wan, "125000"),
            ("12.5万元", Unit::Wan, "125000"),
            ("0.5", Unit::Wan, "5000"),
            ("0.000001", Unit::Wan, "0.01"),
            ("0", Unit::Wan, "0"),
            ("1,200", Unit::Wan, "12000000"),
            ("0.100000", Unit::Wan, "1000.00"),
            ("3.50000", Unit::Yuan, "3.50"),
        ];
        for (cell, unit, expected) in cases {
            assert_eq!(amount(cell, unit).as_deref(), Ok(expected), "{cell}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for cell in ["1,00", "1,0000", "1.2.3", "1000,000", "12 EUR", "约5", "五万", "12.", ".5", "--1", "1e5", ""] {
            assert!(amount(cell, Unit::Yuan).is_err(), "{cell}");
        }
        let cases = [
            ("约5万", Unit::Wan, "an amount in ten thousand yuan (万元) such as 12.5 or 1,200"),
            ("罚款五万元", Unit::Yuan, "an amount in yuan such as 1,000,000.00, 12.5万 or ¥300"),
            ("-12", Unit::Wan, "an amount from 0 on: money that is given back is a decision of its own"),
            (
                "125000元",
                Unit::Wan,
                "an amount in ten thousand yuan (万元): the cell says 元, the mapping `amount wan`",
            ),
            (
                "0.30000000000000004",
                Unit::Yuan,
                "an amount to the fen, two decimals of a yuan at most: round it as the decision has it",
            ),
            (
                "0.0000005",
                Unit::Wan,
                "an amount to the fen, two decimals of a yuan at most: round it as the decision has it",
            ),
            (
                "1.2E+06",
                Unit::Yuan,
                "an amount in digits: Excel shortened this one; format the column as a number, and export again",
            ),
        ];
        for (cell, unit, expected) in cases {
            assert_eq!(amount(cell, unit).unwrap_err(), expected, "{cell}");
        }
    }
}
