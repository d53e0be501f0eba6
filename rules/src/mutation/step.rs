//! The smallest steps: of a condition's numbers and comparisons, of periods, of days.

use super::Shows;
use heng_model::{Day, Decimal, Period, PeriodUnit};

/// A piece of a text, by its first character, and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) offset: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) shows: Shows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Word,
    Text,
    /// `<`, `<=`, `>`, `>=`
    Order,
    Equal,
    /// Between two conditions.
    Join,
    Open,
    Close,
    Other,
}

#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    kind: Kind,
    /// First character, as an offset in characters and in bytes.
    offset: usize,
    byte: usize,
    text: &'t str,
}

/// Shares move by a hundredth where they are written no finer.
const SHARE_DIGITS_MIN: u8 = 2;
/// Amounts move by a fen.
const MONEY_DIGITS: u8 = 2;

/// The steps of a condition.
pub(super) fn condition(text: &str) -> Vec<Step> {
    let tokens = tokens(text);
    let mut steps = Vec::new();
    let mut exact = Vec::new();
    for at in 0..tokens.len() {
        let Some(literal) = literal(&tokens, at) else { continue };
        let compared = compared(text, &tokens, &literal);
        if let Some((order, ..)) = &compared
            && literal.is_exact
        {
            exact.push(*order);
        }
        for value in &literal.values {
            let shows = compared.as_ref().map_or(Shows::Number, |(order, side, on_left)| {
                boundary(&tokens, *order, side, *on_left, &literal, value)
            });
            let Token { offset, .. } = literal.token;
            steps.push(Step { offset, from: literal.written.to_owned(), to: value.text.clone(), shows });
        }
    }
    // Beside a whole number, an amount or a date, moving that and moving the comparison are the same.
    let orders = tokens.iter().enumerate().filter(|(at, token)| token.kind == Kind::Order && !exact.contains(at));
    for (at, token) in orders {
        let to = match token.text {
            "<" => "<=",
            "<=" => "<",
            ">" => ">=",
            _ => ">",
        };
        let (left, right) = (before(text, &tokens, at), after(text, &tokens, at));
        let shows = Shows::Value { side: left, value: right, holds: token.text.ends_with('=') };
        steps.push(Step { offset: token.offset, from: token.text.to_owned(), to: to.to_owned(), shows });
    }
    steps.sort_by_key(|step| step.offset);
    steps
}

struct Literal<'t> {
    /// What is replaced: the number, or the text inside the quotes.
    token: Token<'t>,
    written: &'t str,
    first: usize,
    last: usize,
    values: Vec<Moved>,
    /// Is there no value between it and the next?
    is_exact: bool,
}

struct Moved {
    text: String,
    up: bool,
}

/// The number, amount, share or date that begins with a token.
fn literal<'t>(tokens: &[Token<'t>], at: usize) -> Option<Literal<'t>> {
    let token = *tokens.get(at)?;
    let is_argument = at.checked_sub(2).and_then(|word| tokens.get(word)).is_some_and(|it| is_maker(it.text));
    if token.kind == Kind::Number {
        let number: i64 = token.text.parse().ok()?;
        let moved = [(number.checked_sub(1)?, false), (number.checked_add(1)?, true)];
        let values = moved.map(|(number, up)| Moved { text: number.to_string(), up }).into();
        return Some(Literal { token, written: token.text, first: at, last: at, values, is_exact: true });
    }
    if token.kind != Kind::Text || !is_argument {
        return None;
    }
    let maker = tokens.get(at.checked_sub(2)?)?.text;
    let written = token.text.get(1..token.text.len().checked_sub(1)?)?;
    let values = match maker {
        "date" => day(written)?.map(|(text, up)| Moved { text, up }).into(),
        "money" => decimal(written, MONEY_DIGITS)?,
        _ => decimal(written, SHARE_DIGITS_MIN)?,
    };
    // Inside the quotes.
    let token = Token { offset: token.offset + 1, byte: token.byte + 1, ..token };
    Some(Literal { token, written, first: at.checked_sub(2)?, last: at + 1, values, is_exact: maker != "decimal" })
}

fn is_maker(word: &str) -> bool {
    matches!(word, "money" | "decimal" | "date")
}

fn decimal(written: &str, digits_min: u8) -> Option<Vec<Moved>> {
    let value: Decimal = written.parse().ok()?;
    let digits = written.split_once('.').map_or(0, |(_, digits)| digits.len());
    let unit = Decimal::new(1, u8::try_from(digits).ok()?.max(digits_min));
    let moved = [(value.checked_sub(unit)?, false), (value.checked_add(unit)?, true)];
    Some(moved.map(|(value, up)| Moved { text: value.to_string(), up }).into())
}

/// A day moved back and forth.
pub(super) fn day(written: &str) -> Option<[(String, bool); 2]> {
    let day: Day = written.parse().ok()?;
    Some([(day.previous().to_string(), false), (day.next().to_string(), true)])
}

/// The comparison that has the literal as one whole side: its place, the other side, is the literal on the left?
fn compared(text: &str, tokens: &[Token<'_>], literal: &Literal<'_>) -> Option<(usize, String, bool)> {
    let is_comparison = |at: usize| tokens.get(at).is_some_and(|it| matches!(it.kind, Kind::Order | Kind::Equal));
    let ends = |at: Option<usize>, kind: Kind| {
        at.and_then(|at| tokens.get(at)).is_none_or(|it| it.kind == kind || it.kind == Kind::Join)
    };
    let (previous, next) = (literal.first.checked_sub(1), literal.last + 1);
    if let Some(order) = previous.filter(|at| is_comparison(*at))
        && ends(Some(next), Kind::Close)
    {
        return Some((order, before(text, tokens, order), false));
    }
    (is_comparison(next) && ends(previous, Kind::Open)).then(|| (next, after(text, tokens, next), true))
}

/// The value of the other side at which the comparison and its mutant part.
fn boundary(
    tokens: &[Token<'_>],
    order: usize,
    side: &str,
    on_left: bool,
    literal: &Literal<'_>,
    moved: &Moved,
) -> Shows {
    let written = tokens.get(order).map(|token| token.text).unwrap_or_default();
    // `10 <= x` says `x >= 10`.
    let order = match (written, on_left) {
        ("<", true) => ">",
        (">", true) => "<",
        ("<=", true) => ">=",
        (">=", true) => "<=",
        (order, _) => order,
    };
    let at_literal = match (order, moved.up) {
        (">=", true) | ("<=", false) => Some(true),
        (">", false) | ("<", true) => Some(false),
        ("==", _) => Some(true),
        ("!=", _) => Some(false),
        _ => None,
    };
    let (value, holds) = match at_literal {
        Some(holds) => (literal.written.to_owned(), holds),
        // Only beyond the literal do they part.
        None => (moved.text.clone(), matches!((order, moved.up), (">", true) | ("<", false))),
    };
    Shows::Value { side: side.to_owned(), value, holds }
}

fn before(text: &str, tokens: &[Token<'_>], order: usize) -> String {
    let mut depth = 0usize;
    let mut first = order;
    for (at, token) in tokens.iter().enumerate().take(order).rev() {
        match token.kind {
            Kind::Join => break,
            Kind::Close => depth += 1,
            Kind::Open if depth == 0 => break,
            Kind::Open => depth -= 1,
            _ => {}
        }
        first = at;
    }
    let byte = |at: usize| tokens.get(at).map_or(text.len(), |token| token.byte);
    squeezed(text.get(byte(first)..byte(order)).unwrap_or_default())
}

fn after(text: &str, tokens: &[Token<'_>], order: usize) -> String {
    let mut depth = 0usize;
    let mut end = tokens.len();
    for (at, token) in tokens.iter().enumerate().skip(order + 1) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth > 0 => depth -= 1,
            Kind::Join | Kind::Close => {
                end = at;
                break;
            }
            _ => {}
        }
    }
    let byte = |at: usize| tokens.get(at).map_or(text.len(), |token| token.byte);
    squeezed(text.get(byte(order + 1)..byte(end)).unwrap_or_default())
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut offset, mut byte) = (0, 0);
    while let Some(rest) = text.get(byte..).filter(|rest| !rest.is_empty()) {
        let (kind, length) = next(rest);
        let piece = rest.get(..length).unwrap_or(rest);
        if kind != Kind::Other || !piece.trim().is_empty() {
            tokens.push(Token { kind, offset, byte, text: piece });
        }
        offset += piece.chars().count();
        byte += piece.len();
    }
    tokens
}

/// Kind and bytes of the token that a text begins with.
fn next(rest: &str) -> (Kind, usize) {
    let Some(first) = rest.chars().next() else { return (Kind::Other, 0) };
    let run = |fits: fn(char) -> bool| rest.find(|c| !fits(c)).unwrap_or(rest.len());
    match first {
        '0'..='9' => (Kind::Number, run(|c| c.is_ascii_digit())),
        '\'' | '"' => {
            let end = rest.get(1..).and_then(|inner| inner.find(first)).map_or(rest.len(), |end| end + 2);
            (Kind::Text, end)
        }
        c if c.is_alphabetic() || c == '_' => (Kind::Word, run(|c| c.is_alphanumeric() || c == '_' || c == '.')),
        '(' | '[' => (Kind::Open, 1),
        ')' | ']' => (Kind::Close, 1),
        ',' | '?' | ':' => (Kind::Join, 1),
        _ => {
            let two = rest.get(..2).unwrap_or_default();
            match two {
                "<=" | ">=" => (Kind::Order, 2),
                "==" | "!=" => (Kind::Equal, 2),
                "&&" | "||" => (Kind::Join, 2),
                _ if matches!(first, '<' | '>') => (Kind::Order, 1),
                _ => (Kind::Other, first.len_utf8()),
            }
        }
    }
}

/// A period a day shorter than it ever is and a day longer than it ever is; by a month where `in_months`.
pub(super) fn period(written: &str, in_months: bool) -> Vec<(String, bool)> {
    let Ok(period) = written.parse::<Period>() else { return Vec::new() };
    let (unit, least, most) = match (period.unit(), in_months) {
        (PeriodUnit::Year, true) => (PeriodUnit::Month, period.count().saturating_mul(12), None),
        (unit, true) => (unit, period.count(), None),
        (_, false) => {
            let (least, most) = days_in(period);
            (PeriodUnit::Day, least, Some(most))
        }
    };
    let most = most.unwrap_or(least);
    let moved = [(least.saturating_sub(1), false), (most.saturating_add(1), true)];
    moved.into_iter().filter_map(|(count, longer)| Some((Period::new(count, unit)?.to_string(), longer))).collect()
}

/// Fewest and most days that a period has, whenever in four years it starts.
fn days_in(period: Period) -> (u32, u32) {
    const DAYS_IN_FOUR_YEARS: i32 = 1461;
    let starts = (0..DAYS_IN_FOUR_YEARS).map(|day| Day::year_start(2024).plus_days(day));
    let lengths = starts.map(|start| u32::try_from(period.last_from(start).number() - start.number()).unwrap_or(0));
    lengths.fold((u32::MAX, 0), |(least, most), length| (least.min(length), most.max(length)))
}
