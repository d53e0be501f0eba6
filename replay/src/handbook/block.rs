//! What a handbook is made of, whatever it is written in.

use super::tree::Line;
use heng_core::Bilingual;

/// A whole handbook.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) title: Bilingual,
    /// What stands on the title page.
    pub(super) card: Vec<(Bilingual, String)>,
    pub(super) blocks: Vec<Block>,
}

/// A piece of it.
#[derive(Debug)]
pub(super) enum Block {
    Heading {
        level: u8,
        id: String,
        text: Bilingual,
        code: Option<String>,
        about: About,
    },
    /// A heading inside a chapter, without an id.
    Subheading(Bilingual),
    Text(Bilingual),
    /// Something to be copied as it stands.
    Sample(String),
    /// Where more is said: links to headings.
    See(Bilingual, Vec<Link>),
    /// A label and what stands under it, row by row.
    Rows(Vec<Row>),
    Table {
        head: Vec<Bilingual>,
        rows: Vec<Vec<Cell>>,
        kind: TableKind,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TableKind {
    Plain,
    /// Many narrow columns.
    Matrix,
}

/// A label, and what stands under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub label: Bilingual,
    /// What it says.
    pub lines: Vec<Line>,
}

/// A cell of a table.
#[derive(Debug)]
pub(super) enum Cell {
    Both(Bilingual),
    Plain(String),
    Code(String),
    /// Links to headings.
    Links(Vec<Link>),
}

/// A link to a heading: its id, and what is shown.
pub(super) type Link = (String, Bilingual);

/// What a chapter is about, for whoever looks for one.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    /// Rule, measure, …
    pub(super) kind: Option<Bilingual>,
    pub(super) sector: Option<Bilingual>,
    pub(super) authorities: Vec<Bilingual>,
}

impl Row {
    pub(super) fn one(label: Bilingual, text: Bilingual) -> Self {
        Self { label, lines: vec![Line { depth: 0, text }] }
    }
}

/// An anchor, one for each code: codes have letters, digits, `.`, `-` and `_`.
pub(super) fn anchor(kind: &str, code: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    format!("{kind}-{}", code.chars().map(plain).collect::<String>())
}
