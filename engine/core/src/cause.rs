//! What decisions name as their cause, and the document number that an entry records.

use crate::entry::{Content, Control, Derived, Entry};
use crate::event::{Body, Event};
use heng_model::Position;

/// What caused an entry's decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Where it stands.
    pub position: Position,
    /// When it became known.
    pub known_ms: i64,
    /// `source#id`, or the control event's type and date.
    pub name: String,
}

impl Cause {
    /// What the decisions of an entry name as their cause.
    #[must_use]
    pub fn of(entry: &Entry<'_>) -> Self {
        let name = match &entry.content {
            Content::Event { event, .. } => [event.source, "#", event.id].concat(),
            Content::Control(Control::DayOpened { date }) => format!("day.opened#{date}"),
            Content::Control(Control::PackActivated { pack, version, .. }) => {
                format!("pack.activated#{pack}@{version}")
            }
            Content::Control(Control::FoldActivated { version }) => format!("fold.activated#{version}"),
            Content::Derived(Derived::RelatedChanged { news, .. }) => format!("related.changed#{}", news.position),
            Content::Derived(Derived::Redirected { source_position, .. }) => {
                format!("subject.redirected#{source_position}")
            }
        };
        Self { position: entry.position, known_ms: entry.known_ms, name }
    }
}

/// The document number that an entry records.
#[must_use]
pub fn document_of<'a>(entry: &Entry<'a>) -> Option<&'a str> {
    match &entry.content {
        Content::Event { event: Event { body: Body::Recorded(recorded), .. }, .. } => recorded.document_no,
        _ => None,
    }
}
