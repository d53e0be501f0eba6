//! Why a call is refused, and as what: the one place that maps errors to gRPC codes.
//!
//! # Invariants
//!
//! A caller's mistake names the field and what to do; what may pass by itself says when to try again. Nothing of the
//! server's inside is told.

use super::cursor::CursorError;
use crate::access::NotKept;
use crate::directory::ResolveError;
use crate::index::{ParseTokenError, UnknownMatter};
use crate::runner::Stopped;
use crate::subscription::{NameError, UnknownCode};
use heng_model::{Day, DecisionId};
use heng_proto::model::v1::FieldViolation;
use heng_proto::subscription::v1::Cursor;
use prost::Message as _;
use std::time::Duration;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// After this long it is worth trying again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a call is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The log has not been caught up with.
    #[error("the engine is catching up with its log: try again when its health says SERVING")]
    CatchingUp,
    /// What is at hand is older than answers may be.
    #[error("answers would be {found} ms behind the log, {max} at most are allowed here: try again")]
    Stale {
        /// How long the oldest that is not reflected has waited, in milliseconds.
        found: u64,
        /// How long it may.
        max: u64,
    },
    /// No pack was ever put in force.
    #[error("no pack is in force: name one in the server's configuration")]
    NoPack,
    /// A subject cannot be told.
    #[error("{cause}")]
    Subject {
        /// Field of the request.
        field: &'static str,
        /// Why.
        cause: ResolveError,
    },
    /// The pack has no such matter.
    #[error(transparent)]
    Matter(#[from] UnknownMatter),
    /// A day that Heng does not judge.
    #[error("day {number} lies outside {first} to {last}, the days that Heng knows", first = Day::EARLIEST, last = Day::LATEST)]
    DayOutOfRange {
        /// Field of the request.
        field: &'static str,
        /// As given.
        number: i32,
    },
    /// The token cannot be read.
    #[error(transparent)]
    Token(#[from] ParseTokenError),
    /// What the token asks for has not come about in time.
    #[error("what `at_least` asks for was not reflected within the deadline: ask again, or without it")]
    NotReflected,
    /// More than is taken at once.
    #[error("`{field}` has {found} entries, at most {max} are taken: send several requests")]
    TooMany {
        /// Field of the request.
        field: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// A text that is too long.
    #[error("`{field}` has {found} bytes, at most {max} are taken: shorten it")]
    TooLong {
        /// Field of the request.
        field: &'static str,
        /// How long it is.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// A value that the field does not take.
    #[error("`{field}`: {message}")]
    BadValue {
        /// Field of the request.
        field: &'static str,
        /// What is wrong, and what to do.
        message: String,
    },
    /// As many as may run at once are running.
    #[error("{0} of these calls are running, as many as may: try again later")]
    Busy(usize),
    /// The client did not read its stream.
    #[error("the stream was not read for {} ms, the longest allowed: ask again from where it broke off", .0.as_millis())]
    Stalled(Duration),
    /// A cursor that is no place in this log.
    #[error("`{field}`: {cause}")]
    Cursor {
        /// Field of the request.
        field: &'static str,
        /// Why.
        cause: CursorError,
    },
    /// The filter names what the pack does not have.
    #[error(transparent)]
    Code(#[from] UnknownCode),
    /// The durable subscription cannot be used.
    #[error("`name`: {0}")]
    Name(#[from] NameError),
    /// The decision log cannot be read.
    #[error("the decision log cannot be read at {partition}:{seq}: tell whoever runs the engine")]
    Unreadable {
        /// Partition.
        partition: usize,
        /// The decision.
        seq: u64,
    },
    /// A position that the log does not have.
    #[error("`{field}`: {message}")]
    Position {
        /// Field of the request.
        field: &'static str,
        /// Where the log ends.
        message: String,
    },
    /// No decision has the id, or it is not shown.
    #[error("no decision that is shown has the id `{0}`")]
    Decision(DecisionId),
    /// What is known of the subject is not shown yet, or the history of one that was merged into it has not come.
    #[error("what is known of this subject, or of one that was merged into it, is on its way: try again")]
    NotShown,
    /// The log cannot be read.
    #[error("the log cannot be read: tell whoever runs the engine")]
    LogUnreadable,
    /// The look-up cannot be entered in the access log.
    #[error(transparent)]
    NotKept(#[from] NotKept),
    /// A process that only answers.
    #[error("this process answers and takes no events: send them to an engine (serve.role = \"engine\")")]
    TakesNoEvents,
    /// The engine is stopping.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl CallError {
    /// The code it is told as.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::CatchingUp
            | Self::Stale { .. }
            | Self::NotShown
            | Self::Stopped(_)
            | Self::NotKept(_)
            | Self::Name(NameError::NotKept | NameError::Away) => Code::Unavailable,
            Self::NoPack
            | Self::TakesNoEvents
            | Self::Token(ParseTokenError::OtherLog)
            | Self::Cursor { cause: CursorError::OtherLog, .. } => Code::FailedPrecondition,
            Self::Code(_) | Self::Name(NameError::Unknown(_)) => Code::NotFound,
            Self::Cursor { cause: CursorError::PastEnd { .. }, .. } => Code::OutOfRange,
            Self::Cursor { cause: CursorError::Form(_), .. } | Self::Name(NameError::Form) => Code::InvalidArgument,
            Self::Unreadable { .. } | Self::LogUnreadable => Code::DataLoss,
            Self::Subject { cause: ResolveError::Scheme { .. }, .. } | Self::Matter(_) => Code::NotFound,
            Self::Subject { cause: ResolveError::Ambiguous(_), .. } => Code::FailedPrecondition,
            Self::Subject { .. } | Self::Token(ParseTokenError::Form) => Code::InvalidArgument,
            Self::TooMany { .. } | Self::TooLong { .. } | Self::BadValue { .. } => Code::InvalidArgument,
            Self::DayOutOfRange { .. } | Self::Position { .. } => Code::OutOfRange,
            Self::Decision(_) => Code::NotFound,
            Self::NotReflected => Code::DeadlineExceeded,
            Self::Busy(_) | Self::Name(NameError::Full(_)) => Code::ResourceExhausted,
            Self::Stalled(_) => Code::Aborted,
        }
    }

    /// The field of the request that is wrong, if one is.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Subject { field, .. }
            | Self::TooMany { field, .. }
            | Self::TooLong { field, .. }
            | Self::Cursor { field, .. }
            | Self::DayOutOfRange { field, .. }
            | Self::Position { field, .. }
            | Self::BadValue { field, .. } => Some(field),
            Self::Code(UnknownCode { field, .. }) => Some(field),
            Self::Name(NameError::Form | NameError::Unknown(_)) => Some("name"),
            Self::Matter(_) => Some("matter"),
            Self::Decision(_) => Some("decision"),
            Self::Token(_) => Some("at_least"),
            Self::CatchingUp
            | Self::Stale { .. }
            | Self::NotShown
            | Self::NoPack
            | Self::TakesNoEvents
            | Self::NotReflected
            | Self::Busy(_)
            | Self::Stalled(_)
            | Self::Name(NameError::Full(_) | NameError::NotKept | NameError::Away)
            | Self::Unreadable { .. }
            | Self::LogUnreadable
            | Self::NotKept(_)
            | Self::Stopped(_) => None,
        }
    }

    /// The same as what a batch tells of one entry.
    #[must_use]
    pub fn violations(&self) -> Vec<FieldViolation> {
        let violation = |field: &str| FieldViolation { field: field.to_owned(), description: self.to_string() };
        self.field().map(violation).into_iter().collect()
    }
}

impl CallError {
    fn details(&self) -> ErrorDetails {
        let mut details = ErrorDetails::new();
        if let Some(field) = self.field() {
            details.add_bad_request_violation(field, self.to_string());
        }
        if matches!(self.code(), Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted) {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        details
    }
}

impl From<CallError> for Status {
    fn from(error: CallError) -> Self {
        Self::with_error_details(error.code(), error.to_string(), error.details())
    }
}

/// The trailer that says up to where a subscription was sent.
const CURSOR_TRAILER: &str = "heng-cursor-bin";

/// Why a subscription ends, and where it may be taken up again.
pub(super) fn ended(error: &CallError, cursor: &Cursor) -> Status {
    let mut trailers = MetadataMap::new();
    trailers.insert_bin(CURSOR_TRAILER, MetadataValue::from_bytes(&cursor.encode_to_vec()));
    Status::with_error_details_and_metadata(error.code(), error.to_string(), error.details(), trailers)
}
