//! Events as values: what a department says, borrowed from whatever carried it.

use heng_model::{Day, DecisionId, SubjectId, SubjectKind};

/// An event in its envelope, on its way to the fold.
#[derive(Debug, Clone, PartialEq)]
pub struct Event<'a> {
    /// `CloudEvents` source.
    pub source: &'a str,
    /// `CloudEvents` id, unique for its source.
    pub id: &'a str,
    /// Canonical subject.
    pub subject: SubjectId,
    /// What happened.
    pub body: Body<'a>,
}

/// A value of a field as it was sent; its type is known only with the item.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue<'a> {
    /// null: in a correction, empties the field.
    Null,
    /// JSON string.
    Text(&'a str),
    /// JSON integer.
    Int(i64),
    /// JSON bool.
    Bool(bool),
    /// JSON array.
    List(Vec<FieldValue<'a>>),
}

/// Fields by name, in the order sent.
pub type Fields<'a> = Vec<(&'a str, FieldValue<'a>)>;

/// The named dates that may stand beside `item`, besides `decided_on`.
pub const NAMED_DATES: [&str; 4] = ["occurred_on", "served_on", "published_on", "effective_on"];

/// `credit.recorded`
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded<'a> {
    /// The source's name for the record.
    pub record: &'a str,
    /// Item code.
    pub item: &'a str,
    /// Day of the decision.
    pub decided_on: Day,
    /// Document number.
    pub document_no: Option<&'a str>,
    /// Capacity in which a person appears.
    pub capacity: Option<&'a str>,
    /// Other named dates, by name.
    pub dates: Vec<(&'a str, Day)>,
    /// Fields.
    pub fields: Fields<'a>,
}

/// `credit.corrected`
#[derive(Debug, Clone, PartialEq)]
pub struct Corrected<'a> {
    /// Record of the same source.
    pub record: &'a str,
    /// Of several corrections of one field the highest version stands.
    pub version: Option<u64>,
    /// New day of decision.
    pub decided_on: Option<Day>,
    /// Other named dates, by name; `None` empties one.
    pub dates: Vec<(&'a str, Option<Day>)>,
    /// Fields replaced; null empties one.
    pub fields: Fields<'a>,
    /// Why.
    pub reason: Option<&'a str>,
}

/// `subject.registered`, `subject.changed`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile<'a> {
    /// From when; default: the civil day on which it is known.
    pub on: Option<Day>,
    /// Kind of subject.
    pub kind: Option<SubjectKind>,
    /// Name.
    pub name: Option<&'a str>,
    /// Region, GB/T 2260.
    pub region: Option<&'a str>,
    /// Industry, GB/T 4754.
    pub industry: Option<&'a str>,
    /// Day of registration.
    pub registered_on: Option<Day>,
    /// Further codes that name the subject: scheme and code.
    pub aliases: Vec<(&'a str, &'a str)>,
}

/// What happened; the names are those of the event types.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of interfaces.md, each documented at its event type")]
pub enum Body<'a> {
    /// `credit.recorded`
    Recorded(Recorded<'a>),
    /// `credit.corrected`
    Corrected(Corrected<'a>),
    /// `credit.retracted`
    Retracted { record: &'a str, reason: Option<&'a str> },
    /// `credit.repaired`
    Repaired { record: &'a str, record_source: Option<&'a str>, on: Option<Day>, document_no: Option<&'a str> },
    /// `credit.restored`
    Restored { record: &'a str, record_source: Option<&'a str>, on: Option<Day>, document_no: Option<&'a str> },
    /// `objection.filed`
    ObjectionFiled {
        objection: &'a str,
        record: &'a str,
        record_source: Option<&'a str>,
        on: Option<Day>,
        reason: Option<&'a str>,
    },
    /// `objection.resolved`
    ObjectionResolved {
        objection: &'a str,
        record: Option<&'a str>,
        on: Option<Day>,
        upheld: bool,
        reason: Option<&'a str>,
    },
    /// `measures.suspended`
    Suspended { from: Day, through: Option<Day>, reason: Option<&'a str>, document_no: Option<&'a str> },
    /// `measures.resumed`
    Resumed { on: Option<Day> },
    /// `subject.registered`
    Registered(Profile<'a>),
    /// `subject.changed`
    Changed(Profile<'a>),
    /// `subject.deregistered`
    Deregistered { on: Option<Day> },
    /// `subject.linked`
    Linked { role: &'a str, to: SubjectId, on: Option<Day> },
    /// `subject.unlinked`
    Unlinked { role: &'a str, to: SubjectId, on: Option<Day> },
    /// `subject.merged`
    Merged { into: SubjectId },
    /// `measure.responded`
    Responded {
        decision: DecisionId,
        authority: &'a str,
        applied: bool,
        on: Option<Day>,
        reason: Option<&'a str>,
        document_no: Option<&'a str>,
    },
    /// `review.confirmed`, `review.declined`
    Reviewed { decision: DecisionId, confirmed: bool, officer: &'a str, on: Option<Day>, reason: Option<&'a str> },
}

impl Body<'_> {
    /// The other subject of a link or a merge.
    #[must_use]
    pub const fn other(&self) -> Option<&SubjectId> {
        match self {
            Self::Linked { to, .. } | Self::Unlinked { to, .. } | Self::Merged { into: to } => Some(to),
            _ => None,
        }
    }

    /// The same, to be named anew.
    pub const fn other_mut(&mut self) -> Option<&mut SubjectId> {
        match self {
            Self::Linked { to, .. } | Self::Unlinked { to, .. } | Self::Merged { into: to } => Some(to),
            _ => None,
        }
    }

    /// The event type as it is written.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Recorded(_) => "credit.recorded",
            Self::Corrected(_) => "credit.corrected",
            Self::Retracted { .. } => "credit.retracted",
            Self::Repaired { .. } => "credit.repaired",
            Self::Restored { .. } => "credit.restored",
            Self::ObjectionFiled { .. } => "objection.filed",
            Self::ObjectionResolved { .. } => "objection.resolved",
            Self::Suspended { .. } => "measures.suspended",
            Self::Resumed { .. } => "measures.resumed",
            Self::Registered(_) => "subject.registered",
            Self::Changed(_) => "subject.changed",
            Self::Deregistered { .. } => "subject.deregistered",
            Self::Linked { .. } => "subject.linked",
            Self::Unlinked { .. } => "subject.unlinked",
            Self::Merged { .. } => "subject.merged",
            Self::Responded { .. } => "measure.responded",
            Self::Reviewed { confirmed: true, .. } => "review.confirmed",
            Self::Reviewed { confirmed: false, .. } => "review.declined",
        }
    }
}
