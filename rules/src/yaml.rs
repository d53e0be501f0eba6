//! YAML as a tree that knows the line and column of every key and value.
//!
//! # Invariants
//!
//! A mapping has no key twice; anchors, aliases, tags and merge keys do not exist; a scalar keeps its text as written,
//! so that what it means is decided by what is asked for, and a number never becomes a float.

mod hint;
mod parse;
mod read;

use crate::diagnostic::Report;
use crate::pack::Place;

pub(crate) use read::{At, Map};

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    Block,
}

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Node {
    line: u32,
    column: u32,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Scalar { text: String, style: Style },
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Where a tree comes from and where complaints about it go.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) path: &'a str,
    text: &'a str,
    pub(crate) report: &'a Report,
}

impl Source<'_> {
    fn place(&self, line: u32, column: u32) -> Place {
        Place { file: self.path.to_owned(), line, column }
    }
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    source: Source<'a>,
    root: Node,
}

impl<'a> Document<'a> {
    /// Reads a file; `None` where it cannot be read, which is reported.
    pub(crate) fn read(path: &'a str, bytes: &'a [u8], report: &'a Report) -> Option<Self> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let (line, column) = place_of_byte(bytes, error.valid_up_to());
                let place = Place { file: path.to_owned(), line, column };
                report.error(place, "the file is not UTF-8", "save it as UTF-8");
                return None;
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Source { path, text, report };
        let root = parse::parse(&source)?;
        Some(Self { source, root })
    }

    /// Its outermost value.
    pub(crate) fn root(&self) -> At<'_> {
        At { source: &self.source, node: &self.root }
    }
}

fn place_of_byte(bytes: &[u8], at: usize) -> (u32, u32) {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}
