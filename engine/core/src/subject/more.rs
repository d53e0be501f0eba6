//! What is rare about a subject: objections, repairs, links, suspensions, merges, events that wait.

use super::RecordNo;
use heng_model::{Day, DaySet, DecisionId, Position, Span, SubjectId, Symbol};

/// What most subjects never have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct More {
    /// Other ids whose history this subject carries, in the order of the merges.
    pub origins: Vec<SubjectId>,
    /// Where the history went, if this subject was merged into another.
    pub redirect: Option<SubjectId>,
    /// Field versions that stand because of corrections.
    pub corrections: Vec<Correction>,
    /// Repairs, in the order in which they became known.
    pub repairs: Vec<Repair>,
    /// Restorations: matched ones pause days, others wait for their repair.
    pub restorations: Vec<Restoration>,
    /// Objections.
    pub objections: Vec<Objection>,
    /// Days on which every decision is paused; runs may overlap.
    pub suspensions: Vec<Span>,
    /// Links of this subject.
    pub links: Vec<Link>,
    /// What linked subjects have told.
    pub neighbours: Vec<Neighbour>,
    /// Departments' answers.
    pub responses: Vec<Response>,
    /// Events that wait for their record or objection.
    pub parked: Vec<Parked>,
    /// Parts of other subjects' histories that came to this id, until all have; they stay with the id when its own history goes elsewhere.
    pub arriving: Vec<Arriving>,
    /// What came to this id from other partitions because of a merge, each by the position of its cause: parts of histories, with their
    /// numbers, and events sent on. What stands on the log twice comes once, and this too stays with the id.
    pub met: Vec<(Position, u32)>,
}

/// Parts of another subject's history: from, number of parts, parts by number.
pub(crate) type Arriving = (SubjectId, u32, Vec<(u32, Box<[u8]>)>);

/// The correction of a field that stands: the highest version, then the latest position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correction {
    /// Record.
    pub record: RecordNo,
    /// Field or named date; `None`: `decided_on`.
    pub field: Option<Symbol>,
    /// Version; none counts as the lowest.
    pub version: Option<u64>,
}

/// A repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repair {
    /// Record.
    pub record: RecordNo,
    /// The day R.
    pub on: Day,
    /// Was it undone by a restoration?
    pub undone: bool,
}

/// A restoration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restoration {
    /// Record.
    pub record: RecordNo,
    /// The day W.
    pub on: Day,
    /// The day R of the repair that it undid; none while it waits.
    pub repaired_on: Option<Day>,
}

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// The name of the objection.
    pub name: Box<str>,
    /// Record.
    pub record: RecordNo,
    /// Filed on.
    pub filed_on: Day,
    /// Does the item pause the record meanwhile?
    pub pauses: bool,
    /// Resolved on, and whether upheld.
    pub resolved: Option<(Day, bool)>,
    /// The day on which the source's correction or retraction after an upheld objection became known.
    pub mended_on: Option<Day>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Role, kept as text: a later pack may be the first to name it.
    pub role: Box<str>,
    /// To whom.
    pub to: SubjectId,
    /// First day.
    pub on: Day,
    /// Last day, or open.
    pub through: Day,
}

/// What a linked subject has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Who.
    pub id: SubjectId,
    /// Position of the cause of the news.
    pub position: Option<Position>,
    /// Its links to this subject: role, first and last day.
    pub links: Vec<(Box<str>, Span)>,
    /// Its outcomes: name, days without pauses, days paused.
    pub outcomes: Vec<(Symbol, DaySet, DaySet)>,
}

/// A department's answer to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Decision.
    pub decision: DecisionId,
    /// Authority code.
    pub authority: Box<str>,
    /// Applied?
    pub applied: bool,
    /// When.
    pub on: Day,
}

/// An event that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// Source of the event itself.
    pub source: Symbol,
    /// Source of the record waited for.
    pub record_source: Symbol,
    /// Record waited for; empty where an objection is.
    pub record: Box<str>,
    /// Where the event stands.
    pub position: Position,
    /// The civil day on which it became known.
    pub known_on: Day,
    /// What it says.
    pub body: ParkedBody,
}

/// A field's value as it was sent, kept until its record comes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in FieldValue")]
pub enum StoredValue {
    Null,
    Text(Box<str>),
    Int(i64),
    Bool(bool),
    List(Vec<StoredValue>),
}

/// What a waiting event says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in Body")]
pub enum ParkedBody {
    Corrected {
        version: Option<u64>,
        decided_on: Option<Day>,
        dates: Vec<(Box<str>, Option<Day>)>,
        fields: Vec<(Box<str>, StoredValue)>,
    },
    Retracted,
    Repaired {
        on: Day,
    },
    Restored {
        on: Day,
    },
    ObjectionFiled {
        objection: Box<str>,
        on: Day,
    },
    ObjectionResolved {
        objection: Box<str>,
        on: Day,
        upheld: bool,
    },
}

impl ParkedBody {
    /// The type of the event that waits.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Corrected { .. } => "credit.corrected",
            Self::Retracted => "credit.retracted",
            Self::Repaired { .. } => "credit.repaired",
            Self::Restored { .. } => "credit.restored",
            Self::ObjectionFiled { .. } => "objection.filed",
            Self::ObjectionResolved { .. } => "objection.resolved",
        }
    }
}

/// Adds an item to a list of what is rare, making room by a quarter at a time: a vector would begin with room for four,
/// and most lists have one item.
pub(crate) fn push_rare<T>(items: &mut Vec<T>, item: T) {
    if items.len() == items.capacity() {
        items.reserve_exact((items.len() / 4).max(1));
    }
    items.push(item);
}

impl More {
    /// The days on which a record is paused.
    #[must_use]
    pub fn pauses_of(&self, number: RecordNo) -> DaySet {
        let objections = self.objections.iter().filter(|objection| objection.record == number);
        let restorations = self.restorations.iter().filter(|restored| restored.record == number);
        objections
            .flat_map(Objection::pauses)
            .chain(restorations.filter_map(|restored| Span::new(restored.repaired_on?, restored.on.previous())))
            .collect()
    }

    /// The day of the repair of a record that stands: the latest by position that was not undone.
    #[must_use]
    pub fn standing_repair(&self, number: RecordNo) -> Option<Day> {
        self.repairs.iter().rev().find(|repair| repair.record == number && !repair.undone).map(|repair| repair.on)
    }
}

impl Objection {
    /// While it is open, where the item says so; and after it was upheld, until the source mends the record.
    fn pauses(&self) -> impl Iterator<Item = Span> {
        let open_through = self.resolved.map_or(Day::FOREVER, |(on, _)| on.previous());
        let open = self.pauses.then(|| Span::new(self.filed_on, open_through)).flatten();
        let upheld = self
            .resolved
            .filter(|(_, upheld)| *upheld)
            .and_then(|(on, _)| Span::new(on, self.mended_on.map_or(Day::FOREVER, Day::previous)));
        open.into_iter().chain(upheld)
    }
}
