//! From text to the syntax tree of the `cel` parser, its complaints in the words of the rule language.
//!
//! # Invariants
//!
//! A text is bounded in length and nesting before and while it is parsed, so that neither the recursive parser nor the
//! walks over its tree can exhaust the stack. Offsets are bytes in here, and characters in errors.

use super::ConditionError;
use cel::common::ast::{IdedExpr, SourceInfo};
use cel::parser::{ParseError, Parser};

/// Characters of a condition.
pub const CONDITION_CHARS_MAX: usize = 4_000;
/// Brackets, calls and branches of `? :` inside each other.
pub const NESTING_MAX: u16 = 40;

/// A text and its syntax tree.
pub(super) struct Parsed<'a> {
    /// As written.
    pub(super) text: &'a str,
    /// The tree.
    pub(super) root: IdedExpr,
    positions: SourceInfo,
}

impl Parsed<'_> {
    /// Byte at which the token of a node starts: of an operator its sign, of a call its parenthesis.
    pub(super) fn token(&self, id: u64) -> usize {
        self.positions.offset_for(id).and_then(|(start, _)| usize::try_from(start).ok()).unwrap_or(0)
    }

    /// The text from a byte to the end of a node's token.
    pub(super) fn text_between(&self, start: usize, id: u64) -> &str {
        let stop = self.positions.offset_for(id).and_then(|(_, stop)| usize::try_from(stop).ok());
        stop.and_then(|stop| self.text.get(start..=stop)).unwrap_or("")
    }

    /// Byte at which the name before a call's parenthesis starts.
    pub(super) fn callee(&self, id: u64) -> usize {
        let before = self.text.get(..self.token(id)).unwrap_or("").trim_end();
        before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at.saturating_add(1))
    }

    /// The name before a call's parenthesis.
    pub(super) fn callee_name(&self, id: u64) -> &str {
        self.text.get(self.callee(id)..self.token(id)).unwrap_or("").trim_end()
    }

    /// An error at a byte.
    pub(super) fn error(&self, byte: usize, message: String, hint: String) -> ConditionError {
        ConditionError { offset: characters(self.text, byte), message, hint }
    }
}

/// Parses a text.
pub(super) fn parse(text: &str) -> Result<Parsed<'_>, ConditionError> {
    let error = |offset, message: &str, hint: &str| ConditionError {
        offset,
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    if text.trim().is_empty() {
        return Err(error(0, "the condition is empty", "leave the key out where there is no condition"));
    }
    if text.chars().count() > CONDITION_CHARS_MAX {
        let message = format!("the condition has more than {CONDITION_CHARS_MAX} characters");
        return Err(error(0, &message, "split it into facts or into several rules"));
    }
    match Parser::new().max_recursion_depth(NESTING_MAX).parse_with_source_info(text) {
        Ok((root, positions)) => Ok(Parsed { text, root, positions }),
        Err(errors) => Err(errors
            .errors
            .first()
            .map_or_else(|| error(0, "this is not an expression of CEL", ""), |first| in_our_words(text, first))),
    }
}

/// Characters before a byte.
fn characters(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).count()
}

const OF_HAS: &str = "invalid argument to has()";

/// Where the parser complains, in characters: by node where it names one, else by line and column. It counts columns in
/// characters, but in bytes for what a macro refuses.
fn offset(text: &str, error: &ParseError) -> usize {
    let node = error.source_info.as_ref().and_then(|source| source.offset_for(error.expr_id));
    if let Some(start) = node.and_then(|(start, _)| usize::try_from(start).ok()) {
        return characters(text, start);
    }
    let (line, column) = error.pos;
    let line = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let mut before = 0_usize;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        if number == line {
            let column = if error.msg.starts_with(OF_HAS) { characters(content, column) } else { column };
            return before.saturating_add(column);
        }
        before = before.saturating_add(content.chars().count());
    }
    before
}

fn in_our_words(text: &str, error: &ParseError) -> ConditionError {
    let offset = offset(text, error);
    let complaint = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    let rest: String = text.chars().skip(offset).collect();
    let word: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let message = if complaint.starts_with(OF_HAS) {
        "`has` asks for a field of the record".to_owned()
    } else if complaint.starts_with("invalid int literal") {
        let digits: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        format!("`{digits}` is beyond the range of int")
    } else if complaint.starts_with("reserved identifier") {
        format!("`{word}` is a reserved word of CEL")
    } else if complaint.contains("Recursion limit") {
        format!("the condition is nested more than {NESTING_MAX} deep")
    } else if complaint.starts_with("invalid string literal") {
        "the string has an escape that is no character".to_owned()
    } else if let Some((missing, _)) = complaint.strip_prefix("missing '").and_then(|rest| rest.split_once('\'')) {
        format!("`{missing}` is missing")
    } else if rest.trim().is_empty() {
        "the condition ends too early".to_owned()
    } else if rest.starts_with(['\'', '"']) && complaint.starts_with("token recognition") {
        "the string has no closing quote, or an unknown escape in it".to_owned()
    } else if word.is_empty() {
        format!("unexpected `{}`", rest.chars().next().unwrap_or(' '))
    } else {
        format!("unexpected `{word}`")
    };
    let before: String = text.chars().take(offset).collect();
    ConditionError { offset, message, hint: hint(complaint, &before, &rest, &word).to_owned() }
}

/// The commonest slips: words for operators, single signs, full-width punctuation.
fn hint(complaint: &str, before: &str, rest: &str, word: &str) -> &'static str {
    if complaint.starts_with(OF_HAS) {
        return "write `has(record.NAME)`; a fact always has a value";
    }
    if complaint.starts_with("invalid int literal") {
        return "an int lies between -9223372036854775808 and 9223372036854775807";
    }
    if before.trim_end().ends_with("not") {
        return "write `!` for not";
    }
    match word.to_ascii_lowercase().as_str() {
        "and" => return "write `&&` for and",
        "or" => return "write `||` for or",
        _ => {}
    }
    match rest.chars().next() {
        Some('=') => "write `==` to compare",
        Some('&') => "write `&&` for and",
        Some('|') => "write `||` for or",
        Some('‘' | '’' | '“' | '”') => "write the plain quote `'`",
        Some('（' | '）' | '，' | '＝' | '＞' | '＜' | '！' | '＆' | '：' | '？') => {
            "write the half-width sign"
        }
        Some(c) if !c.is_ascii() => "names are ASCII; text stands in quotes",
        _ => "",
    }
}
