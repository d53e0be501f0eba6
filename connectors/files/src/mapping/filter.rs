//! Filters: what a template does to a cell.
//!
//! # Invariants
//!
//! Nothing stays nothing: every filter but `default` and `filled` gives an empty cell back as it is. No filter mends an identifier.

mod amount;
mod code;
mod date;
mod share;
mod text;

use crate::codes;
use crate::instant::civil_day;
use crate::suggest;
use amount::{Unit, amount, is_scientific};
use date::day;
use heng_model::{Period, TimeZone};
use regex_lite::Regex;
pub(super) use text::narrow;
use text::{SHORT_MARK_CHARS, find, short, slug, squeeze, trim};

/// A filter with its arguments.
#[derive(Debug)]
pub(super) enum Filter {
    Filled,
    Trim,
    Squeeze,
    Narrow,
    Upper,
    Lower,
    Digits,
    Uscc,
    Region,
    Industry,
    Amount(Unit),
    Share,
    Date,
    Day { drop_time: bool },
    Plus(Period),
    Slug,
    Short(usize),
    Blank(Vec<String>),
    Replace(Regex, String),
    Find(Regex),
    Default(String),
}

const NAMES: [&str; 21] = [
    "filled", "trim", "squeeze", "narrow", "upper", "lower", "digits", "uscc", "region", "industry", "amount", "share",
    "date", "day", "plus", "slug", "short", "blank", "replace", "find", "default",
];

impl Filter {
    /// A filter from its name and arguments; the error says what is wrong.
    pub(super) fn new(name: &str, arguments: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Ok(match (name, words.as_slice()) {
            ("filled", []) => Self::Filled,
            ("trim", []) => Self::Trim,
            ("squeeze", []) => Self::Squeeze,
            ("narrow", []) => Self::Narrow,
            ("upper", []) => Self::Upper,
            ("lower", []) => Self::Lower,
            ("digits", []) => Self::Digits,
            ("uscc", []) => Self::Uscc,
            ("region", []) => Self::Region,
            ("industry", []) => Self::Industry,
            ("amount", [] | ["yuan"]) => Self::Amount(Unit::Yuan),
            ("amount", ["wan"]) => Self::Amount(Unit::Wan),
            ("amount", [unit]) => return Err(format!("`amount {unit}`: the units are `yuan` and `wan`")),
            ("share", []) => Self::Share,
            ("date", []) => Self::Date,
            ("day", []) => Self::Day { drop_time: false },
            ("day", ["drop-time"]) => Self::Day { drop_time: true },
            ("day", [other]) => return Err(format!("`day {other}`: write `day` or `day drop-time`")),
            ("slug", []) => Self::Slug,
            ("plus", [period]) => Self::Plus(period.parse().map_err(|error| format!("`plus`: {error}"))?),
            ("short", [length]) => match length.parse() {
                Ok(length) if length > SHORT_MARK_CHARS + 1 => Self::Short(length),
                _ => return Err(format!("`short {length}`: expected a number from {} on", SHORT_MARK_CHARS + 2)),
            },
            ("blank", [_, ..]) => Self::Blank(words.iter().map(|text| squeeze(text)).collect()),
            ("replace", [pattern, with]) => Self::Replace(regex(pattern)?, (*with).to_owned()),
            ("find", [pattern]) => Self::Find(regex(pattern)?),
            ("default", [text]) => Self::Default((*text).to_owned()),
            (name, words) if NAMES.contains(&name) => {
                return Err(format!("`{name}` does not take {} arguments", words.len()));
            }
            (name, _) => return Err(format!("unknown filter `{name}`: {}", suggest::remedy(name, &NAMES))),
        })
    }

    /// The cell filtered; the error says what was expected of it.
    pub(super) fn apply(&self, cell: &str, zone: TimeZone) -> Result<String, String> {
        if cell.is_empty() {
            return match self {
                Self::Default(text) => Ok(text.clone()),
                Self::Filled => Err("a value, the cell is empty".to_owned()),
                _ => Ok(String::new()),
            };
        }
        Ok(match self {
            Self::Filled if trim(cell).is_empty() => return Err("a value, the cell is blank".to_owned()),
            Self::Filled | Self::Default(_) => cell.to_owned(),
            Self::Trim => trim(cell).to_owned(),
            Self::Squeeze => squeeze(cell),
            Self::Narrow => narrow(cell),
            Self::Upper => cell.to_uppercase(),
            Self::Lower => cell.to_lowercase(),
            Self::Digits => digits(cell)?,
            Self::Uscc => unless_blank(cell, code::uscc)?,
            Self::Region => unless_blank(cell, |cell| codes::region(trim(&narrow(cell))).map(str::to_owned))?,
            Self::Industry => unless_blank(cell, |cell| codes::industry(trim(&narrow(cell))))?,
            Self::Amount(unit) => unless_blank(cell, |cell| amount(cell, *unit))?,
            Self::Share => unless_blank(cell, share::share)?,
            Self::Date => civil_day(cell, zone).map_err(|_| "an instant of RFC 3339")?.to_string(),
            Self::Day { drop_time } => unless_blank(cell, |cell| day(cell, *drop_time).map(|day| day.to_string()))?,
            Self::Plus(period) => period.last_from(day(cell, false)?).to_string(),
            Self::Slug => slug(cell),
            Self::Short(length) => short(cell, *length),
            Self::Blank(nothings) => {
                let plain = squeeze(cell);
                let nothing = nothings.iter().any(|nothing| nothing.eq_ignore_ascii_case(&plain));
                if nothing { String::new() } else { cell.to_owned() }
            }
            Self::Replace(pattern, with) => pattern.replace_all(cell, with.as_str()).into_owned(),
            Self::Find(pattern) => find(pattern, cell).to_owned(),
        })
    }
}

/// A cell of blanks alone is an empty one, for filters that trim by themselves.
fn unless_blank(cell: &str, filter: impl Fn(&str) -> Result<String, String>) -> Result<String, String> {
    if trim(cell).is_empty() { Ok(String::new()) } else { filter(cell) }
}

pub(super) fn regex(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
}

/// Digits only; full-width ones become plain ones.
fn digits(cell: &str) -> Result<String, String> {
    let plain = narrow(cell);
    if plain.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(plain)
    } else if is_scientific(&plain) {
        Err("digits only: Excel shortened these; format the column as text, type them again, and export again"
            .to_owned())
    } else {
        Err("digits only".to_owned())
    }
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
        let cases: [(&str, &[&str], &str, &str); 27] = [
            ("trim", &[], "  a b ", "a b"),
            ("trim", &[], "\u{3000}\u{200b}a\u{3000}b\u{a0}", "a\u{3000}b"),
            ("squeeze", &[], " a \u{a0} b\t", "a b"),
            ("narrow", &[], "（ＡＢ１２）—㈱", "(AB12)—㈱"),
            ("uscc", &[], " 91420100ma49xk7p6t", "91420100MA49XK7P6T"),
            ("region", &[], "４２０１００", "420100"),
            ("industry", &[], "6510 ", "I6510"),
            ("amount", &["wan"], "12.5", "125000"),
            ("day", &["drop-time"], "2023/5/3 10:30", "2023-05-03"),
            ("amount", &[], "\u{3000}", ""),
            ("upper", &[], "strasse", "STRASSE"),
            ("digits", &[], "0042", "0042"),
            ("amount", &[], "1,234,567.80", "1234567.80"),
            ("share", &[], " ５％", "0.05"),
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
            ("filled", ""),
            ("filled", "\u{3000}"),
            ("digits", "12a"),
            ("digits", " 12"),
            ("date", "2023-05-10"),
            ("day", "10.05.2023"),
            ("digits", "9.14201E+17"),
            ("region", "420199"),
            ("industry", "98"),
            ("uscc", "914201OOMA49XK7P6T"),
            ("day", "2023-02-29"),
            ("amount", "-12"),
            ("share", "5"),
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
        assert_eq!(mistake("amount", &["fen"]), "`amount fen`: the units are `yuan` and `wan`");
        assert_eq!(mistake("day", &["time"]), "`day time`: write `day` or `day drop-time`");
        assert_eq!(mistake("short", &["9"]), "`short 9`: expected a number from 10 on");
        assert!(mistake("plus", &["1 year"]).starts_with("`plus`: "));
        assert!(mistake("find", &["("]).starts_with("`(` is not a regular expression: "));
    }
}
