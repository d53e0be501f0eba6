//! Filters: what a template does to a cell.
//!
//! # Invariants
//!
//! Nothing stays nothing: every filter but `default` gives an empty cell back as it is.

use crate::instant::civil_day;
use crate::suggest;
use heng_model::{Day, Period, TimeZone};
use regex_lite::Regex;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A filter with its arguments.
#[derive(Debug)]
pub(super) enum Filter {
    Trim,
    Squeeze,
    Upper,
    Lower,
    Digits,
    Amount,
    Date,
    Day,
    Plus(Period),
    Slug,
    Short(usize),
    Blank(Vec<String>),
    Replace(Regex, String),
    Find(Regex),
    Default(String),
}

const NAMES: [&str; 15] = [
    "trim", "squeeze", "upper", "lower", "digits", "amount", "date", "day", "plus", "slug", "short", "blank",
    "replace", "find", "default",
];

/// Hexadecimal digits by which `short` tells apart what it cut.
const SHORT_MARK_CHARS: usize = 8;

impl Filter {
    /// A filter from its name and arguments; the error says what is wrong.
    pub(super) fn new(name: &str, arguments: &[String]) -> Result<Self, String> {
        Ok(match (name, arguments) {
            ("trim", []) => Self::Trim,
            ("squeeze", []) => Self::Squeeze,
            ("upper", []) => Self::Upper,
            ("lower", []) => Self::Lower,
            ("digits", []) => Self::Digits,
            ("amount", []) => Self::Amount,
            ("date", []) => Self::Date,
            ("day", []) => Self::Day,
            ("slug", []) => Self::Slug,
            ("plus", [period]) => Self::Plus(period.parse().map_err(|error| format!("`plus`: {error}"))?),
            ("short", [length]) => match length.parse() {
                Ok(length) if length > SHORT_MARK_CHARS + 1 => Self::Short(length),
                _ => return Err(format!("`short {length}`: expected a number from {} on", SHORT_MARK_CHARS + 2)),
            },
            ("blank", [_, ..]) => Self::Blank(arguments.iter().map(|text| squeeze(text)).collect()),
            ("replace", [pattern, with]) => Self::Replace(regex(pattern)?, with.clone()),
            ("find", [pattern]) => Self::Find(regex(pattern)?),
            ("default", [text]) => Self::Default(text.clone()),
            (name, arguments) if NAMES.contains(&name) => {
                return Err(format!("`{name}` does not take {} arguments", arguments.len()));
            }
            (name, _) => return Err(format!("unknown filter `{name}`: {}", suggest::remedy(name, &NAMES))),
        })
    }

    /// The cell filtered; the error says what was expected of it.
    pub(super) fn apply(&self, cell: &str, zone: TimeZone) -> Result<String, String> {
        if cell.is_empty() {
            return Ok(if let Self::Default(text) = self { text.clone() } else { String::new() });
        }
        Ok(match self {
            Self::Trim => cell.trim().to_owned(),
            Self::Squeeze => squeeze(cell),
            Self::Upper => cell.to_uppercase(),
            Self::Lower => cell.to_lowercase(),
            Self::Digits if cell.bytes().all(|b| b.is_ascii_digit()) => cell.to_owned(),
            Self::Digits => return Err("digits only".to_owned()),
            Self::Amount => amount(cell).ok_or("an amount such as 1,000,000.00")?,
            Self::Date => civil_day(cell, zone).map_err(|_| "an instant of RFC 3339")?.to_string(),
            Self::Day => day(cell)?.to_string(),
            Self::Plus(period) => period.last_from(day(cell)?).to_string(),
            Self::Slug => slug(cell),
            Self::Short(length) => short(cell, *length),
            Self::Blank(nothings) => {
                let plain = squeeze(cell);
                let nothing = nothings.iter().any(|nothing| nothing.eq_ignore_ascii_case(&plain));
                if nothing { String::new() } else { cell.to_owned() }
            }
            Self::Replace(pattern, with) => pattern.replace_all(cell, with.as_str()).into_owned(),
            Self::Find(pattern) => find(pattern, cell).to_owned(),
            Self::Default(_) => cell.to_owned(),
        })
    }
}

pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
}

fn day(cell: &str) -> Result<Day, String> {
    cell.parse().map_err(|_| "a date of the form YYYY-MM-DD".to_owned())
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first group, or the whole match; nothing where the pattern does not match.
fn find<'c>(pattern: &Regex, cell: &'c str) -> &'c str {
    let found = pattern.captures(cell);
    found.and_then(|groups| groups.get(1).or_else(|| groups.get(0))).map_or("", |found| found.as_str())
}

/// Digits with separators of thousands, as people write amounts, without the separators.
fn amount(cell: &str) -> Option<String> {
    let (whole, fraction) = cell.split_once('.').map_or((cell, None), |(whole, fraction)| (whole, Some(fraction)));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut groups = whole.split(',');
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().filter(|first| digits(first))?;
    let sound = groups.all(|group| group.len() == 3 && digits(group)) && (!whole.contains(',') || first.len() <= 3);
    if !sound || !fraction.is_none_or(digits) {
        return None;
    }
    let fraction = fraction.map(|fraction| format!(".{fraction}")).unwrap_or_default();
    Some(format!("{sign}{}{fraction}", whole.replace(',', "")))
}

/// Upper case, accents folded, every run of other signs one hyphen.
fn slug(cell: &str) -> String {
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
fn short(cell: &str, length: usize) -> String {
    if cell.chars().count() <= length {
        return cell.to_owned();
    }
    let head: String = cell.chars().take(length - SHORT_MARK_CHARS - 1).collect();
    let mark: String =
        Sha256::digest(cell.as_bytes()).iter().take(SHORT_MARK_CHARS / 2).map(|b| format!("{b:02x}")).collect();
    format!("{head}-{mark}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn run(filter: &str, arguments: &[&str], cell: &str) -> Result<String, String> {
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        Filter::new(filter, &arguments).unwrap().apply(cell, "Asia/Shanghai".parse().unwrap())
    }

    #[test]
    fn filters_do_what_the_guide_says() {
        let cases: [(&str, &[&str], &str, &str); 19] = [
            ("trim", &[], "  a b ", "a b"),
            ("squeeze", &[], " a \u{a0} b\t", "a b"),
            ("upper", &[], "strasse", "STRASSE"),
            ("digits", &[], "0042", "0042"),
            ("amount", &[], "1,234,567.80", "1234567.80"),
            ("amount", &[], "-12", "-12"),
            ("date", &[], "2023-05-10T16:00:00Z", "2023-05-11"),
            ("day", &[], "2024-02-29", "2024-02-29"),
            ("plus", &["P1Y"], "2024-02-29", "2025-02-28"),
            ("slug", &[], "“Société d'Étude”, S.A. – İzmir *12", "SOCIETE-DETUDE-S-A-IZMIR-12"),
            ("slug", &[], "华新 贸易", "华新-贸易"),
            ("short", &["12"], "ABCDEFGHIJKL", "ABCDEFGHIJKL"),
            ("blank", &["Ongoing", "2999-12-31"], " ongoing ", ""),
            ("blank", &["Ongoing"], "2025-01-01", "2025-01-01"),
            ("replace", &[r"\*[0-9]+", ""], "NAME *12", "NAME "),
            ("find", &["Debarment: *(.*)"], "Cross Debarment:  IDB", "IDB"),
            ("find", &["x+"], "abc", ""),
            ("default", &["none"], "", "none"),
            ("date", &[], "", ""),
        ];
        for (filter, arguments, cell, expected) in cases {
            assert_eq!(run(filter, arguments, cell).as_deref(), Ok(expected), "{filter} {cell}");
        }
    }

    #[test]
    fn cut_names_stay_different_names() {
        let (a, b) = (run("short", &["20"], &"A".repeat(30)), run("short", &["20"], &"A".repeat(31)));
        assert_ne!(a, b);
        assert_eq!(a.map(|short| short.chars().count()), Ok(20));
    }

    #[test]
    fn a_cell_of_another_form_is_refused() {
        for (filter, cell) in [
            ("digits", "12a"),
            ("digits", " 12"),
            ("date", "2023-05-10"),
            ("day", "10.05.2023"),
            ("day", "2023-02-29"),
            ("amount", "1,00"),
            ("amount", "1,0000"),
            ("amount", "1.2.3"),
            ("amount", "1000,000"),
            ("amount", "12 EUR"),
        ] {
            assert!(run(filter, &[], cell).is_err(), "{filter} {cell}");
        }
    }

    #[test]
    fn mistakes_in_a_filter_are_named() {
        let mistake = |name: &str, arguments: &[&str]| {
            let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
            Filter::new(name, &arguments).map(|_| ()).unwrap_err()
        };
        assert_eq!(mistake("sqeeze", &[]), "unknown filter `sqeeze`: did you mean `squeeze`?");
        assert_eq!(mistake("trim", &["x"]), "`trim` does not take 1 arguments");
        assert_eq!(mistake("short", &["9"]), "`short 9`: expected a number from 10 on");
        assert!(mistake("plus", &["1 year"]).starts_with("`plus`: "));
        assert!(mistake("find", &["("]).starts_with("`(` is not a regular expression: "));
    }
}
