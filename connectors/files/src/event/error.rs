//! Why a line is no event.

use super::json::VALUES_MAX;
use crate::lines::LINE_BYTES_MAX;

/// Why a line is no event: the field, the value, what was expected and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Beyond [`LINE_BYTES_MAX`].
    #[error(
        "the line has {bytes} bytes, at most {LINE_BYTES_MAX} are read: send one event a line, documents elsewhere"
    )]
    TooLong {
        /// Its length.
        bytes: u64,
    },
    /// Not UTF-8.
    #[error("the line is not UTF-8 from byte offset {offset}: save the file as UTF-8")]
    NotUtf8 {
        /// First bad byte, from 0.
        offset: usize,
    },
    /// Not JSON.
    #[error("malformed JSON at column {column}: {what}")]
    Malformed {
        /// Byte column, from 1.
        column: usize,
        /// What the parser saw.
        what: String,
    },
    /// A key that stands twice where the data came otherwise than as JSON.
    #[error("`{path}` stands twice: which one is meant is not known")]
    Twice {
        /// Which.
        path: String,
    },
    /// More values than are read, where the data came otherwise than as JSON.
    #[error("more than {VALUES_MAX} values in one event: leave out what is not part of it")]
    TooMany,
    /// JSON, but no object.
    #[error("the line is {found}: expected one CloudEvents object, such as {{\"specversion\":\"1.0\",…}}")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// A field is absent, null or empty.
    #[error("`{path}` is missing: {remedy}")]
    Missing {
        /// Which.
        path: String,
        /// What to do.
        remedy: String,
    },
    /// A key of `data` that the event type does not have.
    #[error("`{path}` is not a field of {kind}: {remedy}")]
    UnknownField {
        /// Which.
        path: String,
        /// Event type.
        kind: &'static str,
        /// What to do.
        remedy: String,
    },
    /// An envelope key that is neither an attribute nor a possible extension.
    #[error("`{name}` is no attribute of CloudEvents, whose names are lower-case letters and digits: {remedy}")]
    UnknownAttribute {
        /// Which.
        name: String,
        /// What to do.
        remedy: String,
    },
    /// Another JSON type than expected.
    #[error("`{path}` is {found}: expected {expected}")]
    WrongType {
        /// Which.
        path: String,
        /// What it is, with the value where it is short.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A number with a fraction, an exponent or too many digits.
    #[error(
        "`{path}` is the number `{value}`: amounts and decimals are exact, write them as strings, such as \"1000000.00\""
    )]
    Inexact {
        /// Which.
        path: String,
        /// As the parser read it.
        value: String,
    },
    /// The right type with a wrong value.
    #[error("`{path}` is `{value}`: expected {expected}")]
    BadValue {
        /// Which.
        path: String,
        /// Value, shortened.
        value: String,
        /// What it should be.
        expected: String,
    },
    /// No such event type.
    #[error("`type` is `{name}`: no such event type, {remedy}")]
    UnknownType {
        /// As sent.
        name: String,
        /// What to do.
        remedy: String,
    },
    /// A type that only Heng writes.
    #[error("`type` is `{name}`: Heng writes these itself and takes none from outside, leave the line out")]
    Reserved {
        /// As sent.
        name: String,
    },
}

impl LineError {
    /// The field that is wrong; `data` where the text as a whole is.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Missing { path, .. }
            | Self::UnknownField { path, .. }
            | Self::WrongType { path, .. }
            | Self::Twice { path }
            | Self::Inexact { path, .. }
            | Self::BadValue { path, .. } => path,
            Self::UnknownAttribute { name, .. } => name,
            Self::UnknownType { .. } | Self::Reserved { .. } => "type",
            Self::TooLong { .. }
            | Self::NotUtf8 { .. }
            | Self::Malformed { .. }
            | Self::TooMany
            | Self::NotAnObject { .. } => "data",
        }
    }
}

/// A value for a message, cut where it is long.
pub(super) fn shorten(value: &str) -> String {
    const CHARS_MAX: usize = 80;
    match value.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
