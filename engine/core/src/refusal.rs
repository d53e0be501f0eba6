//! Why the fold refuses an event that intake let pass: data for the dead letters, never an error of the log.

use crate::validate::Violation;

/// Why an event changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The same source used the id for something else.
    #[error("`{source_name}` used the id `{id}` before, for another content: give a corrected event a new id")]
    IdReused {
        /// `CloudEvents` source.
        source_name: String,
        /// `CloudEvents` id.
        id: String,
    },
    /// A second `credit.recorded` of a record.
    #[error("record `{record}` of `{source_name}` was recorded before: send credit.corrected to change it")]
    RecordedTwice {
        /// `CloudEvents` source.
        source_name: String,
        /// Record.
        record: String,
    },
    /// A field does not fit.
    #[error(transparent)]
    Field(#[from] Violation),
    /// The source is no authority of the pack.
    #[error("source: `{0}` is no authority of the pack in force")]
    UnknownSource(String),
    /// A kind that the id rules out: persons are pseudonyms, and pseudonyms are persons.
    #[error(
        "data.kind: `{kind}` does not fit the subject's id: a person is named by a pseudonym `P-…`, nobody else is"
    )]
    KindUnfit {
        /// The kind stated.
        kind: &'static str,
    },
    /// The authority may not do this.
    #[error("source: `{source_name}` may not {act}")]
    NotEntitled {
        /// `CloudEvents` source.
        source_name: String,
        /// What it tried.
        act: String,
    },
    /// No decision of the subject has the id.
    #[error("data.decision: the subject has no decision `{0}`")]
    UnknownDecision(String),
    /// The decision awaits no officer.
    #[error("data.decision: `{0}` is of a rule that needs no officer's confirmation")]
    NotForReview(String),
    /// Too many events of the subject wait.
    #[error("{0} events of the subject wait for records not yet seen: this one is not kept")]
    TooManyParked(usize),
    /// A subject cannot be merged into itself.
    #[error("data.into: `{0}` is the subject itself, or was merged into it")]
    MergedIntoItself(String),
    /// Too many subjects merged into one.
    #[error("data.into: more than {0} subjects merged into one")]
    TooManyOrigins(usize),
    /// No pack is in force.
    #[error("no pack is in force yet")]
    NoPack,
    /// A record has more fields or a longer name than a record holds.
    #[error("data.record: name or fields too long")]
    RecordTooLong,
}
