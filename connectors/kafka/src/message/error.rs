//! Why a message is no event.

use super::frame::FrameError;
use super::read::MESSAGE_BYTES_MAX;
use heng_files::LineError;
use heng_log::codec::DecodeError;

/// Why a message is no event. Each is a dead letter of its own kind.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unreadable {
    /// No value: what deletes a key on a compacted topic says nothing here.
    #[error("the message has no value: send the event as its value; what withdraws a record is `credit.retracted`")]
    Empty,
    /// Too long.
    #[error("the message has {bytes} bytes, more than {MESSAGE_BYTES_MAX}: leave out what is not part of the event")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The frame of a schema registry cannot be read, or names a schema that nobody announced.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A content type that is none of those read.
    #[error(
        "content-type is `{found}`: send application/json or application/protobuf with the attributes in headers `ce_…`, or \
         application/cloudevents+json with all in the value"
    )]
    ContentType {
        /// What it is.
        found: String,
    },
    /// Neither headers nor a content type nor a JSON object.
    #[error(
        "the message has no `ce_…` headers and its value is no JSON object: send the attributes in headers (binary mode), or \
         the whole event as JSON (structured mode)"
    )]
    NoEnvelope,
    /// A header that is no text.
    #[error("header `{name}` is no UTF-8 text")]
    HeaderNotText {
        /// Its name.
        name: String,
    },
    /// A header that stands twice.
    #[error("header `{name}` stands twice: which one is meant is not known")]
    HeaderTwice {
        /// Its name.
        name: String,
    },
    /// The key names somebody else.
    #[error(
        "the key is `{key}` and the subject `{subject}`: use the subject as the key, so that its events keep their order, or \
         no key; `kafka.inbox_keys = \"any\"` lets any key pass"
    )]
    KeyNotSubject {
        /// The key.
        key: String,
        /// The subject.
        subject: String,
    },
    /// Its envelope, or JSON that it comes as, is no event's.
    #[error(transparent)]
    Line(#[from] LineError),
    /// The value is no body of its type.
    #[error("the Protobuf body cannot be read: {0}")]
    Protobuf(DecodeError),
}

impl Unreadable {
    /// A word for metrics and for tools.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too_long",
            Self::Frame(FrameError::UnknownSchema { .. }) => "unknown_schema",
            Self::Frame(_) => "bad_frame",
            Self::ContentType { .. } => "content_type",
            Self::NoEnvelope => "no_envelope",
            Self::HeaderNotText { .. } | Self::HeaderTwice { .. } => "bad_header",
            Self::KeyNotSubject { .. } => "key_not_subject",
            Self::Line(_) | Self::Protobuf(_) => "unparseable",
        }
    }

    /// The field that is wrong, where one is.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Line(error) => error.field(),
            Self::HeaderNotText { name } | Self::HeaderTwice { name } => name,
            Self::ContentType { .. } => "content-type",
            Self::KeyNotSubject { .. } => "key",
            Self::Protobuf(_) => "data",
            Self::Empty | Self::TooLong { .. } | Self::Frame(_) | Self::NoEnvelope => "",
        }
    }
}
