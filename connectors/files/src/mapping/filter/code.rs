//! Unified social credit codes as departments type them.

use super::amount::is_scientific;
use super::text::{narrow, trim};
use crate::mapping::privacy::{holds_card_number, is_person_number};
use heng_model::Uscc;

/// The code in capitals; a mistyped one is refused with the likely cause and never mended: what looks like one
/// organisation may be another.
pub(super) fn uscc(cell: &str) -> Result<String, String> {
    let plain = narrow(cell);
    let code = trim(&plain).to_ascii_uppercase();
    // The model counts bytes: eighteen of them may be six Chinese characters.
    if !code.is_ascii() {
        return Err(why(&code, ""));
    }
    match code.parse::<Uscc>() {
        Ok(code) => Ok(code.to_string()),
        Err(error) => Err(why(&code, &error.to_string())),
    }
}

fn why(code: &str, error: &str) -> String {
    if is_person_number(code) {
        return "a unified social credit code: this is the number of a person, which is not taken in".to_owned();
    }
    if holds_card_number(code) {
        return "a unified social credit code: this looks like the number of a person, which is not taken in"
            .to_owned();
    }
    if let Some((at, letter)) = code.chars().enumerate().find(|(_, letter)| !letter.is_ascii()) {
        return format!(
            "a unified social credit code, 18 digits and capital letters: character {} is `{letter}`",
            at + 1
        );
    }
    if is_scientific(code) {
        return "a unified social credit code: Excel shortened this one; format the column as text, type the codes \
                again, and export again"
            .to_owned();
    }
    if let Some(at) = code.chars().position(|letter| matches!(letter, 'O' | 'I'))
        && code.chars().count() == 18
    {
        let (letter, digit) = if code.chars().nth(at) == Some('O') { ('O', "zero") } else { ('I', "one") };
        return format!("a unified social credit code: character {} is the letter {letter}, is it a {digit}?", at + 1);
    }
    format!("a unified social credit code: {error}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn codes_are_checked_and_never_mended() {
        assert_eq!(uscc(" ９１420100ma49xk7p6t　").as_deref(), Ok("91420100MA49XK7P6T"));
        assert_eq!(
            uscc("914201OOMA49XK7P6T").unwrap_err(),
            "a unified social credit code: character 7 is the letter O, is it a zero?"
        );
        assert!(uscc("9.14201E+17").unwrap_err().contains("Excel shortened this one"));
        assert!(uscc("91420100MA49XK7P6U").unwrap_err().contains("the check character of"));
        assert_eq!(
            uscc("武汉样本甲公").unwrap_err(), // 18 bytes
            "a unified social credit code, 18 digits and capital letters: character 1 is `武`"
        );
        for person in ["420106 19900101 1234", "张三420106199001011231", "420106900101123", "420106199013011231"] {
            let looks = "a unified social credit code: this looks like the number of a person, which is not taken in";
            assert_eq!(uscc(person).unwrap_err(), looks, "{person}");
        }
        assert!(uscc("914201").unwrap_err().contains("has 18 characters, `914201` has 6"));
    }
}
