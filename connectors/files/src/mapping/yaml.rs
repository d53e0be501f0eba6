//! YAML as a tree with places; numbers stay texts, no key stands twice, no anchors, aliases or tags.

use super::error::MappingError;
use crate::suggest;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

/// Deepest nesting of a mapping.
const DEPTH_MAX: usize = 12;

/// A value with its place.
#[derive(Debug)]
pub(super) struct Node {
    at: (usize, usize),
    content: Content,
}

#[derive(Debug)]
enum Content {
    Scalar { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// A value of a file, for reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'n> {
    file: &'n str,
    node: &'n Node,
}

/// A map of a file, for reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map<'n> {
    whole: At<'n>,
    entries: &'n [(String, Node)],
}

impl<'n> At<'n> {
    pub(super) fn root(file: &'n str, node: &'n Node) -> Self {
        Self { file, node }
    }

    pub(super) fn error(self, message: impl Into<String>) -> MappingError {
        let (line, column) = self.node.at;
        MappingError { file: self.file.to_owned(), line, column, message: message.into() }
    }

    pub(super) fn text(self) -> Result<&'n str, MappingError> {
        match &self.node.content {
            Content::Scalar { text, .. } => Ok(text),
            Content::List(_) => Err(self.error("expected a text, this is a list")),
            Content::Map(_) => Err(self.error("expected a text, this is a map")),
        }
    }

    /// The text of a scalar that is not quoted.
    pub(super) fn plain(self) -> Option<&'n str> {
        match &self.node.content {
            Content::Scalar { text, plain: true } => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(self) -> Result<Vec<At<'n>>, MappingError> {
        match &self.node.content {
            Content::List(nodes) => Ok(nodes.iter().map(|node| Self { file: self.file, node }).collect()),
            _ => Err(self.error("expected a list: write `[…]`, or each entry on its own line after `- `")),
        }
    }

    /// A list, or the only entry of one.
    pub(super) fn one_or_more(self) -> Result<Vec<At<'n>>, MappingError> {
        if matches!(self.node.content, Content::List(_)) { self.list() } else { Ok(vec![self]) }
    }

    pub(super) fn is_map(self) -> bool {
        matches!(self.node.content, Content::Map(_))
    }

    /// A map with any keys.
    pub(super) fn map(self) -> Result<Map<'n>, MappingError> {
        match &self.node.content {
            Content::Map(entries) => Ok(Map { whole: self, entries }),
            _ => Err(self.error("expected a map: write `key: value`")),
        }
    }

    /// A map whose keys are known.
    pub(super) fn map_of(self, known: &[&str]) -> Result<Map<'n>, MappingError> {
        let map = self.map()?;
        match map.iter().find(|(key, _)| !known.contains(key)) {
            None => Ok(map),
            Some((key, at)) => Err(at.error(format!("unknown key `{key}`: {}", suggest::remedy(key, known)))),
        }
    }
}

impl<'n> Map<'n> {
    pub(super) fn iter(self) -> impl Iterator<Item = (&'n str, At<'n>)> {
        self.entries.iter().map(move |(key, node)| (key.as_str(), At { file: self.whole.file, node }))
    }

    pub(super) fn get(self, key: &str) -> Option<At<'n>> {
        self.iter().find_map(|(name, at)| (name == key).then_some(at))
    }

    pub(super) fn need(self, key: &str) -> Result<At<'n>, MappingError> {
        self.get(key).ok_or_else(|| self.error(format!("`{key}` is missing")))
    }

    pub(super) fn error(self, message: impl Into<String>) -> MappingError {
        self.whole.error(message)
    }
}

enum Frame {
    List(Vec<Node>),
    Map(Vec<(String, Node)>, Option<String>),
}

/// The tree of a file.
pub(super) fn parse(file: &str, text: &str) -> Result<Node, MappingError> {
    let fail = |at: Marker, message: String| {
        let (line, column) = place(at);
        MappingError { file: file.to_owned(), line, column, message }
    };
    let mut frames: Vec<((usize, usize), Frame)> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| fail(*error.marker(), format!("not YAML: {}", error.info())))?;
        let at = span.start;
        let node = match event {
            Event::Alias(_) => return Err(fail(at, "aliases are not used here: write the value out".to_owned())),
            Event::Scalar(_, _, anchor, ref tag) | Event::SequenceStart(anchor, ref tag) | Event::MappingStart(anchor, ref tag)
                if anchor != 0 || tag.is_some() =>
            {
                return Err(fail(at, "anchors and tags are not used here: write the value out".to_owned()));
            }
            Event::Scalar(text, style, ..) => {
                Node { at: place(at), content: Content::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain } }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if frames.len() >= DEPTH_MAX => {
                return Err(fail(at, "nested too deeply for a mapping".to_owned()));
            }
            Event::SequenceStart(..) => {
                frames.push((place(at), Frame::List(Vec::new())));
                continue;
            }
            Event::MappingStart(..) => {
                frames.push((place(at), Frame::Map(Vec::new(), None)));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match frames.pop() {
                Some((at, Frame::List(nodes))) => Node { at, content: Content::List(nodes) },
                Some((at, Frame::Map(entries, _))) => Node { at, content: Content::Map(entries) },
                None => continue,
            },
            Event::DocumentStart(_) if root.is_some() => {
                return Err(fail(at, "a second YAML document: use one file each".to_owned()));
            }
            _ => continue,
        };
        match frames.last_mut() {
            None => root = Some(node),
            Some((_, Frame::List(nodes))) => nodes.push(node),
            Some((_, Frame::Map(entries, key))) => match (key.take(), node.content) {
                (Some(key), content) => entries.push((key, Node { at: node.at, content })),
                (None, Content::Scalar { text, .. }) if entries.iter().any(|(key, _)| *key == text) => {
                    return Err(fail(at, format!("the key `{text}` stands twice")));
                }
                (None, Content::Scalar { text, .. }) => *key = Some(text),
                (None, _) => return Err(fail(at, "a key is a text".to_owned())),
            },
        }
    }
    root.ok_or_else(|| fail(Marker::new(0, 1, 0), "the file is empty".to_owned()))
}

fn place(at: Marker) -> (usize, usize) {
    (at.line(), at.col() + 1)
}
