//! What filters do to letters.

use regex_lite::Regex;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Hexadecimal digits by which `short` tells apart what it cut.
pub(super) const SHORT_MARK_CHARS: usize = 8;

/// Without blanks at the ends, full-width and zero-width ones included.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{200b}' | '\u{feff}'))
}

/// Full-width digits, letters, signs and blanks as the plain ones. Nothing else is touched: NFKC as a whole would
/// rewrite names (ligatures, circled numbers, compatibility ideographs).
pub(crate) fn narrow(text: &str) -> String {
    let is_wide = |letter: char| matches!(letter, '\u{3000}' | '\u{ff01}'..='\u{ff5e}' | '\u{ffe0}'..='\u{ffe6}');
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_wide(letter) { plain.extend(std::iter::once(letter).nfkc()) } else { plain.push(letter) }
    }
    plain
}

pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first group, or the whole match; nothing where the pattern does not match.
pub(super) fn find<'c>(pattern: &Regex, cell: &'c str) -> &'c str {
    let found = pattern.captures(cell);
    found.and_then(|groups| groups.get(1).or_else(|| groups.get(0))).map_or("", |found| found.as_str())
}

/// Upper case, accents folded, every run of other signs one hyphen.
pub(super) fn slug(cell: &str) -> String {
    let mut slug = String::with_capacity(cell.len());
    for letter in cell.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_uppercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') && letter != '\'' && letter != '’' {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Cut to a length, with a mark that keeps different texts different.
pub(super) fn short(cell: &str, length: usize) -> String {
    if cell.chars().count() <= length {
        return cell.to_owned();
    }
    let head: String = cell.chars().take(length - SHORT_MARK_CHARS - 1).collect();
    let mark: String =
        Sha256::digest(cell.as_bytes()).iter().take(SHORT_MARK_CHARS / 2).map(|b| format!("{b:02x}")).collect();
    format!("{head}-{mark}")
}
