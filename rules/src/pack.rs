//! A checked pack: every name resolved, every condition typed; what the fold, the handbook and the checks read.
//!
//! # Invariants
//!
//! Only the loader makes a [`Pack`]; one in hand keeps every law of the model that can be checked without events.

use crate::condition::{Condition, Constant, Type};
use heng_model::{Day, Period, Span, SubjectKind, Symbol, TimeZone};
use std::fmt;

macro_rules! index {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u16);
        impl $name {
            /// As an index of the pack's table.
            #[must_use]
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
index! {
    /// Index of an authority in [`Pack::authorities`].
    AuthorityIdx,
    /// Index of a law in [`Pack::laws`].
    LawIdx,
    /// Index of a measure in [`Pack::measures`].
    MeasureIdx,
    /// Index of a matter in [`Pack::matters`].
    MatterIdx,
    /// Index of an item in [`Pack::items`].
    ItemIdx,
    /// Index of a fact in [`Pack::facts`].
    FactIdx,
    /// Index of a rule in [`Pack::rules`].
    RuleIdx,
    /// Index of a grade scheme in [`Pack::grades`].
    GradeIdx,
    /// Index of a sector in [`Pack::sectors`].
    SectorIdx,
}

/// A name or title in the two languages officials read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// Simplified Chinese.
    pub zh: String,
    /// English, where the pack gives it.
    pub en: Option<String>,
}

impl Words {
    /// English, or Chinese where the pack gives no English.
    #[must_use]
    pub fn en(&self) -> &str {
        self.en.as_deref().unwrap_or(&self.zh)
    }
}

/// Where something stands in the pack's files.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// Path inside the pack, with `/`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A set of subject kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds(u8);

impl Kinds {
    /// Every kind but persons.
    #[must_use]
    pub fn organisations() -> Self {
        SubjectKind::ALL.into_iter().filter(|kind| *kind != SubjectKind::Person).collect()
    }

    /// Every kind.
    #[must_use]
    pub fn all() -> Self {
        SubjectKind::ALL.into_iter().collect()
    }

    /// Is the kind in it?
    #[must_use]
    pub fn contains(self, kind: SubjectKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Kinds in both.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Is no kind in it?
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds in it, in the order of the model.
    pub fn iter(self) -> impl Iterator<Item = SubjectKind> {
        SubjectKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<SubjectKind> for Kinds {
    fn from_iter<I: IntoIterator<Item = SubjectKind>>(kinds: I) -> Self {
        Self(kinds.into_iter().fold(0, |set, kind| set | (1 << kind as u8)))
    }
}

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
    /// Rules of an earlier pack whose decisions are void from the activation on.
    pub withdrawn: Vec<Withdrawal>,
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
    /// May it suspend and resume measures (`may: [suspend]`)?
    pub may_suspend: bool,
    /// May it link subjects (`may: [link]`)?
    pub may_link: bool,
    /// May it merge subjects (`may: [merge]`)?
    pub may_merge: bool,
}

/// 法律依据
#[derive(Debug, Clone)]
pub struct Law {
    /// Id, such as `sta-54-2021`.
    pub id: String,
    /// Title.
    pub words: Words,
    /// Document number, where it has one.
    pub number: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// The days on which it is law.
    pub in_force: Span,
    /// Articles that may be cited; empty: any.
    pub articles: Vec<String>,
    /// The longest duration it allows, where it limits one (`max`).
    pub max: Option<Period>,
    /// Where it is declared.
    pub place: Place,
}

/// `calendar.yaml`: how working days depart from Monday to Friday; only deadlines of authorities' answers use them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// Days off, sorted.
    pub holidays: Vec<Day>,
    /// Days worked though they fall on a weekend, sorted.
    pub workdays: Vec<Day>,
}

impl Calendar {
    /// Do authorities work on this day?
    #[must_use]
    pub fn is_working_day(&self, day: Day) -> bool {
        // Day 0 is 1970-01-01, a Thursday.
        let weekend = (i64::from(day.number()) + 3).rem_euclid(7) >= 5;
        self.workdays.binary_search(&day).is_ok() || (!weekend && self.holidays.binary_search(&day).is_err())
    }
}

/// A cited article, written `law#article`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// Law.
    pub law: LawIdx,
    /// Article, without which the whole law is cited.
    pub article: Option<String>,
}

/// Sanction (惩戒) or incentive (激励).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasureKind {
    /// 惩戒
    Sanction,
    /// 激励
    Incentive,
}

/// 措施
#[derive(Debug, Clone)]
pub struct Measure {
    /// Code, such as `procurement.bar`.
    pub code: String,
    /// Title.
    pub words: Words,
    /// Sanction or incentive.
    pub kind: MeasureKind,
    /// Severity as the pack words it, where it does.
    pub severity: Option<String>,
    /// Authorities that carry it out.
    pub authorities: Vec<AuthorityIdx>,
    /// Kinds it may bind.
    pub subjects: Kinds,
    /// Capacities it bears on, for persons.
    pub capacities: Vec<String>,
    /// Its legal basis.
    pub basis: Vec<Basis>,
    /// The longest duration.
    pub max: Option<Period>,
    /// Where it is declared.
    pub place: Place,
}

/// What a measure means for a matter; the order is that of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Fast lane, fewer papers.
    Favour,
    /// Look closer.
    Caution,
    /// May, under conditions.
    Restrict,
    /// May not.
    Bar,
}

impl Effect {
    /// The word for it in packs and answers.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Favour => "favour",
            Self::Caution => "caution",
            Self::Restrict => "restrict",
            Self::Bar => "bar",
        }
    }
}

/// 事项
#[derive(Debug, Clone)]
pub struct Matter {
    /// Code, such as `procurement.bid`.
    pub code: String,
    /// Title.
    pub words: Words,
    /// Authority in charge.
    pub authority: AuthorityIdx,
    /// What each measure means for it.
    pub effects: Vec<(MeasureIdx, Effect)>,
    /// Where it is declared.
    pub place: Place,
}

/// Grades of one scheme, best first.
#[derive(Debug, Clone)]
pub struct GradeScheme {
    /// Name, such as `tax`.
    pub name: String,
    /// Values from best to worst.
    pub values: Vec<Symbol>,
}

/// 领域: one file of the pack.
#[derive(Debug, Clone)]
pub struct Sector {
    /// Code.
    pub code: String,
    /// Title.
    pub words: Words,
}

/// Kind of credit information; what is not here cannot be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are the law's own")]
pub enum Category {
    Penalty,
    Permit,
    Grade,
    List,
    Judgment,
    Enforcement,
    Payment,
    Contract,
    Commitment,
    Inspection,
    Registration,
    Honour,
}

/// Who may see a kind of information.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// 依法公开
    Public,
    /// 依申请公开
    OnRequest,
    /// 政务共享
    Government,
}

/// 信用信息目录条目
#[derive(Debug)]
pub struct Item {
    /// Code, such as `tax.major_violation`.
    pub code: String,
    /// The code as a symbol.
    pub symbol: Symbol,
    /// Its sector.
    pub sector: SectorIdx,
    /// Title.
    pub words: Words,
    /// Authorities that may publish it.
    pub sources: Vec<AuthorityIdx>,
    /// Authorities whose repairs count (default: its sources).
    pub repair_by: Vec<AuthorityIdx>,
    /// Authorities whose objections count (default: its sources).
    pub objection_by: Vec<AuthorityIdx>,
    /// Who it may be about.
    pub subjects: Kinds,
    /// Category.
    pub category: Category,
    /// Disclosure class.
    pub disclosure: Disclosure,
    /// Tier of severity as the pack words it, where it does.
    pub tier: Option<String>,
    /// Legal basis.
    pub basis: Vec<Basis>,
    /// Fields, in the order declared.
    pub fields: Vec<Field>,
    /// The date field or named date from which a record has effect; `None`: `decided_on`.
    pub from: Option<Symbol>,
    /// How long a record counts.
    pub valid: Option<Period>,
    /// Does an objection pause the record (`on_objection: suspend`)?
    pub suspend_on_objection: bool,
    /// Where it is declared.
    pub place: Place,
}

/// A field of an item.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name.
    pub name: String,
    /// The name as a symbol.
    pub symbol: Symbol,
    /// Type.
    pub ty: Type,
    /// Must every record state it?
    pub required: bool,
    /// Is it personal: sealed, and used nowhere in a rule?
    pub personal: bool,
    /// For a date: how far after the effect day it may lie.
    pub max: Option<Period>,
    /// Title.
    pub words: Words,
}

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

/// A rule withdrawn with a reason.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// Rule id.
    pub rule: String,
    /// Why.
    pub reason: String,
}
