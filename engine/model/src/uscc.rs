//! Unified social credit codes and the older codes that became aliases of them.
//!
//! Sources: GB 32100-2015 (unified code), GB 11714-1997 (organisation code), GS 15-2006 with ISO 7064 MOD 11,10
//! (registration number).

use crate::SubjectKind;
use std::fmt;
use std::str::FromStr;

/// A legal entity, named by its unified social credit code (GB 32100-2015).
///
/// The only way to obtain one is [`str::parse`], which verifies the check character:
/// a `Uscc` in hand is valid and is never checked again further in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; 18]);

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseUsccError {
    /// Not 18 characters.
    #[error("a unified social credit code has 18 characters, `{text}` has {length}")]
    Length {
        /// As given.
        text: String,
        /// Characters in it.
        length: usize,
    },
    /// A character outside the 31-letter alphabet; I, O, S, V and Z are not in it.
    #[error("`{text}` has `{found}` as character {at}: the code is written in 0-9 and A-Z without I, O, S, V, Z")]
    Character {
        /// As given.
        text: String,
        /// The character.
        found: char,
        /// Its place, from 1.
        at: usize,
    },
    /// Characters 3 to 8 are a region code of six digits.
    #[error("`{text}` has `{found}` as character {at}: characters 3 to 8 are the digits of a region code")]
    Region {
        /// As given.
        text: String,
        /// The character.
        found: char,
        /// Its place, from 1.
        at: usize,
    },
    /// The last character does not fit the others.
    #[error("the check character of `{text}` should be `{expected}`: look for a mistyped or exchanged character")]
    Check {
        /// As given.
        text: String,
        /// What the first 17 characters ask for.
        expected: char,
    },
}

const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Values of all bytes; [`NO_VALUE`] for those outside the alphabet.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler: an index out of range would not build")]
const VALUES: [u8; 256] = {
    let mut values = [NO_VALUE; 256];
    let mut at = 0;
    while at < ALPHABET.len() {
        values[ALPHABET[at] as usize] = at as u8;
        at += 1;
    }
    values
};
const NO_VALUE: u8 = u8::MAX;

fn value(character: u8) -> u8 {
    VALUES.get(usize::from(character)).copied().unwrap_or(NO_VALUE)
}

/// Powers of three modulo 31, by place; the check character makes the weighted sum a multiple of 31.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler: an index out of range would not build")]
const WEIGHTS: [u32; 18] = {
    let mut weights = [1; 18];
    let mut at = 1;
    while at < 17 {
        weights[at] = weights[at - 1] * 3 % 31;
        at += 1;
    }
    weights
};

/// The weighted sum, and the bits of all values: more than a value has if a character is outside the alphabet.
fn weigh(characters: &[u8]) -> (u32, u8) {
    characters.iter().zip(WEIGHTS).fold((0, 0), |(sum, bits), (character, weight)| {
        let value = value(*character);
        // At most 18 times 255 times 30.
        (sum.wrapping_add(u32::from(value).wrapping_mul(weight)), bits | value)
    })
}

const VALUE_BITS: u8 = 0b1_1111;

/// Is this a code, in capitals? Without a branch for each character, since every entry read from the log asks.
fn is_code(code: &[u8; 18]) -> bool {
    let [_, _, region @ .., _, _, _, _, _, _, _, _, _, _] = code;
    let (sum, bits) = weigh(code);
    region.iter().fold(true, |digits, character| digits & character.is_ascii_digit())
        & (bits <= VALUE_BITS)
        & sum.is_multiple_of(31)
}

/// The check character that 17 leading characters ask for; `None` if one is outside the alphabet.
#[must_use]
pub fn check_character(leading: &[u8]) -> Option<u8> {
    let (sum, bits) = weigh(leading.get(..17).unwrap_or(leading));
    ALPHABET.get(usize::try_from((31 - sum % 31) % 31).ok()?).copied().filter(|_| bits <= VALUE_BITS)
}

/// The check character of an organisation code's body of eight (GB 11714-1997); `None` outside `0-9A-Z`.
#[must_use]
pub fn organisation_check_character(body: &[u8]) -> Option<u8> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let mut sum = 0;
    for (character, weight) in body.iter().zip(WEIGHTS) {
        sum += char::from(*character).to_digit(36).filter(|_| !character.is_ascii_lowercase())? * weight;
    }
    match 11 - sum % 11 {
        10 => Some(b'X'),
        11 => Some(b'0'),
        digit => u8::try_from(digit).ok().map(|digit| b'0' + digit),
    }
}

/// Is this a nine-character organisation code with the right check character? A hyphen before it is allowed.
#[must_use]
pub fn is_organisation_code(text: &str) -> bool {
    let code = text.replacen('-', "", 1);
    match code.as_bytes().split_last() {
        Some((check, body)) if body.len() == 8 => organisation_check_character(body) == Some(*check),
        _ => false,
    }
}

/// Is this a fifteen-digit registration number with the right check digit (ISO 7064 MOD 11,10)?
#[must_use]
pub fn is_registration_number(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some((check, body)) = digits.as_deref().and_then(<[u32]>::split_last) else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    body.len() == 14 && (11 - product) % 10 == *check
}

impl Uscc {
    /// The code that a text is, if it is one; what is wrong with it otherwise, [`str::parse`] says.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut code = <[u8; 18]>::try_from(text.as_bytes()).ok()?;
        code.make_ascii_uppercase();
        is_code(&code).then_some(Self(code))
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only ASCII letters and digits pass the constructor.
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The region of first registration (GB/T 2260): characters 3 to 8.
    #[must_use]
    pub fn region(&self) -> &str {
        self.as_str().get(2..8).unwrap_or_default()
    }

    /// Does the organisation code inside (characters 9 to 17) fail its own check (GB 11714-1997)?
    ///
    /// Registries have issued such codes when they migrated older ones, so this only warns.
    #[must_use]
    pub fn has_odd_organisation_code(&self) -> bool {
        !self.as_str().get(8..17).is_some_and(is_organisation_code)
    }

    /// The kind of subject that the first two characters tell: registration authority and category.
    #[must_use]
    pub fn kind(&self) -> SubjectKind {
        match (self.0[0], self.0[1]) {
            (b'9', b'2') => SubjectKind::IndividualBusiness,
            (b'9', b'3') | (b'N', _) => SubjectKind::Cooperative,
            (b'9', _) => SubjectKind::Enterprise,
            (b'1', b'1') => SubjectKind::GovernmentBody,
            (b'1', b'3') | (b'5' | b'8', _) | (b'7', b'1') => SubjectKind::SocialOrganisation,
            _ => SubjectKind::Institution,
        }
    }
}

impl FromStr for Uscc {
    type Err = ParseUsccError;

    fn from_str(text: &str) -> Result<Self, ParseUsccError> {
        Self::of(text).ok_or_else(|| fault(text))
    }
}

/// What is wrong with a text that is no code.
#[cold]
fn fault(text: &str) -> ParseUsccError {
    let character = |at: usize, found| ParseUsccError::Character { text: text.to_owned(), found, at: at + 1 };
    let Ok(code) = <[u8; 18]>::try_from(text.to_ascii_uppercase().as_bytes()) else {
        return match text.chars().enumerate().find(|(_, found)| !found.is_ascii()) {
            Some((at, found)) => character(at, found),
            None => ParseUsccError::Length { text: text.to_owned(), length: text.chars().count() },
        };
    };
    for (at, byte) in code.iter().enumerate() {
        let found = char::from(*byte);
        if value(*byte) == NO_VALUE {
            return character(at, found);
        }
        if (2..8).contains(&at) && !byte.is_ascii_digit() {
            return ParseUsccError::Region { text: text.to_owned(), found, at: at + 1 };
        }
    }
    let expected = check_character(&code).map_or('?', char::from);
    ParseUsccError::Check { text: text.to_owned(), expected }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn synthetic_examples_are_valid() {
        let examples = [
            ("91420100MA49XK7P6T", SubjectKind::Enterprise),
            ("914205007356789044", SubjectKind::Enterprise),
            ("92420600MA4CD2RT09", SubjectKind::IndividualBusiness),
            ("93421000MA48HJ2L03", SubjectKind::Cooperative),
            ("12420000000012343G", SubjectKind::Institution),
            ("1142000001104325X6", SubjectKind::GovernmentBody),
            ("51420100501012341D", SubjectKind::SocialOrganisation),
            ("31420100MD0123454B", SubjectKind::Institution),
        ];
        for (text, kind) in examples {
            let code = text.parse::<Uscc>();
            assert_eq!(code.as_ref().map(Uscc::kind), Ok(kind), "{text}");
            assert_eq!(text.to_lowercase().parse::<Uscc>(), code);
        }
    }

    #[test]
    fn older_codes_keep_their_checks() {
        for good in ["MA49XK7P6", "73567890-4", "D2143569X", "K76543218", "000012343", "123456788"] {
            assert!(is_organisation_code(good), "{good}");
        }
        for bad in ["D21435691", "73567890X", "7356789", "d2143569X", ""] {
            assert!(!is_organisation_code(bad), "{bad}");
        }
        for good in ["420100000123453", "420500000987655", "420600010030013", "420000000000016", "421081600012341"] {
            assert!(is_registration_number(good), "{good}");
        }
        for bad in ["420100000123454", "42010000012345", "42010000012345X", ""] {
            assert!(!is_registration_number(bad), "{bad}");
        }
    }

    #[test]
    fn errors_say_which_character() {
        let message = |text: &str| text.parse::<Uscc>().err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message("91420100MA49XK7P6").contains("has 17"));
        assert!(message("91420100MA49XK7O6T").contains("`O` as character 16"));
        assert!(message("9142A100MA49XK7P6T").contains("characters 3 to 8"));
        assert!(message("91420100MA49XK7P6U").contains("should be `T`"));
        assert!(message("９1420100MA49XK7P6").contains("character 1"));
    }

    proptest! {
        #[test]
        fn one_wrong_or_two_exchanged_characters_are_caught(
            body in "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", at in 0_usize..17, other in 0_usize..31
        ) {
            let check = check_character(body.as_bytes()).map(char::from).unwrap_or('?');
            let good = format!("{body}{check}");
            prop_assert!(good.parse::<Uscc>().is_ok());
            let mut wrong = good.clone().into_bytes();
            if let (Some(slot), Some(letter)) = (wrong.get_mut(at), ALPHABET.get(other)) {
                *slot = *letter;
            }
            let wrong = String::from_utf8(wrong).unwrap_or_default();
            prop_assert_eq!(wrong.parse::<Uscc>().is_ok(), wrong == good);
            let mut swapped = good.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap_or_default();
            prop_assert_eq!(swapped.parse::<Uscc>().is_ok(), swapped == good);
        }
    }
}
