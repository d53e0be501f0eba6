//! Decision events: what the fold hands to departments, whole in every revision.

use heng_model::{DaySet, DecisionId, Position, SubjectId};

/// What a revision of a decision does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecisionKind {
    /// First day ahead: hidden from departments, kept by replicas.
    Scheduled,
    /// Awaits an officer.
    Proposed,
    /// An officer declined.
    Declined,
    /// New, or void before.
    Issued,
    /// Days, measures or grounds differ otherwise.
    Amended,
    /// Today entered a hole.
    Suspended,
    /// Today left a hole.
    Resumed,
    /// The last day became an earlier one.
    Lifted,
    /// Today passed the last day.
    Expired,
    /// No day is left.
    Revoked,
}

impl DecisionKind {
    /// Every kind.
    pub const ALL: [DecisionKind; 10] = [
        Self::Scheduled,
        Self::Proposed,
        Self::Declined,
        Self::Issued,
        Self::Amended,
        Self::Suspended,
        Self::Resumed,
        Self::Lifted,
        Self::Expired,
        Self::Revoked,
    ];

    /// The word after `decision.` in the event type.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Proposed => "proposed",
            Self::Declined => "declined",
            Self::Issued => "issued",
            Self::Amended => "amended",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::Lifted => "lifted",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A text in the two languages officials read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bilingual<T = String> {
    /// Simplified Chinese.
    pub zh: T,
    /// English.
    pub en: T,
}

impl Bilingual {
    /// The same text, borrowed.
    #[must_use]
    pub fn borrowed(&self) -> Bilingual<&str> {
        Bilingual { zh: &self.zh, en: &self.en }
    }
}

impl Bilingual<&str> {
    /// The same text, copied.
    #[must_use]
    pub fn owned(self) -> Bilingual {
        Bilingual { zh: self.zh.to_owned(), en: self.en.to_owned() }
    }
}

/// A record on which a decision rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground<T = String> {
    /// `CloudEvents` source that recorded it.
    pub source: T,
    /// The source's name for it.
    pub record: T,
    /// Document number, where the record has one.
    pub document_no: Option<T>,
}

/// What awaits an officer: the whole as it would stand if confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Measures.
    pub measures: Vec<String>,
    /// Days.
    pub days: DaySet,
}

/// A decision event: every revision carries the whole as it now stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionEvent {
    /// Stable id.
    pub decision: DecisionId,
    /// Revision, from 1.
    pub revision: u32,
    /// What this revision does.
    pub kind: DecisionKind,
    /// Is no day left (for a proposal: is nothing proposed any more)?
    pub void: bool,
    /// Whom it binds or favours.
    pub subject: SubjectId,
    /// Position of the cause.
    pub position: Position,
    /// Place among the partition's decisions, from 0 without holes.
    pub seq: u64,
    /// The cause's known time, in milliseconds since 1970-01-01T00:00:00Z.
    pub known_ms: i64,
    /// The cause: `source#id` of an event, or the control event's type and date.
    pub cause: String,
    /// Rule.
    pub rule: String,
    /// Pack, `name@version`.
    pub pack: String,
    /// SHA-256 of the pack.
    pub pack_sha256: [u8; 32],
    /// Fold version.
    pub fold: u32,
    /// `list/x` or `grade/x:v`.
    pub outcome: String,
    /// `sanction`, `incentive`, or `none` where there is no measure.
    pub effect: String,
    /// Measures, by code.
    pub measures: Vec<String>,
    /// Authorities that must act, by code.
    pub authorities: Vec<String>,
    /// Region of the subject, where known.
    pub region: Option<String>,
    /// The days in force.
    pub in_force: DaySet,
    /// What awaits an officer.
    pub proposal: Option<Proposal>,
    /// Records on which it rests.
    pub grounds: Vec<Ground>,
    /// Decisions on which it rests.
    pub ground_decisions: Vec<DecisionId>,
    /// Legal bases, `law#article`.
    pub basis: Vec<String>,
    /// Facts read, by name, as text.
    pub facts: Vec<(String, String)>,
    /// What a clerk can read out.
    pub explanation: Bilingual,
    /// How to contest it.
    pub remedy_objection: Bilingual,
    /// How to end it early, and what ends it anyway.
    pub remedy_repair: Bilingual,
    /// Revoked decisions of the same rule that share a day with this one.
    pub replaces: Vec<DecisionId>,
    /// Decisions that still carry a measure of this one.
    pub also: Vec<DecisionId>,
}
