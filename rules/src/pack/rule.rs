//! Rules: condition over facts to outcome, with legal basis and effective days.

use super::{Basis, GradeIdx, ItemIdx, Kinds, MeasureIdx, OutcomeRef, Place, SectorIdx, Words};
use crate::condition::Condition;
use heng_model::{Period, Span, Symbol};

/// 规则
#[derive(Debug)]
pub struct Rule {
    /// Id, unique in the pack.
    pub id: String,
    /// The id as a symbol.
    pub symbol: Symbol,
    /// Its sector.
    pub sector: SectorIdx,
    /// Title.
    pub words: Words,
    /// Legal bases, in the order cited.
    pub basis: Vec<Basis>,
    /// The days on which the rule is law; where the pack leaves a side open, the days of its bases.
    pub effective: Span,
    /// Does `effective` select by the effect day (or first day of the run), whose obligation runs its full term?
    pub effective_by_record: bool,
    /// How long ahead an obligation is shown.
    pub notice: Option<Period>,
    /// Must an officer confirm?
    pub review: bool,
    /// Takes days out.
    pub unless: Option<Condition>,
    /// On records or on a condition.
    pub body: Body,
    /// Is the rule untouched by repair (`repaired: include`)?
    pub include_repaired: bool,
    /// Repairs work only after this period (`repair: {not_before}`).
    pub not_before: Option<Period>,
    /// What it yields.
    pub outcome: Outcome,
    /// Kinds of subject it applies to.
    pub kinds: Kinds,
    /// Stratum, from 0.
    pub stratum: u16,
    /// For a rule new in a pack: the basis of taking effect before the activation.
    pub retroactive: Option<String>,
    /// Own wording of the explanation, where the pack gives it.
    pub explain: Option<Words>,
    /// Where it is declared.
    pub place: Place,
}

/// What a rule quantifies over.
#[derive(Debug)]
pub enum Body {
    /// `for_each`: every matching record yields an obligation.
    OnRecords {
        /// Item.
        item: ItemIdx,
        /// Filter, read on the effect day.
        filter: Option<Condition>,
        /// First day.
        from: Start,
        /// Last day.
        end: End,
    },
    /// `when`: each run of days on which it holds yields one.
    OnCondition {
        /// Condition.
        when: Condition,
        /// Fixed term.
        lasts: Option<Period>,
        /// Runs on while the condition holds.
        and_while: bool,
    },
}

/// First day of an obligation of a rule on records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// The effect day.
    EffectDay,
    /// The day in a field.
    Field(Symbol),
    /// The day after the day in a field.
    AfterField(Symbol),
    /// The day after `last(effect day, period)`.
    AfterPeriod(Period),
}

/// Last day of an obligation of a rule on records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Open.
    Open,
    /// `lasts`, and `extends` where no repair came in time.
    Lasts {
        /// Term.
        lasts: Period,
        /// Longer term.
        extends: Option<Period>,
    },
    /// The day in a field; open while empty.
    Through(Symbol),
}

/// What a rule yields.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Entry in a list, or a grade.
    pub entry: OutcomeEntry,
    /// Measures.
    pub measures: Vec<MeasureIdx>,
}

/// Entry in a list, or a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeEntry {
    /// `list: x`
    List(Symbol),
    /// `grade: x, value: v`
    Grade(GradeIdx, Symbol),
}

impl OutcomeEntry {
    /// The same, as a fact names it.
    #[must_use]
    pub fn named(self) -> OutcomeRef {
        match self {
            Self::List(list) => OutcomeRef::List(list),
            Self::Grade(scheme, value) => OutcomeRef::Grade(scheme, Some(value)),
        }
    }
}
