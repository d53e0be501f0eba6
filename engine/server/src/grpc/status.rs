//! Why a call is refused, and as what: the one place that maps errors to gRPC codes.
//!
//! # Invariants
//!
//! A caller's mistake names the field and what to do; what may pass by itself says when to try again. Nothing of the
//! server's inside is told.

use crate::directory::ResolveError;
use crate::index::{ParseTokenError, UnknownMatter};
use crate::runner::Stopped;
use heng_model::Day;
use heng_proto::model::v1::FieldViolation;
use std::time::Duration;
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
    #[error("day {0} lies outside {first} to {last}, the days that Heng knows", first = Day::EARLIEST, last = Day::LATEST)]
    DayOutOfRange(i32),
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
    /// The engine is stopping.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl CallError {
    /// The code it is told as.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::CatchingUp | Self::Stopped(_) => Code::Unavailable,
            Self::NoPack | Self::Token(ParseTokenError::OtherLog) => Code::FailedPrecondition,
            Self::Subject { cause: ResolveError::Scheme { .. }, .. } | Self::Matter(_) => Code::NotFound,
            Self::Subject { cause: ResolveError::Ambiguous(_), .. } => Code::FailedPrecondition,
            Self::Subject { .. } | Self::Token(ParseTokenError::Form) => Code::InvalidArgument,
            Self::TooMany { .. } | Self::TooLong { .. } | Self::BadValue { .. } => Code::InvalidArgument,
            Self::DayOutOfRange(_) => Code::OutOfRange,
            Self::NotReflected => Code::DeadlineExceeded,
            Self::Busy(_) => Code::ResourceExhausted,
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
            | Self::BadValue { field, .. } => Some(field),
            Self::Matter(_) => Some("matter"),
            Self::DayOutOfRange(_) => Some("as_of"),
            Self::Token(_) => Some("at_least"),
            Self::CatchingUp
            | Self::NoPack
            | Self::NotReflected
            | Self::Busy(_)
            | Self::Stalled(_)
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

impl From<CallError> for Status {
    fn from(error: CallError) -> Self {
        let message = error.to_string();
        let mut details = ErrorDetails::new();
        if let Some(field) = error.field() {
            details.add_bad_request_violation(field, message.clone());
        }
        if matches!(error.code(), Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Aborted)
        {
            details.set_retry_info(Some(RETRY_AFTER));
        }
        Self::with_error_details(error.code(), message, details)
    }
}
