//! A checked pack: every name resolved, every condition typed; what the fold, the handbook and the checks read.
//!
//! # Invariants
//!
//! Only the loader makes a [`Pack`]; one in hand keeps every law of the model that can be checked without events.

mod answer;
mod catalogue;
mod fact;
mod index;
mod item;
mod rule;
mod shared;

pub use answer::{AnswerWithin, ParseAnswerWithinError};
pub use catalogue::{Basis, Calendar, Effect, GradeScheme, Law, Matter, Measure, MeasureKind};
pub use fact::{Aggregate, Fact, OutcomeRef, ProfileField, Reads, RecordFact, Window};
pub use index::{AuthorityIdx, FactIdx, GradeIdx, ItemIdx, LawIdx, MatterIdx, MeasureIdx, RuleIdx, SectorIdx};
pub use item::{Category, Disclosure, Field, Item};
pub use rule::{Body, End, Outcome, OutcomeEntry, Rule, Start};
pub use shared::{Kinds, Place, Words};

use heng_model::{Day, Symbol, TimeZone};

/// 规则包: a versioned, content-hashed set of items, facts, rules, measures and matters for one jurisdiction.
#[derive(Debug)]
pub struct Pack {
    /// Name, such as `cn-hubei`.
    pub name: String,
    /// Version, such as `2026.11.0`.
    pub version: String,
    /// Title.
    pub words: Words,
    /// SHA-256 over the pack's files, tests left out.
    pub sha256: [u8; 32],
    /// Zone in which civil days are counted.
    pub time_zone: TimeZone,
    /// GB/T 2260 code of the jurisdiction.
    pub region: String,
    /// ISO 4217 code of amounts that name no currency.
    pub currency: String,
    /// May a subject be named by a unified social credit code?
    pub accepts_uscc: bool,
    /// Further identifier schemes.
    pub schemes: Vec<Scheme>,
    /// Capacities in which a person may appear.
    pub capacities: Vec<Capacity>,
    /// Authorities, by code.
    pub authorities: Vec<Authority>,
    /// Laws, by id.
    pub laws: Vec<Law>,
    /// Working days, as far as they are not Monday to Friday.
    pub calendar: Calendar,
    /// Within what time authorities answer, where neither measure nor authority says so.
    pub answer_within: Option<AnswerWithin>,
    /// Catalogue of measures, by code.
    pub measures: Vec<Measure>,
    /// Matters, by code.
    pub matters: Vec<Matter>,
    /// Grade schemes, by name.
    pub grades: Vec<GradeScheme>,
    /// Sectors, by code.
    pub sectors: Vec<Sector>,
    /// Items, by code.
    pub items: Vec<Item>,
    /// Facts, by sector and name.
    pub facts: Vec<Fact>,
    /// Rules, by stratum, then id: a rule reads outcomes of rules before it only.
    pub rules: Vec<Rule>,
    /// Titles of lists and grades, where the pack gives them.
    pub outcome_titles: Vec<(OutcomeRef, Words)>,
    /// Rules of an earlier pack whose decisions are void from the activation on.
    pub withdrawn: Vec<Withdrawal>,
}

impl Pack {
    /// The title of a list or a grade, where the pack gives one.
    #[must_use]
    pub fn outcome_title(&self, outcome: OutcomeRef) -> Option<&Words> {
        self.outcome_titles.iter().find(|(known, _)| *known == outcome).map(|(_, words)| words)
    }

    /// The last day on which an authority's answer about a measure is in time, of a decision issued on a day: as the
    /// measure says, else the authority, else the pack; none where nobody says anything, or says there is none.
    #[must_use]
    pub fn answer_due(&self, measure: &Measure, authority: &Authority, issued_on: Day) -> Option<Day> {
        self.answer_within(measure, authority)?.last_day(issued_on, &self.calendar)
    }

    /// Within what time an authority answers about a measure; none where nobody says anything.
    #[must_use]
    pub fn answer_within(&self, measure: &Measure, authority: &Authority) -> Option<AnswerWithin> {
        measure.answer_within.or(authority.answer_within).or(self.answer_within)
    }
}

/// An identifier scheme that the pack declares: ids are written `name:code`.
#[derive(Debug, Clone)]
pub struct Scheme {
    /// Name.
    pub name: String,
    /// The form of the whole code, a regular expression, as written.
    pub pattern: String,
    /// The compiled pattern, anchored at both ends.
    pub form: regex_lite::Regex,
}

/// A corporate or professional role of adults.
#[derive(Debug, Clone)]
pub struct Capacity {
    /// Code.
    pub code: String,
    /// Title.
    pub words: Words,
}

/// 部门
#[derive(Debug, Clone)]
pub struct Authority {
    /// Code, such as `tax`.
    pub code: String,
    /// Title.
    pub words: Words,
    /// `CloudEvents` source of its events.
    pub source: String,
    /// The source as a symbol.
    pub source_symbol: Symbol,
    /// Within what time it answers, where the measure does not say so.
    pub answer_within: Option<AnswerWithin>,
    /// May it suspend and resume measures (`may: [suspend]`)?
    pub may_suspend: bool,
    /// May it link subjects (`may: [link]`)?
    pub may_link: bool,
    /// May it merge subjects (`may: [merge]`)?
    pub may_merge: bool,
}

/// 领域: one file of the pack.
#[derive(Debug, Clone)]
pub struct Sector {
    /// Code.
    pub code: String,
    /// Title.
    pub words: Words,
}

/// A rule withdrawn with a reason.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// Rule id.
    pub rule: String,
    /// Why.
    pub reason: String,
}
