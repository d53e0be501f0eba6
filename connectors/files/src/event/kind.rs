//! Event types by name.

use super::LineError;
use super::error::shorten;
use crate::suggest;

macro_rules! event_types {
    ($($variant:ident = $name:literal: [$($key:literal),* $(,)?]),* $(,)?) => {
        /// Type of an event that departments send.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl EventType {
            /// Every type.
            pub const ALL: &'static [EventType] = &[$(Self::$variant),*];
            const NAMES: &'static [&'static str] = &[$($name),*];

            /// The type as it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The keys that `data` may have.
            pub(crate) const fn keys(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($key),*],)* }
            }

            fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

event_types! {
    Recorded = "credit.recorded": ["record", "item", "decided_on", "document_no", "fields", "capacity",
        "occurred_on", "served_on", "published_on", "effective_on"],
    Corrected = "credit.corrected": ["record", "version", "fields", "decided_on", "reason",
        "occurred_on", "served_on", "published_on", "effective_on"],
    Retracted = "credit.retracted": ["record", "reason"],
    Repaired = "credit.repaired": ["record", "record_source", "on", "document_no"],
    Restored = "credit.restored": ["record", "record_source", "on", "document_no"],
    ObjectionFiled = "objection.filed": ["objection", "record", "record_source", "on", "reason"],
    ObjectionResolved = "objection.resolved": ["objection", "record", "on", "outcome", "reason"],
    Suspended = "measures.suspended": ["from", "through", "reason", "document_no"],
    Resumed = "measures.resumed": ["on"],
    Registered = "subject.registered": ["on", "kind", "name", "region", "industry", "registered_on", "aliases"],
    Changed = "subject.changed": ["on", "kind", "name", "region", "industry", "registered_on", "aliases"],
    Deregistered = "subject.deregistered": ["on"],
    Linked = "subject.linked": ["role", "to", "on"],
    Unlinked = "subject.unlinked": ["role", "to", "on"],
    Merged = "subject.merged": ["into"],
    Responded = "measure.responded": ["decision", "authority", "answer", "on", "reason", "document_no"],
    Confirmed = "review.confirmed": ["decision", "officer", "on", "reason"],
    Declined = "review.declined": ["decision", "officer", "on", "reason"],
}

/// What Heng writes itself; so is every `decision.…`.
const RESERVED: [&str; 6] =
    ["day.opened", "pack.activated", "fold.activated", "related.changed", "subject.redirected", "progress"];

impl EventType {
    /// The type that a name names.
    pub(crate) fn parse(name: &str) -> Result<Self, LineError> {
        if let Some(kind) = Self::from_name(name) {
            return Ok(kind);
        }
        if RESERVED.contains(&name) || name.starts_with("decision.") {
            return Err(LineError::Reserved { name: shorten(name) });
        }
        Err(LineError::UnknownType { name: shorten(name), remedy: suggest::remedy(name, Self::NAMES) })
    }

    /// The key of `data` that names another subject, where the type has one.
    pub(super) const fn other_subject_key(self) -> Option<&'static str> {
        match self {
            Self::Linked | Self::Unlinked => Some("to"),
            Self::Merged => Some("into"),
            _ => None,
        }
    }
}
