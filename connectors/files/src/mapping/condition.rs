//! Conditions on a row: all tests of one hold.

use super::error::{MappingError, Reason};
use super::filter::regex;
use super::template::Template;
use super::yaml::At;
use heng_model::TimeZone;
use regex_lite::Regex;

/// Tests, all of which must hold; without any it always holds.
#[derive(Debug, Default)]
pub(super) struct Condition(Vec<Test>);

#[derive(Debug)]
struct Test {
    value: Template,
    wants: Wants,
}

#[derive(Debug)]
enum Wants {
    Is(Vec<String>),
    Not(Vec<String>),
    Matches(Regex),
}

impl Condition {
    /// Reads `{value: …, is: […]}` (or `not`, or `matches`), or a list of these.
    pub(super) fn read(at: At<'_>, names: &[String]) -> Result<Self, MappingError> {
        at.one_or_more()?.into_iter().map(|test| read_test(test, names)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn holds(&self, cells: &[String], zone: TimeZone) -> Result<bool, Reason> {
        Ok(self.failing(cells, zone)?.is_none())
    }

    /// The first test that fails: what it reads, what that is, and what would do.
    pub(super) fn failing(&self, cells: &[String], zone: TimeZone) -> Result<Option<Failing>, Reason> {
        for test in &self.0 {
            let value = test.value.render(cells, zone)?;
            let (holds, wanted) = match &test.wants {
                Wants::Is(words) => (words.contains(&value), quoted(words)),
                Wants::Not(words) => (!words.contains(&value), format!("none of {}", quoted(words))),
                Wants::Matches(pattern) => (pattern.is_match(&value), format!("a match of `{pattern}`")),
            };
            if !holds {
                return Ok(Some(Failing { column: test.value.label().to_owned(), value, wanted }));
            }
        }
        Ok(None)
    }
}

/// Why a condition does not hold.
pub(super) struct Failing {
    pub(super) column: String,
    pub(super) value: String,
    pub(super) wanted: String,
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn read_test(at: At<'_>, names: &[String]) -> Result<Test, MappingError> {
    let map = at.map_of(&["value", "is", "not", "matches"])?;
    let value = map.need("value")?;
    let value = Template::parse(value.text()?, names).map_err(|message| value.error(message))?;
    let words = |at: At<'_>| -> Result<Vec<String>, MappingError> {
        at.one_or_more()?.into_iter().map(|word| word.text().map(str::to_owned)).collect()
    };
    let wants = match (map.get("is"), map.get("not"), map.get("matches")) {
        (Some(is), None, None) => Wants::Is(words(is)?),
        (None, Some(not), None) => Wants::Not(words(not)?),
        (None, None, Some(pattern)) => {
            Wants::Matches(regex(pattern.text()?).map_err(|message| pattern.error(message))?)
        }
        _ => return Err(at.error("write one of `is: […]`, `not: […]`, `matches: '…'` beside `value`")),
    };
    Ok(Test { value, wants })
}
