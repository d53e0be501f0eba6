//! Numbers of persons do not leave a file: not into events, not into messages, not into explanations.
//!
//! # Invariants
//!
//! What is shaped as the number of an identity card is treated as one: a mistyped number, or one whose check character is
//! wrong, is still somebody's. A sound code of an organisation never is.

use heng_model::Uscc;
use std::ops::Range;

/// How many characters of a masked card number are shown: the region, which says where to look.
const SHOWN_CHARS: usize = 6;

/// Digits of a card of the first generation: region, birthday with two digits of the year, three more.
const OLD_DIGITS: usize = 15;

/// The fewest digits of a passport, after two letters.
const PASSPORT_DIGITS: usize = 7;

/// Characters of a card of today (GB 11643-1999), the check character included.
const CARD_CHARS: usize = 18;

/// The two digits with which the regions of a province begin; 91 upwards are foreigners' cards, and codes of firms.
const PROVINCES: [Range<u8>; 8] = [11..16, 21..24, 31..38, 41..47, 50..55, 61..66, 71..72, 81..84];

/// A cell for a message: numbers of persons are covered, and where a cell holds one, so is what stands around it, which
/// may be a name.
pub(super) fn covered(cell: &str) -> String {
    let found = numbers(cell);
    let (Some(first), Some(last)) = (found.first(), found.last()) else { return cell.to_owned() };
    let dots = |around: Option<&str>| if around.is_some_and(|text| !text.trim().is_empty()) { "…" } else { "" };
    let masks: Vec<&str> = found.iter().map(|number| number.mask.as_str()).collect();
    format!("{}{}{}", dots(cell.get(..first.place.start)), masks.join("…"), dots(cell.get(last.place.end..)))
}

/// A message in which cells may stand: the numbers alone are covered.
pub(super) fn covered_within(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut end = 0;
    for number in numbers(message) {
        text.push_str(message.get(end..number.place.start).unwrap_or_default());
        text.push_str(&number.mask);
        end = number.place.end;
    }
    text.push_str(message.get(end..).unwrap_or_default());
    text
}

/// Does the number of an identity card, or what is shaped as one, stand in the text?
pub(super) fn holds_card_number(text: &str) -> bool {
    text.len() >= OLD_DIGITS && numbers(text).iter().any(|number| number.is_card)
}

/// A number of a person in a text.
struct Number {
    /// Bytes.
    place: Range<usize>,
    mask: String,
    /// Of an identity card. Of others only the form is known, documents may be numbered so: they are covered, not refused.
    is_card: bool,
}

fn numbers(text: &str) -> Vec<Number> {
    // Most cells end here: a passport has the fewest digits.
    if text.chars().filter(|letter| plain(*letter).is_ascii_digit()).count() < PASSPORT_DIGITS {
        return Vec::new();
    }
    let letters = Letters(text.char_indices().map(|(at, letter)| (at, letter.len_utf8(), plain(letter))).collect());
    let mut found: Vec<Number> = Vec::new();
    for start in 0..letters.0.len() {
        let is_start = letters.is_digit(start) && !start.checked_sub(1).is_some_and(|before| letters.is_digit(before));
        let at = letters.place(start, start).start;
        let is_taken = found.last().is_some_and(|last| at < last.place.end);
        if is_start
            && !is_taken
            && let Some(number) = letters.card(start).or_else(|| letters.other(start))
        {
            found.push(number);
        }
    }
    found
}

/// Full-width letters as plain ones.
fn plain(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        other => other,
    }
}

/// The letters of a text, full-width ones plain, each with its place and length in bytes.
struct Letters(Vec<(usize, usize, char)>);

impl Letters {
    fn is(&self, at: usize, test: impl Fn(char) -> bool) -> bool {
        self.0.get(at).is_some_and(|(.., letter)| test(*letter))
    }

    fn is_digit(&self, at: usize) -> bool {
        self.is(at, |letter| letter.is_ascii_digit())
    }

    /// The longest card number that starts here; blanks and hyphens may stand between its digits.
    fn card(&self, start: usize) -> Option<Number> {
        let (mut digits, mut longest) = (String::with_capacity(CARD_CHARS), None);
        for at in start..self.0.len() {
            let (.., letter) = *self.0.get(at)?;
            if letter.is_whitespace() || matches!(letter, '-' | '\u{200b}' | '\u{feff}') {
                continue;
            }
            let is_check = digits.len() == CARD_CHARS - 1 && matches!(letter, 'X' | 'x');
            if !(letter.is_ascii_digit() || is_check) || digits.len() == CARD_CHARS {
                break;
            }
            digits.push(letter);
            let goes_on = self.is_digit(at + 1)
                || (digits.len() == CARD_CHARS - 1 && self.is(at + 1, |next| matches!(next, 'X' | 'x')));
            if !goes_on && is_card_number(&digits) && !self.is_within_code(start, at) {
                longest = Some((at, digits.clone()));
            }
            if is_check {
                break;
            }
        }
        let (end, digits) = longest?;
        Some(Number { place: self.place(start, end), mask: masked(&digits, SHOWN_CHARS), is_card: true })
    }

    /// The number of a passport or permit (`E12345678`, `EA1234567`), or of a mobile telephone, whose digits start here.
    fn other(&self, start: usize) -> Option<Number> {
        let digits = (start..self.0.len()).take_while(|at| self.is_digit(*at)).count();
        let before = (0..start).rev().take_while(|at| self.is(*at, |letter| letter.is_ascii_alphabetic())).count();
        let is_mobile = (before, digits) == (0, 11)
            && self.is(start, |first| first == '1')
            && self.is(start + 1, |second| ('3'..='9').contains(&second));
        let shown = match (before, digits) {
            (0, 11) if is_mobile => 3,
            (1, 8) | (2, PASSPORT_DIGITS) => before,
            _ => return None,
        };
        if self.is(start + digits, |after| after.is_ascii_alphanumeric()) {
            return None;
        }
        let (first, last) = (start - before, start + digits - 1);
        let number: String = (first..=last).filter_map(|at| self.0.get(at).map(|(.., letter)| *letter)).collect();
        Some(Number { place: self.place(first, last), mask: masked(&number, shown), is_card: false })
    }

    /// Is what stands there a sound code of an organisation, or a part of one?
    fn is_within_code(&self, start: usize, end: usize) -> bool {
        let part = |at: usize| self.is(at, |letter| letter.is_ascii_alphanumeric());
        let first = (0..start).rev().take_while(|at| part(*at)).count();
        let last = (end + 1..self.0.len()).take_while(|at| part(*at)).count();
        let code = |from: usize, to: usize| {
            let letters = self.0.get(from..=to).unwrap_or_default();
            letters.iter().map(|(.., letter)| *letter).collect::<String>().parse::<Uscc>().is_ok()
        };
        code(start, end) || code(start - first, end + last)
    }

    fn place(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.0.get(first).map_or(0, |(at, ..)| *at);
        let end = self.0.get(last).map_or(start, |(at, length, _)| at + length);
        start..end
    }
}

fn masked(number: &str, shown: usize) -> String {
    number.chars().enumerate().map(|(at, letter)| if at < shown { letter } else { '*' }).collect()
}

/// Are these digits shaped as region and birthday, with what follows them on a card?
fn is_card_number(digits: &str) -> bool {
    let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| pair.parse::<u8>().ok()).unwrap_or_default();
    let is_province = PROVINCES.iter().any(|range| range.contains(&pair(0)));
    let (is_month, is_day) = (|at| (1..=12).contains(&pair(at)), |at| (1..=31).contains(&pair(at)));
    if digits.len() == OLD_DIGITS {
        return is_province && is_month(8) && is_day(10);
    }
    if !(CARD_CHARS - 1..=CARD_CHARS).contains(&digits.len()) {
        return false;
    }
    let is_foreign = digits.starts_with('9');
    let parts = [is_province || is_foreign, (18..=20).contains(&pair(6)), is_month(10), is_day(12)];
    let wrong = parts.iter().filter(|is_sound| !**is_sound).count();
    // One mistyped digit spoils one part. Codes of firms begin with 9 too, and may be mistyped: there all must be sound.
    is_person_number(digits) || wrong <= usize::from(!is_foreign)
}

/// Has the text the form and the check character of an identity card's number?
pub(super) fn is_person_number(text: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let Some((check, digits)) = text.as_bytes().split_last().filter(|(_, digits)| digits.len() == WEIGHTS.len()) else {
        return false;
    };
    let mut sum = 0;
    for (digit, weight) in digits.iter().zip(WEIGHTS) {
        if !digit.is_ascii_digit() {
            return false;
        }
        sum += u32::from(digit - b'0') * weight;
    }
    CHECKS.get((sum % 11) as usize) == Some(&check.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_identity_cards_are_covered_wherever_they_stand() {
        // Synthetic numbers.
        for (cell, shown) in [
            ("42010619900101001X", "420106************"),
            ("４２０５０２１９９００７１５０２２０", "420502************"),
            ("420106199001010010", "420106************"), // a wrong check character is a mistyped one
            ("420106199013011231", "420106************"), // so is a month 13
            ("42010619900101123", "420106***********"),
            ("420106900101123", "420106*********"),
            ("420106 19900101 1234", "420106************"),
            ("420106-19900101-001x", "420106************"),
            ("张三420106199001011231", "…420106************"),
            ("3号 张三（420106199001011231）", "…420106************…"),
            ("420106199001011231、420502199007150220", "420106************…420502************"),
            ("13800138000 420106199001011231", "138********…420106************"),
            ("护照E12345678", "…E********"),
            ("张三 13800138000", "…138********"),
        ] {
            assert_eq!(covered(cell), shown, "{cell}");
        }
        assert_eq!(covered_within("`x` is `张三420106199001011231`: no"), "`x` is `张三420106************`: no");
    }

    #[test]
    fn what_is_no_number_of_a_person_is_shown() {
        for cell in [
            "914205007356789044",
            "grade.914205007356789044.2025.2026-05-10",
            "91420106MA4T70017E",
            "914205007356789045",
            "样税稽罚〔2026〕12号",
            "2026-05-10T00:00:00+08:00",
            "20260510000123",
            "027-87654321",
            "",
        ] {
            assert_eq!(covered(cell), cell);
            assert!(!holds_card_number(cell), "{cell}");
        }
        // What may be the number of a document is covered in messages, and not refused.
        assert!(!holds_card_number("A20260510") && holds_card_number("罚 420106-19900101-1234"));
    }
}
