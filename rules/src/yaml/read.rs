//! Typed reading of the tree: what is not of the type asked for is reported and read as nothing.

use super::{Content, Node, Source, Style};
use crate::pack::{AnswerWithin, Place};
use crate::suggest;
use heng_model::{Day, Period};
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

/// A value in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) node: &'a Node,
}

/// A mapping whose keys have been checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Map<'a> {
    pub(crate) at: At<'a>,
    what: &'a str,
}

impl<'a> At<'a> {
    fn of(self, node: &'a Node) -> Self {
        At { node, ..self }
    }

    pub(crate) fn place(self) -> Place {
        self.source.place(self.node.line, self.node.column)
    }

    pub(crate) fn error(self, message: impl Into<String>, hint: impl Into<String>) {
        self.source.report.error(self.place(), message, hint);
    }

    /// For what could not be read: nothing broken passes in silence.
    pub(crate) fn surely_reported(self) {
        if !self.source.report.has_errors() {
            self.error("this cannot be read", "");
        }
    }

    /// The text of a scalar that is not empty; silent.
    pub(crate) fn scalar(self) -> Option<&'a str> {
        match &self.node.content {
            Content::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// The value of a key of a mapping; silent.
    pub(crate) fn peek(self, key: &str) -> Option<At<'a>> {
        self.any_map()?.get(key)
    }

    /// A mapping whose keys are not checked; silent.
    pub(crate) fn any_map(self) -> Option<Map<'a>> {
        self.is_map().then_some(Map { at: self, what: "this" })
    }

    pub(crate) fn is_null(self) -> bool {
        match &self.node.content {
            Content::Scalar { text, style: Style::Plain } => {
                matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
            }
            _ => false,
        }
    }

    pub(crate) fn is_plain(self) -> bool {
        matches!(&self.node.content, Content::Scalar { style: Style::Plain, .. })
    }

    pub(crate) fn is_map(self) -> bool {
        matches!(&self.node.content, Content::Map(_))
    }

    pub(crate) fn is_list(self) -> bool {
        matches!(&self.node.content, Content::List(_))
    }

    /// Any scalar as written: `6`, `"6"` and `2022-02-01` are texts where a text is asked for.
    pub(crate) fn text(self) -> Option<&'a str> {
        let text = self.scalar().filter(|text| !text.trim().is_empty());
        if text.is_none() {
            self.error(format!("expected a text, found {}", self.found()), "");
        }
        text
    }

    pub(crate) fn parse<T: FromStr<Err: Display>>(self, what: &str) -> Option<T> {
        let Some(text) = self.scalar() else {
            self.error(format!("expected {what}, found {}", self.found()), "");
            return None;
        };
        text.parse().map_err(|error: T::Err| self.error(error.to_string(), format!("expected {what}"))).ok()
    }

    pub(crate) fn day(self) -> Option<Day> {
        self.parse("a date such as 2023-05-10")
    }

    pub(crate) fn period(self) -> Option<Period> {
        self.parse("a period such as P3Y, P6M or P30D")
    }

    pub(crate) fn answer_within(self) -> Option<AnswerWithin> {
        self.parse("a time such as 7wd (working days) or P1M, or none")
    }

    pub(crate) fn flag(self) -> Option<bool> {
        let flag = self.as_flag();
        if flag.is_none() {
            self.error(format!("expected true or false, found {}", self.found()), "");
        }
        flag
    }

    /// A plain `true` or `false`; silent.
    pub(crate) fn as_flag(self) -> Option<bool> {
        match self.scalar().filter(|_| self.is_plain())? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(self, what: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            self.error(format!("unknown {what} `{text}`"), suggest::hint(text, words.iter().map(|(word, _)| *word)));
        }
        found
    }

    /// Is it a plain scalar that YAML reads as a float?
    pub(crate) fn is_float(self) -> bool {
        let Some(text) = self.scalar().filter(|_| self.is_plain()) else { return false };
        let body = text.strip_prefix(['-', '+']).unwrap_or(text);
        if matches!(body.to_ascii_lowercase().as_str(), ".inf" | ".nan") {
            return true;
        }
        let (number, exponent) = body.split_once(['e', 'E']).map_or((body, None), |(a, b)| (a, Some(b)));
        let (whole, part) = number.split_once('.').map_or((number, None), |(a, b)| (a, Some(b)));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let exponent_fits = exponent.is_none_or(|e| {
            let e = e.strip_prefix(['-', '+']).unwrap_or(e);
            !e.is_empty() && digits(e)
        });
        (part.is_some() || exponent.is_some())
            && digits(whole)
            && part.is_none_or(digits)
            && !(whole.is_empty() && part.is_none_or(str::is_empty))
            && exponent_fits
    }

    /// The elements of a list; a single value stands for a list of one, nothing for an empty one.
    pub(crate) fn each(self) -> Vec<At<'a>> {
        match &self.node.content {
            Content::List(nodes) => nodes.iter().map(|node| self.of(node)).collect(),
            Content::Scalar { .. } if self.is_null() => Vec::new(),
            Content::Scalar { .. } | Content::Map(_) => vec![self],
        }
    }

    /// The elements of what must be a list.
    pub(crate) fn list(self, what: &str) -> Vec<At<'a>> {
        if !self.is_list() && !self.is_null() {
            self.error(format!("expected a list of {what}, found {}", self.found()), "start each with `- `");
            return Vec::new();
        }
        self.each()
    }

    /// The entries of a mapping whose keys are names declared here; nothing counts as an empty one.
    pub(crate) fn entries(self, what: &str) -> Vec<(At<'a>, At<'a>)> {
        match &self.node.content {
            Content::Map(entries) => entries.iter().map(|(key, node)| (self.of(key), self.of(node))).collect(),
            Content::Scalar { .. } if self.is_null() => Vec::new(),
            _ => {
                self.error(format!("expected a mapping of {what}, found {}", self.found()), "write `name: …`");
                Vec::new()
            }
        }
    }

    /// A mapping with some of these keys and no other.
    pub(crate) fn map(self, what: &'a str, keys: &[&str]) -> Option<Map<'a>> {
        let entries: &[(Node, Node)] = match &self.node.content {
            Content::Map(entries) => entries,
            Content::Scalar { .. } if self.is_null() => &[],
            _ => {
                self.error(format!("expected {what} as a mapping, found {}", self.found()), "");
                return None;
            }
        };
        for (key, _) in entries {
            let key = self.of(key);
            let name = key.scalar().unwrap_or_default();
            if !keys.contains(&name) {
                key.error(format!("unknown key `{name}` in {what}"), suggest::hint(name, keys.iter().copied()));
            }
        }
        Some(Map { at: self, what })
    }

    /// An error about a character of a scalar's text, by its offset in characters.
    pub(crate) fn error_at(self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        self.source.report.error(self.place_in_text(offset), message, hint);
    }

    /// Place and bytes, in the file without its byte order mark, of a piece of a scalar's text that begins at a character;
    /// `None` where it is not written there letter by letter.
    pub(crate) fn piece(self, offset: usize, piece: &str) -> Option<(Place, Range<usize>)> {
        let place = self.place_in_text(offset);
        let skipped = usize::try_from(place.line).ok()?.checked_sub(1)?;
        let lines = self.source.text.split_inclusive('\n');
        let before: usize = lines.clone().take(skipped).map(str::len).sum();
        let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
        let inside: usize = lines.clone().nth(skipped)?.chars().take(column).map(char::len_utf8).sum();
        let start = before + inside;
        let end = start + piece.len();
        (self.source.text.get(start..end)? == piece).then_some((place, start..end))
    }

    fn place_in_text(self, offset: usize) -> Place {
        let Content::Scalar { text, style } = &self.node.content else { return self.place() };
        let start = |number: u32| usize::try_from(number).unwrap_or_default().saturating_sub(1);
        let mut lines = self.source.text.split_inclusive('\n').skip(start(self.node.line));
        let first: String = lines.next().unwrap_or_default().chars().skip(start(self.node.column)).collect();
        let raw = first.chars().chain(lines.flat_map(str::chars)).skip(usize::from(*style == Style::Quoted));
        let (mut line, mut column) = (self.node.line, self.node.column + u32::from(*style == Style::Quoted));
        let mut wanted = text.chars().take(offset.saturating_add(1)).peekable();
        let mut last = (line, column);
        for c in raw {
            if wanted.peek().is_some_and(|w| *w == c || (w.is_whitespace() && c.is_whitespace())) {
                last = (line, column);
                wanted.next();
            }
            if wanted.peek().is_none() {
                break;
            }
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        let beyond = u32::from(offset >= text.chars().count() && !text.is_empty());
        self.source.place(last.0, last.1 + beyond)
    }

    /// What stands here, for "found …".
    pub(crate) fn found(self) -> String {
        match &self.node.content {
            _ if self.is_null() => "nothing".to_owned(),
            Content::Scalar { text, .. } => format!("`{text}`"),
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a mapping".to_owned(),
        }
    }
}

impl<'a> Map<'a> {
    /// The value of a key, if the key is there and not empty.
    pub(crate) fn get(self, key: &str) -> Option<At<'a>> {
        self.entry(key).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// Key and value, if the key is there.
    pub(crate) fn entry(self, key: &str) -> Option<(At<'a>, At<'a>)> {
        let Content::Map(entries) = &self.at.node.content else { return None };
        let found =
            entries.iter().find(|(name, _)| matches!(&name.content, Content::Scalar { text, .. } if text == key));
        found.map(|(name, value)| (self.at.of(name), self.at.of(value)))
    }

    /// The value of a key that must be there.
    pub(crate) fn need(self, key: &str) -> Option<At<'a>> {
        let value = self.get(key);
        if value.is_none() {
            let at = self.entry(key).map_or(self.at, |(key, _)| key);
            at.error(format!("{} needs `{key}`", self.what), "");
        }
        value
    }
}
