//! From the parser's events to the tree.
//!
//! # Invariants
//!
//! Builds with a stack of its own: no depth of nesting overflows the program's.

use super::{Content, Node, Source, Style, hint};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

/// Deepest nesting that a pack may have.
const DEPTH_MAX: usize = 24;

enum Frame {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>, Option<Node>),
}

struct Builder<'a, 's> {
    source: &'s Source<'a>,
    frames: Vec<(Marker, Frame)>,
    root: Option<Node>,
    documents: usize,
}

/// The tree of a file; `None` where there is none, which is reported.
pub(super) fn parse(source: &Source<'_>) -> Option<Node> {
    let mut builder = Builder { source, frames: Vec::new(), root: None, documents: 0 };
    let mut sound = true;
    for event in Parser::new_from_str(source.text) {
        match event {
            Ok((event, span)) => sound = builder.take(event, span.start)? && sound,
            Err(error) => {
                let (line, _) = position(*error.marker());
                let hint = hint::not_yaml(source.text, line, error.info());
                builder.error(*error.marker(), format!("the file is not YAML: {}", error.info()), hint);
                return None;
            }
        }
    }
    let root = builder.root.take();
    if root.is_none() {
        builder.error(Marker::new(0, 1, 0), "the file is empty", "");
    }
    root.filter(|_| sound)
}

impl Builder<'_, '_> {
    /// Takes an event: `None` where reading cannot go on, `Some(false)` where something was refused.
    fn take(&mut self, event: Event<'_>, at: Marker) -> Option<bool> {
        match event {
            Event::DocumentStart(_) => self.documents += 1,
            Event::Alias(_) => return self.refuse(at, "aliases (`*name`) are not allowed", "write the value out"),
            Event::Scalar(text, style, anchor, tag) => {
                let sound = self.plain(at, anchor, tag.is_some());
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                return Some(self.add(at, Content::Scalar { text: text.into_owned(), style })? && sound);
            }
            Event::SequenceStart(anchor, tag) => {
                self.frames.push((at, Frame::List(Vec::new())));
                return self.deep(at, anchor, tag.is_some());
            }
            Event::MappingStart(anchor, tag) => {
                self.frames.push((at, Frame::Map(Vec::new(), None)));
                return self.deep(at, anchor, tag.is_some());
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let (at, frame) = self.frames.pop()?;
                let content = match frame {
                    Frame::List(nodes) => Content::List(nodes),
                    Frame::Map(entries, _) => Content::Map(entries),
                };
                return self.add(at, content);
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Nothing => {}
        }
        Some(true)
    }

    /// A finished node goes to the innermost open list or mapping, else it is the root.
    fn add(&mut self, at: Marker, content: Content) -> Option<bool> {
        let (line, column) = position(at);
        let node = Node { line, column, content };
        match self.frames.last_mut() {
            None if self.documents > 1 => {
                return self.refuse(at, "the file holds a second YAML document", "use one file each");
            }
            None => self.root = Some(node),
            Some((_, Frame::List(nodes))) => nodes.push(node),
            Some((_, Frame::Map(entries, key))) => match key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    let fault = key_fault(entries, &node);
                    *key = Some(node);
                    if let Some((message, hint)) = fault {
                        self.error(at, message, hint);
                        return Some(false);
                    }
                }
            },
        }
        Some(true)
    }

    fn deep(&self, at: Marker, anchor: usize, tagged: bool) -> Option<bool> {
        if self.frames.len() > DEPTH_MAX {
            return self.refuse(at, "the file is nested too deeply", "a pack needs no such depth");
        }
        Some(self.plain(at, anchor, tagged))
    }

    fn plain(&self, at: Marker, anchor: usize, tagged: bool) -> bool {
        if anchor != 0 {
            self.error(at, "anchors (`&name`) are not allowed", "write the value out where it is needed");
        }
        if tagged {
            self.error(
                at,
                "tags (`!name`) are not allowed",
                "leave the tag out; a text that begins with `!` stands in quotes",
            );
        }
        anchor == 0 && !tagged
    }

    fn refuse(&self, at: Marker, message: &str, hint: &str) -> Option<bool> {
        self.error(at, message, hint);
        None
    }

    fn error(&self, at: Marker, message: impl Into<String>, hint: &str) {
        let (line, column) = position(at);
        self.source.report.error(self.source.place(line, column), message, hint);
    }
}

fn key_fault(entries: &[(Node, Node)], key: &Node) -> Option<(String, &'static str)> {
    let Content::Scalar { text, style } = &key.content else {
        return Some(("a key must be a word".to_owned(), ""));
    };
    if text == "<<" && *style == Style::Plain {
        return Some(("merge keys (`<<`) are not allowed".to_owned(), "write the entries out"));
    }
    let same = entries.iter().find(|(other, _)| matches!(&other.content, Content::Scalar { text: t, .. } if t == text));
    // The first key of what stands in lists: rules, cases, events.
    let begins_an_entry = matches!(text.as_str(), "id" | "name" | "record" | "on");
    let hint = if begins_an_entry {
        "begin a new entry of the list with `- `, or remove one of them"
    } else {
        "remove one of them"
    };
    same.map(|(other, _)| (format!("key `{text}` is there twice, first in line {}", other.line), hint))
}

fn position(at: Marker) -> (u32, u32) {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (number(at.line()), number(at.col()).saturating_add(1))
}
