//! Facts: step functions over civil days.

use super::{GradeIdx, ItemIdx, MeasureIdx, Place, SectorIdx, Words};
use crate::condition::{Condition, Constant, Type};
use heng_model::{Period, Symbol};

/// 事实: a step function over civil days.
#[derive(Debug)]
pub struct Fact {
    /// Name, local to its sector.
    pub name: String,
    /// Its sector.
    pub sector: SectorIdx,
    /// Title; the name where the pack gives none.
    pub words: Words,
    /// Type of its values; an enum's values include a default from outside the field's.
    pub ty: Type,
    /// What it reads.
    pub reads: Reads,
    /// Value where there is none.
    pub default: Option<Constant>,
    /// Where it is declared.
    pub place: Place,
}

impl Fact {
    /// Does its value depend on the record judged (`same`, `prior`), so that only a rule on records may read it?
    #[must_use]
    pub fn is_relative(&self) -> bool {
        match &self.reads {
            Reads::Records(fact) => fact.prior || !fact.same.is_empty(),
            Reads::Outcome { prior, .. } => *prior,
            _ => false,
        }
    }
}

/// What a fact reads.
#[derive(Debug)]
pub enum Reads {
    /// Records of items.
    Records(RecordFact),
    /// An attribute of the subject's profile that day.
    Profile(ProfileField),
    /// True from the day after `last(registered_on, at_least)`.
    Elapsed {
        /// The period.
        at_least: Period,
    },
    /// An outcome of an earlier stratum.
    Outcome {
        /// Which.
        outcome: OutcomeRef,
        /// Also for this long after each maximal run.
        ended_within: Option<Period>,
        /// Read on the day before the judged record's effect day.
        prior: bool,
    },
    /// How many linked subjects have an outcome.
    Related {
        /// Role of the link.
        role: Symbol,
        /// Which outcome.
        outcome: OutcomeRef,
        /// Count subjects whose links name this one.
        reverse: bool,
        /// Count only links made after the first day of the outcome's current run.
        linked_after: bool,
    },
}

/// An attribute of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileField {
    /// Kind of subject.
    Kind,
    /// Region (GB/T 2260).
    Region,
    /// Industry (GB/T 4754).
    Industry,
    /// Name.
    Name,
    /// Day of registration.
    RegisteredOn,
}

impl ProfileField {
    /// All attributes.
    pub const ALL: [Self; 5] = [Self::Kind, Self::Region, Self::Industry, Self::Name, Self::RegisteredOn];

    /// The word for it in packs and events.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Region => "region",
            Self::Industry => "industry",
            Self::Name => "name",
            Self::RegisteredOn => "registered_on",
        }
    }
}

/// How records become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// How many.
    Count,
    /// Sum of a field; of none: zero.
    Sum,
    /// Greatest value of a field.
    Max,
    /// Least value of a field.
    Min,
    /// How many different values of a field.
    Distinct,
    /// A field of the record with the greatest effect day, ties to the later position.
    Latest,
    /// Consecutive years, ending with the newest that has a counting record, whose latest record satisfies `where`.
    Streak,
}

/// The days on which a record counts for a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// All its days.
    Always,
    /// From its effect day through the last day of a period.
    Rolling(Period),
    /// The calendar year of its effect day.
    Year,
    /// The calendar year after that.
    PreviousYear,
}

/// A fact over records.
#[derive(Debug)]
pub struct RecordFact {
    /// How records become one value.
    pub aggregate: Aggregate,
    /// Items read.
    pub items: Vec<ItemIdx>,
    /// Field read; `None` for counts, and for a streak by the year of the effect day.
    pub field: Option<Symbol>,
    /// Filter (for a streak: what a year's latest record must satisfy). Reads fields only.
    pub filter: Option<Condition>,
    /// Days on which a record counts.
    pub window: Window,
    /// Do repaired records go on counting?
    pub include_repaired: bool,
    /// Only records equal to the judged one in these fields.
    pub same: Vec<Symbol>,
    /// Only records with an earlier effect day than the judged one.
    pub prior: bool,
}

/// An outcome that a fact names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeRef {
    /// `list/x`
    List(Symbol),
    /// `grade/x`, or `grade/x:v` for one value.
    Grade(GradeIdx, Option<Symbol>),
    /// `measure/x`
    Measure(MeasureIdx),
}
