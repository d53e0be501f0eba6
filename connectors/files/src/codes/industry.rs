//! Industries (GB/T 4754-2017).

use super::rows;
use std::sync::OnceLock;

static TABLE: &str = include_str!("../../tables/industries.tsv");

/// Sections by letter and divisions by letter and two digits, with their names.
fn industries() -> &'static [(&'static str, &'static str)] {
    static INDUSTRIES: OnceLock<Vec<(&str, &str)>> = OnceLock::new();
    INDUSTRIES.get_or_init(|| rows(TABLE).map(|(code, name, _)| (code, name)).collect())
}

/// Section letter and digits of an industry: `I`, `I65`, `I651`, `I6510`, whether sent with the letter, without it, or
/// by the name of a section or division. The error says what was expected.
pub(crate) fn industry(text: &str) -> Result<String, String> {
    let (letter, digits) = match text.strip_prefix(|letter: char| letter.is_ascii_alphabetic()) {
        Some(digits) => (text.get(..1).map(str::to_ascii_uppercase), digits),
        None => (None, text),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let named = industries().iter().find(|(_, name)| *name == text);
        return named.map(|(code, _)| (*code).to_owned()).ok_or_else(|| {
            "an industry code of GB/T 4754-2017 such as I, I65 or 6510, or the name of a section or division".to_owned()
        });
    }
    if digits.len() > 4 || digits.len() == 1 {
        return Err(format!("an industry code of two to four digits (GB/T 4754-2017), this has {}", digits.len()));
    }
    let Some(division) = digits.get(..2) else {
        let letter = letter.filter(|letter| industries().iter().any(|(code, _)| code == letter));
        return letter.ok_or_else(|| "an industry section of GB/T 4754-2017, A to T".to_owned());
    };
    let known = industries().iter().find(|(code, _)| code.get(1..) == Some(division));
    let Some((section, name)) = known.and_then(|(code, name)| code.get(..1).map(|section| (section, name))) else {
        return Err(format!("an industry code of GB/T 4754-2017: no division {division}"));
    };
    match letter {
        Some(letter) if letter != section => {
            Err(format!("an industry code of GB/T 4754-2017: division {division} ({name}) is in section {section}"))
        }
        _ => Ok(format!("{section}{digits}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    #[test]
    fn the_table_is_sound() {
        let sections: Vec<&str> = industries().iter().map(|(code, _)| *code).filter(|code| code.len() == 1).collect();
        assert_eq!(sections.concat(), "ABCDEFGHIJKLMNOPQRST");
        let divisions: Vec<&str> =
            industries().iter().filter_map(|(code, _)| code.get(1..)).filter(|it| !it.is_empty()).collect();
        assert_eq!(divisions, (1..=97).map(|number| format!("{number:02}")).collect::<Vec<_>>());
        assert!(industries().is_sorted());
    }

    #[test]
    fn codes_and_names_are_looked_up() {
        assert_eq!(industry("I6510").as_deref(), Ok("I6510"));
        assert_eq!(industry("6510").as_deref(), Ok("I6510"));
        assert_eq!(industry("c13").as_deref(), Ok("C13"));
        assert_eq!(industry("T").as_deref(), Ok("T"));
        assert_eq!(industry("批发业").as_deref(), Ok("F51"));
        assert_eq!(industry("98").unwrap_err(), "an industry code of GB/T 4754-2017: no division 98");
        assert_eq!(
            industry("C51").unwrap_err(),
            "an industry code of GB/T 4754-2017: division 51 (批发业) is in section F"
        );
        assert_eq!(industry("U").unwrap_err(), "an industry section of GB/T 4754-2017, A to T");
        assert_eq!(
            industry("65101").unwrap_err(),
            "an industry code of two to four digits (GB/T 4754-2017), this has 5"
        );
        assert!(industry("软件").is_err());
    }
}
