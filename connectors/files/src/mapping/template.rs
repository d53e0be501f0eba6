//! Templates: texts with `{column | filter}` in them; `{{` is a brace.

use super::error::{MappingError, Reason};
use super::filter::Filter;
use super::privacy::{covered, covered_within};
use super::yaml::At;
use crate::suggest;
use heng_model::TimeZone;

/// A template whose names are resolved.
#[derive(Debug)]
pub(super) struct Template {
    /// As written.
    pub(super) text: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Cell { index: usize, name: String, steps: Vec<Step> },
}

/// A filter, and how the mapping writes it.
#[derive(Debug)]
struct Step {
    text: String,
    filter: Filter,
}

/// What became of a cell in a template, filter by filter, until one refused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellTrace {
    /// Column, value or counter.
    pub name: String,
    /// What it held.
    pub cell: String,
    /// Each filter as written, and what it gave or expected.
    pub steps: Vec<(String, Result<String, String>)>,
}

impl Template {
    /// Reads the template at a place of a mapping.
    pub(super) fn read(at: At<'_>, names: &[String]) -> Result<Self, MappingError> {
        Self::parse(at.text()?, names).map_err(|message| at.error(message))
    }

    /// Reads a template; `names` are the columns, values and counters known here. The error says what is wrong.
    pub(super) fn parse(text: &str, names: &[String]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            literal.push_str(before);
            if let Some(after) = after.strip_prefix('{') {
                literal.push('{');
                rest = after;
                continue;
            }
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            let (inside, after) = split_at_close(after).ok_or_else(|| format!("a brace is not closed in `{text}`"))?;
            parts.push(cell(inside, names)?);
            rest = after;
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// What it is called in messages: the one column or value that it reads, else as written.
    pub(super) fn label(&self) -> &str {
        match self.parts.as_slice() {
            [Part::Cell { name, .. }] => name,
            _ => &self.text,
        }
    }

    /// The text for a row.
    pub(super) fn render(&self, cells: &[String], zone: TimeZone) -> Result<String, Reason> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Cell { index, name, steps } => {
                    let sent = cells.get(*index).map_or("", String::as_str);
                    let refuse = |expected| Reason::value(name, sent, expected);
                    let mut steps = steps.iter().map(|step| &step.filter);
                    let Some(first) = steps.next() else {
                        text.push_str(sent);
                        continue;
                    };
                    let first = first.apply(sent, zone).map_err(refuse)?;
                    let filtered = steps.try_fold(first, |cell, filter| filter.apply(&cell, zone)).map_err(refuse)?;
                    text.push_str(&filtered);
                }
            }
        }
        Ok(text)
    }

    /// The same, step by step.
    pub(super) fn trace(&self, cells: &[String], zone: TimeZone) -> Vec<CellTrace> {
        let mut traces = Vec::new();
        for part in &self.parts {
            let Part::Cell { index, name, steps } = part else { continue };
            let sent = cells.get(*index).map_or("", String::as_str);
            let mut trace = CellTrace { name: name.clone(), cell: covered(sent), steps: Vec::new() };
            let mut cell = sent.to_owned();
            for step in steps {
                let gave = step.filter.apply(&cell, zone);
                trace.steps.push((
                    step.text.clone(),
                    gave.as_ref().map(|gave| covered(gave)).map_err(|expected| covered_within(expected)),
                ));
                match gave {
                    Ok(gave) => cell = gave,
                    Err(_) => break,
                }
            }
            traces.push(trace);
        }
        traces
    }

    /// Does it read the value at this place among the names?
    pub(super) fn reads_name(&self, name: usize) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Cell { index, .. } if *index == name))
    }
}

/// Splits at the brace that closes, braces inside quotation marks left alone.
fn split_at_close(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let close = text.char_indices().find_map(|(at, letter)| {
        quoted ^= letter == '\'';
        (letter == '}' && !quoted).then_some(at)
    })?;
    let (inside, rest) = text.split_at_checked(close)?;
    Some((inside, rest.strip_prefix('}')?))
}

fn cell(inside: &str, names: &[String]) -> Result<Part, String> {
    let mut steps = split_at_bars(inside)?.into_iter();
    let name = steps.next().unwrap_or_default();
    let Some(index) = names.iter().position(|known| *known == name) else {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        return Err(format!(
            "`{{{name}}}` names no column, value or counter known here: {}",
            suggest::remedy(&name, &known)
        ));
    };
    let steps = steps.map(|text| {
        let mut words = words(&text)?.into_iter();
        let filter = Filter::new(&words.next().unwrap_or_default(), &words.collect::<Vec<_>>())?;
        Ok(Step { text, filter })
    });
    Ok(Part::Cell { index, name, steps: steps.collect::<Result<_, String>>()? })
}

fn split_at_bars(text: &str) -> Result<Vec<String>, String> {
    let mut steps = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        quoted ^= letter == '\'';
        match (letter, steps.last_mut()) {
            ('|', _) if !quoted => steps.push(String::new()),
            (_, Some(step)) => step.push(letter),
            _ => {}
        }
    }
    if quoted {
        return Err(format!("a quotation mark is not closed in `{text}`"));
    }
    Ok(steps.into_iter().map(|step| step.trim().to_owned()).collect())
}

/// Words apart by blanks; what stands in `'…'` is one word, `''` in it a quotation mark.
fn words(step: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = step.trim_start();
    while !rest.is_empty() {
        if let Some(mut quoted) = rest.strip_prefix('\'') {
            let mut word = String::new();
            loop {
                let (before, after) =
                    quoted.split_once('\'').ok_or_else(|| format!("a quotation mark is not closed in `{step}`"))?;
                word.push_str(before);
                match after.strip_prefix('\'') {
                    Some(after) => {
                        word.push('\'');
                        quoted = after;
                    }
                    None => {
                        rest = after.trim_start();
                        break;
                    }
                }
            }
            words.push(word);
        } else {
            let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            words.push(word.to_owned());
            rest = after.trim_start();
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]
    use super::*;

    fn render(text: &str) -> Result<String, String> {
        let names = ["name".to_owned(), "End Date".to_owned()];
        let cells = [" Alpha  Ltd *3 ".to_owned(), "Ongoing".to_owned()];
        let template = Template::parse(text, &names)?;
        template.render(&cells, "UTC".parse().unwrap()).map_err(|reason| reason.to_string())
    }

    #[test]
    fn templates_render() {
        assert_eq!(render("plain {{brace}").unwrap(), "plain {brace}");
        assert_eq!(render(r"wb:{name | replace '\*[0-9]+' '' | slug}.").unwrap(), "wb:ALPHA-LTD.");
        assert_eq!(render("{End Date | blank 'Ongoing' | default 'it''s |}'}").unwrap(), "it's |}");
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            render("{nme}").unwrap_err(),
            "`{nme}` names no column, value or counter known here: did you mean `name`?"
        );
        assert_eq!(render("{name").unwrap_err(), "a brace is not closed in `{name`");
        assert_eq!(render("{name | find 'x}").unwrap_err(), "a brace is not closed in `{name | find 'x}`");
        assert_eq!(
            render("{End Date | day}").unwrap_err(),
            "column `End Date` is `Ongoing`: expected a date such as 2023-05-03, 2023/5/3, 2023.5.3, 20230503 or 2023年5月3日"
        );
    }
}
