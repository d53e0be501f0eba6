//! Numbers of identity cards do not leave a file: not into events, not into messages, not into explanations.

/// How many characters of a masked number are shown: the region, which says where to look.
const SHOWN_CHARS: usize = 6;

/// A text for a message: the number of a person's identity card (GB 11643-1999) is covered but for its region.
pub(super) fn covered(text: &str) -> String {
    let plain = super::filter::narrow(text);
    let plain = plain.trim();
    if is_person_number(plain) && plain.parse::<heng_model::Uscc>().is_err() {
        plain.chars().enumerate().map(|(at, letter)| if at < SHOWN_CHARS { letter } else { '*' }).collect()
    } else {
        text.to_owned()
    }
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
    fn numbers_of_identity_cards_are_covered_and_codes_of_firms_are_not() {
        // Synthetic numbers with sound check characters.
        assert_eq!(covered("42010619900101001X"), "420106************");
        assert_eq!(covered("４２０５０２１９９００７１５０２２０"), "420502************");
        assert_eq!(covered("914205007356789044"), "914205007356789044");
        assert_eq!(covered("420106199001010010"), "420106199001010010", "a wrong check character: no such number");
    }
}
