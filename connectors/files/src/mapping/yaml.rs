//! YAML as a tree with places; numbers stay texts, no key stands twice, no anchors, aliases or tags.

use super::error::MappingError;
use crate::suggest;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

/// Deepest nesting of a mapping.
const DEPTH_MAX: usize = 12;

/// Line and column, from 1.
type Place = (usize, usize);

/// A value with its place.
#[derive(Debug)]
pub(super) struct Node {
    at: Place,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Scalar { text: String, plain: bool },
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

#[derive(Debug)]
struct Key {
    at: Place,
    text: String,
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
    entries: &'n [(Key, Node)],
}

impl<'n> At<'n> {
    pub(super) fn root(file: &'n str, node: &'n Node) -> Self {
        Self { file, node }
    }

    pub(super) fn error(self, message: impl Into<String>) -> MappingError {
        self.error_at(self.node.at, message)
    }

    fn error_at(self, (line, column): Place, message: impl Into<String>) -> MappingError {
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
        match map.entries.iter().find(|(key, _)| !known.contains(&key.text.as_str())) {
            None => Ok(map),
            Some((Key { at, text }, _)) => {
                Err(self.error_at(*at, format!("unknown key `{text}`: {}", suggest::remedy(text, known))))
            }
        }
    }
}

impl<'n> Map<'n> {
    pub(super) fn iter(self) -> impl Iterator<Item = (&'n str, At<'n>)> {
        self.entries.iter().map(move |(key, node)| (key.text.as_str(), At { file: self.whole.file, node }))
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
    Map(Vec<(Key, Node)>, Option<Key>),
}

#[derive(Default)]
struct Builder {
    frames: Vec<(Place, Frame)>,
    root: Option<Node>,
}

/// The tree of a file.
pub(super) fn parse(file: &str, text: &str) -> Result<Node, MappingError> {
    let fail = |(line, column), message| MappingError { file: file.to_owned(), line, column, message };
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| fail(place(*error.marker()), format!("not YAML: {}", error.info())))?;
        let at = place(span.start);
        if let Some(message) = builder.refuses(&event) {
            return Err(fail(at, message.to_owned()));
        }
        if let Some(node) = builder.take(event, at) {
            builder.add(node).map_err(|message| fail(at, message))?;
        }
    }
    builder.root.ok_or_else(|| fail((1, 1), "the file is empty".to_owned()))
}

impl Builder {
    /// What a mapping does not use.
    fn refuses(&self, event: &Event<'_>) -> Option<&'static str> {
        match event {
            Event::Alias(_) => Some("aliases are not used here: write the value out"),
            Event::Scalar(_, _, anchor, tag) | Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag)
                if *anchor != 0 || tag.is_some() =>
            {
                Some("anchors and tags are not used here: write the value out")
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if self.frames.len() >= DEPTH_MAX => {
                Some("nested too deeply for a mapping")
            }
            Event::DocumentStart(_) if self.root.is_some() => Some("a second YAML document: use one file each"),
            _ => None,
        }
    }

    /// The value that is complete with this event, if one is.
    fn take(&mut self, event: Event<'_>, at: Place) -> Option<Node> {
        match event {
            Event::Scalar(text, style, ..) => {
                let content = Content::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                return Some(Node { at, content });
            }
            Event::SequenceStart(..) => self.frames.push((at, Frame::List(Vec::new()))),
            Event::MappingStart(..) => self.frames.push((at, Frame::Map(Vec::new(), None))),
            Event::SequenceEnd | Event::MappingEnd => {
                let (at, frame) = self.frames.pop()?;
                let content = match frame {
                    Frame::List(nodes) => Content::List(nodes),
                    Frame::Map(entries, _) => Content::Map(entries),
                };
                return Some(Node { at, content });
            }
            _ => {}
        }
        None
    }

    /// Puts a value into the innermost open list or map; the first of two in a map is the key of the second.
    fn add(&mut self, node: Node) -> Result<(), String> {
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some((_, Frame::List(nodes))) => nodes.push(node),
            Some((_, Frame::Map(entries, key))) => match (key.take(), node) {
                (Some(key), node) => entries.push((key, node)),
                (None, Node { content: Content::Scalar { text, .. }, .. })
                    if entries.iter().any(|(key, _)| key.text == text) =>
                {
                    return Err(format!("the key `{text}` stands twice"));
                }
                (None, Node { at, content: Content::Scalar { text, .. } }) => *key = Some(Key { at, text }),
                (None, _) => return Err("a key is a text".to_owned()),
            },
        }
        Ok(())
    }
}

fn place(at: Marker) -> Place {
    (at.line(), at.col() + 1)
}
