//! Events of a case.

use super::CaseProfile;
use crate::pack::Place;
use heng_model::Day;

/// An event of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseEvent {
    /// What happens.
    pub act: CaseAct,
    /// The civil day on which it arrives (`known`; default: its own date); `None` where it has no date either: the day
    /// of the event before it.
    pub known: Option<Day>,
    /// Source, or code of the authority, where stated; else the one that the pack lets say it.
    pub source: Option<String>,
    /// Whom it is about: a label of `others` or an id; the case's own subject where not stated.
    pub subject: Option<String>,
    /// The field on whose account it must be refused (`refused: F`); `None` where it must be folded.
    pub refused: Option<String>,
    /// Where it stands.
    pub place: Place,
}

/// What happens.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the events, see the interfaces")]
pub enum CaseAct {
    /// `{record: r1, item, decided_on, …}`
    Record {
        record: String,
        item: String,
        /// Named dates, `decided_on` among them.
        dates: Vec<(String, Day)>,
        document_no: Option<String>,
        capacity: Option<String>,
        fields: Vec<(String, CaseValue)>,
    },
    /// `{correct: r1, fields?, decided_on?, version?}`
    Correct { record: String, version: Option<i64>, dates: Vec<(String, Day)>, fields: Vec<(String, CaseValue)> },
    /// `{retract: r1, on?}`
    Retract { record: String },
    /// `{repair: r1, on}`
    Repair { record: String, record_source: Option<String>, on: Option<Day> },
    /// `{restore: r1, on}`
    Restore { record: String, record_source: Option<String>, on: Option<Day> },
    /// `{objection: o1, record: r1, on}`
    Objection { objection: String, record: String, record_source: Option<String>, on: Option<Day> },
    /// `{resolve: o1, on, outcome: upheld | rejected}`
    Resolve { objection: String, record: Option<String>, on: Option<Day>, upheld: bool },
    /// `{suspend: {from, through?}}`
    Suspend { from: Day, through: Option<Day> },
    /// `{resume: DATE}`
    Resume { on: Day },
    /// `{register: {kind, …, on?}}`
    Register { on: Option<Day>, profile: CaseProfile },
    /// `{change: {…, on?}}`
    Change { on: Option<Day>, profile: CaseProfile },
    /// `{deregister: DATE}`
    Deregister { on: Day },
    /// `{link: {role, to, on}}`
    Link { role: String, to: String, on: Option<Day> },
    /// `{unlink: {role, to, on}}`
    Unlink { role: String, to: String, on: Option<Day> },
    /// `{merge: ID}`: the subject is the same as that one
    Merge { into: String },
    /// `{confirm: RULE, on, record?}`: what the rule proposed (of several, the one on that record)
    Confirm { rule: String, record: Option<String>, on: Option<Day> },
    /// `{decline: RULE, on, record?}`
    Decline { rule: String, record: Option<String>, on: Option<Day> },
}

/// A value of a field, as YAML writes it: `12` is a number, `"12"` and `2023-05-10` are texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseValue {
    /// Empties the field.
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Anything else: texts, dates, exact numbers in quotes.
    Text(String),
    /// A list.
    List(Vec<CaseValue>),
}
